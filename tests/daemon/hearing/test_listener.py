"""Real speech of synthetic voices through the real recogniser."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mused.daemon.config import Hearing
from mused.daemon.errors import ModelError
from mused.daemon.hearing.audio import FRAME_BYTES
from mused.daemon.hearing.endpoint import PATIENCE
from mused.daemon.hearing.events import Dropped, Heard, HearingEvent, Partial, Waiting, Woke
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.listener import Listener, State
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import wake_phrases
from mused.daemon.hearing.turn import Turn
from mused.skills.contract import Utterance
from mused.skills.router import Router

Say = Callable[..., bytes]
Hear = Callable[..., list[HearingEvent]]


def silence(seconds: float) -> bytes:
    return bytes(2 * round(16000 * seconds))


def noise(seconds: float, rms: float) -> bytes:
    samples = np.random.default_rng(5).normal(0, rms, round(16000 * seconds))
    return samples.astype("<i2").tobytes()


def mixed(sound: bytes, rms: float) -> bytes:
    said = np.frombuffer(sound, "<i2").astype(np.int32)
    total = said + np.frombuffer(noise(len(said) / 16000, rms), "<i2")
    return bytes(np.clip(total, -32768, 32767).astype("<i2"))


def utterances(events: Sequence[HearingEvent]) -> list[Utterance]:
    return [event.utterance for event in events if isinstance(event, Heard)]


def texts(events: Sequence[HearingEvent]) -> list[str]:
    return [utterance.text for utterance in utterances(events)]


def reasons(events: Sequence[HearingEvent]) -> list[str]:
    return [event.reason for event in events if isinstance(event, Dropped)]


def test_wake_phrase_and_command_in_one_breath(say: Say, hear: Hear) -> None:
    events = hear(say("computer, generate a red boat"))
    (woke,) = [event for event in events if isinstance(event, Woke)]
    (utterance,) = utterances(events)
    assert utterance.text == "generate a red boat"
    assert utterance.turn == woke.turn
    assert utterance.source == "microphone"
    assert [word.text for word in utterance.words] == ["generate", "a", "red", "boat"]
    assert 0.7 < utterance.confidence <= 1.0
    assert 0.5 < woke.at < utterance.end
    assert utterance.start == utterance.words[0].start
    assert 0.9 < utterance.start < utterance.end < 2.9


def test_partials_grow_before_the_turn_is_decided(say: Say, hear: Hear) -> None:
    events = hear(say("computer, generate a painting of a city skyline"))
    partials = [event.text for event in events if isinstance(event, Partial)]
    assert len(partials) >= 4
    assert partials[-1] == "generate a painting of a city skyline"
    assert not any("computer" in text for text in partials)


@pytest.mark.parametrize("pause", [0.6, 1.5, 4.0])
def test_a_pause_after_the_wake_phrase(say: Say, hear: Hear, pause: float) -> None:
    sound = say("computer", after=pause) + say("what time is it", before=0.0)
    assert texts(hear(sound)) == ["what time is it"]


def test_a_pause_within_the_command(say: Say, hear: Hear) -> None:
    sound = say("computer, generate a painting of a red house", after=0.6) + say(
        "and a green tree", before=0.0
    )
    assert texts(hear(sound)) == ["generate a painting of a red house and a green tree"]


def test_speech_that_begins_with_the_recording_loses_nothing(say: Say, hear: Hear) -> None:
    assert texts(hear(say("computer, stop", before=0.0))) == ["stop"]


def test_the_wake_phrase_alone_is_waited_on_and_then_dropped(say: Say, hear: Hear) -> None:
    sound = say("computer", after=3.0) + say("generate a red boat", before=0.0)
    events = hear(sound, no_speech_timeout=1.0)
    assert texts(events) == []
    assert reasons(events) == ["nothing was said"]


@pytest.mark.parametrize(
    "sentence",
    [
        "generate a red boat",
        "the commuter train is late again",
        "come here please",
        "my computer is broken",
        "we compared the company with another",
        "what time is it",
        "the weather was nice and we went to the market",
    ],
)
def test_other_speech_wakes_nobody(say: Say, hear: Hear, sentence: str) -> None:
    assert texts(hear(say(sentence))) == []


@pytest.mark.parametrize(
    ("sentence", "voice"),
    [
        ("compute the first newspaper", "flite:kal"),
        ("compute a curtain every day", "espeak:en-US+pedro"),
    ],
)
def test_what_sounds_like_the_wake_phrase_is_told_by_what_follows(
    say: Say, hear: Hear, sentence: str, voice: str
) -> None:
    events = hear(say(sentence, voice))
    assert texts(events) == []
    (reason,) = reasons(events)
    assert reason.startswith('the whole vocabulary heard "compute')


@pytest.mark.parametrize(
    ("sentence", "instead"),
    [("computer was very old", ""), ("the computer was very old", "the computer was")],
)
def test_a_small_word_before_the_wake_phrase_is_heard_by_the_whole_vocabulary(
    say: Say, vosk_model: Model, router: Router, sentence: str, instead: str
) -> None:
    gate, settings = Gate(energy_floor=60.0), Hearing()
    wake = wake_phrases(vosk_model, settings.wake_phrases, settings.wake_confidence)
    turn = Turn(vosk_model, settings, wake, [], gate, router.expects)
    sound = say(sentence)
    for at in range(0, len(sound) - FRAME_BYTES, FRAME_BYTES):
        gate.feed(sound[at : at + FRAME_BYTES])
        turn.feed(sound[at : at + FRAME_BYTES])
    turn.wake_end = 1.3  # where the search for it would place its end
    assert turn.finish()
    assert turn.instead == instead


@pytest.mark.parametrize("rms", [0, 40, 400, 3000])
def test_silence_and_noise_wake_nobody(hear: Hear, rms: float) -> None:
    assert hear(noise(20, rms)) == []


def test_a_command_is_understood_and_ended_over_a_fan(say: Say, hear: Hear) -> None:
    sound = mixed(silence(3) + say("computer, what time is it", after=6.0), 100)
    (utterance,) = utterances(hear(sound))
    assert utterance.text == "what time is it"


def buzz(seconds: float, rms: float) -> bytes:
    """A machine that WebRTC's detector takes for a voice: harmonics of 120 Hz that come and go."""
    time = np.arange(round(16000 * seconds)) / 16000
    sound = np.sum([np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30)], axis=0)
    sound *= 1 + 0.5 * np.sin(2 * np.pi * 3 * time)
    return bytes((sound * (rms / sound.std())).astype("<i2"))


@pytest.mark.parametrize("voice", ["espeak:en-US", "flite:slt"])
@pytest.mark.parametrize("rms", [800, 1500, 3000])
def test_a_noisy_machine_does_not_keep_a_turn_open(
    say: Say, conversation: Any, voice: str, rms: float
) -> None:
    conversation.hear(say("computer, generate a red boat", voice, after=0.0))
    conversation.hear(buzz(5.0, rms))
    assert not conversation.listener.busy
    (text,) = texts(conversation.events)
    assert text.startswith("generate a red")  # the noise may cost or add a last word


@pytest.mark.parametrize("pause", [1.4, 1.9])
def test_a_patient_listener_waits_for_the_rest_of_a_prompt(
    say: Say, hear: Hear, pause: float
) -> None:
    first = say("computer, generate a red boat", after=pause)
    sound = first + say("on a lake at sunset", before=0.0, after=4.0)
    assert texts(hear(sound, endpointing="patient")) == ["generate a red boat on a lake at sunset"]


@pytest.mark.parametrize("pause", [0.9, 1.3])
def test_a_prompt_that_cannot_end_so_is_waited_for(say: Say, hear: Hear, pause: float) -> None:
    first = say("computer, generate a red boat on the", after=pause)
    sound = first + say("lake at sunset", before=0.0, after=4.0)
    assert texts(hear(sound)) == ["generate a red boat on the lake at sunset"]


@pytest.mark.parametrize("endpointing", ["quick", "normal", "patient"])
def test_a_whole_command_is_answered_sooner_than_a_prompt(
    say: Say, vosk_model: Model, router: Router, endpointing: str
) -> None:
    def waited(sentence: str) -> float:
        sound = say(sentence, before=0.5, after=0.0)
        settings = Hearing.model_validate({"endpointing": endpointing})
        events: list[HearingEvent] = []
        listener = Listener(vosk_model, settings, events.append, router.expects)
        listener.feed(sound)
        for frame in range(200):
            listener.feed(bytes(640))
            if utterances(events):
                return frame * 0.02
        raise AssertionError(events)

    command, prompt = waited("computer, what time is it"), waited("computer, generate a red boat")
    pauses = PATIENCE[endpointing]
    assert pauses.command <= command <= pauses.command + 0.2
    assert pauses.prompt <= prompt <= pauses.prompt + 0.2


def test_a_long_command_is_cut_but_kept(say: Say, hear: Hear) -> None:
    events = hear(say("computer, generate a red boat on a lake"), longest_utterance=1.2)
    (text,) = texts(events)
    assert "generate a red boat on a lake".startswith(text)


def test_sound_that_ends_in_the_middle_is_still_heard(say: Say, hear: Hear) -> None:
    assert texts(hear(say("computer, generate a red boat", after=0.0))) == ["generate a red boat"]


def test_several_turns_in_one_stream_are_independent(say: Say, hear: Hear) -> None:
    one = say("computer, generate a red boat", after=2.0)
    other = say("computer, what time is it", after=2.0)
    talk = say("the weather was nice and we went to the market", after=2.0)
    events = hear(one + talk + other + noise(3, 300) + one)
    assert texts(events) == ["generate a red boat", "what time is it", "generate a red boat"]
    assert len({utterance.turn for utterance in utterances(events)}) == 3


def without_turns(events: Sequence[HearingEvent]) -> list[HearingEvent]:
    return [
        Heard(replace(event.utterance, turn=""))
        if isinstance(event, Heard)
        else replace(event, turn="")
        if isinstance(event, Woke | Waiting | Partial | Dropped)
        else event
        for event in events
    ]


@pytest.mark.parametrize("block", [2, 999, 4000, 1_000_000])
def test_the_block_size_makes_no_difference(say: Say, hear: Hear, block: int) -> None:
    sound = say("computer", after=1.2) + say("generate a painting of a city skyline", before=0.0)
    assert without_turns(hear(sound, block=block)) == without_turns(hear(sound))


def test_nothing_is_heard_while_mused_speaks(say: Say, conversation: Any) -> None:
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(say("computer, generate a red boat"))
    assert conversation.events == []
    conversation.listener.speaking_ended()
    conversation.hear(silence(1.0) + say("computer, what time is it"))
    assert texts(conversation.events) == ["what time is it"]


def test_the_echo_after_its_end_is_not_heard(say: Say, conversation: Any) -> None:
    conversation.listener.speaking_started("computer, generate a red boat")
    voice = say("computer, generate a red boat", after=0.0)
    conversation.hear(voice[:-6000])
    conversation.listener.speaking_ended()
    conversation.hear(voice[-6000:] + silence(3.0))
    assert conversation.events == []
    assert conversation.listener.state is State.ASLEEP


def test_a_turn_is_dropped_when_mused_begins_to_speak(say: Say, conversation: Any) -> None:
    conversation.hear(say("computer, generate a red boat", after=0.0))
    assert conversation.listener.busy
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(silence(2.0))
    assert not conversation.listener.busy
    assert texts(conversation.events) == []
    assert reasons(conversation.events) == ["mused began to speak"]


def test_muted_it_hears_nothing_at_all(say: Say, conversation: Any) -> None:
    conversation.hear(say("computer, generate a", after=0.0))
    conversation.listener.mute()
    conversation.hear(say("computer, generate a red boat"))
    conversation.listener.speaking_started("your painting is ready")
    conversation.hear(say("stop"))
    assert conversation.listener.state is State.MUTED
    assert reasons(conversation.events) == ["muted"]
    conversation.listener.speaking_ended()
    conversation.listener.unmute()
    conversation.hear(silence(0.5) + say("computer, what time is it"))
    assert texts(conversation.events) == ["what time is it"]


def test_a_gap_in_the_sound_drops_the_turn(say: Say, conversation: Any) -> None:
    conversation.hear(say("computer, generate", after=0.0))
    conversation.listener.interrupt("the microphone went away")
    conversation.hear(say("a red boat"))
    assert texts(conversation.events) == []
    assert reasons(conversation.events) == ["the microphone went away"]


def test_a_wake_phrase_of_two_words(say: Say, hear: Hear) -> None:
    settings = {"wake_phrases": ("hello computer", "okay machine")}
    assert texts(hear(say("hello computer, what time is it"), **settings)) == ["what time is it"]
    assert texts(hear(say("okay machine, what time is it"), **settings)) == ["what time is it"]
    assert texts(hear(say("computer, what time is it"), **settings)) == []


def test_a_wake_word_the_model_lacks_is_refused_by_name(vosk_model: Model, router: Router) -> None:
    settings = Hearing(wake_phrases=("computer", "hey komputer"))
    with pytest.raises(
        ModelError, match=r"'komputer' of the wake phrases, which sounds like: computer"
    ):
        Listener(vosk_model, settings, print, router.expects)


def test_it_rests_only_while_nobody_speaks_and_nothing_is_awaited(
    say: Say, conversation: Any
) -> None:
    listener = conversation.listener
    conversation.hear(silence(1.0))
    assert listener.resting
    conversation.hear(say("computer", after=0.0))
    assert not listener.resting
    conversation.hear(silence(1.5))  # for the command
    assert not listener.resting
    listener.mute()
    conversation.hear(silence(0.1))
    assert listener.resting
    listener.unmute()
    listener.speaking_started("hello")
    conversation.hear(silence(0.1))
    assert not listener.resting
