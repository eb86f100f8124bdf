"""What `benchmarks.listen --room` and `benchmarks.interrupt` count."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.interrupt import BLOCK, loud_level, recipe
from benchmarks.listen import beside
from benchmarks.live import family_seconds, server_of
from mused.daemon.service.room import Room

BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BUSY!r}], check=True)
child = subprocess.Popen([sys.executable, "-c", {BUSY + "print(flush=True); input()"!r}])
child.wait()
"""


def test_processor_time_is_that_of_living_and_dead_children_too() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        assert family_seconds(program.pid) >= 0.58
        program.communicate("\n", timeout=20)


def test_the_server_of_a_room_is_found(room: Room) -> None:
    command = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(server_of(room))],
        check=True,
        capture_output=True,
        text=True,
    )
    assert command.stdout.strip() == "pulseaudio"


def test_a_day_is_mostly_quiet() -> None:
    found = beside({"mused": 10.0, "vosk": 50.0}, {"mused": 50.0, "vosk": 50.0})
    assert found["day"] == {"mused": 12.0, "vosk": 50.0, "ratio": 0.24}


def test_the_level_of_speech_is_that_of_its_loud_parts() -> None:
    tone = 1000 * np.sin(np.arange(50 * BLOCK) / 5)
    pauses = np.concatenate([np.zeros(30 * BLOCK), tone, np.zeros(70 * BLOCK + 7)])
    assert loud_level(pauses) == pytest.approx(1000 / np.sqrt(2), rel=0.02)


def test_the_recipe_is_the_readmes() -> None:
    assert recipe()[0] == "module-echo-cancel"
    assert {"source_name=echo_cancelled", "sink_name=reference"} < {*recipe()}
    assert 'aec_args="analog_gain_control=0 digital_gain_control=0"' in recipe()
