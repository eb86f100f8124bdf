import kaldi_native_fbank as knf
import numpy as np
import pytest

from mused.training.speech.features import (
    HIGH_FREQUENCY,
    LOW_FREQUENCY,
    MELS,
    cepstral_transform,
    frame_count,
    mfcc,
)
from mused.training.speech.synthesizers import speak


def by_kaldi(samples: np.ndarray) -> np.ndarray:
    options = knf.MfccOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = 16000
    options.mel_opts.num_bins = MELS
    options.mel_opts.low_freq = LOW_FREQUENCY
    options.mel_opts.high_freq = HIGH_FREQUENCY
    options.num_ceps = MELS
    options.use_energy = False
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(16000, samples.astype(np.float32).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)])


@pytest.mark.parametrize("voice", ["espeak:en-US", "flite:slt"])
def test_speech_gives_the_cepstra_of_kaldi(voice: str) -> None:
    samples = speak("computer, generate a sunset", voice)
    expected = by_kaldi(samples)
    assert mfcc(samples).shape == expected.shape
    np.testing.assert_allclose(mfcc(samples), expected, atol=5e-3)


def test_silence_gives_the_floor_of_kaldi() -> None:
    silence = np.zeros(1600, dtype=np.int16)
    np.testing.assert_allclose(mfcc(silence), by_kaldi(silence), atol=1e-3)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2)])
def test_only_whole_frames_count(samples: int, frames: int) -> None:
    assert frame_count(samples) == frames
    assert mfcc(np.ones(samples, dtype=np.int16)).shape == (frames, MELS)


def test_cepstra_can_be_turned_back() -> None:
    assert np.linalg.cond(cepstral_transform().astype(np.float64)) < 100
