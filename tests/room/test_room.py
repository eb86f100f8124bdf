import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from mused.daemon.errors import HearingError
from mused.daemon.service.room import Room


def samples_of(file: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    with wave.open(str(file)) as sound:
        assert sound.getnchannels() == 1
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")


def play(room: Room, file: Path) -> None:
    subprocess.run(["paplay", str(file)], env=dict(room.environment), check=True, timeout=20)


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Half a second at 440 Hz."""
    file = tmp_path / "tone.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        sound = 9000 * np.sin(2 * np.pi * 440 * np.arange(11025) / 22050)
        out.writeframes(sound.astype("<i2").tobytes())
    return file


def test_what_a_program_plays_is_recorded(room: Room, tone: Path, tmp_path: Path) -> None:
    with room.recording(tmp_path / "heard.wav"):
        play(room, tone)
    loud = np.flatnonzero(np.abs(samples_of(tmp_path / "heard.wav")) > 4000)
    assert loud[-1] - loud[0] == pytest.approx(11025, abs=300)


def test_two_rooms_do_not_hear_each_other(room: Room, tone: Path, tmp_path: Path) -> None:
    with Room() as other, other.recording(tmp_path / "other.wav"):
        play(room, tone)
    heard = samples_of(tmp_path / "other.wav")
    assert len(heard) > 5000
    assert not heard.any()


def test_a_missing_pulseaudio_is_told_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(HearingError, match="make setup"):
        Room()


def servers(folder: Path) -> list[str]:
    command = ["pgrep", "-f", str(folder)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.split()


def test_a_room_that_is_killed_takes_its_server_along() -> None:
    opening = (
        "from mused.daemon.service.room import Room\n"
        "with Room() as room: print(room.folder, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", opening], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        assert folder.name.startswith("mused-room-")
        assert servers(folder)
        program.kill()
    deadline = time.monotonic() + 5
    while servers(folder):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shutil.rmtree(folder)


def test_a_server_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mused.daemon.service.room._END_TIMEOUT", 0.1)
    with Room() as room:
        folder = room.folder
        (server,) = servers(folder)
        os.kill(int(server), signal.SIGSTOP)
    assert not servers(folder)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with Room() as room:
        folder = room.folder
        assert servers(folder)
    assert not list(tmp_path.iterdir())
    assert not folder.exists()
    assert not servers(folder)
