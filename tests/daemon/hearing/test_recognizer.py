from collections.abc import Callable

import pytest

from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import stop_phrases, wake_phrases
from mused.daemon.hearing.recognizer import Recognizer
from mused.skills.contract import Word

Say = Callable[..., bytes]


def test_words_come_with_the_times_of_the_stream(vosk_model: Model, say: Say) -> None:
    recognizer = Recognizer(vosk_model, start=100.0)
    recognizer.feed(say("generate a red boat", before=1.0, after=1.0))
    words = recognizer.finish()
    assert [word.text for word in words] == ["generate", "a", "red", "boat"]
    assert 100.9 < words[0].start < words[0].end <= words[-1].start < words[-1].end < 103.0


def test_a_pause_that_ends_an_utterance_for_vosk_does_not_split_ours(
    vosk_model: Model, say: Say
) -> None:
    recognizer = Recognizer(vosk_model, start=0.0)
    sound = say("generate a red boat", after=3.0) + say("with a tree", before=0.0)
    ended = [recognizer.feed(sound[at : at + 640]) for at in range(0, len(sound), 640)]
    assert any(ended)
    words = recognizer.finish()
    assert " ".join(word.text for word in words) == "generate a red boat with a tree"
    assert words[4].start - words[3].end > 2.5


def word(text: str, confidence: float = 1.0, end: float = 1.0) -> Word:
    return Word(text, confidence, end - 0.3, end)


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ([word("computer")], True),
        ([word("computer", end=1.5), word("[unk]")], True),
        ([word("computer", 0.6)], False),
        ([word("[unk]"), word("computer")], False),
        ([word("commuter")], False),
        ([word("okay"), word("machine", 0.9)], True),
        ([word("okay"), word("machine", 0.5)], False),
        ([word("okay"), word("computer")], False),
        ([word("okay")], False),
        ([], False),
    ],
)
def test_a_wake_result_must_begin_with_the_phrase_and_be_sure(
    vosk_model: Model, said: list[Word], accepted: bool
) -> None:
    phrases = wake_phrases(vosk_model, ["computer", "okay machine"], 0.7)
    assert phrases.judge(said).accepted is accepted


def test_a_stop_result_may_have_the_phrase_anywhere(vosk_model: Model) -> None:
    phrases = stop_phrases(vosk_model, ["stop", "be quiet"], ["computer"])
    assert phrases.judge([word("stop")], anywhere=True).accepted
    assert phrases.judge([word("[unk]"), word("be"), word("quiet")], anywhere=True).accepted
    assert not phrases.judge([word("be"), word("shop"), word("quiet")], anywhere=True).accepted
    assert not phrases.judge([word("[unk]"), word("stop", 0.4)], anywhere=True).accepted
    assert not phrases.judge([], anywhere=True).accepted


def test_judgement_tells_where_the_phrase_ended(vosk_model: Model) -> None:
    phrases = wake_phrases(vosk_model, ["okay machine"], 0.7)
    said = [word("okay", end=1.0), word("machine", end=1.6), word("[unk]", end=3.0)]
    assert phrases.judge(said).end == 1.6
