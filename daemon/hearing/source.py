"""Where sound comes from, always as 16-bit mono at 16 kHz: WAV files and standard input.

The microphone has a module of its own.
"""

import os
import select
import threading
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mused.daemon.errors import SourceError
from mused.daemon.hearing.audio import FRAME_BYTES, FRAME_SECONDS, RATE
from mused.skills import contract

POLL = 0.1  # seconds between looks at whether to close
USABLE_RATES = range(4_000, 192_001)  # samples a second of a WAV file


@dataclass(frozen=True)
class Lost:
    """A gap in the sound; the source tries again `retry_in` seconds later."""

    reason: str
    retry_in: float


class Source(Protocol):
    """Something to listen to."""

    kind: contract.Source

    def blocks(self) -> Iterator[bytes | Lost]:
        """The sound in blocks, until it ends or `close` is called. Raises SourceError."""
        ...

    def close(self) -> None:
        """End `blocks` soon; may be called from any thread."""
        ...


class WavSource:
    """A WAV file of any rate, width and number of channels.

    With `realtime` it takes as long as the sound lasts. Raises SourceError for an unusable file.
    """

    kind: contract.Source = "wav"

    def __init__(self, file: Path, *, realtime: bool = False) -> None:
        self._sound = read_wav(file).tobytes()
        self._realtime = realtime
        self._closed = threading.Event()

    def blocks(self) -> Iterator[bytes | Lost]:
        """The sound in frames of 20 ms, the last one filled up with silence."""
        began = time.monotonic()
        for number, at in enumerate(range(0, len(self._sound), FRAME_BYTES), 1):
            due = began + number * FRAME_SECONDS - time.monotonic() if self._realtime else 0.0
            if self._closed.wait(max(due, 0.0)):
                return
            yield self._sound[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")

    def close(self) -> None:
        """End `blocks`."""
        self._closed.set()


class StdinSource:
    """Raw 16-bit little-endian mono sound at 16 kHz, as `arecord -t raw -f S16_LE -r 16000` writes.

    `descriptor` is standard input unless told otherwise.
    """

    kind: contract.Source = "stdin"

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._closed = threading.Event()
        self.waiting = False
        """Whether the next sound is up to the writer, who may take as long as he likes."""

    def blocks(self) -> Iterator[bytes | Lost]:
        """The sound as it comes, until the end of the input."""
        self.waiting = True
        while not self._closed.is_set():
            # A thread that sits in a blocking read keeps the whole process from ending.
            if not select.select([self._descriptor], [], [], POLL)[0]:
                continue
            block = os.read(self._descriptor, FRAME_BYTES)
            if not block:
                return
            self.waiting = False
            yield block
            self.waiting = True

    def close(self) -> None:
        """End `blocks` at once."""
        self._closed.set()


def read_wav(file: Path) -> npt.NDArray[np.int16]:
    """All of a WAV file as int16 mono at 16 kHz, shape (samples,). Raises SourceError."""
    try:
        with wave.open(str(file), "rb") as sound:
            rate, width, channels = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            data = sound.readframes(sound.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise _unusable(file, said or "it ends too early") from error
    if rate not in USABLE_RATES:
        raise _unusable(file, f"it has {rate} samples a second")
    if not data:
        raise SourceError(f"{file} holds no sound")
    whole = data[: len(data) - len(data) % (width * channels)]
    return _at_16_khz(_as_int16(whole, width).reshape(-1, channels), rate)


def _unusable(file: Path, said: str) -> SourceError:
    return SourceError(
        f"{file} cannot be heard ({said}); `ffmpeg -i IN -ac 1 -ar 16000 OUT.wav` makes a file "
        "that can"
    )


def _as_int16(data: bytes, width: int) -> npt.NDArray[np.int16]:
    if width == 1:  # the only unsigned width
        return (np.frombuffer(data, np.uint8).astype(np.int16) - 128) << 8
    # The two highest bytes of a little-endian sample are its 16 most significant bits.
    high = np.frombuffer(data, np.uint8).reshape(-1, width)[:, -2:]
    return np.ascontiguousarray(high).view("<i2").reshape(-1)


def _at_16_khz(sound: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.int16]:
    mono = sound.mean(axis=1).astype(np.int16) if sound.shape[1] > 1 else sound[:, 0]
    if rate == RATE:
        return mono
    import soxr

    resampled: npt.NDArray[np.int16] = soxr.resample(mono, rate, RATE)
    return resampled
