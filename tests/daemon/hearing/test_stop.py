"""What may interrupt the voice, and that the voice does not interrupt itself."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mused.daemon import words
from mused.daemon.hearing.events import StopWord

Say = Callable[..., bytes]

VOICES = (
    "espeak:en-US",
    "espeak:en-GB-x-rp+Denis",
    "espeak:en-US+f4",
    "flite:slt",
    "festival:ked_diphone",
)
ANNOUNCEMENTS = (
    words.NOT_UNDERSTOOD,
    words.PAINTER_RETRIES,
    words.ready("a red boat"),
    words.ready("a candle and a camel by the canal"),
    words.ready("a castle under a panda on a canvas"),
    words.failed("a council of shops at the top", "The disk is full."),
    "I am painting a small cat on a chair: forty percent done, about two minutes left.",
    "It is Wednesday, the twenty fifth of November.",
    "I can wait. You can say: what time is it.",
)


def test_stop_is_heard_while_mused_speaks(say: Say, conversation: Any) -> None:
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(say("stop"))
    (stop,) = conversation.events
    assert isinstance(stop, StopWord)
    assert stop.command is None
    assert 0.5 < stop.at < 2.5


def test_stop_is_heard_over_the_voice_before_it_ends(say: Say, conversation: Any) -> None:
    announcement = "your painting of a city skyline with a boat on a lake is ready"
    voice = np.frombuffer(say(announcement, before=0.3, after=0.0), "<i2") // 20
    british = "espeak:en-GB-x-rp+Denis"
    user = np.frombuffer(say("stop", british, before=1.0, after=0.0), "<i2")
    both = voice.copy()
    both[: len(user)] += user
    conversation.listener.speaking_started(announcement)
    conversation.hear(both.tobytes())
    (stop,) = conversation.events
    assert isinstance(stop, StopWord)
    assert stop.at < len(user) / 16000 + 1.0 < len(both) / 16000


@pytest.mark.parametrize("voice", VOICES)
def test_its_own_voice_interrupts_nothing(say: Say, conversation: Any, voice: str) -> None:
    for announcement in ANNOUNCEMENTS:
        conversation.listener.speaking_started(announcement)
        conversation.hear(say(announcement, voice, before=0.2, after=0.6))
        assert conversation.events == [], announcement


@pytest.mark.parametrize(
    "sentence", ["we went to the shop", "your painting is ready", "start again"]
)
def test_other_words_do_not_stop_it(say: Say, conversation: Any, sentence: str) -> None:
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(say(sentence))
    assert conversation.events == []


def test_it_does_not_stop_itself(say: Say, conversation: Any) -> None:
    conversation.listener.speaking_started("I have stopped. Say stop again")
    conversation.hear(say("stop"))
    assert conversation.events == []
    conversation.listener.speaking_ended()
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(say("stop"))
    assert [type(event) for event in conversation.events] == [StopWord]


def test_cancel_is_a_command_of_a_turn_of_its_own_and_taken_once(
    say: Say, conversation: Any
) -> None:
    turns = set()
    for _ in range(2):
        conversation.listener.speaking_started("your painting is ready")
        conversation.hear(say("cancel", after=0.1) + say("cancel", before=0.0))
        conversation.listener.speaking_ended()
        conversation.hear(bytes(32000))
        (stop,) = conversation.events
        assert (stop.command.text, stop.command.source) == ("cancel", "microphone")
        assert stop.command.confidence > 0.6
        turns.add(stop.command.turn)
        conversation.events.clear()
    assert len(turns) == 2


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("word", ["stop", "cancel"])
def test_whoever_says_it_is_heard(say: Say, conversation: Any, word: str, voice: str) -> None:
    conversation.listener.speaking_started("your painting of a red boat is ready")
    conversation.hear(say(word, voice))
    (stop,) = conversation.events
    assert (stop.command is None) is (word == "stop")


def test_it_does_not_cancel_what_it_names(say: Say, conversation: Any) -> None:
    text = "I was not saying anything. Say cancel to end the painting."
    conversation.listener.speaking_started(text)
    conversation.hear(say(text))
    assert conversation.events == []


def test_what_may_interrupt_is_configured(say: Say, converse: Callable[..., Any]) -> None:
    talk = converse(stop_phrases=(), interrupting_commands=("Be quiet", "stop painting"))
    talk.listener.speaking_started("your painting is ready")
    talk.hear(say("stop") + say("cancel"))
    assert talk.events == []
    talk.hear(say("be quiet"))
    (stop,) = talk.events
    assert stop.command.text == "be quiet"


def test_with_nothing_to_interrupt_it_is_deaf(say: Say, converse: Callable[..., Any]) -> None:
    talk = converse(stop_phrases=(), interrupting_commands=())
    talk.listener.speaking_started("your painting is ready")
    talk.hear(say("stop") + say("cancel"))
    assert talk.events == []
