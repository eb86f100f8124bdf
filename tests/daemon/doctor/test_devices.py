"""Microphones, speakers and the level meter, in the virtual room and beside a running daemon."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mused.daemon.commands import devices as shown
from mused.daemon.config import Config, Hearing
from mused.daemon.doctor import devices, meter
from mused.daemon.errors import HearingError
from mused.daemon.service.room import Room


@pytest.fixture
def inside(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


def run(room: Room, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mused", *arguments],
        env={**os.environ, **room.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def named(microphone: str | None = None, speaker: str | None = None) -> Config:
    return Config.model_validate(
        {"hearing": {"device": microphone}, "speaking": {"device": speaker}}
    )


def taken(config: Config) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in devices.devices(config) if each.taken]


def test_what_is_there_and_what_would_be_taken(inside: Room) -> None:
    found = devices.devices(Config())
    assert [(each.kind, each.name, each.host_api.split(":")[0]) for each in found] == [
        ("microphone", "pulse", "ALSA"),
        ("microphone", "default", "ALSA"),
        ("microphone", "mic", "sound server"),
        ("speaker", "pulse", "ALSA"),
        ("speaker", "default", "ALSA"),
        ("speaker", "mic_feed", "sound server"),
        ("speaker", "speaker", "sound server"),
    ]
    assert all(each.rate > 8000 and each.channels for each in found)
    assert taken(Config()) == [("microphone", "default"), ("speaker", "default")]
    assert taken(named("PULS", "none")) == [("microphone", "pulse")]
    assert taken(named("remapped", "SPEAK")) == [("microphone", "mic"), ("speaker", "speaker")]
    assert taken(named("speaker")) == [("microphone", "speaker.monitor"), ("speaker", "default")]


def test_without_a_pactl_the_devices_of_portaudio_are_there(
    inside: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [each.name for each in devices.devices(named("mic"))] == ["pulse", "default"] * 2
    assert taken(named("mic")) == [("speaker", "default")]


def test_the_meter_beside_a_running_daemon(
    household: Callable[..., Any], room: Room, tmp_path: Path
) -> None:
    home = household({"enabled": True}, environment=room.environment)
    home.start()
    speech = tmp_path / "speech.wav"
    subprocess.run(["espeak-ng", "-w", str(speech), "one two three four five six"], check=True)
    shown = subprocess.Popen(
        [sys.executable, "-m", "mused", "devices", "--meter", "6", "--json"],
        env={**os.environ, **room.environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    while shown.poll() is None:  # whenever it begins to measure, it hears speech and silence
        room.speak(speech)
        time.sleep(1.0)
    told, _ = shown.communicate(timeout=60)
    assert shown.returncode == 0
    assert home.client.status()["hearing"]["state"] == "ok"
    readings = [meter.Reading(**each) for each in json.loads(told)["meter"]]
    assert len(readings) >= 50
    assert any(each.silent and each.verdict.startswith("all zero") for each in readings)
    spoken = [each for each in readings if each.speech and each.level > -30]
    assert len(spoken) > 5
    assert home.stop() == 0


def test_lines_where_nobody_watches(inside: Room, tmp_path: Path) -> None:
    done = run(inside, "devices", "--meter", "1.2")
    assert done.returncode == 0
    assert "* microphone   1  default" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("no speech, all zero: it is muted")
    file = tmp_path / "mused.toml"
    file.write_text('[hearing]\ndevice = "nowhere"\n')
    done = run(inside, "--config", str(file), "devices", "--meter", "1")
    assert done.returncode == 1
    assert "no microphone is called 'nowhere'" in done.stderr


def test_any_description_is_shown_as_it_is(
    inside: Room, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside.pactl("load-module", "module-null-source", "source_name=odd", "description=[/x][mono]")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    shown._list(devices.devices(Config()))
    assert "sound server: [/x][mono]" in capsys.readouterr().out


def test_a_dead_sound_server_is_waited_for_in_vain(
    inside: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "PATIENCE", 2.0)
    monkeypatch.setattr(meter, "PATIENCE", 2.0)
    began = time.monotonic()
    with inside.hung():
        with pytest.raises(HearingError, match="no answer within 2 s"):
            devices.devices(Config())
        with (
            closing(meter.readings(Hearing())) as readings,
            pytest.raises(HearingError, match=r"no sound for 2 s|microphone"),
        ):
            next(readings)
    assert time.monotonic() - began < 15


def test_a_server_that_dies_ends_the_meter(inside: Room) -> None:
    with closing(meter.readings(Hearing())) as readings:
        next(readings)
        inside.stop()
        with pytest.raises(HearingError):
            for _ in readings:
                pass


@pytest.mark.parametrize(
    ("amplitude", "speech", "verdict"),
    [
        (0.0, False, "all zero"),
        (1.0, False, "next to nothing"),
        (60.0, True, "too quiet"),
        (3000.0, True, ""),
        (300.0, False, ""),
        (31000.0, True, "too loud"),
        (90000.0, True, "cut off"),
    ],
)
def test_a_word_on_the_level(amplitude: float, speech: bool, verdict: str) -> None:
    wave = amplitude * np.sin(np.arange(1600) * 2 * np.pi * 440 / 16000)
    sound = np.clip(wave, -32768, 32767).round().astype("<i2").tobytes()
    reading = meter.measured(sound, speech=speech)
    assert reading.verdict.startswith(verdict)
    assert bool(reading.verdict) is bool(verdict)
