import struct

import numpy as np
import pytest
import torch

from mused.training.speech.corpus import Corpus
from mused.training.speech.errors import ModelWriteError
from mused.training.speech.kaldi import (
    acoustic_model,
    matrix,
    read_affines,
    token,
    vector,
)
from mused.training.speech.network import (
    CONTEXT,
    LAYER_OFFSETS,
    SUBSAMPLING,
    Affine,
    TimeDelayNetwork,
    adopt,
    as_affines,
)
from mused.training.speech.phones import CLASSES


def by_affines(network: TimeDelayNetwork, cepstra: np.ndarray, at: int) -> np.ndarray:
    """Scores at one input frame, computed as Kaldi does from the exported layers."""
    affines = as_affines(network)

    def output(layer: int, frame: int) -> np.ndarray:
        if layer < 0:
            return np.asarray(cepstra[frame], dtype=np.float64)
        affine = affines[layer]
        inputs = np.concatenate([output(layer - 1, frame + o) for o in affine.offsets])
        result = affine.weight @ inputs + affine.bias
        return np.asarray(result if layer == len(affines) - 1 else np.maximum(result, 0))

    scores = output(len(affines) - 1, at)
    return np.asarray(scores - np.log(np.exp(scores).sum()))


def test_exported_layers_compute_what_the_network_does(
    small_network: TimeDelayNetwork, small_corpus: Corpus
) -> None:
    cepstra = small_corpus.features[: 2 * CONTEXT + 1 + SUBSAMPLING * 4].astype(np.float32)
    with torch.no_grad():
        expected = small_network(torch.from_numpy(cepstra)[None])[0].numpy()
    assert expected.shape == (5, len(CLASSES))
    for index in (0, 4):
        found = by_affines(small_network, cepstra, CONTEXT + SUBSAMPLING * index)
        np.testing.assert_allclose(found, expected[index], atol=2e-3)


@pytest.mark.parametrize("hidden", [64, 80])
def test_a_network_that_goes_on_from_another_does_the_same_at_first(
    small_network: TimeDelayNetwork, small_corpus: Corpus, hidden: int
) -> None:
    written = acoustic_model(as_affines(small_network), np.ones(len(CLASSES), np.float32), 0.9)
    layers = read_affines(written, LAYER_OFFSETS)
    cepstra = torch.from_numpy(small_corpus.features[:2000].astype(np.float32)).view(10, 200, -1)
    network = TimeDelayNetwork(hidden).eval()
    network.mean.copy_(cepstra.flatten(0, 1).mean(0))
    network.deviation.copy_(cepstra.flatten(0, 1).std(0))
    adopt(network, layers, cepstra)
    with torch.no_grad():
        wanted, found = small_network(cepstra), network(cepstra)
    assert (wanted.argmax(2) == found.argmax(2)).float().mean() > 0.97
    if hidden == 64:
        # Off by the 16 bits of the written weights only.
        assert (wanted - found).abs().median() < 0.05


def test_weights_are_kept_in_eight_bits() -> None:
    weight = np.random.default_rng(0).normal(0, 0.3, (80, 120)).astype(np.float32)
    weight[:, 7] *= 0.01  # a column of its own scale
    affine = Affine((0,), weight, np.zeros(80, np.float32))
    written = token("<LinearParams>") + matrix(affine.weight) + token("<BiasParams>")
    (read,) = read_affines(written + vector(affine.bias), [(0,)])
    assert len(written) < 1.15 * weight.size
    errors = (read.weight - weight).std(axis=0) / weight.std(axis=0)
    assert errors.max() < 0.02
    with pytest.raises(ModelWriteError, match="fewer than 2 layers"):
        read_affines(written + vector(affine.bias), [(0,), (0,)])


@pytest.mark.parametrize("kept", ["CM2", "FM"])
def test_weights_of_earlier_models_are_read(kept: str) -> None:
    numbers = np.array([[0, 1, 2], [3, 65535, 5]])
    if kept == "CM2":
        data = token("CM2") + struct.pack("<ffii", -1.0, 65535.0, 2, 3)
        data += numbers.astype("<u2").tobytes()
    else:
        data = (
            token("FM") + struct.pack("<bibi", 4, 2, 4, 3) + (numbers - 1).astype("<f4").tobytes()
        )
    data = token("<LinearParams>") + data + token("<BiasParams>") + vector([0.5, 1.5])
    (read,) = read_affines(data, [(0,)])
    assert np.allclose(read.weight, numbers - 1)
    assert list(read.bias) == [0.5, 1.5]


def test_what_must_be_exact_stays_so() -> None:
    eye = np.eye(41, dtype=np.float32)
    written = token("<LinearParams>") + matrix(eye) + token("<BiasParams>") + vector([0.0] * 41)
    (read,) = read_affines(written, [(0,)])
    assert np.array_equal(read.weight, eye)


def test_scores_are_log_probabilities() -> None:
    scores = TimeDelayNetwork(16).eval()(torch.zeros(2, 100, 40))
    assert torch.allclose(scores.exp().sum(2), torch.ones(scores.shape[:2]))
