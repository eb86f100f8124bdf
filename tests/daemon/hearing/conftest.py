"""Speech to hear, made by the synthesizers at test time: synthetic voices, always the same."""

import wave
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mused.daemon.config import Hearing
from mused.daemon.hearing import microphone, recording
from mused.daemon.hearing.events import HearingEvent
from mused.daemon.hearing.listener import Listener
from mused.daemon.hearing.model import Model
from mused.daemon.service.room import Room
from mused.skills.registry import load_skills
from mused.skills.router import Router
from mused.training.speech.synthesizers import speak

VOICE = "espeak:en-US"


@cache
def _spoken(text: str, voice: str) -> bytes:
    sound = speak(text, voice).astype(np.float32)
    sound *= 8000 / np.abs(sound).max()
    loud = np.flatnonzero(np.abs(sound) > 80)  # synthesizers differ in the silence they add
    return bytes(sound[loud[0] : loud[-1] + 1].astype("<i2"))


def silence(seconds: float) -> bytes:
    """Digital silence."""
    return bytes(2 * round(16000 * seconds))


@pytest.fixture(scope="session")
def say() -> Callable[..., bytes]:
    """A spoken text as 16-bit mono at 16 kHz, with seconds of silence around it."""

    def spoken(text: str, voice: str = VOICE, *, before: float = 0.5, after: float = 1.5) -> bytes:
        return silence(before) + _spoken(text, voice) + silence(after)

    return spoken


@pytest.fixture(scope="session")
def router() -> Router:
    return Router(load_skills().working, Hearing().wake_phrases)


@pytest.fixture
def hear(vosk_model: Model, router: Router) -> Callable[..., list[HearingEvent]]:
    """Everything a fresh listener tells about a sound."""

    def heard(sound: bytes, *, block: int = 640, **settings: object) -> list[HearingEvent]:
        events: list[HearingEvent] = []
        chosen = Hearing.model_validate(settings)
        listener = Listener(vosk_model, chosen, events.append, router.expects)
        for at in range(0, len(sound), block):
            listener.feed(sound[at : at + block])
        listener.flush()
        return events

    return heard


@pytest.fixture
def write_wav(tmp_path: Path) -> Callable[..., Path]:
    """Writes 16-bit sound to a new WAV file."""

    def written(sound: bytes, rate: int = 16000, channels: int = 1) -> Path:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.wav"
        with wave.open(str(file), "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(sound)
        return file

    return written


@pytest.fixture
def in_room(room: Room, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """The virtual room, with this process in it and quick to notice a stuck microphone."""
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(recording, "STALLED", 1.0)  # longer than a nap
    microphone.restart_portaudio()
    yield room
    monkeypatch.undo()
    microphone.restart_portaudio()


@pytest.fixture
def beep(write_wav: Callable[..., Path]) -> Path:
    """A second of sound for `Room.speak`."""
    samples = 9000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    return write_wav(samples.astype("<i2").tobytes())


class Conversation:
    """A listener whose switches are thrown between sounds."""

    def __init__(self, model: Model, router: Router, settings: Hearing) -> None:
        self.events: list[HearingEvent] = []
        self.listener = Listener(model, settings, self.events.append, router.expects)

    def hear(self, sound: bytes) -> None:
        for at in range(0, len(sound), 640):
            self.listener.feed(sound[at : at + 640])


@pytest.fixture
def converse(vosk_model: Model, router: Router) -> Callable[..., Conversation]:
    """Makes a conversation with settings of its own, and with a model of its own."""

    def make(model: Model = vosk_model, **settings: object) -> Conversation:
        return Conversation(model, router, Hearing.model_validate(settings))

    return make


@pytest.fixture
def conversation(converse: Callable[..., Conversation]) -> Conversation:
    return converse()
