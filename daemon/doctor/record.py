"""Records a moment from the microphone, as the daemon would, and measures it; for the doctor.

``python -c "from mused.daemon.doctor import record; record.main()" DEVICE SECONDS``, both in
JSON; prints a `Recording` in JSON.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np

from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.microphone import Microphone
from mused.daemon.hearing.source import Lost

SETTLING = 0.2  # seconds; many sound cards begin with a thump
FULL_SCALE = 32768
CLIPPED = 32760  # resampling leaves few samples at the very edge


@dataclass(frozen=True)
class Recording:
    """What a moment of sound was like; amplitudes are parts of full scale."""

    lost: str = ""
    """Why there is none, or not enough."""
    wanted: float = 0.0
    """Seconds that passed."""
    heard: float = 0.0
    """Seconds of sound that came in this time."""
    rms: float = 0.0
    peak: float = 0.0
    offset: float = 0.0
    """The mean: of a good sound card zero."""
    clipped: float = 0.0
    """Share of samples at the edge of what can be recorded."""
    silent: bool = False
    """Whether every sample is zero, which no real microphone ever is."""


def record(device: str | None, seconds: float) -> Recording:
    """Listen for `seconds` to the microphone that is called `device`."""
    microphone = Microphone(device)
    sound: list[bytes] = []
    moments: list[float] = []
    for block in microphone.blocks():
        if isinstance(block, Lost):
            microphone.close()
            return Recording(lost=block.reason)
        sound.append(block)
        moments.append(time.monotonic())
        if moments[-1] - moments[0] >= seconds:
            microphone.close()
    # The clock starts when the first block is there, so that its sound lies before.
    return measured(b"".join(sound[1:]), moments[-1] - moments[0])


def measured(sound: bytes, seconds: float) -> Recording:
    """Measure 16-bit mono at 16 kHz that came within `seconds`."""
    everything = np.frombuffer(sound, np.int16)
    samples = everything[int(SETTLING * RATE) :].astype(np.float64)
    if not len(samples):
        return Recording(lost="hardly any sound came from the microphone")
    offset = float(samples.mean())
    return Recording(
        wanted=seconds,
        heard=len(everything) / RATE,
        rms=float(np.sqrt(np.square(samples - offset).mean())) / FULL_SCALE,
        peak=float(np.abs(samples).max()) / FULL_SCALE,
        offset=offset / FULL_SCALE,
        clipped=float((np.abs(samples) >= CLIPPED).mean()),
        silent=not samples.any(),
    )


def main() -> None:
    """Record as the arguments say."""
    device, seconds = map(json.loads, sys.argv[1:])
    print(json.dumps(asdict(record(device, seconds))))  # noqa: T201 - the answer to in_child
