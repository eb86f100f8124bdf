"""Interrupting, earcons and questions, with a real daemon in the virtual room."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mused.daemon.service.room import SPEAKER_RATE, Room
from mused.daemon.speaking import tones

LONG = "This is a very long announcement about a picture of a house on a hill. " * 6
HEADER = 44  # bytes of a WAV file
LOUD = 300


def render(text: str, wav: Path, voice: str = "en-us") -> Path:
    subprocess.run(["espeak-ng", "-v", voice, "-s", "165", "-w", str(wav), text], check=True)
    return wav


def samples_so_far(wav: Path) -> int:
    return (wav.stat().st_size - HEADER) // 2


def recorded(wav: Path) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.frombuffer(wav.read_bytes()[HEADER:], "<i2")


@pytest.fixture
def loop(room: Room) -> Callable[[], None]:
    """Makes the microphone hear the speaker from now on."""

    def close() -> None:
        command = ["pactl", "load-module", "module-loopback", "source=speaker.monitor"]
        subprocess.run(
            [*command, "sink=mic_feed", "latency_msec=20"],
            env={**os.environ, **room.environment},
            check=True,
            capture_output=True,
        )

    return close


def test_stop_silences_within_300_ms_and_cancel_cancels_too(
    household: Callable[..., Any], room: Room, tmp_path: Path
) -> None:
    stop, cancel = (render(each, tmp_path / f"{each}.wav") for each in ("stop", "cancel"))
    heard = tmp_path / "heard.wav"
    steps = {"steps": 5000, "start": "noise"}
    home = household({"enabled": True}, steps, {"sink": "speaker"}, room.environment)
    home.start()
    with room.recording(heard):
        home.client.say(LONG)
        home.event("speech.started")
        time.sleep(3.0)
        room.speak(stop)
        assert home.event("interrupted").turn is None
        told = samples_so_far(heard)
        assert home.event("speech.ended").data["outcome"] == "stopped"
        time.sleep(1.0)
    last = np.flatnonzero(np.abs(recorded(heard)) > LOUD)[-1]
    assert told / SPEAKER_RATE > 2
    assert (last - told) / SPEAKER_RATE < 0.3

    room.speak(render("computer, generate a red boat", tmp_path / "boat.wav"))
    assert home.event("reply").data["understood"]
    assert home.event("speech.ended").data["outcome"] == "said"
    home.client.say(LONG)
    home.event("speech.started")
    time.sleep(2.0)
    room.speak(cancel)
    turn = home.event("interrupted").turn
    reply = home.event("reply")
    assert (reply.turn, reply.data["text"]) == (turn, "I cancelled a red boat.")
    assert home.stop() == 0


def spectrum_has(sound: np.ndarray[Any, Any], hertz: float) -> bool:
    """Whether a tone stands out in some tenth of a second."""
    width = SPEAKER_RATE // 20
    frequencies = np.fft.rfftfreq(width, 1 / SPEAKER_RATE)
    for start in range(0, len(sound) - width, width // 2):
        power = np.abs(np.fft.rfft(sound[start : start + width] * np.hanning(width))) ** 2
        near = np.abs(frequencies - hertz) < 60
        if power.sum() > 1e9 and power[near].sum() > 0.7 * power.sum():
            return True
    return False


def test_earcons_sound_and_are_not_heard(
    household: Callable[..., Any], room: Room, loop: Callable[[], None], tmp_path: Path
) -> None:
    wake = render("computer", tmp_path / "wake.wav")
    time_is_it = render("what time is it", tmp_path / "time.wav")
    one_breath = render("computer, what time is it", tmp_path / "one.wav")
    speaking = {"sink": "speaker", "earcons": True}
    home = household({"enabled": True}, speaking=speaking, environment=room.environment)
    home.start()
    home.wait_for(lambda: home.child("speaking.play"))
    time.sleep(1.0)  # until it is warm
    loop()
    heard = tmp_path / "heard.wav"
    with room.recording(heard):
        room.speak(wake)
        home.event("waiting")
        told = samples_so_far(heard)
        time.sleep(0.7)  # people wait for its end
        alone = recorded(heard)
        room.speak(time_is_it)
        event = home.events.get(timeout=20)
        partials = []
        while event.kind != "heard":
            partials.append(event.data.get("text"))
            event = home.events.get(timeout=20)
    assert event.data["text"] == "what time is it"
    assert all("what time is it".startswith(each) for each in partials if each)
    assert spectrum_has(alone, 880.0)
    first = np.flatnonzero(np.abs(alone) > LOUD)[0]
    assert -0.05 < (first - told) / SPEAKER_RATE < 0.6  # 0.1 on a machine with nothing else to do
    home.event("speech.ended")
    time.sleep(1.0)  # until its echo is over

    with room.recording(heard):
        room.speak(one_breath)
        assert home.event("heard").data["text"] == "what time is it"
        home.event("speech.ended")
    assert not spectrum_has(recorded(heard), 880.0)
    assert home.stop() == 0


def test_a_doubtful_command_is_asked_back(
    household: Callable[..., Any], room: Room, loop: Callable[[], None], tmp_path: Path
) -> None:
    # This voice says it less clearly than the others, and any doubt is enough here.
    said = render("computer, what day is it", tmp_path / "said.wav", "en-gb-x-rp+Denis")
    yes, no = (render(each, tmp_path / f"{each}.wav") for each in ("yes", "no"))
    hearing = {"enabled": True, "ask_below": 1.0}
    home = household(hearing, speaking={"sink": "speaker"}, environment=room.environment)
    home.start()
    loop()
    for answer, reply in ((yes, "It is "), (no, "All right.")):
        room.speak(said)
        turn = home.event("heard").turn
        assert home.event("reply").data["text"] == "Did you say what day is it?"
        home.event("speech.ended")
        time.sleep(0.6)
        room.speak(answer)
        told = home.event("reply")
        assert told.turn == turn
        assert told.data["text"].startswith(reply)
        home.event("speech.ended")
        time.sleep(1.0)
    typed = home.client.ask("what time is it")
    assert typed.text.startswith("It is ")
    assert home.stop() == 0


def test_an_earcon_before_an_announcement_is_part_of_it(tmp_path: Path) -> None:
    speech = render("hello", tmp_path / "speech.wav")
    before = recorded(speech)
    tones.put_before("done", speech, 1.0)
    after = recorded(speech)
    added = len(after) - len(before)
    assert added / SPEAKER_RATE == pytest.approx(tones.seconds("done") + tones.GAP, abs=0.01)
    assert np.array_equal(after[added:], before)
    assert spectrum_has(after[:added], 659.3)
