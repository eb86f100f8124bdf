"""The whole training in miniature: far too short to understand anything, and it must say so."""

import json
from pathlib import Path

import pytest

from mused.training.speech.errors import ModelWriteError
from mused.training.speech.phones import ARPABET
from mused.training.speech.pipeline import SpeechPlan, Stage, language_model, train_speech
from mused.training.speech.scoring import Decoder
from mused.training.speech.synthesizers import speak
from mused.training.speech.vocabulary import vocabulary

LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz'", ARPABET, strict=False))
TINY = SpeechPlan(shards=1, texts=2, steps=2, sentences=500, per_voice=1)


def test_a_training_too_short_is_refused_and_its_work_is_kept(tmp_path: Path) -> None:
    # Asking the synthesizers for every word takes a minute; a lexicon that is there is used.
    spelled = {word: [" ".join(LETTERS[c] for c in word)] for word in vocabulary()}
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "lexicon.json").write_text(json.dumps(spelled))
    stages: list[Stage] = []
    for _ in range(2):
        with pytest.raises(ModelWriteError, match="train longer"):
            train_speech(tmp_path / "out", tmp_path / "work", plan=TINY, watch=stages.append)
    assert not (tmp_path / "out").exists()
    # The second time, everything was there already: no step was trained again.
    trained = [stage for stage in stages if stage.name == "training the acoustic model"]
    assert [stage.done for stage in trained] == [1, 2]
    Decoder(tmp_path / "work" / "model").hear(speak("yes", "espeak:en-US"))


def test_the_language_model_holds_every_word() -> None:
    unigrams = language_model(TINY).probabilities[()]
    assert set(unigrams) == {*vocabulary(), "[unk]", "</s>"}
    assert min(unigrams.values()) > 0
