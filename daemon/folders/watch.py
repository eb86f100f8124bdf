"""Wakes a scan when something stirs in a folder; what is there is for the scan to find out.

Events are never trusted: inotify drops them when its queue overflows and an observer stays deaf,
without an error, once its folder was removed. Hence the regular scan, and the look at the
folder's inode before each.
"""

import asyncio
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)
# An ordinary stop while events still arrive is logged there as an error.
logging.getLogger("watchdog.observers.inotify").setLevel(logging.CRITICAL)

SCAN_EVERY = 30.0  # seconds
GATHER = 0.05  # seconds; events come in bursts and one scan serves them all
SETTLE = 0.3  # seconds a file must stay unchanged before it is taken for whole
SETTLE_EMPTY = 5.0  # seconds; an empty file is usually about to be written


class Watch:
    """A folder, made when missing, whose stirring sets an event; use as ``async with``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stirred = asyncio.Event()
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None

    async def wait(self, seconds: float = SCAN_EVERY) -> None:
        """Until the folder stirs, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
                await asyncio.sleep(GATHER)
        except TimeoutError:
            pass
        self._stirred.clear()

    def wake(self) -> None:
        """Stir it ourselves; from the event loop's thread."""
        self._stirred.set()

    def ensure(self) -> None:
        """Make the folder if it is missing and watch the one that is there now. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stat = self.folder.stat()
        identity = (stat.st_dev, stat.st_ino)
        if identity == self._watched:
            return
        self.close()
        observer = Observer()
        observer.schedule(_Handler(asyncio.get_running_loop(), self), str(self.folder))
        try:
            observer.start()
        except OSError as error:  # the user's inotify watches are used up
            log.warning("%s is scanned every %g s only: %s", self.folder, SCAN_EVERY, error)
            return
        self._observer, self._watched = observer, identity

    def lose(self) -> None:
        """The watched folder was removed; its successor may well get its inode."""
        self._watched = None
        self.wake()

    def close(self) -> None:
        """Stop watching."""
        self._watched = None
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()


class _Handler(FileSystemEventHandler):
    """Runs in the observer's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, watch: Watch) -> None:
        self._loop = loop
        self._watch = watch

    def on_any_event(self, event: FileSystemEvent) -> None:
        # Our own reading makes these; they tell nothing about the content.
        if event.event_type in ("opened", "closed_no_write"):
            return
        gone = event.event_type == "deleted" and event.src_path == str(self._watch.folder)
        try:
            self._loop.call_soon_threadsafe(self._watch.lose if gone else self._watch.wake)
        except RuntimeError:  # the loop has closed while an event was on its way
            log.debug("an event came after the end")


class Settling:
    """Tells whole files from those still being written: whole ones keep size and time."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[tuple[int, int, int], float]] = {}

    def settled(self, path: Path, stat: os.stat_result) -> bool:
        """Whether `path` has been unchanged for long enough."""
        signature = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        before, since = self._seen.get(path, (None, 0.0))
        now = time.monotonic()
        if signature != before:
            self._seen[path] = (signature, now)
            return False
        about_to_be_written = S_ISREG(stat.st_mode) and not stat.st_size
        return now - since >= (SETTLE_EMPTY if about_to_be_written else SETTLE)

    def keep(self, present: Iterable[Path]) -> None:
        """Forget every file that is not among `present`."""
        present = set(present)
        for path in self._seen.keys() - present:
            del self._seen[path]

    def forget(self, path: Path) -> None:
        """`path` has been dealt with."""
        self._seen.pop(path, None)
