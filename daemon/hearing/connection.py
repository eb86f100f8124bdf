"""Watches which source of the sound server our stream records.

A server whose microphone is unplugged moves the stream to another source, be it what the speaker
plays, and neither PortAudio nor a block of sound tells of it. Where the stream goes straight to
the hardware, or there is no pactl, nothing is known and nothing is changed.
"""

import os
import select
import subprocess
import threading
from collections.abc import Callable

from mused.daemon import pulse
from mused.daemon.errors import SourceError
from mused.daemon.pulse import Port

PAUSE = 1.0  # seconds between two looks, doubled each time that a server does not answer
LONGEST_PAUSE = 30.0
ATTEMPTS = 20
EVENT = b" on source"  # or on source-output
_MORTAL = ("setpriv", "--pdeathsig", "KILL")


class Connection:
    """Watches what a stream that was just opened records, until `close`.

    Raises SourceError where that is neither `wanted` nor, if nothing is, a microphone; `lost`
    receives the reason when it is another source later, in a thread.
    """

    def __init__(self, lost: Callable[[str], None], wanted: Port | None = None) -> None:
        self.source: Port | None = None
        self._wanted = wanted
        self._lost = lost
        self._closed = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        if not pulse.is_within_reach():
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
            env=pulse.environment(),
        ) as self._child:
            assert self._child.stdout is not None
            told = self._child.stdout.fileno()
            # What happens before it has subscribed is not told. To ask is an event of its own.
            for _ in range(ATTEMPTS):
                pulse.ports("source")
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
        now = pulse.recorded()
        # A busy server may not answer in time, and what it told of is told once.
        pause = PAUSE
        while now is None and self.source is not None and not self._closed.wait(pause):
            now, pause = pulse.recorded(), min(2 * pause, LONGEST_PAUSE)
        if now is None:
            return ""
        if self.source is None:
            self.source = now
            return self._refusal(now)
        if now.name != self.source.name:
            return f"the sound server moved the stream from {self.source.name} to {now.name}"
        return ""

    def _refusal(self, source: Port) -> str:
        if self._wanted is not None:
            if source.name == self._wanted.name:
                return ""
            return f"the sound server gave {source.name} where {self._wanted.name} was asked for"
        # Beside microphones a monitor is somebody's choice, alone it is a makeshift.
        if not source.is_monitor or pulse.chosen("source") == source.name:
            return ""
        if not all(each.is_monitor for each in pulse.ports("source")):
            return ""
        return f"the sound server offers only {source.name}, which is what the speaker plays"
