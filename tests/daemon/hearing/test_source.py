import os
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mused.daemon.config import Hearing
from mused.daemon.errors import SourceError
from mused.daemon.hearing.ears import open_source
from mused.daemon.hearing.microphone import Microphone
from mused.daemon.hearing.source import StdinSource, WavSource, read_wav


def write_wav(file: Path, sound: npt.NDArray[np.float64], rate: int, width: int = 2) -> Path:
    """`sound` is in -1 to 1, shape (samples,) or (samples, channels)."""
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1 if sound.ndim == 1 else sound.shape[1])
        out.setframerate(rate)
        out.setsampwidth(width)
        whole = np.round(sound * (2 ** (8 * width - 1) - 1)).astype("<i4")
        if width == 1:
            out.writeframes((whole + 128).astype(np.uint8).tobytes())
        else:
            bytewise = whole.reshape(-1, 1).view(np.uint8).reshape(-1, 4)
            out.writeframes(bytewise[:, :width].tobytes())
    return file


def tone(rate: int, seconds: float = 1.0) -> npt.NDArray[np.float64]:
    """Half of full scale at 440 Hz."""
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def sound_of(source: WavSource | StdinSource) -> npt.NDArray[np.int16]:
    return np.frombuffer(b"".join(b for b in source.blocks() if isinstance(b, bytes)), "<i2")


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (44100, 2), (8000, 1), (48000, 6)])
def test_every_wav_becomes_the_same_sound(
    tmp_path: Path, rate: int, channels: int, width: int
) -> None:
    sound = np.repeat(tone(rate)[:, None], channels, axis=1)
    heard = read_wav(write_wav(tmp_path / "a.wav", sound, rate, width))
    expected = tone(16000) * 32767
    assert len(heard) == pytest.approx(16000, abs=2)
    inner = slice(800, 15000)
    assert np.abs(heard[inner] - expected[inner]).max() < (300 if width == 1 else 60)


def test_a_file_comes_in_whole_frames(tmp_path: Path) -> None:
    file = write_wav(tmp_path / "a.wav", tone(16000, 0.05), 16000)
    blocks = list(WavSource(file).blocks())
    assert [len(block) for block in blocks if isinstance(block, bytes)] == [640, 640, 640]


def test_a_file_in_real_time_takes_its_time_and_can_be_closed(tmp_path: Path) -> None:
    source = WavSource(write_wav(tmp_path / "a.wav", tone(16000, 60), 16000), realtime=True)
    began = time.monotonic()
    for number, _ in enumerate(source.blocks(), 1):
        if number == 10:
            source.close()
    assert number == 10
    assert 0.2 <= time.monotonic() - began < 2.0


def broken_files(folder: Path) -> dict[str, Path]:
    good = write_wav(folder / "good.wav", tone(16000), 16000).read_bytes()
    made = {
        "empty": b"",
        "not a wav": b"This is a letter, not a sound.",
        "header only": good[:44],
        "cut header": good[:20],
        "float": good[:20] + b"\x03\x00" + good[22:],
    }
    for name, data in made.items():
        (folder / f"{name}.wav").write_bytes(data)
    return {name: folder / f"{name}.wav" for name in made}


@pytest.mark.parametrize("kind", ["empty", "not a wav", "header only", "cut header", "float"])
def test_a_broken_wav_is_named_and_a_way_out_is_told(tmp_path: Path, kind: str) -> None:
    file = broken_files(tmp_path)[kind]
    with pytest.raises(SourceError, match=file.name):
        WavSource(file)


@pytest.mark.parametrize("rate", [0, 1, 3999, 192_001])
def test_a_wav_of_a_senseless_rate_is_refused(tmp_path: Path, rate: int) -> None:
    file = write_wav(tmp_path / "a.wav", tone(16000), 16000)
    data = file.read_bytes()
    file.write_bytes(data[:24] + rate.to_bytes(4, "little") + data[28:])
    with pytest.raises(SourceError, match=rf"a\.wav cannot be heard \(it has {rate} samples"):
        WavSource(file)


@pytest.mark.parametrize("name", ["missing.wav", "."])
def test_what_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="cannot be heard"):
        WavSource(tmp_path / name)


def test_a_file_that_was_cut_off_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    file = write_wav(tmp_path / "a.wav", tone(16000), 16000)
    file.write_bytes(file.read_bytes()[:-16001])
    assert len(read_wav(file)) == pytest.approx(8000, abs=1)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Descriptors to read from and to write to."""
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        with suppress(OSError):
            os.close(descriptor)


def test_standard_input_is_raw_sound(pipe: tuple[int, int]) -> None:
    sound = np.arange(1000, dtype="<i2")
    os.write(pipe[1], sound.tobytes())
    os.close(pipe[1])
    assert np.array_equal(sound_of(StdinSource(pipe[0])), sound)


def test_a_silent_standard_input_can_be_closed(pipe: tuple[int, int]) -> None:
    source = StdinSource(pipe[0])
    threading.Timer(0.05, source.close).start()
    assert list(source.blocks()) == []


def test_the_configuration_names_the_source(tmp_path: Path) -> None:
    file = write_wav(tmp_path / "a.wav", tone(16000), 16000)
    assert isinstance(open_source(Hearing(source="microphone")), Microphone)
    assert isinstance(open_source(Hearing(source="stdin")), StdinSource)
    assert isinstance(open_source(Hearing(source=str(file))), WavSource)
    with pytest.raises(SourceError, match="nowhere"):
        open_source(Hearing(source=str(tmp_path / "nowhere.wav")))
