"""The doctor listens: tones of a known level are spoken into the virtual room."""

import re
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mused.daemon.config import Config
from mused.daemon.doctor import sound, speech
from mused.daemon.doctor.check import Check
from mused.daemon.doctor.microphone import recording
from mused.daemon.service.room import SPEAKER_RATE, Room

RATE = 16_000
SECONDS = 60.0  # far longer than anything here takes

Make = Callable[..., Config]
Named = Callable[[list[Check]], dict[str, Check]]


@pytest.fixture
def in_room(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


def write(wav: Path, samples: Any) -> Path:
    with wave.open(str(wav), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return wav


def tone(amplitude: float, offset: float = 0.0) -> Any:
    """A tone of 440 Hz; amplitude and offset are parts of full scale."""
    moments = np.arange(int(RATE * SECONDS)) / RATE
    return 32768 * (amplitude * np.sin(2 * np.pi * 440 * moments) + offset)


def level(found: str) -> float:
    assert found.startswith("level ")
    return float(found.split()[1])


@pytest.mark.parametrize("amplitude", [0.5, 0.01])
def test_a_tone_has_its_level(
    in_room: Room, config: Make, named: Named, tmp_path: Path, amplitude: float
) -> None:
    with in_room.speaking(write(tmp_path / "tone.wav", tone(amplitude))):
        found = named(recording(config()))
    assert list(found) == ["recording"]
    expected = 20 * np.log10(amplitude / np.sqrt(2))
    assert level(found["recording"].found) == pytest.approx(expected, abs=1.0)


def test_a_tone_that_is_cut_off(in_room: Room, config: Make, named: Named, tmp_path: Path) -> None:
    with in_room.speaking(write(tmp_path / "loud.wav", tone(3.0))):
        found = named(recording(config()))
    assert list(found) == ["recording", "recording clipping"]
    assert "gain down" in found["recording clipping"].next_step


def test_an_offset(in_room: Room, config: Make, named: Named, tmp_path: Path) -> None:
    with in_room.speaking(write(tmp_path / "offset.wav", tone(0.1, offset=0.2))):
        found = named(recording(config()))
    assert list(found) == ["recording", "recording offset"]
    assert "+20.0%" in found["recording offset"].found
    assert level(found["recording"].found) == pytest.approx(-23.0, abs=1.0)


def test_next_to_nothing(in_room: Room, config: Make, named: Named, tmp_path: Path) -> None:
    hiss = np.random.default_rng(0).integers(-1, 2, int(RATE * SECONDS))
    with in_room.speaking(write(tmp_path / "hiss.wav", hiss)):
        found = named(recording(config()))
    assert list(found) == ["recording", "recording level"]


def test_zeros(in_room: Room, config: Make, named: Named) -> None:
    found = named(recording(config()))  # nobody speaks, and nothing hisses in this room
    assert found["recording"].level == "failure"
    assert "muted" in found["recording"].found


def test_a_suspended_microphone(in_room: Room, config: Make, named: Named) -> None:
    in_room.suspend()
    found = named(recording(config()))
    assert found["recording"].level == "failure"
    assert "no sound from the microphone" in found["recording"].found
    assert "suspend-source" in found["recording"].next_step


def test_devices_of_the_sound_server_by_name(in_room: Room, config: Make, named: Named) -> None:
    in_room.pactl("load-module", "module-null-sink", "sink_name=bath", "norewinds=1")
    found = named(sound.sound(config(hearing={"device": "mi"}, speaking={"device": "bath"})))
    assert (found["microphone"].found, found["speaker"].found) == ("mic", "bath")
    assert found["playback"].level == "ok"
    assert found["recording"].found == "every sample is zero: it is muted"


def test_devices_and_the_speaker(in_room: Room, config: Make, named: Named) -> None:
    found = named(sound.sound(config()))
    assert list(found) == ["PortAudio", "microphone", "speaker", "recording", "playback"]
    assert "pulse" in found["microphone"].found
    assert found["playback"].level == "ok"
    found = named(sound.sound(config(hearing={"device": "Blue Yeti"})))
    assert list(found) == ["PortAudio", "microphone", "speaker", "playback"]
    assert (found["microphone"].level, found["speaker"].level) == ("failure", "ok")
    assert "none is called 'Blue Yeti'" in found["microphone"].found


@pytest.mark.parametrize(("play", "peak"), [(False, 0.0), (True, 0.05)])
def test_the_tone_is_heard_only_when_asked_for(
    in_room: Room, config: Make, tmp_path: Path, play: bool, peak: float
) -> None:
    settings = config(hearing={"enabled": False})
    with in_room.recording(tmp_path / "heard.wav"):
        found = sound.sound(settings, play=play)
    assert found[-1].level == "ok"
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert file.getframerate() == SPEAKER_RATE
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(heard).max() / 32768 == pytest.approx(peak, abs=0.005)


def test_no_sound_server(in_room: Room, config: Make, named: Named) -> None:
    in_room.stop()
    found = named(sound.sound(config()))
    assert "playback" not in found
    assert found["microphone"].level == "failure"
    assert {each.level for each in sound.sound(config(
        hearing={"enabled": False}, speaking={"enabled": False}
    ))} == {"ok"}  # fmt: skip


def test_the_doctor_beside_a_running_daemon(
    household: Callable[..., Any], room: Room, named: Named, config: Make, tmp_path: Path
) -> None:
    home = household({"enabled": True}, environment=room.environment)
    home.start()
    home.wait_for(lambda: home.client.status()["hearing"]["state"] == "ok", 15)
    beside = config(control={"socket": tmp_path / "run" / "mused.sock"})
    found = named(recording(beside))
    assert found["recording"].level == "ok", found
    assert found["recording"].found.startswith("held by the running mused: ")
    match = re.search(r"(\d+) blocks of 20 ms in ([\d.]+) s", found["recording"].found)
    assert match is not None
    assert int(match[1]) == pytest.approx(50 * float(match[2]), rel=0.3)
    room.stop()
    home.wait_for(lambda: home.client.status()["hearing"]["state"] == "retrying", 10)
    found = named(recording(beside))
    assert found["recording"].level == "failure"
    assert "mused does not hear: " in found["recording"].found


def test_a_voice_that_cannot_be_had(config: Make, named: Named) -> None:
    found = named(speech.voice(config(speaking={"voice": "englich"})))
    assert found["voice"].level == "warning"
    assert "no voice 'englich'" in found["voice"].found
    assert named(speech.voice(config()))["voice"].level == "ok"
