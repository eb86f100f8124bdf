"""A corpus of a few words and a network trained on it for seconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mused.training.speech.corpus import Corpus, frame_classes
from mused.training.speech.features import mfcc
from mused.training.speech.lexicon import Lexicon, build_lexicon
from mused.training.speech.network import TimeDelayNetwork
from mused.training.speech.ngram import LanguageModel, estimate
from mused.training.speech.synthesizers import align
from mused.training.speech.train import Trainer, TrainSettings
from mused.training.speech.voices import DEMO_VOICE, Delivery

WORDS = ("computer", "stop", "yes", "paint", "red", "boat")


@pytest.fixture(scope="session")
def words() -> Sequence[str]:
    return WORDS


@pytest.fixture(scope="session")
def small_corpus() -> Corpus:
    """Half a minute of the demo's voice saying the words in turn."""
    texts = [" ".join(WORDS[i:] + WORDS[:i]) for i in range(len(WORDS))] + list(WORDS)
    manner = [Delivery(rate) for rate in np.linspace(0.9, 1.15, len(texts))]
    spoken = align(texts, DEMO_VOICE, manner)
    features = [mfcc(np.pad(speech.samples // 3, (0, 8000))) for speech in spoken]
    classes = [frame_classes(s.segments, len(f)) for s, f in zip(spoken, features, strict=True)]
    return Corpus(np.concatenate(features).astype(np.float16), np.concatenate(classes))


@pytest.fixture(scope="session")
def small_settings() -> TrainSettings:
    return TrainSettings(
        steps=200, hidden=64, seed=3, batch=12, outputs=40, learning_rate=5e-3, warm_up=10
    )


@pytest.fixture(scope="session")
def small_network(
    small_corpus: Corpus, small_settings: TrainSettings, tmp_path_factory: pytest.TempPathFactory
) -> TimeDelayNetwork:
    folder: Path = tmp_path_factory.mktemp("training")
    return Trainer(small_corpus, small_settings, folder / "small.pt").run()


@pytest.fixture(scope="session")
def small_lexicon() -> Lexicon:
    return build_lexicon(WORDS)


@pytest.fixture(scope="session")
def small_language() -> LanguageModel:
    return estimate([[word] for word in WORDS], WORDS, extra={"[unk]": 1.0})
