"""Earcons: five short sounds of a few sine waves, made when they are needed."""

import wave
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

Earcon = Literal["wake", "heard", "over", "done", "failed"]

RATE = 22_050  # samples a second, as espeak-ng's
LOUDNESS = 0.12  # of full scale: softer than the voice
ATTACK = 0.006  # seconds; a harder beginning clicks
GAP = 0.12  # seconds of silence between an earcon and the words after it

# Notes as (hertz, seconds), each fading away.
_TUNES: dict[Earcon, tuple[tuple[float, float], ...]] = {
    "wake": ((659.3, 0.05), (880.0, 0.07)),
    "heard": ((784.0, 0.08),),
    "over": ((880.0, 0.05), (659.3, 0.07)),
    "done": ((523.3, 0.08), (659.3, 0.08), (784.0, 0.14)),
    "failed": ((392.0, 0.12), (293.7, 0.18)),
}


def samples(earcon: Earcon, rate: int = RATE) -> npt.NDArray[np.int16]:
    """The sound in 16-bit mono."""
    return np.concatenate([_note(hertz, seconds, rate) for hertz, seconds in _TUNES[earcon]])


def seconds(earcon: Earcon) -> float:
    """How long it lasts."""
    return sum(length for _, length in _TUNES[earcon])


def write(earcon: Earcon, path: Path, volume: float) -> None:
    """Write it to a WAV file; `volume` from 0 to 1."""
    _write(path, RATE, (samples(earcon) * volume).astype("<i2"))


def put_before(earcon: Earcon, path: Path, volume: float) -> None:
    """Put it before the speech in a 16-bit mono WAV file."""
    with wave.open(str(path)) as file:
        rate, speech = file.getframerate(), file.readframes(file.getnframes())
    sound = (samples(earcon, rate) * volume).astype("<i2")
    pause = np.zeros(int(GAP * rate), "<i2")
    _write(path, rate, np.concatenate([sound, pause, np.frombuffer(speech, "<i2")]))


def _note(hertz: float, length: float, rate: int) -> npt.NDArray[np.int16]:
    time = np.arange(int(length * rate)) / rate
    wave_form = np.sin(2 * np.pi * hertz * time) + 0.2 * np.sin(4 * np.pi * hertz * time)
    # The end of a note is silence, or it would click like a hard beginning.
    envelope = np.minimum(time / ATTACK, 1.0) * (1.0 - time / length) ** 1.5
    sound: npt.NDArray[np.int16] = (32767 * LOUDNESS * wave_form * envelope).astype(np.int16)
    return sound


def _write(path: Path, rate: int, sound: npt.NDArray[np.int16]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(sound.tobytes())
