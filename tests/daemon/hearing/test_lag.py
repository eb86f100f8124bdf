"""A machine too slow to hear in real time: what mused says is still not heard, all else is."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Hearing
from mused.daemon.hearing.ears import Ears
from mused.daemon.hearing.events import Heard, HearingEvent, Woke
from mused.daemon.hearing.listener import Listener, State
from mused.daemon.hearing.microphone import Microphone
from mused.daemon.hearing.model import Model
from mused.daemon.service.room import Room
from mused.skills.router import Router

Say = Callable[..., bytes]
ANNOUNCEMENT = "computer, generate a red boat"
COMMAND = "computer, what time is it"


def texts(events: Sequence[HearingEvent]) -> list[str]:
    return [event.utterance.text for event in events if isinstance(event, Heard)]


def test_its_voice_is_not_heard_when_its_turn_comes_after_its_end(
    say: Say, conversation: Any
) -> None:
    listener = conversation.listener
    listener.speaking_started(ANNOUNCEMENT)
    while_speaking = time.monotonic()
    listener.speaking_ended()
    listener.feed(say(ANNOUNCEMENT, after=0.0), while_speaking)
    assert listener.state is State.SPEAKING
    listener.feed(say(COMMAND, before=1.0), time.monotonic() + 60)
    assert texts(conversation.events) == ["what time is it"]


def test_a_command_before_its_voice_is_heard_when_its_turn_comes_later(
    say: Say, conversation: Any
) -> None:
    before = time.monotonic() - 60
    conversation.listener.speaking_started(ANNOUNCEMENT)
    conversation.listener.feed(say(COMMAND), before)
    assert texts(conversation.events) == ["what time is it"]


def test_within_a_block_deafness_begins_with_the_frame(say: Say, conversation: Any) -> None:
    said = say("stop", before=0.0, after=0.0)
    conversation.listener.speaking_started("your painting is ready")
    after = bytes(640 * 150)
    conversation.listener.feed(said + after, time.monotonic() + 2.99)
    assert conversation.events == [], "it was said before mused spoke"


def test_what_was_said_while_muted_is_never_heard(say: Say, conversation: Any) -> None:
    listener = conversation.listener
    listener.mute()
    listener.feed(say(COMMAND), time.monotonic() - 60)
    assert listener.state is State.MUTED, "at once, whatever lags"
    muted = time.monotonic()
    listener.unmute()
    listener.feed(say(COMMAND), muted)
    assert conversation.events == []
    listener.feed(say(COMMAND), time.monotonic() + 60)
    assert texts(conversation.events) == ["what time is it"]


class Busy(Listener):
    """Cannot take any sound for a while."""

    free = threading.Event()

    def feed(self, block: bytes, recorded: float = 0.0) -> None:
        self.free.wait()
        super().feed(block, recorded)


@pytest.mark.timeout(60)
def test_a_machine_that_was_busy_while_mused_spoke(
    in_room: Room, vosk_model: Model, router: Router, say: Say, write_wav: Callable[..., Path]
) -> None:
    events: list[HearingEvent] = []
    heard = threading.Event()

    def note(event: HearingEvent) -> None:
        events.append(event)
        if isinstance(event, Heard):
            heard.set()

    listener = Busy(vosk_model, Hearing(), note, router.expects)
    listener.free.set()
    ears = Ears(Microphone(), listener)
    ears.start()
    while ears.health().blocks_heard < 50:
        time.sleep(0.01)
    listener.free.clear()
    listener.speaking_started(ANNOUNCEMENT)
    in_room.speak(write_wav(say(ANNOUNCEMENT, after=0.5)))
    listener.speaking_ended()
    listener.free.set()
    in_room.speak(write_wav(say(COMMAND)))
    assert heard.wait(20)
    ears.stop()
    assert texts(events) == ["what time is it"]
    assert len([event for event in events if isinstance(event, Woke)]) == 1
