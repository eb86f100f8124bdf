"""Which source of PulseAudio, or of PipeWire in its place, our stream records; `pactl` tells it.

A server whose microphone is unplugged moves the stream to another source, be it what the speaker
plays, and neither PortAudio nor a block of sound tells of it. Where the stream goes straight to
the hardware, or there is no pactl, nothing is known and nothing is changed.
"""

import json
import os
import select
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mused.daemon.errors import SourceError

PATIENCE = 10.0  # seconds for an answer
PAUSE = 1.0  # seconds between two looks
ATTEMPTS = 20
EVENT = b" on source"  # or on source-output
MONITOR = ".monitor"  # how the name of what a speaker plays ends
_LIBRARIES = ("libpulse", "libpipewire")
_MORTAL = ("setpriv", "--pdeathsig", "KILL")


@dataclass(frozen=True)
class Source:
    """Something to record from, as the server knows it."""

    index: int
    name: str

    @property
    def is_monitor(self) -> bool:
        """Whether it is what a speaker plays."""
        return self.name.endswith(MONITOR)


def sources() -> list[Source]:
    """All of the server; none where that cannot be known."""
    return [Source(each["index"], each["name"]) for each in _listed("short", "sources")]


def recorded() -> Source | None:
    """What the youngest stream of this process records; None where that cannot be known."""
    pid = str(os.getpid())
    ours = [
        each["source"]
        for each in _listed("source-outputs")
        if each["properties"].get("application.process.id") == pid
    ]
    return next((each for each in sources() if ours and each.index == ours[-1]), None)


class Connection:
    """Watches what a stream that was just opened records, until `close`.

    Raises SourceError where that is no microphone; `lost` receives the reason when it is another
    source later, in a thread.
    """

    def __init__(self, lost: Callable[[str], None]) -> None:
        self.source: Source | None = None
        self._lost = lost
        self._closed = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        if not _is_within_reach():
            return
        if complaint := self._complaint():
            raise SourceError(complaint)
        threading.Thread(target=self._watch, name="pactl", daemon=True).start()

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()
        if self._child is not None:
            self._child.kill()

    def _watch(self) -> None:
        # It sleeps until something happens: looking every few seconds would cost more.
        with subprocess.Popen(
            [*_MORTAL, "pactl", "subscribe"],  # the parent whose death it dies is this thread
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as self._child:
            assert self._child.stdout is not None
            told = self._child.stdout.fileno()
            # What happens before it has subscribed is not told. To ask is an event of its own.
            for _ in range(ATTEMPTS):
                sources()
                if select.select([told], [], [], PAUSE)[0] or self._closed.is_set():
                    break
            events = EVENT
            # In this order, as `close` may have come before there was a child to kill.
            while events and not self._closed.is_set():
                if EVENT in events:
                    if complaint := self._complaint():
                        self._lost(complaint)
                        break
                    self._closed.wait(PAUSE)  # many events come at once
                events = os.read(told, 65536)
            self._child.kill()  # not SIGTERM, which the daemon holds back, and its children with it

    def _complaint(self) -> str:
        """Why what is recorded now is wrong; empty if it is not, or nobody knows."""
        now = recorded()
        # A busy server may not answer in time, and what it told of is told once.
        while now is None and self.source is not None and not self._closed.wait(PAUSE):
            now = recorded()
        if now is None:
            return ""
        if self.source is None:
            self.source = now
            return _refusal(now)
        if now.name != self.source.name:
            return f"the sound server moved the stream from {self.source.name} to {now.name}"
        return ""


def _refusal(source: Source) -> str:
    """Beside microphones a monitor is somebody's choice, alone it is a makeshift."""
    if not source.is_monitor or os.environ.get("PULSE_SOURCE") == source.name:
        return ""
    if not all(each.is_monitor for each in sources()):
        return ""
    return f"the sound server offers only {source.name}, which is what the speaker plays"


def _is_within_reach() -> bool:
    """Whether to ask pactl, which would start a server that nothing else uses."""
    loaded = Path("/proc/self/maps").read_text(errors="replace")
    return any(each in loaded for each in _LIBRARIES) and all(
        map(shutil.which, ("pactl", "setpriv"))
    )


def _listed(*what: str) -> list[dict[str, Any]]:
    try:
        done = subprocess.run(
            ["pactl", "--format=json", "list", *what],
            check=True,
            timeout=PATIENCE,
            capture_output=True,
            env=_environment(),
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return []  # an old pactl knows no JSON
    return found


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}  # whose words and figures we know
