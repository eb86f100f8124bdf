"""Mel cepstra exactly as Kaldi computes them (src/feat/feature-mfcc.cc), in numpy.

The cepstra are an invertible transform of the log mel energies: no coefficient is cut off.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16000
FRAME_LENGTH = 400
FRAME_SHIFT = 160
FFT_LENGTH = 512
MELS = 40
LOW_FREQUENCY = 20.0
HIGH_FREQUENCY = 7600.0
LIFTER = 22.0
_FLOOR = 1.1920929e-7

Floats = npt.NDArray[np.float32]


def mel(frequency: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Hertz to mel as HTK and Kaldi define it."""
    return np.asarray(1127.0 * np.log1p(np.asarray(frequency, dtype=np.float64) / 700.0))


@cache
def filterbank() -> Floats:
    """Triangular filters over the power spectrum, shape (mels, FFT_LENGTH // 2)."""
    bins = mel(np.arange(FFT_LENGTH // 2) * SAMPLE_RATE / FFT_LENGTH)
    edges = np.linspace(mel(LOW_FREQUENCY), mel(HIGH_FREQUENCY), MELS + 2)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


@cache
def cepstral_transform() -> Floats:
    """Orthonormal DCT-II followed by the lifter, shape (cepstra, mels)."""
    k = np.arange(MELS)[:, None]
    matrix = np.sqrt(2 / MELS) * np.cos(np.pi / MELS * (np.arange(MELS)[None, :] + 0.5) * k)
    matrix[0] = np.sqrt(1 / MELS)
    lifter = 1 + 0.5 * LIFTER * np.sin(np.pi * np.arange(MELS) / LIFTER)
    return np.asarray(lifter[:, None] * matrix, dtype=np.float32)


@cache
def _window() -> Floats:
    """Kaldi's "povey" window with the pre-emphasis left out."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_LENGTH) / (FRAME_LENGTH - 1))
    return np.asarray(hann**0.85, dtype=np.float32)


def frame_count(samples: int) -> int:
    """How many whole frames fit."""
    return 0 if samples < FRAME_LENGTH else 1 + (samples - FRAME_LENGTH) // FRAME_SHIFT


def mfcc(samples: npt.NDArray[np.int16] | Floats) -> Floats:
    """Cepstra of samples on the int16 scale at 16 kHz, shape (frames, 40)."""
    count = frame_count(len(samples))
    if count == 0:
        return np.zeros((0, MELS), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME_LENGTH)[::FRAME_SHIFT]
    frames = windows[:count].astype(np.float32)
    frames -= frames.mean(axis=1, keepdims=True)
    emphasised = frames.copy()
    emphasised[:, 1:] -= 0.97 * frames[:, :-1]
    emphasised[:, 0] -= 0.97 * frames[:, 0]
    emphasised *= _window()
    spectrum = np.fft.rfft(emphasised, FFT_LENGTH)[:, : FFT_LENGTH // 2]
    power = spectrum.real**2 + spectrum.imag**2
    energies = np.maximum(power.astype(np.float32) @ filterbank().T, _FLOOR)
    return np.asarray(np.log(energies) @ cepstral_transform().T, dtype=np.float32)
