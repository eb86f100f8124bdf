"""Pronunciations by the real espeak-ng."""

from pathlib import Path
from time import process_time

import pytest

from mused.daemon.hearing import sounds
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import wake_phrases


def distance(word: str, other: str) -> float:
    said, target = sounds.pronounce([word, other])
    return float(sounds.prefix_costs([said], target)[0, -1])


def test_a_pronunciation_is_one_letter_a_phone() -> None:
    assert sounds.pronounce(["computer", "the", "muse"]) == ["kəmpjuɾɚ", "ðə", "mjuz"]


def test_words_that_sound_the_same_are_no_distance_apart() -> None:
    assert distance("night", "knight") == 0
    assert distance("muse", "mews") == 0


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("computer", "commuter", "competitor"),
        ("computer", "compute", "company"),
        ("jarvis", "jarvey", "harvest"),
        ("stop", "step", "stamp"),
        ("cat", "cad", "cash"),
    ],
)
def test_nearer_sounds_are_a_smaller_distance(word: str, near: str, far: str) -> None:
    assert 0 < distance(near, word) < distance(far, word)


def test_distances_to_every_beginning_come_from_one_table() -> None:
    costs = sounds.prefix_costs(["", "ab", "abc", "xbc"], "abc")
    assert [round(float(each), 2) for each in costs[2]] == [2.4, 1.6, 0.8, 0.0]
    assert costs[1, 2] == 0.0
    assert costs[0, 0] == 0.0


@pytest.mark.parametrize("phrase", ["computer", "hey muse", "jarvis", "okay machine"])
def test_decoys_of_any_phrase_are_the_models_words_but_never_the_phrase(
    vosk_model: Model, phrase: str
) -> None:
    before = process_time()
    decoys = vosk_model.decoys(phrase)
    assert process_time() - before < 1.0
    assert len(set(decoys)) == len(decoys) == sounds.WORDS + sounds.PAIRS
    assert not vosk_model.missing_words(word for each in decoys for word in each.split()
                                        if word not in phrase.split())  # fmt: skip
    assert not any(f"{each} ".startswith(f"{phrase} ") for each in decoys)


def test_what_is_taken_for_computer_is_found(vosk_model: Model) -> None:
    decoys = vosk_model.decoys("computer")
    assert {"commuter", "computers", "compute", "composer", "compute her"} <= set(decoys)


def test_a_word_that_sounds_the_same_is_no_decoy(vosk_model: Model) -> None:
    assert "knight" in vosk_model.vocabulary()
    assert not any("knight" in each.split() for each in vosk_model.decoys("night"))


def test_a_word_with_two_sounds_is_no_decoy_of_either(vosk_model: Model) -> None:
    assert "read" in vosk_model.vocabulary()
    assert not any("read" in each.split() for each in vosk_model.decoys("red dragon"))


def test_decoys_never_contain_another_wake_phrase(vosk_model: Model) -> None:
    phrases = wake_phrases(vosk_model, ["computer", "commuter"], 0.5)
    assert phrases.begins(["commuter"])
    assert phrases.judge([]).accepted is False


def test_without_espeak_spelling_decides(
    vosk_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sounds.pronounce(["computer"]) == ["computer"]
    vocabulary = vosk_model.vocabulary()
    assert {"commuter", "computers", "compute"} <= set(sounds.decoys("computer", vocabulary))
    assert sounds.nearest("komputer", vocabulary, 1) == ["computer"]


@pytest.mark.parametrize("answer", ["exit 1", "sleep 60", "echo one line", "printf '\\377'"])
def test_an_espeak_that_fails_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    tool = tmp_path / "espeak-ng"
    tool.write_text(
        f"#!/bin/sh\nexec {answer}\n" if "sleep" in answer else f"#!/bin/sh\n{answer}\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(sounds, "PATIENCE", 0.5)
    assert sounds.pronounce(["one", "two"]) == ["one", "two"]


def test_the_nearest_by_sound_not_by_spelling(vosk_model: Model) -> None:
    vocabulary = vosk_model.vocabulary()
    assert sounds.nearest("kwik", vocabulary, 1) == ["quick"]
    assert sounds.nearest("nife", vocabulary, 1) == ["knife"]
    assert sounds.nearest("nife", [], 2) == []


SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u")]
SIGNS = [chr(0x4E00 + at) for at in range(6000)]


@pytest.mark.parametrize(
    ("phrase", "vocabulary"),
    [
        ("computer", [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES[::7]]),
        ("\u4e00\u4e07", [SIGNS[at % 6000] + SIGNS[at * 7 % 5987] for at in range(48_000)]),
    ],
    ids=["long words", "thousands of letters"],
)
def test_a_large_dictionary_takes_no_longer_to_pronounce(
    phrase: str, vocabulary: list[str]
) -> None:
    assert len(vocabulary) > 40_000
    before = process_time()
    assert len(sounds.decoys(phrase, vocabulary)) > sounds.WORDS
    assert process_time() - before < 2.0
