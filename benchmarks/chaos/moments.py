"""Moments worth a kill: the daemon's events, what stirs in its folders, what it is asked."""

import os
from collections import Counter
from pathlib import Path
from threading import Condition

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from mused.daemon.events import Event

EVENTS = ("job.queued", "job.started", "job.progress", "job.done", "picture", "speech.started")
FOLDERS = ("claimed", "taken", "written", "named", "checkpoint", "spoken")
ASKING = ("submitting", "cancelling")


class Moments(FileSystemEventHandler):
    """Counts moments and lets others wait for the next one; keeps every event."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._counts: Counter[str] = Counter()
        self._changed = Condition()

    def on_event(self, event: Event) -> None:
        """The daemon told about something."""
        self.events.append(event)
        self.happened(event.kind)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Something stirred in a folder."""
        if event.event_type in ("created", "moved"):
            moment = _moment(Path(os.fsdecode(event.dest_path or event.src_path)))
            if moment:
                self.happened(moment)

    def happened(self, moment: str) -> None:
        """Wake whoever waits for it; from any thread."""
        with self._changed:
            self._counts[moment] += 1
            self._changed.notify_all()

    def count(self, moment: str) -> int:
        """How often it has come so far."""
        with self._changed:
            return self._counts[moment]

    def wait(self, moment: str, seconds: float, before: int) -> bool:
        """Until `moment` has come more often than `before`, at most `seconds`; whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counts[moment] > before, seconds)

    def watching(self, *folders: Path) -> BaseObserver:
        """A started observer of `folders`; to be stopped."""
        observer = Observer()
        for folder in folders:
            observer.schedule(self, str(folder), recursive=True)
        observer.start()
        return observer


def _moment(path: Path) -> str | None:
    """What it means that `path` is there now."""
    if path.parent.parent.parent.name == "inbox" and path.parent.parent.name == "work":
        return "claimed"  # a batch has its folder, and gets its files at once
    if path.parent.name == "done":
        return "taken"
    if path.suffix == ".ckpt":
        return "checkpoint"
    if path.suffix == ".wav":
        return "spoken"
    if path.suffix == ".part":
        return "written"
    return "named" if path.suffix == ".png" and "preview" not in path.name else None
