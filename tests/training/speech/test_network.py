import numpy as np
import torch

from mused.training.speech.corpus import Corpus
from mused.training.speech.network import CONTEXT, SUBSAMPLING, TimeDelayNetwork, as_affines
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


def test_scores_are_log_probabilities() -> None:
    scores = TimeDelayNetwork(16).eval()(torch.zeros(2, 100, 40))
    assert torch.allclose(scores.exp().sum(2), torch.ones(scores.shape[:2]))
