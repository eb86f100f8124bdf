"""What a room sounds like when nobody speaks: noises, and music made of chords and drums."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.listening import Sound, coloured_noise
from mused.daemon.hearing.audio import RATE

PIECE = 20  # seconds made at once

_SCALE = (0, 2, 4, 5, 7, 9, 11)
_PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (1, 4, 0, 0), (0, 3, 4, 3))
_TIMBRES = ((1.0,), (1.0, 0.5, 0.3, 0.2), (1.0, 0.0, 0.4, 0.0, 0.2), (0.6, 1.0, 0.8, 0.5, 0.4, 0.2))


def quiet(seconds: int, rng: np.random.Generator) -> Iterator[Sound]:
    """An empty room: faint noise, or none."""
    rms = rng.choice((0.0, 2.0, 8.0, 25.0))
    for samples in _pieces(seconds):
        yield coloured_noise(samples, rms, 0.5, rng)


def noise(seconds: int, rng: np.random.Generator) -> Iterator[Sound]:
    """One kind of noise after the other: steady, swelling, in bursts, knocking, humming."""
    kinds: tuple[Callable[[int, np.random.Generator], Sound], ...]
    kinds = (_steady, _swelling, _bursts, _knocks, _hum)
    for samples in _pieces(seconds):
        made = kinds[rng.integers(len(kinds))](samples, rng)
        yield made * (10 ** rng.uniform(1.7, 3.5) / (made.std() + 1e-9))


def music(seconds: int, rng: np.random.Generator) -> Iterator[Sound]:
    """Chords, a melody that slides like a voice, and drums, at a tempo of 70 to 140 beats."""
    for samples in _pieces(seconds):
        beat = 60 / rng.uniform(70, 140)
        key = int(rng.integers(45, 60))
        sound = np.zeros(samples + 2 * RATE)
        chords = _PROGRESSIONS[rng.integers(len(_PROGRESSIONS))]
        timbre = _TIMBRES[rng.integers(len(_TIMBRES))]
        for number in range(int(samples / RATE / beat)):
            at = int(number * beat * RATE)
            root = chords[number // 4 % len(chords)]
            if number % 2 == 0:
                for step in (0, 2, 4):
                    _add(sound, at, _note(_pitch(key, root + step), 2 * beat, timbre, rng))
            _add(
                sound,
                at,
                1.5 * _note(_pitch(key + 12, int(rng.integers(9))), beat, timbre, rng, 0.01),
            )
            _add(sound, at, _drum(number, rng))
        yield sound[:samples] * (10 ** rng.uniform(2.3, 3.5) / sound.std())


def _pieces(seconds: int) -> Iterator[int]:
    for left in range(seconds, 0, -PIECE):
        yield min(left, PIECE) * RATE


def _steady(samples: int, rng: np.random.Generator) -> Sound:
    return coloured_noise(samples, 1.0, rng.uniform(0, 1), rng)


def _swelling(samples: int, rng: np.random.Generator) -> Sound:
    """Cars that pass, water that is turned on and off."""
    places = np.linspace(0, 1, 12)
    return _steady(samples, rng) * np.interp(
        np.linspace(0, 1, samples), places, rng.uniform(0.02, 1, len(places))
    )


def _bursts(samples: int, rng: np.random.Generator) -> Sound:
    """Something that rattles at the rate of syllables."""
    length = int(rng.uniform(0.05, 0.4) * RATE)
    on = np.repeat(rng.integers(0, 2, samples // length + 1), length)[:samples]
    return _steady(samples, rng) * on


def _knocks(samples: int, rng: np.random.Generator) -> Sound:
    sound = 1e-3 * _steady(samples, rng)
    for at in rng.integers(0, samples, 40):
        decay = np.exp(-np.arange(RATE // 4) / (RATE * rng.uniform(0.005, 0.05)))
        tone = np.sin(2 * np.pi * rng.uniform(80, 2500) * np.arange(RATE // 4) / RATE)
        _add(sound, int(at), decay * (tone + 0.5 * rng.normal(size=RATE // 4)))
    return sound


def _hum(samples: int, rng: np.random.Generator) -> Sound:
    time = np.arange(samples) / RATE
    base = rng.choice((50.0, 60.0, 120.0, 310.0))
    tones = sum(rng.uniform(0.1, 1) * np.sin(2 * np.pi * base * k * time) for k in range(1, 9))
    return np.asarray(tones) + 0.2 * _steady(samples, rng)


def _pitch(key: int, step: int) -> float:
    octave, degree = divmod(step, len(_SCALE))
    return float(440 * 2 ** ((key + 12 * octave + _SCALE[degree] - 69) / 12))


def _note(
    hertz: float,
    seconds: float,
    timbre: tuple[float, ...],
    rng: np.random.Generator,
    vibrato: float = 0.0,
) -> Sound:
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * hertz * (time + vibrato / 35 * np.sin(2 * np.pi * 5.5 * time))
    tone = sum(share * np.sin(k * phase) for k, share in enumerate(timbre, 1))
    shape = np.minimum(1, time / 0.02) * np.exp(-time / rng.uniform(0.2, 1.5))
    return np.asarray(tone * shape)


def _drum(number: int, rng: np.random.Generator) -> Sound:
    time = np.arange(RATE // 5) / RATE
    if number % 2:
        return np.asarray(2 * rng.normal(size=len(time)) * np.exp(-time / 0.04))
    return np.asarray(3 * np.sin(2 * np.pi * 60 * time) * np.exp(-time / 0.08))


def _add(sound: Sound, at: int, piece: Sound) -> None:
    end = min(len(sound), at + len(piece))
    sound[at:end] += piece[: end - at]
