"""Saying "stop" to a voice that speaks: ``python -m benchmarks.interrupt [--quick] [--json]``.

A real daemon that makes long announcements in a private sound server, in real time. Somebody says
"stop" over each, at the level of the announcement at the microphone (``--level DB`` louder), and
again after two seconds, six times at most. Synthetic voices that were kept out of training, two
announcements each; ``--quick`` takes four voices and one.

Keys of the JSON object, for each of three rooms: ``apart``, where the microphone does not hear the
speaker; ``cancelled``, where it does and PulseAudio cancels the echo as the README tells to;
``loop``, where it does and nothing is cancelled:

* ``announcements``; ``at_once``: how many the first "stop" ended, ``repeated``: how many a later
  one did, ``never``: how many none did
* ``tries``: the number of each announcement's "stop", 0 for none
* ``seconds``: from the end of the "stop" to the last sound of the voice, as both were played,
  median and 95th percentile; 0.1 s of it, or less, are the server's

and ``level_db`` of the "stop" over the announcement.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import numpy as np

from benchmarks.daemon import Daemon, running, state_of
from benchmarks.listening import Sound, as_text, level, voice_of, write_wav
from mused.daemon.events import Event
from mused.daemon.hearing.audio import RATE
from mused.daemon.service.room import Room
from mused.training.speech.voices import HELD_OUT_VOICES

TITLE = 'how often "stop" has to be said to a voice that speaks, synthetic voices:'
ROOMS = ("apart", "cancelled", "loop")
ANNOUNCEMENT = (
    "Your painting of a red boat on a lake is ready. It shows a boat, a lake and a house, with "
    "green hills behind them. "
) * 4
WARM_UP = "Good morning. The weather is nice today, and a new picture hangs on the wall."
TRIES = 6
EACH = 2.0  # seconds from one "stop" to the next
BEFORE = (3.0, 4.7)  # seconds of the announcement before the first
BLOCK = RATE // 100  # samples
LOUD = 100.0  # root mean square of a block in which somebody speaks
README = Path(__file__).parent.parent / "README.md"


class Meter:
    """Notes when a sink of the room was loud."""

    def __init__(self, room: Room, sink: str) -> None:
        style = ("--raw", f"--rate={RATE}", "--channels=1", "--format=s16le", "--latency-msec=20")
        self._recorder = subprocess.Popen(
            ["parec", f"--device={sink}.monitor", *style],
            env={**os.environ, **room.environment},
            stdout=subprocess.PIPE,
        )
        self._loud: list[tuple[float, float]] = []
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._recorder.stdout is not None
        while block := self._recorder.stdout.read(2 * BLOCK):
            rms = level(np.frombuffer(block, "<i2").astype(np.float64))
            if rms > LOUD:
                self._loud.append((time.monotonic(), rms))

    def last(self, since: float) -> float | None:
        """The last moment from `since` on that was loud."""
        return next((at for at, _ in reversed(self._loud) if at >= since), None)

    def level(self, since: float) -> float:
        """Root mean square of what was loud from `since` on."""
        powers = [rms**2 for at, rms in self._loud if at >= since]
        return float(np.sqrt(np.mean(powers)))

    def close(self) -> None:
        """Listen no more."""
        self._recorder.terminate()
        self._recorder.wait()


class Stage:
    """A room with a daemon that speaks, and somebody who says "stop" to it."""

    def __init__(self, room: Room, daemon: Daemon) -> None:
        self._room, self._daemon = room, daemon
        self._events: Queue[Event] = Queue()
        daemon.watch(self._events.put)
        self._speaker, self._mouth = Meter(room, "speaker"), Meter(room, "mouth")

    def close(self) -> None:
        """Listen no more."""
        self._speaker.close()
        self._mouth.close()

    def interrupt(self, stop: Sound, before: float, gain: float) -> tuple[int, float | None]:
        """How many "stop" an announcement needs, 0 for none, and the seconds until it is silent.

        The first comes `before` seconds after its beginning; `gain` over the announcement.
        """
        self.say(ANNOUNCEMENT, until="speech.started")
        began = time.monotonic()
        time.sleep(before)
        loudness = gain * self._speaker.level(began)
        with tempfile.TemporaryDirectory() as folder:
            wav = write_wav(stop * (loudness / loud_level(stop)), Path(folder) / "stop.wav")
            for number in range(1, TRIES + 1):
                again = time.monotonic() + EACH
                said = time.monotonic()
                self._say(wav)
                if self._is_interrupted(again):
                    time.sleep(0.5)
                    silent, ended = self._speaker.last(began), self._mouth.last(said)
                    assert silent is not None
                    assert ended is not None
                    self._rest()
                    return number, silent - ended
        self._daemon.client.ask("stop")
        self._rest()
        return 0, None

    def _say(self, wav: Path) -> None:
        command = ["paplay", "--device=mouth", "--latency-msec=20", str(wav)]
        environment = {**os.environ, **self._room.environment}
        subprocess.run(command, env=environment, check=True, timeout=30)

    def _is_interrupted(self, until: float) -> bool:
        with suppress(Empty):
            while True:
                left = max(0.01, until - time.monotonic())
                if self._events.get(timeout=left).kind == "interrupted":
                    return True
        return False

    def say(self, text: str, *, until: str) -> None:
        """Have the daemon say something, and wait for an event of that kind."""
        self._daemon.client.say(text)
        while self._events.get(timeout=30).kind != until:
            pass

    def _rest(self) -> None:
        time.sleep(1.5)
        while not self._events.empty():
            self._events.get()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description='Saying "stop" to a voice that speaks.')
    parser.add_argument("--quick", action="store_true", help="four voices, one announcement each")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--level", type=float, default=0.0, help="dB over the announcement; 0")
    options = parser.parse_args()
    voices = HELD_OUT_VOICES[::3] if options.quick else HELD_OUT_VOICES
    stops = [voice_of("stop", voice) for voice in voices]
    gain = 10 ** (options.level / 20)
    found: dict[str, Any] = {"synthetic_voices": True, "level_db": options.level}
    for name in ROOMS:
        found[name] = measure(name, stops, BEFORE[:1] if options.quick else BEFORE, gain)
    print(json.dumps(found, indent=2) if options.json else as_text(TITLE, found))


def measure(
    name: str, stops: Sequence[Sound], before: Sequence[float], gain: float
) -> dict[str, Any]:
    """The figures of one room."""
    with staged(name) as stage:
        answers = [stage.interrupt(stop, wait, gain) for stop in stops for wait in before]
    tries = [number for number, _ in answers]
    seconds = [each for _, each in answers if each is not None]
    return {
        "announcements": len(tries),
        "at_once": tries.count(1),
        "repeated": sum(number > 1 for number in tries),
        "never": tries.count(0),
        "tries": tries,
        "seconds": {
            "median": round(float(np.median(seconds)), 2),
            "p95": round(float(np.quantile(seconds, 0.95)), 2),
        }
        if seconds
        else None,
    }


@contextmanager
def staged(name: str) -> Iterator[Stage]:
    """One of the rooms, with a daemon in it."""
    microphone, speaker = None, "speaker"
    with tempfile.TemporaryDirectory() as home, Room() as room:
        mouth = ("sink_name=mouth", "norewinds=1", "rate=16000", "channels=1", "format=s16le")
        room.pactl("load-module", "module-null-sink", *mouth)
        for sink in ["mouth"] if name == "apart" else ["mouth", "speaker"]:
            into = (f"source={sink}.monitor", "sink=mic_feed", "latency_msec=20")
            room.pactl("load-module", "module-loopback", *into)
        if name == "cancelled":
            room.pactl("load-module", *recipe())
            microphone, speaker = "echo_cancelled", "reference"
        with running(Path(home), room.environment, device=microphone, speaker=speaker) as daemon:
            daemon.wait_until(lambda: state_of(daemon.client) == "ok")
            stage = Stage(room, daemon)
            try:
                stage.say(WARM_UP, until="speech.ended")  # the canceller learns by it
                yield stage
            finally:
                stage.close()


def recipe() -> list[str]:
    """The README's module of PulseAudio that cancels the echo, and its arguments."""
    [block] = [
        each
        for each in re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
        if "module-echo-cancel" in each
    ]
    return shlex.split(block)[2:]


def loud_level(sound: Sound) -> float:
    """Root mean square of the blocks in which somebody speaks, as a `Meter` has it; 0 for none."""
    blocks = sound[: len(sound) // BLOCK * BLOCK].reshape(-1, BLOCK)
    powers = np.mean(blocks**2, axis=1)
    loud = powers[powers > LOUD**2]
    return float(np.sqrt(loud.mean())) if loud.size else 0.0


if __name__ == "__main__":
    main()
