"""Wakes a scan when something stirs in a folder; what is there is for the scan to find out.

Events are never trusted: inotify drops them when its queue overflows, tells nothing of what other
machines do on a network mount, and an observer stays deaf, without an error, once its folder was
removed. Hence the regular scan, and the look at the folder's inode before each.
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from mused.daemon.errors import QueueError
from mused.daemon.folders.mounts import mount_of
from mused.daemon.health import beat, rest

log = logging.getLogger(__name__)
# An ordinary stop while events still arrive is logged there as an error.
logging.getLogger("watchdog.observers.inotify").setLevel(logging.CRITICAL)

SCAN_EVERY = 30.0  # seconds
POLL_EVERY = 3.0  # seconds; on a network mount, where only looking tells
GATHER = 0.05  # seconds; events come in bursts and one scan serves them all
GATHER_MOST = 1.0  # seconds; long scans are kept apart as well
JOIN = 1.0  # seconds an observer has to end: the event loop may be what waits for it
RETRY = 5.0  # seconds until a folder, file or database that refused is tried again
# What a flood of files must not be told of: every write, and our own reading.
EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileClosedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]

_Identity = tuple[int, int]
Scan = Callable[[], Awaitable[float | None]]


async def keep_scanning(name: str, watch: "Watch", scan: Scan) -> None:
    """Scan whenever `watch` stirs, until cancelled.

    `scan` returns seconds until another look is due, if any; its OSError and QueueError are
    logged once for each new trouble.
    """
    try:
        while True:
            began = time.monotonic()
            try:
                pause, found = await scan(), None
            except (OSError, QueueError) as error:
                pause, found = RETRY, str(error)
            if found and found != watch.trouble:
                log.warning("%s cannot be used: %s", name, found)
            watch.trouble = found
            await watch.wait(pause, gather=2 * (time.monotonic() - began))
    finally:
        watch.close()


class Watch:
    """A folder, made when missing, whose stirring sets an event.

    `poll` is the most seconds between two looks; unset, the kind of mount decides.
    """

    def __init__(self, folder: Path, poll: float | None = None) -> None:
        self.folder = folder
        self.remote = False
        self.trouble: str | None = None
        """Why the last scan failed."""
        self._poll = poll
        self._every = poll or SCAN_EVERY
        self._stirred = asyncio.Event()
        self._wake_sent = False
        self._deaf = False
        self._observer: BaseObserver | None = None
        self._watched: dict[Path, _Identity] = {}

    def status(self) -> str:
        """The folder, and why it cannot be used if so."""
        return (
            f"{self.folder}; it cannot be used: {self.trouble}"
            if self.trouble
            else str(self.folder)
        )

    async def wait(self, seconds: float | None = None, gather: float = 0.0) -> None:
        """Until the folder stirs, at most `seconds`; then `gather` longer for more of it."""
        rest()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds or math.inf, self._every)):
                await self._stirred.wait()
                await asyncio.sleep(min(max(GATHER, gather), GATHER_MOST))
        self._stirred.clear()
        beat()

    def wake(self) -> None:
        """Stir it ourselves; from the event loop's thread."""
        self._wake_sent = False
        self._stirred.set()

    async def ensure(self, parts: Iterable[Path] = ()) -> None:
        """Make the folder if it is missing and watch the one that is there now, and its `parts`.

        Raises OSError. A network mount that hangs holds up a thread, never the event loop.
        """
        await asyncio.to_thread(self._ensure, asyncio.get_running_loop(), tuple(parts))

    def _ensure(self, loop: asyncio.AbstractEventLoop, parts: tuple[Path, ...]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        wanted = {self.folder: _identity(self.folder.stat())}
        for part in parts:
            with suppress(FileNotFoundError):
                wanted[part] = _identity(part.stat())
        if wanted == self._watched:
            return
        self.close()
        self.remote = mount_of(self.folder).is_remote
        self._every = self._poll or (POLL_EVERY if self.remote else SCAN_EVERY)
        observer = None
        try:
            observer = Observer()
            for folder in wanted:
                # By its real path: a link is not followed there.
                real = str(folder.resolve())
                observer.schedule(_Handler(loop, self, real), real, event_filter=EVENTS)
            observer.start()
        except OSError as error:  # the user's inotify instances or watches are used up
            if not self._deaf:
                log.warning("%s is scanned every %g s only: %s", self.folder, self._every, error)
            self._deaf = True
            if observer is not None:
                with suppress(RuntimeError):  # it may not have come to life
                    observer.stop()
            return
        self._observer, self._watched, self._deaf = observer, wanted, False

    def stir(self, loop: asyncio.AbstractEventLoop, *, gone: bool) -> None:
        """Something happened, or the folder is `gone`; from the observer's thread."""
        if self._wake_sent and not gone:  # ten thousand files need no ten thousand calls
            return
        self._wake_sent = True
        try:
            loop.call_soon_threadsafe(self.lose if gone else self.wake)
        except RuntimeError:  # the loop has closed while an event was on its way
            log.debug("an event came after the end")

    def lose(self) -> None:
        """The watched folder was removed; its successor may well get its inode."""
        self._watched = {}
        self.wake()

    def close(self) -> None:
        """Stop watching."""
        self._watched = {}
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(JOIN)


class _Handler(FileSystemEventHandler):
    """Runs in the observer's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, watch: Watch, folder: str) -> None:
        self._loop = loop
        self._watch = watch
        self._folder = folder

    def on_any_event(self, event: FileSystemEvent) -> None:
        gone = event.event_type == "deleted" and event.src_path == self._folder
        self._watch.stir(self._loop, gone=gone)


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino
