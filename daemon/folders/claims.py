"""Claims of prompt files: batches in a folder of this daemon's own, so that several share an inbox.

A file is claimed by renaming it into ``work/ID/BATCH/``. ID is kept with the state and names one
daemon; what a dead one had claimed waits there for its return. BATCH was never used before, so
that batch and name make a job's key: a scan after a crash finds the same claim, while dropping a
file again, even one moved back from ``done/``, makes a new one.
"""

import hashlib
import logging
import os
import re
import secrets
import socket
import stat
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mused.art.files import sync_folder, write_atomically
from mused.daemon.config import INBOX_FOLDERS
from mused.daemon.folders.prompt_file import PromptFileError, PromptRequest, read_requests
from mused.daemon.jobs.queue import Wish

log = logging.getLogger(__name__)

NOTE = ".error.txt"
"""What the name of the note beside a refused file ends in."""
LONGEST_NAME = 255  # bytes, of every common file system
OLD = 24 * 3600.0  # seconds after which another daemon's claims are worth a word
UNFORESEEN = "reading it went wrong in a way nobody foresaw; the log has more"


@dataclass(frozen=True)
class Claim:
    """A claimed file and what it asks for."""

    path: Path
    key: str
    requests: Sequence[PromptRequest] = ()
    refusal: str | None = None
    """Why it cannot be painted, for the person who dropped it."""
    trouble: str | None = None
    """Why it cannot be read just now."""

    def wishes(self) -> list[Wish]:
        """Every picture it asks for."""
        return [
            Wish(
                self.key if each.line is None else f"{self.key}-line{each.line}",
                each.prompt,
                each.settings,
                "inbox",
            )
            for each in self.requests
        ]


class Claims:
    """The claims in `inbox` of the daemon whose state folder is `state`. Methods raise OSError.

    Prompt files may name pictures in the inbox or the `gallery`.
    """

    def __init__(self, inbox: Path, gallery: Path, state: Path) -> None:
        self._inbox = inbox
        self._gallery = gallery
        self._state = state
        self._id: str | None = None

    @property
    def _own(self) -> Path:
        if self._id is None:
            self._id = _identity(self._state / "inbox-id")
        return self._inbox / "work" / self._id

    def prepare(self) -> None:
        """Make the folders, and see that they are still our own: others may write to the inbox.

        Through a link in their place files elsewhere would be read, moved and removed.
        """
        # Some network mounts show all files as those of one user, whoever made them.
        owners = {os.geteuid(), self._inbox.stat().st_uid}
        for name in INBOX_FOLDERS:
            _make(self._inbox / name, 0o777, owners)
        _make(self._own, 0o700, owners)

    def left(self) -> list[Path]:
        """Batches that wait, the oldest first."""
        return _folders(self._own)

    def claim(self, names: Sequence[str]) -> tuple[Path, dict[str, str]]:
        """Move the files with these names into a new batch, durably; also why some refused."""
        # Sorted by time; where the clock jumps, batches are merely taken in another order.
        batch = self._own / f"{time.time_ns():016x}{secrets.token_hex(4)}"
        batch.mkdir()
        refused = {}
        for name in names:
            try:
                (self._inbox / name).rename(batch / name)
            except FileNotFoundError:  # taken away again, or claimed by another daemon
                continue
            except OSError as error:
                refused[name] = str(error)
        for folder in (batch, self._own, self._inbox):
            sync_folder(folder)
        return batch, refused

    def read(self, batch: Path) -> list[Claim]:
        """What the files of a batch ask for, the oldest first."""
        places = (self._inbox, self._gallery)
        try:
            found = sorted(entries(batch))
        except FileNotFoundError:  # dealt with by a scan that a reload had cut short
            return []
        return [_read(batch / name, places) for _, name, _ in found]

    def done(self, path: Path) -> None:
        """Move a queued file to ``done/``."""
        _move(path, self._inbox / "done")

    def refuse(self, path: Path, reason: str) -> None:
        """Move a file to ``failed/`` and leave the reason beside it."""
        failed = _move(path, self._inbox / "failed")
        note = failed.with_name(_fitting(failed.name, NOTE))
        text = f"{shown(path.name)}: {reason}\n"
        try:
            # Never into what lies there: it may be a link that somebody dropped under this name.
            content = text.encode(errors="replace")
            write_atomically(note, lambda file: file.write(content), durable=False)
        except OSError as error:
            log.warning("%r: no reason could be left beside it: %s", path.name, error)

    def drop(self, batch: Path) -> None:
        """Remove a batch in which nothing waits."""
        with suppress(OSError):
            batch.rmdir()

    def strangers(self) -> dict[str, int]:
        """How many files other daemons claimed more than a day ago, by their folder's name."""
        found: dict[str, int] = {}
        for folder in _folders(self._inbox / "work"):
            if folder == self._own:
                continue
            with suppress(OSError):  # that one works there meanwhile, or lets nobody look
                for batch in _folders(folder):
                    if time.time() - batch.stat().st_mtime > OLD:
                        found[folder.name] = found.get(folder.name, 0) + len([*batch.iterdir()])
        return {name: count for name, count in found.items() if count}


def entries(
    folder: Path, wanted: Callable[[str], bool] = lambda name: True
) -> Iterator[tuple[int, str, os.stat_result]]:
    """Modification time (ns), name and status of all in `folder` but folders; raises OSError."""
    with os.scandir(folder) as found:
        for entry in found:
            with suppress(FileNotFoundError):
                if wanted(entry.name) and not entry.is_dir(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    yield status.st_mtime_ns, entry.name, status


def _folders(folder: Path) -> list[Path]:
    """The folders in it, in the order of their names; no links."""
    with os.scandir(folder) as found:
        return sorted(folder / each.name for each in found if each.is_dir(follow_symlinks=False))


def _make(folder: Path, mode: int, owners: Container[int]) -> None:
    """Make a folder that belongs to one of `owners`. Raises OSError where another thing lies."""
    with suppress(FileExistsError):
        folder.mkdir(mode)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(f"{folder} is no folder, and links are not followed: move it away")
    if status.st_uid not in owners:
        raise PermissionError(f"{folder} belongs to another user: move it away")


def _identity(file: Path) -> str:
    """The id in `file`; a new one, beginning with this machine's name, where there is none."""
    with suppress(FileNotFoundError, UnicodeDecodeError):
        found = file.read_text(encoding="ascii").strip()
        if re.fullmatch(r"[A-Za-z0-9-]{1,64}", found):
            return found
    machine = re.sub(r"[^A-Za-z0-9]+", "-", socket.gethostname())[:32].strip("-")
    made = f"{machine}-{secrets.token_hex(4)}".lstrip("-")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(file, lambda handle: handle.write(f"{made}\n".encode("ascii")))
    return made


def _read(path: Path, places: Sequence[Path]) -> Claim:
    batch, name = path.parent.name, path.name
    mark = hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest()
    key = f"inbox-{batch}-{mark}"
    try:
        return Claim(path, key, read_requests(path, name, places))
    except PromptFileError as error:
        return Claim(path, key, refusal=str(error))
    except OSError as error:
        return Claim(path, key, trouble=str(error))
    except Exception:  # one file must never keep the others waiting
        log.exception("%r cannot be taken", name)
        return Claim(path, key, refusal=UNFORESEEN)


def _move(path: Path, folder: Path) -> Path:
    """Rename `path` into `folder` under a free name near its own. Raises OSError."""
    target, number = folder / path.name, 1
    while os.path.lexists(target):
        number += 1
        target = folder / _fitting(path.stem, f"-{number}{path.suffix}")
    path.rename(target)
    return target


def _fitting(stem: str, ending: str) -> str:
    """`stem` cut so that the whole name fits."""
    room = LONGEST_NAME - len(os.fsencode(ending))
    return os.fsdecode(os.fsencode(stem)[:room]) + ending


def shown(name: str) -> str:
    """A file's name for people, in UTF-8 whatever the locale."""
    return os.fsencode(name).decode(errors="replace")
