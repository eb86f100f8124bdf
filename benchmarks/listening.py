"""What the benchmarks of hearing share: synthetic speech, and a listener that tells of a sound."""

import time
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

import numpy as np
import numpy.typing as npt

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.events import Heard, HearingEvent, Woke
from mused.daemon.hearing.listener import Listener
from mused.daemon.hearing.model import Model
from mused.skills.contract import Utterance
from mused.skills.registry import load_skills
from mused.skills.router import Router
from mused.training.speech.synthesizers import align, speak
from mused.training.speech.voices import Delivery, Voice

ROUTER = Router(load_skills({}).working, Hearing().wake_phrases)

LOUD = 8000.0
"""The highest sample of speech at a usual level."""
BLOCK = RATE // 50  # samples; the listener's frame

Sound = npt.NDArray[np.float64]
"""At 16 kHz, in units of 16-bit samples."""


@dataclass
class Told:
    """What a listener told about a sound of some `seconds`, and what that cost."""

    seconds: float = 0.0
    cpu: float = 0.0
    provisional: int = 0
    utterances: list[tuple[Utterance, float]] = field(default_factory=list)
    """Each with the second of the sound at which it was told."""
    decoding: list[float] = field(default_factory=list)
    """Processor seconds of the block that brought each."""


class Hearer:
    """A fresh listener that notes what it tells and what that costs.

    It is fed blocks of so many samples, and has default settings unless others are given.
    """

    def __init__(self, model: Model, block: int = BLOCK, settings: Hearing | None = None) -> None:
        self.told = Told()
        self._block = block
        self._samples = 0
        self._block_began = 0.0
        self._listener = Listener(model, settings or Hearing(), self._note, ROUTER.expects, "wav")

    def hear(self, sound: Sound) -> None:
        """Take the next piece of the sound."""
        data = np.clip(sound, -32768, 32767).astype("<i2")
        began = time.process_time()
        for at in range(0, len(data), self._block):
            self._block_began = time.process_time()
            self._listener.feed(data[at : at + self._block].tobytes())
            self._samples += min(self._block, len(data) - at)
        self.told.cpu += time.process_time() - began
        self.told.seconds += len(data) / RATE

    def end(self) -> Told:
        """Everything told, now that the sound is over."""
        self._listener.flush()
        return self.told

    def _note(self, event: HearingEvent) -> None:
        if isinstance(event, Woke):
            self.told.provisional += 1
        if isinstance(event, Heard):
            self.told.utterances.append((event.utterance, self._samples / RATE))
            self.told.decoding.append(time.process_time() - self._block_began)


def listen(model: Model, sound: Sound) -> Told:
    """Everything a fresh listener tells of a sound."""
    hearer = Hearer(model)
    hearer.hear(sound)
    return hearer.end()


def voice_of(text: str, voice: Voice) -> Sound:
    """A spoken text without silence at its ends, at a usual level; always the same samples."""
    return trimmed(speak(text, voice))


def voices_of(texts: Sequence[str], voice: Voice, deliveries: Sequence[Delivery]) -> list[Sound]:
    """Several texts in one voice, faster; the same samples only in a fresh process."""
    return [trimmed(speech.samples) for speech in align(texts, voice, deliveries)]


def trimmed(samples: npt.NDArray[np.int16]) -> Sound:
    """Speech without silence at its ends, at a usual level."""
    sound = samples.astype(np.float64)
    loud = np.flatnonzero(np.abs(sound) > np.abs(sound).max() / 100)
    cut: Sound = sound[loud[0] : loud[-1] + 1] * (LOUD / np.abs(sound).max())
    return cut


def write_wav(sound: Sound, file: Path) -> Path:
    """Write a sound; returns the file."""
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
    return file


def level(sound: Sound) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(sound**2)))


def fan_noise(samples: int, rms: float, seed: int = 0) -> Sound:
    """Noise that falls by 3 dB an octave, as rooms, fans and roads have it."""
    return coloured_noise(samples, rms, 0.5, np.random.default_rng(seed))


def coloured_noise(samples: int, rms: float, fall: float, rng: np.random.Generator) -> Sound:
    """Noise whose amplitude falls with the frequency to the power `fall`: 0 white, 1 brown."""
    spectrum = np.fft.rfft(rng.normal(size=samples))
    noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20) ** fall, samples)
    scaled: Sound = noise * (rms / noise.std())
    return scaled


def share(truths: Iterable[bool]) -> float:
    """How many of them hold, 0 to 1."""
    return round(fmean(truths), 4)


def as_text(title: str, results: dict[str, object]) -> str:
    """Figures for people."""
    lines = [title]
    for key, value in results.items():
        if isinstance(value, dict):
            lines.append(f"  {key}")
            lines += [f"    {name:32} {_figure(figure)}" for name, figure in value.items()]
        elif isinstance(value, list):
            lines += [f"  {key}", *(f"    {_figure(each)}" for each in value)]
        else:
            lines.append(f"  {key:34} {value}")
    return "\n".join(lines)


def _figure(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {each}" for name, each in value.items())
    return str(value)
