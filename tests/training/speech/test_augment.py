import numpy as np
import pytest

from mused.training.speech.augment import (
    degrade,
    noise,
    random_equaliser,
    random_sharpness,
    reverberate,
    warp_matrices,
    warp_matrix,
)
from mused.training.speech.features import MELS, cepstral_transform, mfcc


def tone(hertz: float) -> np.ndarray:
    time = np.arange(16000) / 16000
    return (8000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


def loudest_band(cepstra: np.ndarray) -> int:
    return int((np.linalg.inv(cepstral_transform()) @ cepstra.mean(axis=0)).argmax())


def test_warping_cepstra_moves_a_tone_as_a_shorter_vocal_tract_would() -> None:
    warped = mfcc(tone(2000)) @ warp_matrix(np.full(MELS, 1.25, np.float32)).T
    assert loudest_band(warped) == pytest.approx(loudest_band(mfcc(tone(2000 / 1.25))), abs=1)


def test_a_warp_of_one_changes_nothing() -> None:
    assert warp_matrix(np.ones(MELS, np.float32)) == pytest.approx(np.eye(MELS), abs=1e-4)


def test_high_frequencies_may_be_warped_more_than_low_ones() -> None:
    more = warp_matrix(np.linspace(1.0, 1.1, MELS, dtype=np.float32))
    low, high = (mfcc(tone(hertz)) for hertz in (200, 6500))
    assert loudest_band(low @ more.T) == loudest_band(low)
    assert loudest_band(high @ more.T) < loudest_band(high)


def test_no_warp_lets_bands_change_places() -> None:
    back = np.linalg.inv(cepstral_transform())
    for matrix in warp_matrices()[:50]:
        weights = back @ matrix @ cepstral_transform()
        places = weights @ np.arange(MELS) / weights.sum(axis=1)
        assert np.diff(places).min() > -0.01


def test_sharpness_leaves_the_level_alone() -> None:
    for seed in range(5):
        factors = random_sharpness(np.random.default_rng(seed))
        assert factors[0] == 1.0
        assert 0.4 < factors[1:].min() <= factors[1:].max() < 1.6
        assert np.abs(np.diff(factors[1:])).max() < 0.05


def test_the_equaliser_is_smooth() -> None:
    curve = np.linalg.inv(cepstral_transform()) @ random_equaliser(np.random.default_rng(0))
    assert np.abs(np.diff(curve)).max() < 0.3 * np.ptp(curve)


def test_noise_has_unit_power() -> None:
    for seed in range(5):
        assert noise(np.random.default_rng(seed), 8000).std() == pytest.approx(1.0, abs=1e-3)


def test_a_room_rings_on_after_a_click() -> None:
    click = np.zeros(8000, dtype=np.float32)
    click[100] = 1000
    wet = reverberate(click, np.random.default_rng(1))
    assert np.abs(wet[:100]).max() < 1
    assert np.abs(wet[200:600]).mean() > 1


def test_degraded_speech_keeps_its_length_and_follows_its_seed() -> None:
    samples = tone(300)
    first, second = (degrade(samples, np.random.default_rng(4), None) for _ in range(2))
    assert len(first) == len(samples)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, degrade(samples, np.random.default_rng(5), None))
