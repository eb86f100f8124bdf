"""Earcons in the microphone: nothing of them is heard, and nothing else is lost."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mused.daemon.hearing.events import Dropped, Heard, Partial, Waiting
from mused.daemon.hearing.listener import LONGEST_EARCON, State
from mused.daemon.speaking import tones

Say = Callable[..., bytes]


def earcon(name: tones.Earcon) -> bytes:
    return (tones.samples(name, 16000) * 3).astype("<i2").tobytes()


@pytest.mark.parametrize("name", ["wake", "heard", "over"])
def test_an_earcon_is_not_heard_and_the_turn_goes_on(
    say: Say, conversation: Any, name: tones.Earcon
) -> None:
    conversation.hear(say("computer", after=1.0))
    assert [type(each) for each in conversation.events][-1] is Waiting
    conversation.listener.earcon_started()
    conversation.hear(earcon(name) + bytes(640))
    conversation.listener.earcon_ended()
    conversation.hear(bytes(640 * 10) + say("what time is it", before=0.3))
    (heard,) = [each for each in conversation.events if isinstance(each, Heard)]
    assert heard.utterance.text == "what time is it"
    partials = [each.text for each in conversation.events if isinstance(each, Partial)]
    assert all("what time is it".startswith(each) for each in partials), partials


def test_in_one_breath_nothing_is_waited_for(say: Say, conversation: Any) -> None:
    conversation.hear(say("computer, what time is it"))
    assert not [each for each in conversation.events if isinstance(each, Waiting)]


def test_the_command_is_waited_for_once(say: Say, conversation: Any) -> None:
    conversation.hear(say("computer", after=9.0))
    assert len([each for each in conversation.events if isinstance(each, Waiting)]) == 1
    end = conversation.events[-1]
    assert isinstance(end, Dropped)
    assert end.in_vain


def test_nothing_sounds_over_the_voice_when_mused_begins_to_speak(
    say: Say, conversation: Any
) -> None:
    conversation.hear(say("computer", after=1.0))
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(bytes(640))
    end = conversation.events[-1]
    assert isinstance(end, Dropped)
    assert not end.in_vain


def test_an_earcon_that_never_ends_makes_deaf_for_a_second(say: Say, conversation: Any) -> None:
    conversation.listener.earcon_started()
    conversation.hear(say("computer, stop", before=0.0, after=0.0)[: 32000 * round(LONGEST_EARCON)])
    assert conversation.listener.state is State.ASLEEP
    conversation.hear(say("computer, what time is it", before=0.3))
    (heard,) = [each for each in conversation.events if isinstance(each, Heard)]
    assert heard.utterance.text == "what time is it"


def test_an_earcon_leaves_the_gate_its_idea_of_the_room(conversation: Any) -> None:
    fan = np.random.default_rng(1).normal(0, 300, 16000 * 12).astype("<i2").tobytes()
    conversation.hear(fan)
    room = conversation.listener._gate._room
    conversation.listener.earcon_started()
    conversation.hear(earcon("done"))
    assert conversation.listener._gate._room == room
    conversation.listener.earcon_ended()
    conversation.hear(fan[:64000])
    assert conversation.events == []
