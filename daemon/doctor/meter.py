"""Measures the microphone while it is spoken to, as a second listener beside the daemon.

``python -m mused.daemon.doctor.meter DEVICE FLOOR`` prints one JSON line for each tenth of a
second of sound; DEVICE and FLOOR (``[hearing] energy_floor``) are JSON. `readings` starts it: a
dead sound server can take no more than a process with it.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from mused.daemon.child import die_with_parent
from mused.daemon.config import Hearing
from mused.daemon.doctor.microphone import CLIPPED, QUIET, decibels
from mused.daemon.errors import HearingError
from mused.daemon.hearing.audio import FRAME_BYTES
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.microphone import Microphone
from mused.daemon.hearing.source import Lost

FRAMES = 5  # a reading, 0.1 seconds
PATIENCE = 6.0  # seconds without a reading; a microphone that is stuck says so after three
FULL_SCALE = 32768
EDGE = 32760  # resampling leaves few samples at the very edge
SOFT = -45.0  # dBFS of speech that is hard to understand
LOUD = -1.0  # dBFS of a peak that is about to be cut off


@dataclass(frozen=True)
class Reading:
    """A tenth of a second of sound, levels in dBFS."""

    level: float
    peak: float
    speech: bool
    """Whether mused takes it for speech."""
    clipped: float
    """Share of samples at the edge of what can be recorded."""
    silent: bool
    """Whether every sample is zero, which no real microphone ever is."""

    @property
    def verdict(self) -> str:
        """A word on it; empty where nothing is wrong."""
        if self.silent:
            return "all zero: it is muted"
        if self.clipped > CLIPPED:
            return "cut off: turn its gain down"
        if self.peak > LOUD:
            return "too loud"
        if self.speech and self.level < SOFT:
            return "too quiet: come closer, or turn its gain up"
        return "next to nothing" if self.level < QUIET else ""


def readings(settings: Hearing) -> Generator[Reading, None, None]:
    """Measure until closed. Raises HearingError when there is no sound, or no more."""
    arguments = map(json.dumps, (settings.device, settings.energy_floor))
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "mused.daemon.doctor.meter", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        try:
            yield from _read(child.stdout.fileno())
        finally:
            child.kill()


def _read(descriptor: int) -> Iterator[Reading]:
    rest = b""
    while True:
        if not select.select([descriptor], [], [], PATIENCE)[0]:
            raise HearingError(
                f"no sound for {PATIENCE:.0f} s: see that the sound server lives (`pactl info`)"
            )
        block = os.read(descriptor, 4096)
        if not block:
            raise HearingError("the microphone cannot be measured: `mused doctor` tells more")
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            found = json.loads(line)
            if reason := found.get("lost"):
                raise HearingError(reason)
            yield Reading(**found)


def measured(sound: bytes, *, speech: bool) -> Reading:
    """A reading of 16-bit mono."""
    samples = np.frombuffer(sound, "<i2").astype(np.float64)
    return Reading(
        level=round(
            decibels(float(np.sqrt(np.square(samples - samples.mean()).mean())) / FULL_SCALE), 1
        ),
        peak=round(decibels(float(np.abs(samples).max()) / FULL_SCALE), 1),
        speech=speech,
        clipped=round(float((np.abs(samples) >= EDGE).mean()), 4),
        silent=not samples.any(),
    )


def main() -> None:
    """Measure until killed, or until the microphone is lost."""
    die_with_parent()
    device, floor = map(json.loads, sys.argv[1:])
    gate, sound, speech, rest = Gate(floor), b"", False, b""
    for block in Microphone(device).blocks():
        if isinstance(block, Lost):
            _tell({"lost": block.reason})
            return
        rest += block
        while len(rest) >= FRAME_BYTES:
            frame, rest = rest[:FRAME_BYTES], rest[FRAME_BYTES:]
            gate.feed(frame)
            sound, speech = sound + frame, speech or gate.speech
            if len(sound) == FRAMES * FRAME_BYTES:
                _tell(asdict(measured(sound, speech=speech)))
                sound, speech = b"", False


def _tell(found: dict[str, object]) -> None:
    print(json.dumps(found), flush=True)  # noqa: T201 - the answer to `readings`


if __name__ == "__main__":
    main()
