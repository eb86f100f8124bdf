"""One open stream of PortAudio, the thread that reads it, and the queue between that and ours.

To have PortAudio call us for each block of sound costs more than to listen to it. So the stream has
a buffer of 1.2 s that is read every now and then, rarely where nobody waits for the sound.
"""

import ctypes
import logging
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mused.daemon import pulse
from mused.daemon.errors import SourceError
from mused.daemon.hearing.audio import FRAME_SECONDS
from mused.daemon.hearing.clock import SampleClock
from mused.daemon.hearing.connection import Connection

logger = logging.getLogger(__name__)

STALLED = 3.0  # seconds without a block
BLOCK_SECONDS = 3 * FRAME_SECONDS  # that a sound server sends at a time
PERIODS = 20  # such blocks in the buffer; a device that has less room is read more often
PACE = 0.05  # from one read to the next
LOOK_AGAIN = 0.01  # likewise where there was nothing yet
NAP = 0.4  # likewise at rest; shorter than any wake phrase, so that it delays no answer
BACKLOG = 10.0  # seconds of sound that may wait for the recogniser

_open: set["Recording"] = set()


@dataclass(frozen=True)
class Format:
    """What a device can do: rate in samples a second."""

    device: int
    rate: int
    channels: int
    source: pulse.Port | None
    """What the sound server is to give, where the device is but the way to it."""


class Recording:
    """A stream that is read until `close` or until it breaks, rarely unless `hurry` is set.

    Raises PortAudioError and ValueError. Whoever opens and closes must not do so in two threads at
    a time.
    """

    def __init__(self, portaudio: Any, chosen: Format, hurry: threading.Event) -> None:
        self.format = chosen
        self._hurry = hurry
        self._portaudio = portaudio
        self._connection: Connection | None = None
        self._queue: queue.SimpleQueue[tuple[float, bytes] | SourceError | None]
        self._queue = queue.SimpleQueue()
        self._clock = SampleClock()
        self._bytes_a_second = 2 * chosen.channels * chosen.rate
        self._overflowed = self._given = self._taken = 0  # bytes
        _let_periods_be_many(portaudio)
        self._stream = portaudio.RawInputStream(
            samplerate=chosen.rate,
            blocksize=round(chosen.rate * BLOCK_SECONDS),
            device=chosen.device,
            channels=chosen.channels,
            dtype="int16",
            latency=PERIODS * BLOCK_SECONDS,
        )
        try:
            self._stream.start()
        except portaudio.PortAudioError:
            self._stream.close()
            raise
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="recording", daemon=True)
        self._reader.start()
        _open.add(self)

    def watch(self) -> None:
        """Have `next` raise SourceError once another source is recorded; so does this at once."""
        self._connection = Connection(
            lambda reason: self._queue.put(SourceError(reason)), self.format.source
        )

    @property
    def name(self) -> str:
        """What the sound server calls what is recorded; empty where that is not known."""
        source = self._connection.source if self._connection is not None else None
        return "" if source is None else source.name

    @property
    def blocks_lost(self) -> int:
        """Blocks of 20 ms that came too late to be heard or never came."""
        seconds = self._overflowed / self._bytes_a_second + self._clock.lost
        return round(seconds / FRAME_SECONDS)

    def next(self) -> tuple[float, bytes] | None:
        """When the end of the next block was recorded, and the block; None after the last.

        Blocks are of any length. Raises SourceError when the stream is stuck, or somebody else is
        recorded.
        """
        try:
            block = self._queue.get(timeout=STALLED)
        except queue.Empty:
            raise SourceError(f"no sound from the microphone for {STALLED:.0f} s") from None
        if isinstance(block, SourceError):
            raise block
        if block is not None:
            self._taken += len(block[1])
        return block

    def end(self) -> None:
        """Let `next` return None after the blocks that wait."""
        self._queue.put(None)

    def close(self) -> None:
        """Record no more; where that is so already, nothing happens."""
        if self._connection is not None:
            self._connection.close()
        self._closing.set()
        self._hurry.set()  # ends a nap; whether to rest is told again with every block
        self._reader.join()  # PortAudio would read what it has freed
        self._stream.abort()
        self._stream.close()
        _open.discard(self)

    def _read(self) -> None:
        try:
            self._read_on()
        except self._portaudio.PortAudioError as error:
            logger.debug("the stream broke: %s", error)
        except Exception:
            logger.exception("the microphone cannot be read any more, for whatever reason")
        finally:
            self.end()

    def _read_on(self) -> None:
        # Seconds of sound that the buffer holds. JACK may call it nothing, or a minute.
        held = max(self._stream.latency, 2 * LOOK_AGAIN)
        nap, pace = min(held / 2, NAP), PACE
        while not self._closing.is_set():
            if pace and self._hurry.wait(nap):
                time.sleep(min(pace, nap))
            now = time.monotonic()
            # No more than there is: to wait for it would be in PortAudio, which may not return.
            frames = self._stream.read_available
            sound = bytes(self._stream.read(frames)[0]) if frames else b""
            pace = PACE if sound else LOOK_AGAIN
            if frames >= held * self.format.rate:
                pace = 0.0  # there may be more behind what there was room for
            if sound:
                self._give(now, sound)

    def _give(self, now: float, sound: bytes) -> None:
        recorded = self._clock.feed(now, len(sound) / self._bytes_a_second)
        if self._given - self._taken > BACKLOG * self._bytes_a_second:
            self._overflowed += len(sound)
            return
        self._given += len(sound)
        self._queue.put((recorded, sound))


def close_all() -> None:
    """Close what is open, whoever records it."""
    for each in tuple(_open):
        each.close()


def _let_periods_be_many(portaudio: Any) -> None:
    """For ALSA: PortAudio has the device tell of sound four times a buffer, unless told otherwise.

    A buffer of a second would then come four times as late (PaAlsa_SetNumPeriods in pa_linux_alsa.h
    has no counterpart in sounddevice).
    """
    with suppress(OSError, AttributeError):  # a PortAudio without ALSA
        library = ctypes.CDLL(portaudio._libname)  # noqa: SLF001 (to find it again takes a compiler)
        library.PaAlsa_SetNumPeriods(PERIODS)
