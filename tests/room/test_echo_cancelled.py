"""PulseAudio's echo-cancelled source, as the README tells to set it up."""

import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from mused.daemon.service.room import Room

TEXT = "Your painting of a red boat on a lake is ready. It shows a boat, a lake and a house. " * 2


def pactl(room: Room, *arguments: str) -> int:
    environment = {**os.environ, **room.environment}
    return subprocess.run(["pactl", *arguments], env=environment, check=False).returncode


def test_it_takes_the_voice_out_of_the_microphone(room: Room, tmp_path: Path) -> None:
    voice = tmp_path / "voice.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-w", str(voice), TEXT], check=True)
    loop = ("source=speaker.monitor", "sink=mic_feed", "latency_msec=20")
    assert pactl(room, "load-module", "module-loopback", *loop) == 0
    cancel = ("source_master=mic", "sink_master=speaker", "source_name=echo_cancelled")
    if pactl(room, "load-module", "module-echo-cancel", "sink_name=reference", *cancel):
        pytest.skip("this PulseAudio has no module-echo-cancel")
    pactl(room, "set-default-sink", "reference")
    environment = {**os.environ, **room.environment}
    files = {name: tmp_path / f"{name}.wav" for name in ("mic", "echo_cancelled")}
    style = ("--file-format=wav", "--rate=16000", "--channels=1", "--format=s16le")
    recorders = [
        subprocess.Popen(["parec", f"--device={name}", *style, str(file)], env=environment)
        for name, file in files.items()
    ]
    time.sleep(1.0)
    subprocess.run(["paplay", str(voice)], env=environment, check=True, timeout=60)
    for recorder in recorders:
        recorder.terminate()
        recorder.wait()
    # It learns in the first seconds.
    sounds = {name: np.frombuffer(file.read_bytes()[44:], "<i2") for name, file in files.items()}
    level = {name: float(sound[len(sound) // 2 :].std()) for name, sound in sounds.items()}
    assert level["mic"] > 50
    assert level["echo_cancelled"] < level["mic"] / 4
