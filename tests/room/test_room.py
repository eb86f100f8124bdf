import subprocess
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
    with pytest.raises(HearingError, match="make setup"):
        Room()


def test_nothing_is_left_behind() -> None:
    with Room() as room:
        folder = room.folder
        server = subprocess.run(
            ["pgrep", "-f", str(folder)], capture_output=True, text=True, check=True
        ).stdout.split()
    assert not folder.exists()
    assert server
    assert not any(Path(f"/proc/{process}").exists() for process in server)
