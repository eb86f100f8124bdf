"""The whole training in miniature: far too short to understand anything, and it must say so."""

import json
from collections import Counter
from dataclasses import replace
from importlib.metadata import entry_points
from itertools import pairwise
from pathlib import Path

import pytest
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from mused.training.speech.errors import ModelWriteError, SpeechTrainingError
from mused.training.speech.phones import ARPABET
from mused.training.speech.pipeline import (
    SpeechPlan,
    Stage,
    language_model,
    language_text,
    train_speech,
)
from mused.training.speech.scoring import Decoder
from mused.training.speech.sentences import words_of
from mused.training.speech.synthesizers import speak
from mused.training.speech.vocabulary import vocabulary

LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz'", ARPABET, strict=False))
TINY = SpeechPlan(shards=1, texts=2, steps=2, sentences=500, per_voice=1)


class TrainedError(Exception):
    """The network is trained; what comes then is known."""


def train(folder: Path, plan: SpeechPlan, *, whole: bool = False) -> list[tuple[int, int]]:
    """Train what is too weak to ship; the steps that were trained, of how many."""
    trained: list[tuple[int, int]] = []

    def watch(stage: Stage) -> None:
        if stage.name == "training the acoustic model":
            trained.append((stage.done, stage.total))
        elif stage.name == "writing the model" and not whole:
            raise TrainedError

    with pytest.raises(ModelWriteError if whole else TrainedError, match=r"train longer|^$"):
        train_speech(folder / "out", folder / "work", plan=plan, watch=watch)
    return trained


def test_a_training_too_short_is_refused_and_its_work_is_kept(tmp_path: Path) -> None:
    # Asking the synthesizers for every word takes a minute; a lexicon that is there is used.
    spelled = {word: [" ".join(LETTERS[c] for c in word)] for word in vocabulary()}
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "lexicon.json").write_text(json.dumps(spelled))
    assert train(tmp_path, TINY, whole=True) == [(1, 2), (2, 2)]
    # The second time, everything was there already: no step was trained again.
    assert train(tmp_path, TINY) == []
    longer = replace(TINY, steps=3)
    with pytest.raises(
        SpeechTrainingError, match=r"acoustic\.pt is of a training with steps 2: go"
    ):
        train_speech(tmp_path / "out", tmp_path / "work", plan=longer)
    with pytest.raises(SpeechTrainingError, match="with minutes None: go"):
        train_speech(tmp_path / "out", tmp_path / "work", plan=TINY, minutes=5.0)
    (tmp_path / "work" / "acoustic.pt").unlink()
    assert train(tmp_path, longer) == [(1, 3), (2, 3), (3, 3)]
    assert not (tmp_path / "out").exists()
    made = tmp_path / "work" / "model"
    Decoder(made).hear(speak("yes", "espeak:en-US"))
    with pytest.raises(SpeechTrainingError, match="with begin None: go"):
        train_speech(tmp_path / "out", tmp_path / "work", plan=longer, begin=made)
    (tmp_path / "work" / "acoustic.pt").unlink()
    with pytest.raises(ModelWriteError, match="train longer"):
        train_speech(tmp_path / "out", tmp_path / "work", plan=longer, begin=made)


def test_a_folder_in_the_way_is_told_before_the_training(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    with pytest.raises(ModelWriteError, match=r"holds thesis\.txt"):
        train_speech(tmp_path / "out", tmp_path / "work", plan=TINY)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "precious"
    assert not (tmp_path / "work").exists()


def test_the_language_model_holds_every_word() -> None:
    model = language_model(TINY)
    assert model.words() == {*vocabulary(), "[unk]", "</s>"}
    assert min(model.probability((), word) for word in model.words()) > 0


def test_the_language_model_counts_every_step_of_what_the_built_in_skills_listen_for() -> None:
    counted = Counter(
        pair for said in language_text(SpeechPlan()) for pair in pairwise(("", *said, ""))
    )
    templates = [
        template
        for entry in entry_points(group="mused.skills")
        if entry.value.startswith("mused.skills.")
        for some in entry.load()().sentences().values()
        for template in some
    ]
    assert "what is the (day|date) [today]" in templates
    for template in templates:
        fixed, *free = template.split("{prompt}")
        for text in sample_sentence(parse_sentence(fixed)):
            said = ("computer", *words_of(text), *([] if free else [""]))
            for pair in pairwise(said):
                assert counted[pair], (template, pair)
