"""espeak-ng through its C library: samples and, from the same call, the times of the phones.

Interface: src/include/espeak-ng/speak_lib.h of espeak-ng 1.51. Breath and flutter go on from one
text to the next, so only a fresh process says a text with the very same samples again; `render`
starts one.
"""

import ctypes
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mused.training.speech.errors import SynthesisError
from mused.training.speech.phones import Segment, from_espeak, merge
from mused.training.speech.tools import read_wave, run_tool
from mused.training.speech.voices import Delivery

_SYNCHRONOUS = 2
_PHONEME_EVENTS = 1
_PHONEME_EVENT = 7
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
WORDS_PER_MINUTE = 170
"""The usual rate; between espeak-ng's own 175 and the 165 the daemon speaks with."""


class _EventId(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Espeak:
    """The library, of which a process has one; use `espeak()`."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as error:
            raise SynthesisError("libespeak-ng.so.1 is missing: apt install espeak-ng") from error
        self.sample_rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, None, _PHONEME_EVENTS
        )
        if self.sample_rate <= 0:
            raise SynthesisError("espeak-ng could not find its data: apt install espeak-ng-data")
        self._chunks: list[npt.NDArray[np.int16]] = []
        self._phonemes: list[tuple[str, int]] = []
        # Kept as an attribute: the library calls it long after this function returned.
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type:
            event = events[index]
            if event.type == _PHONEME_EVENT:
                name = bytes(event.id.string).decode("utf-8", "replace")
                self._phonemes.append((name, event.sample))
            index += 1
        return 0

    def synthesize(
        self, text: str, voice: str, delivery: Delivery
    ) -> tuple[npt.NDArray[np.int16], tuple[Segment, ...]]:
        """Samples at `sample_rate` and the phones of a text in a voice such as "en-US+f2"."""
        if self._library.espeak_SetVoiceByName(f"gmw/{voice}".encode()) != 0:
            raise SynthesisError(
                f"espeak-ng has no voice {voice!r}; see espeak-ng --voices=variant"
            )
        for parameter, value in (
            (_RATE, WORDS_PER_MINUTE * delivery.rate),
            (_PITCH, 50 * delivery.pitch),
            (_RANGE, 50 * delivery.range),
        ):
            self._library.espeak_SetParameter(parameter, round(value), 0)
        self._chunks.clear()
        self._phonemes.clear()
        encoded = text.encode()
        status = self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        if status != 0 or not self._chunks:
            raise SynthesisError(f"espeak-ng said nothing for {text!r} in voice {voice!r}")
        samples = np.concatenate(self._chunks)
        return samples, self._segments(voice.partition("+")[0], len(samples))

    def _segments(self, base: str, length: int) -> tuple[Segment, ...]:
        starts = self._starts()
        segments = [Segment("SIL", starts[0] / self.sample_rate)]
        ends = [*starts[1:], length]
        for (name, _), start, end in zip(self._phonemes, starts, ends, strict=True):
            phones = from_espeak(name, base)
            for index, phone in enumerate(phones, 1):
                # A sound counted as two phones, such as "air", is cut after 60 % of its time.
                share = 1.0 if index == len(phones) else 0.6
                segments.append(Segment(phone, (start + share * (end - start)) / self.sample_rate))
        return merge(segments)

    def _starts(self) -> list[int]:
        """Start samples; a liquid that is blended into its vowel gets the last third of it."""
        starts = [start for _, start in self._phonemes]
        for index in range(1, len(starts) - 1):
            length = starts[index + 1] - starts[index]
            if self._phonemes[index][0] in ("l", "r") and length < 0.025 * self.sample_rate:
                before = starts[index] - starts[index - 1]
                if before > 0.08 * self.sample_rate:
                    starts[index] -= before // 3
        return starts


def render(text: str, voice: str, delivery: Delivery) -> tuple[npt.NDArray[np.int16], int]:
    """Samples and their rate, the same every time; the pitch range stays the voice's own."""
    rate, pitch = round(WORDS_PER_MINUTE * delivery.rate), min(99, round(50 * delivery.pitch))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        options = ["-v", f"gmw/{voice}", "-s", str(rate), "-p", str(pitch), "-w", str(path)]
        run_tool(["espeak-ng", *options, "--", text], "espeak-ng")
        return read_wave(path)


@cache
def espeak() -> Espeak:
    """The process's espeak-ng, initialised on first use."""
    return Espeak()
