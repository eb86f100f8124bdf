"""Signals to real daemons: stopping in time whatever hangs, reloading, a terminal that closes."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mused.daemon.errors import ControlError
from mused.daemon.service.room import Room

IN_TIME = 5.0  # seconds
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
IN_TERMINAL = (sys.executable, "-c", TAKE_TERMINAL)


def seconds_to_stop(home: Any, *, storm: bool = False) -> float:
    """Send SIGTERM, or one every few milliseconds until the very end."""
    begun = time.monotonic()
    home.process.send_signal(signal.SIGTERM)
    while storm and home.process.poll() is None:
        home.process.send_signal(signal.SIGTERM)
        time.sleep(0.005)
    assert home.process.wait(20) == 0, home.log
    return time.monotonic() - begun


BEGINNING = 3  # steps


def painting(home: Any) -> None:
    """Start a long job and wait for a checkpoint that is not of its beginning."""
    home.client.submit("a red boat")
    while home.event("job.progress").data["step"] <= BEGINNING:
        pass
    begun = time.time()
    checkpoints = (home.home / "state").rglob
    home.wait_for(lambda: any(each.stat().st_mtime > begun for each in checkpoints("*.ckpt")))


def test_a_storm_of_signals_with_a_hung_painter_and_many_listeners(
    household: Callable[..., Any],
) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    painting(home)

    def listen() -> None:
        with suppress(ControlError):
            for _ in home.client.events():
                pass

    for _ in range(30):
        threading.Thread(target=listen, daemon=True).start()
    os.kill(home.worker(), signal.SIGSTOP)
    assert seconds_to_stop(home, storm=True) < IN_TIME
    assert "Traceback" not in home.log
    home.start()
    assert home.event("job.progress").data["step"] > BEGINNING
    assert home.client.job(1)["attempts"] <= 1
    assert seconds_to_stop(home) < IN_TIME


def test_a_dead_sound_server(household: Callable[..., Any], room: Room) -> None:
    home = household({"enabled": True}, speaking={"sink": "speaker"}, environment=room.environment)
    home.start()
    with room.hung():
        home.client.say("one two three four five six seven")
        home.event("speech.started")
        time.sleep(1)  # until the player is stuck as well
        assert seconds_to_stop(home) < IN_TIME


def test_a_second_interrupt_ends_at_once(household: Callable[..., Any]) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    painting(home)
    os.kill(home.worker(), signal.SIGSTOP)  # the first one alone would take two seconds
    home.process.send_signal(signal.SIGINT)
    home.wait_for(lambda: "stopping" in home.log, 2)
    home.process.send_signal(signal.SIGINT)
    assert home.process.wait(5) == -signal.SIGINT


def test_a_reload_applies_what_changed_and_refuses_what_is_wrong(
    household: Callable[..., Any],
) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    painting(home)
    file = home.home / "mused.toml"
    before = file.read_text()
    elsewhere = home.home / "elsewhere"
    file.write_text(before.replace(json.dumps(str(home.inbox)), json.dumps(str(elsewhere))))
    home.process.send_signal(signal.SIGHUP)
    home.wait_for(lambda: home.log.count("main: ready") == 2)
    assert home.client.status()["inbox"].startswith(str(elsewhere))
    following = next(each for each in home.client.events() if each.kind == "job.progress")
    assert following.data["step"] > BEGINNING
    for wrong, words in (
        ("\n[hearing]\nwake_phrase = 'x'\n", "did you mean 'wake_phrases'"),
        ("state = '/tmp/other'\n", "needs a restart"),
        ("half a line", "mused.toml: "),
        (file.read_text() + "\n[skills.generate]\nfoo = 1\n", "[skills.generate]: "),
    ):
        file.write_text(wrong)
        home.process.send_signal(signal.SIGHUP)
        home.wait_for(lambda words=words: f"{words}" in home.log)
        assert home.client.status()["inbox"].startswith(str(elsewhere))
    assert home.log.count("the old configuration stays in force") == 4
    assert home.log.count("main: ready") == 2
    assert seconds_to_stop(home) < IN_TIME


def test_a_reload_of_what_has_not_changed_disturbs_nobody(household: Callable[..., Any]) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    painting(home)
    worker, events = home.worker(), home.client.events()
    home.process.send_signal(signal.SIGHUP)
    home.wait_for(lambda: "has not changed" in home.log)
    assert next(each for each in events if each.kind == "job.progress")
    assert home.worker() == worker
    assert home.log.count("main: ready") == 1


def changed(
    home: Any, before: str = "[folders]", after: str = "[folders]\nannounce = false"
) -> None:
    """Have it read a file with another setting."""
    file = home.home / "mused.toml"
    file.write_text(file.read_text().replace(before, after))
    home.process.send_signal(signal.SIGHUP)
    home.wait_for(lambda: home.log.count("main: ready") == 2)


def test_what_was_to_be_said_is_said_after_a_reload(household: Callable[..., Any]) -> None:
    home = household()
    home.start()
    said = (home.home / "said").glob
    home.client.say("one")
    home.event("speech.ended")
    renderer = home.child("mused.daemon.speaking.render")
    assert renderer is not None
    os.kill(renderer, signal.SIGSTOP)  # one phrase is in hand
    for word in ("two", "three", "four"):
        home.client.say(word)
    changed(home)
    home.wait_for(lambda: len(list(said("*.wav"))) == 4)
    assert seconds_to_stop(home) < IN_TIME


def test_whoever_waits_for_a_picture_gets_it_over_a_reload(household: Callable[..., Any]) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    command = [sys.executable, "-m", "mused", "--config", home.home / "mused.toml", "paint"]
    with subprocess.Popen([*command, "a red boat"], stdout=subprocess.PIPE, text=True) as waiting:
        home.event("job.progress")
        changed(home, "steps = 5000", "steps = 5")
        shown, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 0
    assert shown.strip() == home.client.job(1)["picture"]


def test_a_valid_configuration_that_cannot_be_used_brings_the_old_one_back(
    household: Callable[..., Any],
) -> None:
    home = household()
    home.start()
    file = home.home / "mused.toml"
    in_the_way = home.home / "file"
    in_the_way.touch()
    file.write_text(file.read_text().replace("run/mused.sock", "file"))
    home.process.send_signal(signal.SIGHUP)
    home.wait_for(lambda: "is not used, but the old one" in home.log)
    home.wait_for(lambda: home.log.count("main: ready") == 2)
    assert home.client.status()
    assert seconds_to_stop(home) < IN_TIME


def test_a_closed_terminal_ends_it_and_keeps_the_job(household: Callable[..., Any]) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    painting(home)
    assert seconds_to_stop(home) < IN_TIME
    file = home.home / "mused.toml"
    terminal, its_end = pty.openpty()
    with (home.home / "daemon.log").open("ab") as log:
        daemon = subprocess.Popen(
            [*IN_TERMINAL, sys.executable, "-m", "mused", "--config", str(file), "run"],
            stdin=its_end, stdout=its_end, stderr=log, start_new_session=True,
        )  # fmt: skip
    os.close(its_end)
    try:
        home.wait_for(lambda: home.log.count("main: ready") == 2)
        home.wait_for(lambda: home.client.job(1)["status"] == "running")
        os.close(terminal)
        assert daemon.wait(15) == 0
    finally:
        daemon.kill()
        daemon.wait()
    assert home.log.count("main: stopping") == 2
    home.start()
    assert home.event("job.progress").data["step"] > BEGINNING
