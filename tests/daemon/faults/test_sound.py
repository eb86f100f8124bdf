"""Sound that comes back, goes away and stands still: a real daemon in the virtual room."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from mused.daemon import words
from mused.daemon.service.room import MICROPHONE, Room

Start = Callable[..., Any]

# Two minutes are a long test: CONTRIBUTING.md.
SECONDS = float(os.environ.get("MUSED_ANNOUNCEMENT_SECONDS", "15"))
ANNOUNCEMENTS = (
    "Computer, generate a red boat on a lake.",
    "Your painting of a computer on a desk is ready.",
    "Computer. What time is it?",
    "Somebody said: computer, what can you do?",
)


def render(text: str, wav: Path) -> Path:
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "165", "-w", str(wav), text], check=True)
    return wav


def pactl(room: Room, *arguments: str) -> str:
    environment = {**os.environ, **room.environment}
    command = ["pactl", *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Somebody asks for the time."""
    return render("computer, what time is it", tmp_path / "asked.wav")


@pytest.fixture
def listening(household: Start, room: Room) -> Iterator[Any]:
    """A household that listens and says nothing aloud."""
    home = household({"enabled": True}, speaking={"sink": "none"}, environment=room.environment)
    home.start()
    yield home
    assert home.stop() == 0


def hears(home: Any, room: Room, wav: Path) -> None:
    # Said again where a machine busy with other tests lost some of the sound.
    for _ in range(3):
        room.speak(wav)
        with suppress(Empty):
            assert home.event("heard", 12).data["text"] == "what time is it"
            return
    pytest.fail(f"heard nothing three times: {home.log}")


def says(home: Any, text: str) -> None:
    while home.event("speech.started", 20).data["text"] != text:
        pass


def becomes(home: Any, state: str) -> None:
    home.wait_for(lambda: home.client.status()["hearing"]["state"] == state, 20)


@pytest.mark.timeout(2 * SECONDS + 120)
def test_its_own_announcements_do_not_wake_it(household: Start, room: Room, asked: Path) -> None:
    home = household({"enabled": True}, speaking={"sink": "speaker"}, environment=room.environment)
    home.start()
    loop = ("source=speaker.monitor", "sink=mic_feed", "latency_msec=20")
    pactl(room, "load-module", "module-loopback", *loop)
    said, deadline = [], time.monotonic() + SECONDS
    for text in cycle(ANNOUNCEMENTS):
        home.client.say(text)
        while (event := home.events.get(timeout=30)).kind != "speech.ended":
            said.append(event.kind)
        assert event.data["outcome"] == "said"
        if time.monotonic() > deadline:
            break
    time.sleep(1.5)  # for the echo of the last one
    said += [event.kind for event in list(home.events.queue)]
    assert not {"wake", "heard", "waiting", "interrupted"} & set(said)
    environment = {**os.environ, **room.environment}
    subprocess.run(["paplay", str(asked)], env=environment, check=True, timeout=30)
    assert home.event("heard", 20).data["text"] == "what time is it"  # so the loop is there
    assert home.stop() == 0


def test_a_microphone_that_the_speaker_stands_in_for_is_told_and_heard_again(
    listening: Any, room: Room, asked: Path
) -> None:
    hears(listening, room, asked)
    assert listening.client.status()["hearing"]["device"] == MICROPHONE
    room.unplug()
    becomes(listening, "retrying")
    says(listening, words.CANNOT_HEAR)
    assert "speaker.monitor" in listening.client.status()["hearing"]["reason"]
    room.replug()
    becomes(listening, "ok")
    says(listening, words.HEARS_AGAIN)
    hears(listening, room, asked)
    assert listening.log.count("speaker.monitor") <= 3


def test_a_machine_whose_last_microphone_goes_and_comes_back(
    listening: Any, room: Room, asked: Path
) -> None:
    hears(listening, room, asked)
    room.unplug()
    pactl(room, "unload-module", "module-null-sink")
    becomes(listening, "retrying")
    says(listening, words.CANNOT_HEAR)
    for name in ("mic_feed", "speaker"):
        format_ = ("rate=16000", "channels=1", "format=s16le")
        pactl(room, "load-module", "module-null-sink", f"sink_name={name}", "norewinds=1", *format_)
    room.replug()
    becomes(listening, "ok")
    says(listening, words.HEARS_AGAIN)
    hears(listening, room, asked)
    assert listening.log.count("no microphone") <= 1


def test_a_sound_server_that_is_killed_and_started_again(
    listening: Any, room: Room, asked: Path
) -> None:
    hears(listening, room, asked)
    room.stop(signal.SIGKILL)
    becomes(listening, "retrying")
    room.start()
    becomes(listening, "ok")
    hears(listening, room, asked)


def test_a_microphone_that_is_suspended_for_a_while(
    listening: Any, room: Room, asked: Path
) -> None:
    hears(listening, room, asked)
    room.suspend()
    becomes(listening, "retrying")
    assert "no sound" in listening.client.status()["hearing"]["reason"]
    room.resume()
    becomes(listening, "ok")
    hears(listening, room, asked)


def test_a_sound_server_that_hangs_is_told_once_and_is_no_reason_for_a_restart(
    household: Start, room: Room, asked: Path
) -> None:
    environment = {**room.environment, "WATCHDOG_USEC": "1500000"}
    home = household({"enabled": True}, speaking={"sink": "none"}, environment=environment)
    home.start()
    hears(home, room, asked)
    with room.hung():
        becomes(home, "retrying")
        assert home.client.status()["hearing"]["reason"] == "the sound server does not answer"
        says(home, words.CANNOT_HEAR)
    becomes(home, "ok")
    says(home, words.HEARS_AGAIN)
    hears(home, room, asked)
    assert home.log.count("the sound server does not answer") == 1
    assert "no sign of life" not in home.log
    assert home.stop() == 0


def test_an_alsa_configuration_that_is_broken_at_the_start_and_mended_later(
    household: Start, room: Room, asked: Path
) -> None:
    file = Path(room.environment["ALSA_CONFIG_PATH"])
    usual = file.read_text()
    file.write_text("pcm.!default { type pulse")
    home = household({"enabled": True}, speaking={"sink": "none"}, environment=room.environment)
    home.start(hearing={"retrying"})
    assert "check ~/.asoundrc" in home.client.status()["hearing"]["reason"]
    file.write_text(usual)
    becomes(home, "ok")
    hears(home, room, asked)
    assert home.stop() == 0
