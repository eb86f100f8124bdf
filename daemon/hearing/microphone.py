"""The microphone, supervised: it is found by name, watched, and opened again when it is lost.

PortAudio reports little. A stream whose device is gone may end without a word, or stay "active"
and deliver nothing; lost input is not flagged. So a stream counts as lost after some seconds
without a block, and samples are counted against the clock. Where the sound server hangs, so does
PortAudio, whatever is asked of it: every call into it has a thread of its own, one at a time. But
an open stream is read beside them, as that does not wait; it ends before the stream is closed.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mused.daemon import pulse
from mused.daemon.devices import choose
from mused.daemon.errors import DeviceError, SourceError
from mused.daemon.hearing.audio import FRAME_SECONDS, RATE
from mused.daemon.hearing.recording import STALLED, Format, Recording, close_all
from mused.daemon.hearing.source import Lost
from mused.skills import contract

logger = logging.getLogger(__name__)

OPENING = 4.0  # seconds that PortAudio may take to open a stream, on a busy machine
CLOSING = 2.0
FIRST_RETRY = 0.5  # seconds, doubled after each failure
# Between two things that `blocks` gives, where each step takes all but the time it may.
LONGEST_SILENCE = OPENING + OPENING + STALLED + CLOSING  # restarted, opened, no sound, closed
LONGEST_RETRY = 4.0  # with opening it, a microphone is back five seconds after its device
TOLD_EVERY = 60.0  # seconds between two complaints that sound was lost

_Result = TypeVar("_Result")


class Microphone:
    """A microphone whose name contains `device`, or the system's default one.

    The name is PortAudio's, or that of a source of the sound server.
    """

    kind: contract.Source = "microphone"

    def __init__(self, device: str | None = None) -> None:
        self._device = device
        self._closed = threading.Event()
        self._hurry = threading.Event()
        self._hurry.set()
        self._recording: Recording | None = None
        self._lost_before = 0
        self._told_lost = 0
        self._tell_again = -math.inf
        self.recorded = math.inf
        """When the last of the sound that `blocks` gave was recorded, by `time.monotonic`."""

    @property
    def blocks_lost(self) -> int:
        """Blocks of 20 ms that came too late to be heard or never came."""
        recording = self._recording
        return self._lost_before + (0 if recording is None else recording.blocks_lost)

    @property
    def name(self) -> str:
        """What the sound server calls the one that is open; empty where that is not known."""
        recording = self._recording
        return "" if recording is None else recording.name

    def blocks(self) -> Iterator[bytes | Lost]:
        """The sound, and a `Lost` for every failure to hear; ends only after `close`."""
        failures = 0
        while not self._closed.is_set():
            try:
                for block in self._record():
                    failures = failures if isinstance(block, Lost) else 0
                    yield block
                reason = "the microphone or its sound server went away"
            except SourceError as error:
                reason = str(error)
            except Exception as error:
                logger.exception("the microphone failed in a way nobody thought of")
                reason = repr(error)
            if self._closed.is_set():
                return
            delay = min(FIRST_RETRY * 2**failures, LONGEST_RETRY)
            failures += 1
            yield Lost(reason, delay)
            self._closed.wait(delay)
            if failures > 1:
                yield from self._answer(_called_apart(restart_portaudio), OPENING)

    def rest(self, *, resting: bool) -> None:
        """Whether sound may come 0.4 s late, as nobody waits for it; from any thread."""
        if resting:
            self._hurry.clear()
        else:
            self._hurry.set()

    def close(self) -> None:
        """End `blocks`."""
        self._closed.set()
        recording = self._recording  # the thread that records may take it away meanwhile
        if recording is not None:
            recording.end()

    def _record(self) -> Iterator[bytes | Lost]:
        """The sound of one stream; raises SourceError after it was closed."""
        opening = _called_apart(self._open)
        try:
            recording = yield from self._answer(opening, OPENING)
        except SourceError:
            opening.add_done_callback(_close_late)
            raise
        self._recording = recording
        failure: Exception | None = None
        try:
            yield from self._listen(recording)
        except Exception as error:  # noqa: BLE001 - raised below
            failure = error
        self._lost_before += recording.blocks_lost
        self._recording = None
        yield from self._answer(_called_apart(recording.close), CLOSING)
        if failure is not None:
            raise failure

    def _open(self) -> Recording:
        portaudio = _load_portaudio()
        try:
            chosen = _choose(portaudio, self._device)
            with pulse.leading_to(chosen.source):
                recording = Recording(portaudio, chosen, self._hurry)
        except DeviceError as error:
            raise SourceError(str(error)) from error
        except (portaudio.PortAudioError, ValueError) as error:
            raise SourceError(f"the microphone cannot be opened: {error}") from error
        try:
            recording.watch()
        except Exception:
            recording.close()
            raise
        return recording

    def _listen(self, recording: Recording) -> Iterator[bytes]:
        converter = Converter(recording.format)
        # In this order, as `close` may have come before there was a recording to end.
        while not self._closed.is_set() and (block := recording.next()) is not None:
            self.recorded, sound = block
            self._tell_lost()
            yield converter.convert(sound)

    def _answer(self, answer: "Future[_Result]", patience: float) -> Generator[Lost, None, _Result]:
        """What PortAudio answers; a `Lost` every `patience` seconds until it does."""
        while not wait([answer], patience).done and not self._closed.is_set():
            yield Lost("the sound server does not answer", patience)
        if not answer.done():  # closed meanwhile: nobody waits for a server that hangs
            raise SourceError("the sound server does not answer")
        return answer.result()

    def _tell_lost(self) -> None:
        self._told_lost = min(self._told_lost, self.blocks_lost)  # some has only come late
        lost = self.blocks_lost - self._told_lost
        now = time.monotonic()
        if lost > 0 and now >= self._tell_again:
            self._told_lost, self._tell_again = self.blocks_lost, now + TOLD_EVERY
            logger.warning(
                "%.1f s of sound were lost or come late: this machine is too slow or too busy",
                lost * FRAME_SECONDS,
            )


class Converter:
    """From a stream's format to ours, block by block."""

    def __init__(self, chosen: Format) -> None:
        self._channels = chosen.channels
        self._resampler: Any = None
        if chosen.rate != RATE:
            import soxr

            self._resampler = soxr.ResampleStream(chosen.rate, RATE, 1, dtype="int16")

    def convert(self, block: bytes) -> bytes:
        """The block as 16-bit mono at 16 kHz; the resampler keeps a few samples for the next."""
        if self._channels == 1 and self._resampler is None:
            return block
        sound: npt.NDArray[np.int16] = np.frombuffer(block, np.int16)
        if self._channels > 1:
            sound = sound.reshape(-1, self._channels).mean(axis=1).astype(np.int16)
        if self._resampler is not None:
            sound = self._resampler.resample_chunk(sound)
        return sound.tobytes()


def _choose(portaudio: Any, name: str | None) -> Format:
    choice = choose(portaudio, "input", name)
    index, usual = choice.device["index"], round(choice.device["default_samplerate"])
    # What the hardware offers, best first: resampling and mixing are ours where it must be.
    for rate, channels in ((RATE, 1), (usual, 1), (RATE, 2), (usual, 2)):
        if _is_possible(portaudio, index, rate, channels):
            return Format(index, rate, channels, choice.port)
    raise SourceError(f"the microphone {choice.name!r} is busy or records in no usable format")


def _is_possible(portaudio: Any, device: int, rate: int, channels: int) -> bool:
    try:
        portaudio.check_input_settings(device, channels, "int16", samplerate=rate)
    except (portaudio.PortAudioError, ValueError):
        return False
    return True


_one_call = threading.RLock()  # at a time: PortAudio is not made for more


def _called_apart(call: Callable[[], _Result]) -> "Future[_Result]":
    """Call in a thread that nobody needs to wait for, not even to end the process."""
    answer: Future[_Result] = Future()

    def run() -> None:
        try:
            with _one_call:
                answer.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised where the answer is awaited
            answer.set_exception(error)

    threading.Thread(target=run, name="PortAudio", daemon=True).start()
    return answer


def _close_late(opening: "Future[Recording]") -> None:
    """Close what was opened after nobody waited for it any more."""
    if opening.exception() is None:
        _called_apart(opening.result().close)


def _load_portaudio() -> Any:
    try:
        # Imported here because a missing library or a broken ~/.asoundrc makes the import fail.
        import sounddevice

        if not sounddevice._initialized:  # noqa: SLF001 (the last restart has failed)
            sounddevice._initialize()  # noqa: SLF001
    except Exception as error:
        raise SourceError(
            f"PortAudio cannot be used ({error}): install libportaudio2, check ~/.asoundrc"
        ) from error
    return sounddevice


def restart_portaudio() -> None:
    """Make PortAudio look for devices again; ends every stream that this process has open.

    (The player is not among them: it runs in a process of its own.)
    """
    with _one_call:
        try:
            close_all()  # or their threads would read what PortAudio has freed
            _load_portaudio()._terminate()  # noqa: SLF001 (the only way to look for devices again)
            _load_portaudio()
        except SourceError:
            return  # the next attempt to open the microphone tells why
        except Exception:
            logger.exception("PortAudio cannot be restarted")
