from pathlib import Path

import numpy as np
import pytest

from mused.training.speech.corpus import frame_classes, make_corpus, make_shard
from mused.training.speech.phones import CLASS_IDS, CLASSES, Segment


def test_a_frame_has_the_phone_at_its_centre() -> None:
    segments = (Segment("SIL", 0.1), Segment("AH", 0.2))
    classes = frame_classes(segments, 25)
    # Frame t is centred at 10 t + 12.5 ms.
    assert list(classes[:9]) == [0] * 9
    assert list(classes[9:19]) == [CLASS_IDS["AH"]] * 10
    assert list(classes[19:]) == [0] * 6


@pytest.mark.parametrize("number", [0, 1])
def test_a_shard_holds_labelled_speech(number: int) -> None:
    shard = make_shard(5, number, 3, copies=1)
    assert shard.features.shape == (len(shard.classes), 40)
    assert shard.classes.max() < len(CLASSES)
    assert len(set(shard.classes.tolist())) > 5
    assert np.isfinite(shard.features.astype(np.float32)).all()


def test_silence_is_labelled_where_it_is_quiet() -> None:
    shard = make_shard(6, 0, 24, copies=1)
    level = shard.features[:, 0].astype(np.float32)
    assert level[shard.classes == CLASS_IDS["AE"]].mean() > level[shard.classes == 0].mean() + 5


def test_a_corpus_follows_from_its_seed_and_is_not_made_twice(tmp_path: Path) -> None:
    done: list[int] = []
    first = make_corpus(tmp_path / "a", seed=1, shards=1, count=2, processes=1, report=done.append)
    (path,) = (tmp_path / "a").iterdir()
    written = path.stat().st_mtime_ns
    make_corpus(tmp_path / "a", seed=1, shards=1, count=2, processes=1)
    second = make_corpus(tmp_path / "b", seed=1, shards=1, count=2, processes=1)
    assert done == [1]
    assert path.stat().st_mtime_ns == written
    assert np.array_equal(first.features, second.features)
    assert np.array_equal(first.classes, second.classes)
    assert first.hours > 0
