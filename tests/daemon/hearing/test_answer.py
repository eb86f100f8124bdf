"""Yes or no after a question, with no wake phrase."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from mused.daemon.hearing.answer import LONGEST, WITHIN, Answer
from mused.daemon.hearing.events import Answered, Dropped, Heard, HearingEvent
from mused.daemon.hearing.listener import State
from mused.skills.contract import Utterance

Say = Callable[..., bytes]

DOUBTFUL = Utterance("cancel everything", "microphone", "t1", confidence=0.3)
VOICES = ("espeak:en-US", "espeak:en-GB-x-rp+Denis", "flite:slt")


@pytest.fixture
def asked(say: Say, conversation: Any) -> Any:
    """A conversation in which the question has just been said."""
    question = "Did you say cancel everything?"
    conversation.listener.speaking_started(question)
    conversation.hear(say(question, before=0.1, after=0.0))
    conversation.listener.speaking_ended()
    conversation.listener.expect_answer(DOUBTFUL)
    conversation.hear(bytes(32 * 200))  # less than the echo
    assert conversation.listener.state.value == "speaking"
    conversation.hear(bytes(32 * 200))
    assert conversation.listener.state.value == "answering"
    assert conversation.listener.busy
    assert conversation.events == []
    return conversation


def dropped(events: Sequence[HearingEvent]) -> list[tuple[str, str]]:
    return [(each.turn, each.reason) for each in events if isinstance(each, Dropped)]


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    ("words", "yes"),
    [
        ("yes", True),
        ("yes please", True),
        ("yeah", True),
        ("that is right", True),
        ("no", False),
        ("nope", False),
        ("no thank you", False),
    ],
)
def test_an_answer_needs_no_wake_phrase(
    say: Say, asked: Any, words: str, yes: bool, voice: str
) -> None:
    asked.hear(say(words, voice, before=0.8, after=0.6))
    assert asked.events == [Answered(DOUBTFUL, yes)]
    assert asked.listener.state is State.ASLEEP
    assert not asked.listener.busy


def test_an_answer_is_taken_soon(say: Say, asked: Any) -> None:
    asked.hear(say("yes", before=0.8, after=0.0))
    silence = 0
    while not asked.events:
        asked.hear(bytes(640))
        silence += 20
    assert 400 <= silence <= 600


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "words",
    [
        "the weather was nice and we went to the market",
        "yes and no",
        "I guess so",
        "it has been a year",
        "stop",
        "did you see the snow",
    ],
)
def test_anything_else_is_no_answer(say: Say, asked: Any, words: str, voice: str) -> None:
    asked.hear(say(words, voice, before=0.3))
    assert dropped(asked.events) == [("t1", Answer.OTHER.value)]
    assert not asked.listener.busy
    asked.hear(say("yes"))
    assert len(asked.events) == 1, "too late"


def test_silence_is_no_answer(asked: Any) -> None:
    asked.hear(bytes(32000 * round(WITHIN - 1)))
    assert asked.events == []
    asked.hear(bytes(32000))
    assert dropped(asked.events) == [("t1", Answer.NOTHING.value)]
    assert asked.listener.state is State.ASLEEP


def test_noise_is_no_answer_and_talk_for_ever_is_none(say: Say, asked: Any) -> None:
    noise = np.random.default_rng(5).normal(0, 400, 16000 * 2).astype("<i2").tobytes()
    talk = say("the weather was nice and we went to the market", before=0.0, after=0.0)
    asked.hear(noise)
    assert asked.events == []
    asked.hear((talk * 5)[: 32000 * round(LONGEST + 0.5)])
    assert dropped(asked.events) == [("t1", Answer.OTHER.value)]


def test_a_click_before_the_answer_does_no_harm(say: Say, asked: Any) -> None:
    click = np.zeros(8000, "<i2")
    click[4000:4100] = 12000
    asked.hear(click.tobytes() + say("yes", before=0.6))
    assert asked.events == [Answered(DOUBTFUL, yes=True)]


def test_a_new_command_is_taken_instead(say: Say, asked: Any) -> None:
    asked.hear(say("computer, what time is it"))
    assert dropped(asked.events) == [("t1", Answer.WAKE.value)]
    (heard,) = [each for each in asked.events if isinstance(each, Heard)]
    assert heard.utterance.text == "what time is it"


@pytest.mark.parametrize(
    ("switch", "reason"),
    [("mute", "muted"), ("speaking_started", "mused began to speak"), ("interrupt", "gone")],
)
def test_what_ends_listening_drops_the_question(
    say: Say, asked: Any, switch: str, reason: str
) -> None:
    arguments = {"speaking_started": ("Hello.",), "interrupt": ("gone",)}.get(switch, ())
    getattr(asked.listener, switch)(*arguments)
    asked.hear(say("yes"))
    assert asked.events == [Dropped("t1", reason)]


def test_without_a_voice_it_listens_at_once(say: Say, conversation: Any) -> None:
    conversation.listener.expect_answer(DOUBTFUL)
    assert conversation.listener.busy
    conversation.hear(say("yes"))
    assert conversation.events == [Answered(DOUBTFUL, yes=True)]


def test_who_gives_a_command_already_is_not_asked(say: Say, conversation: Any) -> None:
    conversation.hear(say("computer, what time", after=0.0))
    conversation.listener.expect_answer(DOUBTFUL)
    conversation.hear(say("is it", before=0.0))
    assert dropped(conversation.events) == [("t1", "somebody gave a command")]
    (heard,) = [each for each in conversation.events if isinstance(each, Heard)]
    assert heard.utterance.text == "what time is it"


def test_muted_it_asks_in_vain(say: Say, conversation: Any) -> None:
    conversation.listener.mute()
    conversation.listener.expect_answer(DOUBTFUL)
    conversation.hear(say("yes"))
    assert len(conversation.events) == 1
    assert not conversation.listener.busy
    assert conversation.listener.state is State.MUTED
