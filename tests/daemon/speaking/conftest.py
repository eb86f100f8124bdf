"""Sounds and how to measure them."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

LOUD = 300  # of 16-bit samples, far above a silent room


@pytest.fixture
def tone(tmp_path: Path) -> Callable[..., Path]:
    """A WAV file with a sine tone."""

    def make(seconds: float, rate: int = 22050, channels: int = 1) -> Path:
        time = np.arange(int(seconds * rate)) / rate
        samples = (8000 * np.sin(2 * np.pi * 440 * time)).astype("<i2")
        path = tmp_path / f"tone-{seconds}-{rate}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(np.repeat(samples, channels).tobytes())
        return path

    return make


@pytest.fixture
def loud() -> Callable[[Path], float]:
    """Seconds from the first to the last loud sample of a WAV file, 0 for silence."""

    def measure(path: Path) -> float:
        with wave.open(str(path)) as file:
            samples: Any = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
            rate = file.getframerate()
        found = np.flatnonzero(np.abs(samples.astype(int)) > LOUD)
        return float(found[-1] - found[0]) / rate if len(found) else 0.0

    return measure
