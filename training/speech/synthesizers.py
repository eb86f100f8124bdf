"""Any voice, any text, at the recogniser's sample rate: the ears' counterpart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from mused.training.speech.espeak import espeak, render
from mused.training.speech.features import SAMPLE_RATE
from mused.training.speech.festival import festival, flite
from mused.training.speech.phones import Segment
from mused.training.speech.voices import Delivery, Voice, parse_voice


@dataclass(frozen=True)
class Speech:
    """What a synthesizer said."""

    samples: npt.NDArray[np.int16]
    """At 16 kHz, shape (samples,)."""
    segments: tuple[Segment, ...]
    """The phones and when they end."""


def speak(text: str, voice: Voice | str, delivery: Delivery | None = None) -> npt.NDArray[np.int16]:
    """Samples at 16 kHz of a text; a voice may be named, as "espeak:en-US+f2" or "flite:rms".

    The same text, voice and delivery always give the same samples.
    Raises SynthesisError where the synthesizer or the voice is missing.
    """
    chosen = parse_voice(voice) if isinstance(voice, str) else voice
    manner = delivery or Delivery()
    if chosen.engine == "espeak":
        return _resample(*render(text, chosen.name, manner))
    return align([text], chosen, [manner])[0].samples


def align(texts: Sequence[str], voice: Voice, deliveries: Sequence[Delivery]) -> list[Speech]:
    """Samples and phone times of several texts in one voice (festival starts but once)."""
    match voice.engine:
        case "espeak":
            engine = espeak()
            said = [
                (*engine.synthesize(text, voice.name, delivery), engine.sample_rate)
                for text, delivery in zip(texts, deliveries, strict=True)
            ]
            return [Speech(_resample(samples, rate), segments) for samples, segments, rate in said]
        case "flite":
            spoken = [flite(t, voice.name, d) for t, d in zip(texts, deliveries, strict=True)]
        case "festival":
            spoken = festival(texts, voice.name, deliveries)
    return [Speech(_resample(samples, rate), segments) for samples, rate, segments in spoken]


def _resample(samples: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.int16]:
    if rate == SAMPLE_RATE:
        return samples
    resampled: npt.NDArray[np.int16] = soxr.resample(samples, rate, SAMPLE_RATE)
    return resampled
