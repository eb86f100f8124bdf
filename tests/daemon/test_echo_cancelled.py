"""PulseAudio's echo-cancelled source, set up by the README's own command."""

import os
import subprocess
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.interrupt import LOUD, loud_level, recipe
from mused.daemon.service.room import Room

TEXT = "Your painting of a red boat on a lake is ready. It shows a boat, a lake and a house. " * 2


def render(text: str, wav: Path, voice: str = "en-us") -> Path:
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(wav), text], check=True)
    return wav


def samples_of(wav: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    with wave.open(str(wav)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float64)


@contextmanager
def recording(room: Room, folder: Path) -> Iterator[dict[str, Path]]:
    """Records the microphone and the same without echo while the context is open."""
    files = {name: folder / f"{name}.wav" for name in ("mic", "echo_cancelled")}
    style = ("--file-format=wav", "--rate=16000", "--channels=1", "--format=s16le")
    recorders = [
        subprocess.Popen(
            ["parec", f"--device={name}", *style, str(file)],
            env={**os.environ, **room.environment},
        )
        for name, file in files.items()
    ]
    deadline = time.monotonic() + 20
    while not all(file.exists() and file.stat().st_size > 10_000 for file in files.values()):
        assert time.monotonic() < deadline, "a recorder hears nothing"
        time.sleep(0.05)
    yield files
    time.sleep(0.5)
    for recorder in recorders:
        recorder.terminate()
        recorder.wait()


@pytest.fixture
def looped(room: Room) -> Room:
    """The room with a microphone that hears the speaker."""
    loop = ("source=speaker.monitor", "sink=mic_feed", "latency_msec=20")
    room.pactl("load-module", "module-loopback", *loop)
    return room


@pytest.fixture
def cancelling(looped: Room) -> Room:
    """The same with its echo cancelled."""
    try:
        bare = looped.pactl("load-module", "module-echo-cancel")
    except subprocess.CalledProcessError:
        pytest.skip("this PulseAudio has no module-echo-cancel")
    looped.pactl("unload-module", bare)
    looped.pactl("load-module", *recipe())
    return looped


def test_it_takes_the_voice_out_of_the_microphone(cancelling: Room, tmp_path: Path) -> None:
    voice = render(TEXT, tmp_path / "voice.wav")
    environment = {**os.environ, **cancelling.environment}
    with recording(cancelling, tmp_path) as files:
        playing = ["paplay", "--device=reference", str(voice)]
        subprocess.run(playing, env=environment, check=True, timeout=60)
    # It learns in the first seconds, and again after a hitch of a busy machine.
    pieces = {name: np.array_split(samples_of(file), 8) for name, file in files.items()}
    rms = {name: float(np.median([each.std() for each in some])) for name, some in pieces.items()}
    assert rms["mic"] > LOUD
    assert rms["echo_cancelled"] < rms["mic"] / 4


def test_it_leaves_who_speaks_alone_as_loud_as_before(cancelling: Room, tmp_path: Path) -> None:
    near = render("computer, what time is it", tmp_path / "near.wav", "en-gb")
    with recording(cancelling, tmp_path) as files:
        cancelling.speak(near)
    levels = {name: loud_level(samples_of(file)) for name, file in files.items()}
    assert levels["mic"] == pytest.approx(loud_level(samples_of(near)), rel=0.2)
    assert levels["echo_cancelled"] == pytest.approx(levels["mic"], rel=0.4)


def test_a_stop_no_louder_than_its_own_voice_gets_through(
    cancelling: Room, household: Callable[..., Any], tmp_path: Path
) -> None:
    """Where both speak at once the cancelling takes some of either: one may have to repeat it.

    How often, and how often where nothing is cancelled, `benchmarks.interrupt` measures.
    """
    stop, voice = render("stop", tmp_path / "stop.wav", "en-gb"), tmp_path / "voice.wav"
    hearing = {"enabled": True, "device": "echo_cancelled"}
    speaking = {"sink": "speaker", "device": "reference"}
    home = household(hearing, speaking=speaking, environment=cancelling.environment)
    home.start()
    assert home.client.status()["hearing"]["device"] == "echo_cancelled"
    with cancelling.recording(voice):
        home.client.say(TEXT * 3)
        home.event("speech.started")
        time.sleep(4.0)
    assert loud_level(samples_of(stop)) < 1.1 * loud_level(samples_of(voice))
    for _ in range(6):
        cancelling.speak(stop)
        time.sleep(1.5)
        if any(event.kind == "interrupted" for event in list(home.events.queue)):
            break
    home.event("interrupted")
    assert home.event("speech.ended").data["outcome"] == "stopped"
    assert home.stop() == 0
