"""PulseAudio's echo-cancelled source, as the README tells to set it up."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mused.daemon.service.room import Room

TEXT = "Your painting of a red boat on a lake is ready. It shows a boat, a lake and a house. " * 2

MASTERS = ("source_master=mic", "sink_master=speaker")
RECIPE = (
    *("source_name=echo_cancelled", "sink_name=reference", "aec_method=webrtc"),
    'aec_args="analog_gain_control=0 digital_gain_control=0"',
)


def render(text: str, wav: Path, voice: str = "en-us") -> Path:
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(wav), text], check=True)
    return wav


@pytest.fixture
def cancelling(room: Room) -> Room:
    """The room with a microphone that hears the speaker, and its echo cancelled."""
    loop = ("source=speaker.monitor", "sink=mic_feed", "latency_msec=20")
    room.pactl("load-module", "module-loopback", *loop)
    try:
        room.pactl("load-module", "module-echo-cancel", *MASTERS, *RECIPE)
    except subprocess.CalledProcessError:
        pytest.skip("this PulseAudio has no module-echo-cancel")
    return room


def test_it_takes_the_voice_out_of_the_microphone(cancelling: Room, tmp_path: Path) -> None:
    voice = render(TEXT, tmp_path / "voice.wav")
    environment = {**os.environ, **cancelling.environment}
    files = {name: tmp_path / f"{name}.wav" for name in ("mic", "echo_cancelled")}
    style = ("--file-format=wav", "--rate=16000", "--channels=1", "--format=s16le")
    recorders = [
        subprocess.Popen(["parec", f"--device={name}", *style, str(file)], env=environment)
        for name, file in files.items()
    ]
    time.sleep(1.0)
    playing = ["paplay", "--device=reference", str(voice)]
    subprocess.run(playing, env=environment, check=True, timeout=60)
    for recorder in recorders:
        recorder.terminate()
        recorder.wait()
    # It learns in the first seconds.
    sounds = {name: np.frombuffer(file.read_bytes()[44:], "<i2") for name, file in files.items()}
    level = {name: float(sound[len(sound) // 2 :].std()) for name, sound in sounds.items()}
    assert level["mic"] > 50
    assert level["echo_cancelled"] < level["mic"] / 4


def test_a_stop_no_louder_than_its_own_voice_is_heard(
    cancelling: Room, household: Callable[..., Any], tmp_path: Path
) -> None:
    """Where both speak at once the cancelling takes some of either: one may have to repeat it."""
    stop = render("stop", tmp_path / "stop.wav", "en-gb")
    hearing = {"enabled": True, "device": "echo_cancelled"}
    speaking = {"sink": "speaker", "device": "reference"}
    home = household(hearing, speaking=speaking, environment=cancelling.environment)
    home.start()
    assert home.client.status()["hearing"]["device"] == "echo_cancelled"
    home.client.say(TEXT * 3)
    home.event("speech.started")
    time.sleep(4.0)
    for _ in range(6):
        cancelling.speak(stop)
        time.sleep(1.5)
        if any(event.kind == "interrupted" for event in list(home.events.queue)):
            break
    home.event("interrupted")
    assert home.event("speech.ended").data["outcome"] == "stopped"
    assert home.stop() == 0
