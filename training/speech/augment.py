"""Making clean synthetic speech sound like many speakers in many rooms.

On samples: speed, reverberation, tone, noise, level. On cepstra, cheap enough for every training
step: a warp of the mel axis (vocal tract length perturbation; Jaitly and Hinton, 2013) and a random
smooth equaliser, both linear because the cepstra are an invertible transform of log mel energies.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from mused.training.speech.features import (
    HIGH_FREQUENCY,
    LOW_FREQUENCY,
    MELS,
    SAMPLE_RATE,
    Floats,
    cepstral_transform,
    mel,
)

WARPS = 600
"""How many warps of the mel axis there are to draw from."""
_MELS_IN_HERTZ = 700.0 * np.expm1(
    np.linspace(mel(LOW_FREQUENCY), mel(HIGH_FREQUENCY), MELS + 2)[1:-1] / 1127.0
)


def warp_matrix(factors: Floats) -> Floats:
    """What moves each mel band to `factors`, shape (40,), times its frequency: (40, 40) on cepstra.

    Bands never change places, however much the factors differ.
    """
    places = np.interp(mel(_MELS_IN_HERTZ * factors), mel(_MELS_IN_HERTZ), np.arange(MELS))
    places = np.maximum.accumulate(places)
    low = np.minimum(places.astype(int), MELS - 2)
    share = places - low
    resample = np.zeros((MELS, MELS))
    resample[np.arange(MELS), low] = 1 - share
    resample[np.arange(MELS), low + 1] += share
    to_cepstra = cepstral_transform().astype(np.float64)
    return np.asarray(to_cepstra @ resample @ np.linalg.inv(to_cepstra), dtype=np.float32)


@cache
def warp_matrices() -> Floats:
    """Warps as voices differ, always the same: one factor, bent at random; (WARPS, 40, 40)."""
    rng = np.random.default_rng(5)
    axis = np.linspace(0, np.pi, MELS)
    matrices = []
    for _ in range(WARPS):
        bend = np.full(MELS, np.log(rng.uniform(0.8, 1.25)))
        for order in range(1, 5):
            bend += rng.normal(0, 0.06 / order**0.5) * np.cos(order * axis)
        matrices.append(warp_matrix(np.exp(bend).astype(np.float32)))
    return np.stack(matrices)


def random_equaliser(rng: np.random.Generator) -> Floats:
    """A cepstral offset: a level and a smooth curve of a few decibels, shape (40,)."""
    axis = np.linspace(0, np.pi, MELS)
    curve = rng.normal(0, 0.5)
    for order in range(1, 6):
        curve = curve + rng.normal(0, 0.5 / order**0.5) * np.cos(order * axis)
    return np.asarray(cepstral_transform() @ curve, dtype=np.float32)


def random_sharpness(rng: np.random.Generator) -> Floats:
    """Factors on the cepstra, shape (40,): blurred as statistical voices are, or peaky, or flat."""
    factors = np.exp(rng.uniform(-0.6, 0.3) * np.arange(MELS) / MELS) * rng.uniform(0.88, 1.12)
    factors[0] = 1.0
    return np.asarray(factors, dtype=np.float32)


def noise(rng: np.random.Generator, length: int) -> Floats:
    """Noise of unit power with a random colour, sometimes with mains hum."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequencies = np.maximum(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), 20.0)
    made = np.fft.irfft(spectrum * frequencies ** -rng.uniform(0.0, 1.0), length)
    made /= made.std() + 1e-9
    if rng.random() < 0.2:
        time = np.arange(length) / SAMPLE_RATE
        base = rng.choice((50.0, 60.0)) * rng.integers(1, 5)
        hum = sum(np.sin(2 * np.pi * base * k * time) / k for k in (1, 2, 3))
        made += rng.uniform(0.3, 2.0) * np.asarray(hum)
    return np.asarray(made / (made.std() + 1e-9), dtype=np.float32)


def reverberate(samples: Floats, rng: np.random.Generator) -> Floats:
    """A small room: an exponentially decaying noise tail after the direct sound."""
    decay = rng.uniform(0.05, 0.4)
    length = int(decay * SAMPLE_RATE)
    response = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    response *= rng.uniform(0.1, 0.7) / np.sqrt(np.sum(response**2))
    response[0] = 1.0
    size = len(samples) + length
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    return np.asarray(wet[: len(samples)], dtype=np.float32)


def tilt(samples: Floats, rng: np.random.Generator) -> Floats:
    """A brighter or duller tone: a first-order filter."""
    amount = rng.uniform(-0.6, 0.6)
    tilted = samples.copy()
    tilted[1:] += amount * samples[:-1]
    return tilted


def degrade(
    samples: npt.NDArray[np.int16], rng: np.random.Generator, babble: Floats | None
) -> npt.NDArray[np.int16]:
    """The samples as a microphone might have heard them."""
    heard: npt.NDArray[np.floating] = samples.astype(np.float32)
    if rng.random() < 0.3:
        heard = reverberate(heard, rng)
    if rng.random() < 0.5:
        heard = tilt(heard, rng)
    power = heard.std() + 1.0
    if rng.random() < 0.7:
        level = power * 10 ** (-rng.uniform(4, 40) / 20)
        heard = heard + level * noise(rng, len(heard))
    if babble is not None and rng.random() < 0.15:
        voices = np.resize(babble, len(heard)).astype(np.float32)
        voices *= power * 10 ** (-rng.uniform(9, 28) / 20) / (voices.std() + 1.0)
        heard = heard + voices
    heard *= np.exp(rng.uniform(np.log(150), np.log(6000))) / (heard.std() + 1.0)
    if rng.random() < 0.9:
        heard = heard + rng.uniform(0.3, 12) * rng.standard_normal(len(heard))
    return np.clip(np.round(heard), -32768, 32767).astype(np.int16)
