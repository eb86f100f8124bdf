"""Calls while somebody else talks on and on, without the pause in which a wake phrase begins."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from mused.daemon.hearing.audio import FRAME_BYTES
from mused.daemon.hearing.events import Heard, HearingEvent
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import wake_phrases
from mused.daemon.hearing.search import LONGEST, Search

Say = Callable[..., bytes]
Hear = Callable[..., list[HearingEvent]]

STORY = "the weather was nice and we went to the market with our children and bought three tickets"
COMPUTERS = "they want another computer and my old computer is broken and her computer was stolen"
TALKER = "flite:slt"


def over(talk: bytes, *said: tuple[float, bytes], below: float, seconds: float = 12.0) -> bytes:
    """What is said from those seconds on, over talk that is so many decibels softer."""
    loud = np.frombuffer(said[0][1], "<i2").astype(float)
    others = np.resize(np.frombuffer(talk, "<i2"), round(16000 * seconds)).astype(float)
    sound = others * (loud.std() / others.std() / 10 ** (below / 20))
    for at, voice in said:
        samples = np.frombuffer(voice, "<i2")
        sound[round(16000 * at) :][: len(samples)] += samples
    return bytes(np.clip(sound, -32768, 32767).astype("<i2"))


def frames(sound: bytes) -> list[bytes]:
    whole = len(sound) - len(sound) % FRAME_BYTES
    return [sound[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES)]


def texts(events: Sequence[HearingEvent]) -> list[str]:
    return [event.utterance.text for event in events if isinstance(event, Heard)]


@pytest.mark.parametrize("at", [3.0, LONGEST - 0.4, LONGEST - 0.2, LONGEST, 7.5])
def test_who_calls_over_a_talker_is_heard_and_the_talker_is_not(
    say: Say, hear: Hear, at: float
) -> None:
    talk = say(STORY, TALKER, before=0, after=0)
    asked = say("computer, what time is it", before=0, after=0)
    assert texts(hear(over(talk, (at, asked), below=20))) == ["what time is it"]


def test_a_prompt_over_a_talker_loses_no_word_and_gains_none(say: Say, hear: Hear) -> None:
    talk = say(STORY, TALKER, before=0, after=0)
    asked = say("computer, generate a red boat on a lake", before=0, after=0)
    assert texts(hear(over(talk, (4.0, asked), below=20))) == ["generate a red boat on a lake"]


def test_a_command_after_the_wake_phrase_alone(say: Say, hear: Hear) -> None:
    talk = say(STORY, TALKER, before=0, after=0)
    wake = say("computer", before=0, after=0)
    asked = say("what time is it", before=0, after=0)
    sound = over(talk, (3.0, wake), (6.0, asked), below=20)
    assert texts(hear(sound)) == ["what time is it"]


@pytest.mark.parametrize("voice", [TALKER, "espeak:en-US", "espeak:en-GB-x-rp+f2"])
def test_a_talker_who_only_names_the_wake_phrase_calls_nobody(
    say: Say, hear: Hear, voice: str
) -> None:
    talk = say(COMPUTERS, voice, before=0, after=0)
    assert texts(hear((talk * 12)[: 32000 * 40])) == []


@pytest.mark.parametrize(
    ("softer", "within_speech", "called"), [(1, False, True), (1, True, False), (8, True, True)]
)
def test_a_search_that_begins_in_the_middle_of_talk_needs_a_louder_voice(
    say: Say, vosk_model: Model, softer: int, within_speech: bool, called: bool
) -> None:
    story = np.frombuffer(say(STORY, before=0, after=0), "<i2") // softer
    gate = Gate(energy_floor=60.0)
    for frame in frames(story.astype("<i2").tobytes() + bytes(FRAME_BYTES * 15)):
        gate.feed(frame)
    wake = wake_phrases(vosk_model, ["computer"], 0.5)
    search = Search(wake, gate, [], within_speech=within_speech)
    for frame in frames(say("computer", before=0, after=0.5)):
        gate.feed(frame)
        search.feed(frame)
    call = search.judge()
    assert call.verdict.accepted is called
    assert (call.foreground is not None) is (softer > 1)
    if not called:
        assert "hardly louder" in call.verdict.reason


@pytest.mark.parametrize(
    ("sentence", "voice"),
    [
        ("her computer broke every weekend", "flite:kal"),
        ("i sleep with the computer on sunday", "flite:kal"),
        ("put the kettle next to the computer please", "flite:kal"),
        ("her computer crashed every weekend", "flite:kal16"),
    ],
)
def test_faint_talk_of_which_the_gate_lost_the_first_words_calls_nobody(
    say: Say, hear: Hear, sentence: str, voice: str
) -> None:
    speech = np.frombuffer(say(sentence, voice), "<i2") / 6.0
    room = np.random.default_rng(5).normal(0, 60, len(speech))
    assert texts(hear((speech + room).astype("<i2").tobytes())) == []


@pytest.mark.parametrize("pause", [0.7, 1.2])
@pytest.mark.parametrize("softer", [1, 6])
def test_who_calls_after_a_word_to_somebody_else_and_a_pause_is_heard(
    say: Say, hear: Hear, pause: float, softer: int
) -> None:
    sound = say("the weather was nice", TALKER, after=pause) + say(
        "computer, what time is it", TALKER, before=0
    )
    speech = np.frombuffer(sound, "<i2") // softer
    assert texts(hear(speech.astype("<i2").tobytes())) == ["what time is it"]
