"""The gallery: whoever puts a picture with our recipe there, it is announced once.

What was announced is remembered in a small database, so that a restart repeats nothing. A picture
is known by its file and, once announced, by the job in its recipe or else by its content: neither
renaming nor restoring a backup makes it new. Pictures that lay there before the first start are
not announced.
"""

import asyncio
import hashlib
import logging
import os
import stat
from pathlib import Path

from mused.art.errors import ArtError
from mused.art.picture import Recipe, read_recipe
from mused.daemon.errors import QueueError
from mused.daemon.events import Bus
from mused.daemon.folders.watch import SETTLE, Settling, Watch
from mused.daemon.jobs.database import Database

log = logging.getLogger(__name__)

SCHEMA = ("CREATE TABLE seen (mark TEXT PRIMARY KEY) WITHOUT ROWID",)
PRIMED = "primed"  # the mark of a finished first scan
RETRY = 5.0  # seconds until the database is tried again


class Gallery:
    """Watches `folder`, remembers in the SQLite file `memory`; `run` is its one task."""

    def __init__(self, folder: Path, memory: Path, bus: Bus) -> None:
        self._bus = bus
        self._watch = Watch(folder)
        self._settling = Settling()
        self._scanning = asyncio.Lock()
        self._database = Database(memory, SCHEMA)
        self._seen: set[str] = set()

    def close(self) -> None:
        """Close the memory."""
        self._database.close()

    async def run(self) -> None:
        """Announce pictures until cancelled."""
        try:
            while True:
                try:
                    pause = await self.scan()
                except OSError as error:
                    log.warning("the gallery cannot be used: %s", error)
                    pause = None
                except QueueError as error:
                    log.warning("pictures are not announced: %s", error)
                    pause = RETRY
                await (self._watch.wait(pause) if pause else self._watch.wait())
        finally:
            self._watch.close()

    async def scan(self) -> float | None:
        """Announce every new settled picture; returns seconds until another look is due, if any.

        Raises OSError when the folder cannot be used, QueueError when the memory cannot.
        """
        async with self._scanning:
            self._watch.ensure()
            pictures = _pictures(self._watch.folder)
            if PRIMED not in self._seen:
                self._seen.update(
                    row["mark"] for row in self._database.read("SELECT mark FROM seen")
                )
            if PRIMED not in self._seen:
                self._remember(PRIMED, *(_mark(status) for status in pictures.values()))
                return None
            self._settling.keep(pictures)
            pause = None
            for path, status in pictures.items():
                if _mark(status) in self._seen:
                    continue
                if self._settling.settled(path, status):
                    await self._try_to_meet(path, status)
                else:
                    pause = SETTLE
            return pause

    async def _try_to_meet(self, path: Path, status: os.stat_result) -> None:
        """No picture may silence the others, whatever is in it."""
        try:
            await self._meet(path, status)
        except QueueError:
            raise
        except OSError as error:  # gone, or the machine is short of something: looked at again
            log.debug("%r waits: %s", path.name, error)
        except Exception:
            log.exception("%r is not announced", path.name)
            self._remember(_mark(status))

    async def _meet(self, path: Path, status: os.stat_result) -> None:
        found = await asyncio.to_thread(_read, path)
        if found is None:  # somebody else's picture
            self._remember(_mark(status))
            return
        recipe, identity = found
        known = identity in self._seen
        self._remember(_mark(status), identity)
        if not known:
            log.info("%r appeared in the gallery", path.name)
            self._bus.publish(
                "picture",
                picture=str(path),
                prompt=recipe.prompt,
                job=recipe.job,
                stop_reason=recipe.stop_reason,
            )

    def _remember(self, *marks: str) -> None:
        rows = [(mark,) for mark in marks]
        statement = "INSERT OR IGNORE INTO seen VALUES (?)"
        self._database.write(lambda database: database.executemany(statement, rows))
        self._seen.update(marks)


def _pictures(folder: Path) -> dict[Path, os.stat_result]:
    found: dict[Path, os.stat_result] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() != ".png":
            continue
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            found[path] = status
    return found


def _mark(status: os.stat_result) -> str:
    return f"file-{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _read(path: Path) -> tuple[Recipe, str] | None:
    """The recipe, if there is one, and what tells its picture from others. Raises OSError."""
    try:
        recipe = read_recipe(path)
    except ArtError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno is not None:  # of the disk, not of Pillow
            raise cause from error
        log.debug("not announced: %s", error)
        return None
    if recipe.job:  # one cancelled may be asked for again, and then have a picture after all
        cancelled = "cancelled-" if recipe.stop_reason == "cancelled" else ""
        return recipe, f"{cancelled}job-{recipe.job}"
    with path.open("rb") as file:
        return recipe, f"content-{hashlib.file_digest(file, 'sha256').hexdigest()}"
