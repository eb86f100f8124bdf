"""The inbox: prompt files dropped there become jobs, each exactly once.

A file is claimed by renaming it into ``work/``; once all its jobs are in the durable queue it goes
to ``done/``, and a file that cannot be painted goes to ``failed/`` with its reason beside it.
A crash in between leaves the file in ``work/``, where the next scan finds it; the job's key is
the claim, so nothing is queued twice.
"""

import asyncio
import logging
import os
from pathlib import Path
from typing import Protocol

from mused.daemon.errors import QueueError
from mused.daemon.events import Bus
from mused.daemon.folders.prompt_file import PromptFileError, PromptRequest, read_requests
from mused.daemon.folders.watch import SETTLE, Settling, Watch
from mused.daemon.jobs.queue import Source

log = logging.getLogger(__name__)

UNFINISHED = ("~", ".part", ".partial", ".tmp", ".temp", ".swp", ".crdownload", ".download")
LONGEST_NAME = 255  # bytes, of every common file system
RETRY = 5.0  # seconds until a claimed file that could not be queued is tried again


class Submit(Protocol):
    """Queues a prompt durably, as `Runner.submit` does; raises QueueError."""

    def __call__(
        self, key: str, prompt: str, settings: dict[str, object], source: Source
    ) -> object:
        """Queue it, or return the job that `key` already has."""
        ...


class Inbox:
    """Watches `folder`; `run` is its one task, `scan` may be awaited from anywhere."""

    def __init__(self, folder: Path, submit: Submit, bus: Bus) -> None:
        self._submit = submit
        self._bus = bus
        self._watch = Watch(folder)
        self._settling = Settling()
        self._scanning = asyncio.Lock()
        self._stuck: set[Path] = set()

    async def run(self) -> None:
        """Take files until cancelled."""
        try:
            while True:
                try:
                    pause = await self.scan()
                except OSError as error:
                    log.warning("the inbox cannot be used: %s", error)
                    pause = None
                await (self._watch.wait(pause) if pause else self._watch.wait())
        finally:
            self._watch.close()

    async def scan(self) -> float | None:
        """Take every settled file; returns seconds after which another look is due, if any.

        Raises OSError when the folder itself cannot be made or read.
        """
        async with self._scanning:
            self._watch.ensure()
            for name in ("work", "done", "failed"):
                self._folder(name).mkdir(exist_ok=True)
            pauses = []
            for path in _files(self._folder("work")):  # claimed by a scan that was cut short
                if not self._take(path):
                    pauses.append(RETRY)
                await asyncio.sleep(0)
            waiting = [path for path in _files(self._watch.folder) if _is_finished_name(path.name)]
            self._settling.keep(waiting)
            self._stuck.intersection_update(waiting)
            for path in waiting:
                claimed = self._claim(path)
                if claimed is None:
                    pauses.append(SETTLE)
                elif claimed != path and not self._take(claimed):
                    pauses.append(RETRY)
                await asyncio.sleep(0)
            return min(pauses, default=None)

    def _claim(self, path: Path) -> Path | None:
        """Its name in ``work/``; `path` itself if it cannot be claimed, None if unsettled."""
        try:
            if not self._settling.settled(path, path.lstat()):
                return None
            claimed = _move(path, self._folder("work"), path.name)
        except FileNotFoundError:  # taken away again, or claimed by another daemon
            return path
        except OSError as error:
            if path not in self._stuck:
                log.warning("%r cannot be claimed: %s", path.name, error)
                self._stuck.add(path)
            return path
        self._settling.forget(path)
        return claimed

    def _take(self, path: Path) -> bool:
        """Queue what the claimed file asks for; False if it has to wait in ``work/``."""
        try:
            requests, status = read_requests(path, path.name)
            # The change time is the moment of the claim: dropping a file again, even one moved
            # back from done/, makes new jobs, while a scan after a crash finds the same claim.
            claim = f"inbox-{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}"
            for request in requests:
                self._submit(_key(claim, request), request.prompt, request.settings, "inbox")
            done = _move(path, self._folder("done"), path.name)
            log.info("%r taken, prompts queued: %d", done.name, len(requests))
        except PromptFileError as error:
            self._refuse(path, str(error))
        except FileNotFoundError:
            log.debug("%s is gone", path)
        except (OSError, QueueError) as error:
            log.warning("%r waits: %s", path.name, error)
            return False
        except Exception:  # one file must never keep the others waiting
            log.exception("%r cannot be taken", path.name)
            self._refuse(path, "reading it went wrong in a way nobody foresaw; the log has more")
        return True

    def _refuse(self, path: Path, reason: str) -> None:
        log.warning("%r refused: %s", path.name, reason)
        try:
            failed = _move(path, self._folder("failed"), path.name)
            note = failed.with_name(_fitting(failed.name, ".error.txt"))
            note.write_text(f"{path.name}: {reason}\n", encoding="utf-8", errors="replace")
        except OSError as error:
            log.warning("%r: no reason could be left beside it: %s", path.name, error)
        name = path.name.encode(errors="replace").decode()
        self._bus.publish("inbox.refused", file=name, reason=reason)

    def _folder(self, name: str) -> Path:
        return self._watch.folder / name


def _key(claim: str, request: PromptRequest) -> str:
    return claim if request.line is None else f"{claim}-line{request.line}"


def _files(folder: Path) -> list[Path]:
    """Everything but folders, oldest first so that prompts keep their order."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if not entry.is_dir(follow_symlinks=False):
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
            except FileNotFoundError:
                continue
    return [folder / name for _, name in sorted(found)]


def _is_finished_name(name: str) -> bool:
    return not name.startswith((".", "#")) and not name.lower().endswith(UNFINISHED)


def _move(path: Path, folder: Path, name: str) -> Path:
    """Rename `path` into `folder` under a free name near `name`, durably. Raises OSError."""
    stem, suffix = Path(name).stem, Path(name).suffix
    target, number = folder / name, 1
    while os.path.lexists(target):  # only we write there
        number += 1
        target = folder / _fitting(stem, f"-{number}{suffix}")
    path.rename(target)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return target


def _fitting(stem: str, ending: str) -> str:
    """`stem` cut so that the whole name fits."""
    room = LONGEST_NAME - len(os.fsencode(ending))
    return os.fsdecode(os.fsencode(stem)[:room]) + ending
