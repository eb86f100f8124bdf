"""Signals in storms and at bad moments, killed children, and two daemons in one instant."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mused.daemon.service.room import Room

Start = Callable[..., Any]


def test_sigterm_at_every_moment_of_the_start(tmp_path: Path) -> None:
    """Whenever it comes, the daemon ends at once, without a word, and can start again."""
    file = tmp_path / "mused.toml"
    file.write_text(
        f'state = "{tmp_path}/state"\n[hearing]\nsource = "stdin"\n[speaking]\nsink = "none"\n'
        f'[folders]\ninbox = "{tmp_path}/inbox"\ngallery = "{tmp_path}/gallery"\n'
        f'[control]\nsocket = "{tmp_path}/mused.sock"\n'
    )
    for delay in (0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4):
        daemon = subprocess.Popen(
            [sys.executable, "-m", "mused", "--config", str(file), "run"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(delay)
        daemon.terminate()
        _, said = daemon.communicate(timeout=15)
        assert daemon.returncode in (0, -signal.SIGTERM), said
        assert b"Traceback" not in said, (delay, said.decode())


def test_a_killed_synthesizer_is_replaced(household: Start) -> None:
    home = household()
    home.start()
    home.client.say("one")
    assert home.event("speech.ended", 20).data["outcome"] == "said"
    synthesizer = home.child("mused.daemon.speaking.render")
    assert synthesizer is not None
    os.kill(synthesizer, signal.SIGTERM)  # what the daemon holds back, its children do not
    home.client.say("two")
    assert home.event("speech.ended", 20).data["outcome"] == "said"
    assert home.child("mused.daemon.speaking.render") != synthesizer
    assert home.stop() == 0


def test_a_sound_server_that_is_killed_in_mid_announcement(household: Start, room: Room) -> None:
    hearing = {"enabled": True, "source": "microphone"}
    home = household(hearing, speaking={"sink": "speaker"}, environment=room.environment)
    home.start()
    home.wait_for(lambda: home.client.status()["hearing"]["state"] == "ok", 15)
    home.client.say("this is a long story about a red boat that sails over a wide blue sea " * 3)
    home.event("speech.started", 10)
    home.wait_for(lambda: home.child("mused.daemon.speaking.play"), 10)
    time.sleep(1.5)
    room.stop()
    ended = home.event("speech.ended", 30)
    assert ended.data["outcome"] == "failed"
    assert home.client.status()["speaking"].startswith("speaker, but ")
    (home.inbox / "boat.txt").write_text("a red boat\n")
    assert home.event("picture").data["prompt"] == "a red boat"
    room.start()
    home.client.say("it is back")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ended = home.event("speech.ended", 30)
        if ended.data["text"] == "it is back":
            break
    assert ended.data["outcome"] == "said"
    home.wait_for(lambda: home.client.status()["hearing"]["state"] == "ok", 20)
    assert home.stop() == 0


def test_two_daemons_in_the_same_instant(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    file.write_text(
        f'state = "{tmp_path}/state"\n[hearing]\nenabled = false\n[speaking]\nsink = "none"\n'
        f'[folders]\ninbox = "{tmp_path}/inbox"\ngallery = "{tmp_path}/gallery"\n'
        f'[control]\nsocket = "{tmp_path}/mused.sock"\n'
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "mused", "--config", str(file), "run"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        deadline = time.monotonic() + 20
        while not any(each.poll() is not None for each in both):
            assert time.monotonic() < deadline, "both run"
            time.sleep(0.05)
        (loser,) = [each for each in both if each.poll() is not None]
        (winner,) = [each for each in both if each is not loser]
        _, said = loser.communicate(timeout=5)
        assert loser.returncode == 1
        assert b"another mused already runs" in said
        while not (tmp_path / "mused.sock").is_socket():
            assert winner.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        winner.send_signal(signal.SIGTERM)
        assert winner.wait(15) == 0
    finally:
        for each in both:
            each.kill()
            each.communicate()
