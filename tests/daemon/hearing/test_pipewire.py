"""Microphone and speaker on PipeWire, where it is installed; the other tests have PulseAudio."""

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from mused.daemon import pulse
from mused.daemon.hearing import microphone
from mused.daemon.hearing.microphone import Microphone
from mused.daemon.service.room import MICROPHONE, Room
from mused.daemon.speaking.player import Player
from tests.daemon.hearing.pipewire import PipeWireRoom
from tests.daemon.hearing.test_microphone import Collector

OTHER = ("module-null-sink", "media.class=Audio/Source/Virtual", "sink_name=other")


@contextmanager
def entered(room: Room, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with room:
        for name, value in room.environment.items():
            monkeypatch.setenv(name, value)
        microphone.restart_portaudio()
        yield room
    monkeypatch.undo()
    microphone.restart_portaudio()


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with entered(PipeWireRoom(), monkeypatch) as room:
        yield room


def hears(name: str) -> None:
    with Collector(Microphone(name)) as heard:
        heard.until(lambda c: c.source.name == name)
        heard.until(lambda c: len(c.items) > 5)
    assert heard.losses() == []


def loudness(wav: Path) -> int:
    with wave.open(str(wav)) as file:
        return int(np.abs(np.frombuffer(file.readframes(file.getnframes()), "<i2")).max())


def test_an_unplugged_microphone_is_heard_again_after_it_is_back(inside: Room, beep: Path) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: c.source.name == MICROPHONE)
        inside.unplug()
        heard.until(lambda c: "only" in "".join(loss.reason for loss in c.losses()))
        inside.replug()
        before = len(heard.items)
        heard.until(lambda c: c.source.name == MICROPHONE)
        inside.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)


def test_the_server_may_be_restarted(inside: Room, beep: Path) -> None:
    def is_heard(heard: Collector) -> bool:
        inside.speak(beep)  # again where the microphone came later than the server
        return heard.loudest(before) > 8000

    with Collector(Microphone()) as heard:
        heard.until(lambda c: c.source.name == MICROPHONE)
        inside.stop()
        heard.until(lambda c: len(c.losses()) >= 2)
        inside.start()
        before = len(heard.items)
        heard.until(is_heard)
        assert heard.source.name == MICROPHONE


@pytest.mark.parametrize("way", pulse.WAYS)
async def test_sources_and_sinks_have_names(
    way: str, beep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with entered(PipeWireRoom((way, "default")), monkeypatch) as room:
        room.pactl("load-module", *OTHER)
        room.pactl("load-module", "module-null-sink", "sink_name=bath")
        room.pactl("set-default-sink", "bath")
        hears("other")
        hears(MICROPHONE)
        for name, loud in (("SPEAKER", True), ("bath", False)):
            with room.recording(tmp_path / "heard.wav"):
                await Player(name).play(beep)
            assert (loudness(tmp_path / "heard.wav") > 5000) is loud
