"""Nothing listens for ever, and nothing that was dealt with is listened to again."""

import gc
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import frames_in
from mused.daemon.hearing.events import Dropped, Heard, HearingEvent, Woke
from mused.daemon.hearing.listener import (
    LONGEST_VOICE,
    REFRACTORY,
    TAIL,
    Listener,
    State,
)
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recognizer import Recognizer
from mused.daemon.hearing.search import LONGEST as LONGEST_SEARCH
from mused.skills.router import Router

Say = Callable[..., bytes]
FRAME = 640


@pytest.fixture
def events() -> list[HearingEvent]:
    return []


@pytest.fixture
def listener(vosk_model: Model, router: Router, events: list[HearingEvent]) -> Listener:
    return Listener(vosk_model, Hearing(), events.append, router.expects)


def hear(listener: Listener, sound: bytes) -> list[State]:
    """The state after each frame."""
    states = []
    for at in range(0, len(sound), FRAME):
        listener.feed(sound[at : at + FRAME])
        states.append(listener.state)
    return states


def endless_talk(say: Say, seconds: float) -> bytes:
    """Talk without the pause that ends an utterance for Vosk."""
    some = say(
        "the weather was nice and we went to the market with our children", before=0, after=0
    )
    return (some * (1 + int(seconds * 32000 / len(some))))[: 2 * round(16000 * seconds)]


def longest_run(states: Sequence[State], state: State) -> int:
    runs, length = [0], 0
    for each in states:
        length = length + 1 if each is state else 0
        runs.append(length)
    return max(runs)


def test_the_search_for_the_wake_phrase_begins_anew(
    say: Say, listener: Listener, events: list[HearingEvent]
) -> None:
    states = hear(listener, endless_talk(say, 3.5 * LONGEST_SEARCH))
    assert longest_run(states, State.ALERT) <= frames_in(LONGEST_SEARCH)
    assert states.count(State.ALERT) > 0.9 * len(states)
    assert not any(isinstance(event, Heard) for event in events)


@pytest.mark.parametrize("what", ["buzz", "talk"])
def test_a_turn_ends_even_if_the_sound_does_not(
    say: Say, listener: Listener, events: list[HearingEvent], what: str
) -> None:
    time = np.arange(16000 * 50) / 16000
    buzz = (3000 * np.sin(2 * np.pi * 130 * time) * (1 + np.sin(2 * np.pi * 4 * time))).astype(
        "<i2"
    )
    after = buzz.tobytes() if what == "buzz" else endless_talk(say, 40)
    states = hear(listener, say("computer", after=0.0) + after)
    settings = Hearing()
    longest = settings.no_speech_timeout + 2 * settings.longest_utterance
    in_turn = [State.LISTENING if s is State.PROVISIONAL else s for s in states]
    assert 0 < longest_run(in_turn, State.LISTENING) <= frames_in(longest)
    assert any(isinstance(event, Heard | Dropped) for event in events)


def test_a_voice_whose_end_nobody_told_does_not_make_it_deaf(
    say: Say, listener: Listener, events: list[HearingEvent]
) -> None:
    listener.speaking_started("your painting is ready")
    hear(listener, bytes(FRAME * frames_in(LONGEST_VOICE)))
    assert listener.state is State.SPEAKING
    hear(listener, bytes(FRAME * frames_in(TAIL + 0.04)))
    hear(listener, say("computer, what time is it"))
    assert [event.utterance.text for event in events if isinstance(event, Heard)] == [
        "what time is it"
    ]


def test_the_echo_of_an_utterance_opens_no_second_turn(
    say: Say, listener: Listener, events: list[HearingEvent]
) -> None:
    said = say("computer, what time is it", before=0.5, after=0.0)
    heard_after = 0.35 + 0.1  # the pause after a whole command
    hear(listener, said + bytes(2 * round(16000 * heard_after)))
    assert [type(event) for event in events if isinstance(event, Heard)] == [Heard]
    assert listener.state is State.ASLEEP
    assert heard_after < REFRACTORY
    hear(listener, say("computer", before=0.0, after=3.0))
    assert isinstance(events[-1], Dropped)
    assert "at once after" in events[-1].reason


def test_a_command_soon_after_another_is_heard(
    say: Say, listener: Listener, events: list[HearingEvent]
) -> None:
    one = say("computer, what time is it", after=REFRACTORY + 0.2)
    hear(listener, one + say("computer, what day is it", before=0.0, after=2.0))
    texts = [event.utterance.text for event in events if isinstance(event, Heard)]
    assert texts == ["what time is it", "what day is it"]


def test_the_last_words_of_a_turn_are_not_searched_for_the_wake_phrase(
    say: Say, listener: Listener, events: list[HearingEvent]
) -> None:
    hear(listener, say("computer, stop computer", after=3.0))
    assert len([event for event in events if isinstance(event, Woke)]) == 1


def recognizers() -> int:
    gc.collect()
    # No isinstance: others' objects may answer that with warnings.
    return sum(type(each) is Recognizer for each in gc.get_objects())


@pytest.mark.parametrize("said", ["computer, what time is it", "the weather was nice", "stop"])
def test_no_recogniser_outlives_what_it_was_for(say: Say, listener: Listener, said: str) -> None:
    before = recognizers()
    if said == "stop":
        listener.speaking_started("your painting is ready")
    hear(listener, say(said, after=0.0))
    assert recognizers() > before
    listener.speaking_ended()
    hear(listener, bytes(2 * 16000 * 2))
    assert recognizers() == before
