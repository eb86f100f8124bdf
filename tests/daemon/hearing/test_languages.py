"""Models of other languages and makers: the bundled one, some of its words spelled otherwise."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Hearing
from mused.daemon.errors import ModelError
from mused.daemon.hearing.events import Heard, StopWord
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import stop_phrases
from mused.daemon.hearing.recognizer import UNKNOWN, Recognizer

Say = Callable[..., bytes]
Converse = Callable[..., Any]
Spelled = Callable[[Mapping[str, str]], Path]

TALK = "good morning everyone"


def heard(events: list[object]) -> list[str]:
    return [each.utterance.text for each in events if isinstance(each, Heard)]


@pytest.mark.parametrize("word", ["comp\u00fcter", "компьютер", "电脑", "कंप्यूटर"])
def test_a_wake_phrase_beyond_ascii_is_heard(
    say: Say, converse: Converse, spelled: Spelled, word: str
) -> None:
    talk = converse(Model(spelled({"computer": word})), wake_phrases=[word])
    talk.hear(say("computer, generate a red boat"))
    talk.hear(say(TALK))
    assert heard(talk.events) == ["generate a red boat"]


def test_a_stop_phrase_beyond_ascii_is_heard(
    say: Say, converse: Converse, spelled: Spelled
) -> None:
    talk = converse(Model(spelled({"stop": "arrête"})), stop_phrases=["arrête"])
    talk.listener.speaking_started("your painting is ready")
    talk.hear(say("stop"))
    assert [type(event) for event in talk.events] == [StopWord]


def test_what_mused_itself_says_is_told_from_a_stop_phrase_in_any_language(
    spelled: Spelled, say: Say
) -> None:
    model = Model(spelled({"shop": "échoppe"}))
    ear = stop_phrases(model, ["stop"], [], spoken="Une échoppe est prête.").recognizer(0.0)
    ear.feed(say("shop"))
    assert ear.text == "échoppe"


def test_an_accent_may_be_typed_as_a_letter_of_its_own() -> None:
    assert Hearing(wake_phrases=("e\u0301cran",)).wake_phrases == ("\u00e9cran",)


@pytest.mark.parametrize(
    ("word", "other", "mistyped"),
    [
        ("compüter", "compüters", "compütr"),
        ("компьютер", "компьютеры", "компютер"),
        ("电脑", "电话", "电恼"),
        ("कंप्यूटर", "कंप्यूटरों", "कंप्युटर"),
    ],
)
def test_words_of_any_script_are_told_apart_and_proposed(
    spelled: Spelled, word: str, other: str, mistyped: str
) -> None:
    model = Model(spelled({"computer": word, "computers": other}))
    assert {word, other} <= set(model.vocabulary())
    assert other in model.decoys(word)
    with pytest.raises(ModelError, match=f"'{mistyped}' of the wake phrases, .* like: {word}"):
        model.check_vocabulary({"the wake phrases": [mistyped]})


def test_no_word_with_a_capital_letter_or_a_sign_is_proposed(spelled: Spelled) -> None:
    words = set(Model(spelled({"computer": "Computer", "shop": "#shop"})).vocabulary())
    assert not {"Computer", "#shop", "[unk]", "<eps>"} & words


@pytest.mark.parametrize("name", ["<unk>", "<UNK>"])
def test_unknown_speech_is_unknown_whatever_the_model_calls_it(
    say: Say, converse: Converse, spelled: Spelled, name: str
) -> None:
    model = Model(spelled({UNKNOWN: name}))
    assert model.unknown == name
    recognizer = Recognizer(model, 0.0, ["computer"])
    recognizer.feed(say(TALK))
    assert set(recognizer.text.split()) == {UNKNOWN}
    assert {word.text for word in recognizer.finish()} == {UNKNOWN}
    talk = converse(model)
    talk.hear(say(TALK) + say("computer, generate a red boat"))
    assert heard(talk.events) == ["generate a red boat"]


def test_a_model_without_a_word_for_it_takes_any_speech_for_a_phrase(
    spelled: Spelled, say: Say
) -> None:
    model = Model(spelled({UNKNOWN: "silence"}))
    assert model.unknown is None
    recognizer = Recognizer(model, 0.0, ["computer"])
    recognizer.feed(say(TALK))
    assert [word.text for word in recognizer.finish()] == ["computer"]
