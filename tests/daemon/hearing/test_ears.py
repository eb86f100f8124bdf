import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr

from mused.daemon.config import Hearing
from mused.daemon.errors import SourceError
from mused.daemon.hearing import ears as ears_module
from mused.daemon.hearing import recording
from mused.daemon.hearing.ears import Ears, SourceState, hear_file
from mused.daemon.hearing.events import Dropped, Heard, HearingEvent
from mused.daemon.hearing.listener import Listener
from mused.daemon.hearing.microphone import Microphone
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recording import STALLED
from mused.daemon.hearing.source import Lost, Source, StdinSource, WavSource
from mused.daemon.service.room import Room
from mused.skills import contract
from mused.skills.router import Router

Say = Callable[..., bytes]
WriteWav = Callable[..., Path]
PATIENCE = 20.0


class Diary:
    """What an `Ears` told."""

    def __init__(self, model: Model, router: Router) -> None:
        self.events: list[HearingEvent] = []
        self.states: list[tuple[SourceState, str]] = []
        self.heard = threading.Event()
        self.listener = Listener(model, Hearing(), self.note, router.expects)

    def note(self, event: HearingEvent) -> None:
        self.events.append(event)
        if isinstance(event, Heard):
            self.heard.set()

    def ears(self, source: Source) -> Ears:
        return Ears(source, self.listener, lambda *state: self.states.append(state))

    def texts(self) -> list[str]:
        return [event.utterance.text for event in self.events if isinstance(event, Heard)]


@pytest.fixture
def diary(vosk_model: Model, router: Router) -> Diary:
    return Diary(vosk_model, router)


def test_a_file_is_heard_to_its_end(diary: Diary, say: Say, write_wav: WriteWav) -> None:
    file = write_wav(say("computer, generate a red boat", after=0.0))
    ears = diary.ears(WavSource(file))
    ears.start()
    ears.join(PATIENCE)
    health = ears.health()
    assert diary.texts() == ["generate a red boat"]
    assert diary.states == [("ok", ""), ("ended", "")]
    assert health.alive
    assert health.blocks_heard == len(list(WavSource(file).blocks()))
    assert health.blocks_lost == 0


def test_a_listener_of_events_that_fails_does_not_end_hearing(
    vosk_model: Model,
    router: Router,
    say: Say,
    write_wav: WriteWav,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[HearingEvent] = []

    def fail_first(event: HearingEvent) -> None:
        told.append(event)
        if len(told) == 1:
            raise RuntimeError("a bug elsewhere")

    sentence = say("computer, generate a red boat", after=2.0)
    listener = Listener(vosk_model, Hearing(), fail_first, router.expects)
    ears = Ears(WavSource(write_wav(sentence + sentence)), listener)
    ears.start()
    ears.join(PATIENCE)
    assert [event.utterance.text for event in told if isinstance(event, Heard)] == [
        "generate a red boat"
    ]
    assert "a bug elsewhere" in caplog.text


class Flaky:
    """A source that loses its sound twice and then fails for good."""

    kind: contract.Source = "microphone"

    def __init__(self, sound: bytes) -> None:
        self._sound = sound

    def blocks(self) -> Iterator[bytes | Lost]:
        yield self._sound[: len(self._sound) // 2]
        yield Lost("the cable is out", 3600.0)
        yield self._sound
        yield Lost("the cable is out", 0.0)
        raise SourceError("the sound card burns")

    def close(self) -> None:
        """Nothing to close."""


def test_states_follow_the_source(diary: Diary, say: Say) -> None:
    ears = diary.ears(Flaky(say("computer, generate a red boat")))
    ears.start()
    ears.join(PATIENCE)
    assert diary.states == [
        ("ok", ""),
        ("retrying", "the cable is out"),
        ("ok", ""),
        ("retrying", "the cable is out"),
        ("failed", "the sound card burns"),
    ]
    assert diary.texts() == ["generate a red boat"]
    assert not ears.health().alive


class Doomed(Flaky):
    """A source that fails in the middle of a sentence."""

    def __init__(self, sound: bytes, error: Exception) -> None:
        super().__init__(sound)
        self._error = error

    def blocks(self) -> Iterator[bytes | Lost]:
        yield self._sound
        raise self._error


@pytest.mark.parametrize("error", [SourceError("it burns"), RuntimeError("a bug elsewhere")])
def test_a_source_that_fails_leaves_no_turn_open(diary: Diary, say: Say, error: Exception) -> None:
    ears = diary.ears(Doomed(say("computer, generate a red boat", after=0.0), error))
    ears.start()
    ears.join(PATIENCE)
    assert not diary.listener.busy
    assert isinstance(diary.events[-1], Dropped)
    assert str(error) in diary.events[-1].reason
    assert diary.states[-1][0] == "failed"


def test_ears_that_wait_for_a_sound_server_that_hangs_live(
    in_room: Room, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "STALLED", STALLED)  # the tie is between the real times
    ears = diary.ears(Microphone())
    ears.start()
    while ears.health().state != "ok":
        time.sleep(0.005)
    with in_room.hung():
        while ears.health().state == "ok":
            assert ears.health().alive
            time.sleep(0.001)
    ears.stop()
    assert diary.states[1] == ("retrying", "the sound server does not answer")


def test_standard_input_may_wait(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ears_module, "GRACE", 0.0)
    reading, writing = os.pipe()
    ears = diary.ears(StdinSource(reading))
    ears.start()
    os.write(writing, bytes(640))
    while not ears.health().blocks_heard:
        time.sleep(0.005)
    time.sleep(0.05)
    assert ears.health().alive
    os.close(writing)
    ears.join(PATIENCE)
    os.close(reading)
    assert ears.health().state == "ended"


def test_a_source_in_real_time_can_be_stopped(diary: Diary, write_wav: WriteWav) -> None:
    ears = diary.ears(WavSource(write_wav(bytes(32000 * 60)), realtime=True))
    ears.start()
    while ears.health().seconds_since_block is None:
        time.sleep(0.005)
    assert ears.health().alive
    began = time.monotonic()
    ears.stop()
    assert time.monotonic() - began < 1.0
    assert diary.states[-1] == ("ended", "")


def test_a_stereo_file_at_44_1_khz_is_heard(
    vosk_model: Model, router: Router, say: Say, write_wav: WriteWav
) -> None:
    said = np.frombuffer(say("computer, generate a red boat"), "<i2")
    stereo = np.repeat(soxr.resample(said, 16000, 44100)[:, None], 2, axis=1)
    file = write_wav(stereo.astype("<i2").tobytes(), rate=44100, channels=2)
    (utterance,) = hear_file(file, vosk_model, Hearing(), router.expects)
    assert utterance.text == "generate a red boat"
    assert utterance.source == "wav"


def test_a_sentence_said_in_the_room_is_heard_through_the_microphone(
    in_room: Room, diary: Diary, say: Say, write_wav: WriteWav
) -> None:
    ears = diary.ears(Microphone())
    ears.start()
    while not ears.health().blocks_heard:
        time.sleep(0.01)
    in_room.speak(write_wav(say("computer, generate a red boat")))
    assert diary.heard.wait(PATIENCE)
    ears.stop()
    assert diary.texts() == ["generate a red boat"]
    assert ears.health().blocks_lost == 0
    assert diary.states == [("ok", ""), ("ended", "")]


def test_a_microphone_rests_until_somebody_speaks(
    in_room: Room, diary: Diary, say: Say, write_wav: WriteWav
) -> None:
    told: list[bool] = []

    class Noting(Microphone):
        def rest(self, *, resting: bool) -> None:
            told.append(resting)
            super().rest(resting=resting)

    ears = diary.ears(Noting())
    ears.start()
    while True not in told:
        time.sleep(0.01)
    in_room.speak(write_wav(say("computer, generate a red boat")))
    assert diary.heard.wait(PATIENCE)
    ears.stop()
    assert False in told[told.index(True) :]
