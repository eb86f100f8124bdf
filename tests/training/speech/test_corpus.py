from pathlib import Path

import numpy as np
import pytest

from mused.training.speech.corpus import frame_classes, make_corpus, make_shard, speak_shard
from mused.training.speech.phones import (
    CLASS_IDS,
    CLASSES,
    GARBAGE,
    GARBAGE_CLASS,
    SILENCE,
    Segment,
)


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


@pytest.mark.parametrize("number", [0, 1])
def test_talk_in_unknown_words_is_learnt_as_garbage(number: int) -> None:
    garbage = sum(
        {segment.phone for segment in speech.segments} <= {SILENCE, GARBAGE}
        for speech in speak_shard(7, number, 80)
    )
    # Half of 14 % of the texts.
    assert 1 <= garbage <= 14


def test_a_crowd_is_nobodys_words() -> None:
    shard = make_shard(8, 0, 15, copies=0)
    garbage = shard.classes == GARBAGE_CLASS
    assert 150 < garbage.sum() < len(garbage)
    assert set(shard.classes[~garbage]) == {0}


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
