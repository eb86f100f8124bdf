"""A spoken sentence, heard and painted and announced by the locked-up service."""

import subprocess
import wave
from pathlib import Path
from typing import Any

from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recognizer import Recognizer
from mused.daemon.hearing.source import WavSource
from mused.daemon.service.room import SPEAKER_RATE, Room
from mused.daemon.service.status import BUNDLED_MODEL, LISTENING

SAYS = LISTENING + BUNDLED_MODEL


def heard_again(wav: Path, model: Model) -> set[str]:
    """The words recorded so far, while the recorder still writes."""
    copy = wav.with_name("copy.wav")
    with wave.open(str(copy), "wb") as file:
        file.setparams((1, 2, SPEAKER_RATE, 0, "NONE", ""))
        file.writeframes(wav.read_bytes()[44:])
    recognizer = Recognizer(model, 0.0)
    for block in WavSource(copy).blocks():
        assert isinstance(block, bytes)
        recognizer.feed(block)
    return {word.text for word in recognizer.finish()}


def test_spoken_heard_painted_announced(
    machine: Any, sound: Room, vosk_model: Model, tmp_path: Path
) -> None:
    said, announced = tmp_path / "said.wav", tmp_path / "announced.wav"
    sentence = "computer, generate a sunset with a boat on a lake"
    command = ["espeak-ng", "-v", "en-us", "-s", "165", "-w", str(said), sentence]
    subprocess.run(command, check=True)
    machine.start(steps=40)
    machine.until(lambda: machine.show("StatusText") == SAYS, 20)
    with sound.recording(announced):
        sound.speak(said)
        machine.until(lambda: machine.job()["status"] == "done")
        machine.until(lambda: {"sunset", "ready"} <= heard_again(announced, vosk_model))
    assert machine.job()["prompt"] == "a sunset with a boat on a lake"
    turn = machine.job()["turn"]
    fields = machine.run("journalctl", "-u", "mused", f"MUSED_TURN={turn}", "-o", "cat")
    assert "is done" in fields
    number = machine.job()["id"]
    assert "is done" in machine.run("journalctl", f"MUSED_JOB={number}", "-o", "cat")
