"""A day in a house: ``python -m benchmarks.soak [--quick] [--json] [--hours 24]``.

Sound through the standard input of a real daemon without a voice, as fast as it takes it: mostly a
quiet room, a fifth of it noise, music and talk, all made up from seeds, and in every half hour two
commands that each begin with the wake phrase, one of them over a fan. Synthetic voices. ``--quick``
takes an hour.

Keys of the JSON object:

* ``hours`` of sound, and the ``minutes`` that took; ``cpu_seconds_per_hour`` of the daemon
* ``planted``: commands that were said, ``lost``: those that gave no utterance, ``false_wakes``:
  utterances that nobody had planted; ``heard_right``: share of the planted heard word for word
* ``rss_mib``: resident memory of the daemon after each hour (half hour with ``--quick``), when it
  has been quiet for more than a minute, and its ``growth`` from the first of these to the last,
  as a share
* ``threads`` and ``files`` of the daemon at the first and the last of these times
"""

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import background
from benchmarks.daemon import Daemon, running, state_of
from benchmarks.idle import cpu_seconds
from benchmarks.listening import Sound, as_text, fan_noise, level, voice_of
from benchmarks.sentences import TALK
from mused.daemon.hearing.audio import FRAME_SECONDS, RATE
from mused.training.speech.voices import parse_voice

TITLE = "a daemon that listens for a day, synthetic voices:"
PART = 1800  # seconds of sound with two commands
COMMANDS = ("what time is it", "what day is it", "how is the painting going", "what can you do")
VOICES = tuple(map(parse_voice, ("espeak:en-US+f4", "espeak:en-US+paul", "flite:rms")))
REST = 4  # quiet pieces at the end of each part, after which the daemon is weighed
SHARES = {"quiet": 80, "noise": 5, "music": 5, "talk": 10}
PATIENCE = 10.0  # seconds for an event that was caused by sound already taken in


class House:
    """Sounds by the seed of a part: the same part always sounds the same."""

    def __init__(self) -> None:
        self._quiet = [fan_noise(background.PIECE * RATE, rms, 7) for rms in (0.1, 3, 10, 25)]
        self._talk = [voice_of(text, voice) for voice in VOICES for text in TALK[::5]]
        self._said = {(c, v): voice_of(f"computer, {c}", v) for c in COMMANDS for v in VOICES}

    def part(self, number: int) -> tuple[list[str], Iterator[Sound]]:
        """The commands of a half hour, and its sound in pieces."""
        rng = random.Random(f"soak {number}")
        commands = rng.sample(COMMANDS, 2)
        return commands, self._pieces(commands, rng)

    def _pieces(self, commands: list[str], rng: random.Random) -> Iterator[Sound]:
        numbers = np.random.default_rng(rng.getrandbits(64))
        count = PART // background.PIECE
        places = dict(zip(rng.sample(range(count - REST), 2), commands, strict=True))
        for place in range(count):
            if place in places:
                yield self._command(places[place], rng, fan=places[place] == commands[1])
                continue
            kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
            match "quiet" if place >= count - REST else kind:
                case "quiet":
                    yield rng.choice(self._quiet)
                case "noise":
                    yield from background.noise(background.PIECE, numbers)
                case "music":
                    yield from background.music(background.PIECE, numbers)
                case _:
                    yield self._conversation(rng)

    def _command(self, command: str, rng: random.Random, *, fan: bool) -> Sound:
        speech = self._said[command, rng.choice(VOICES)]
        sound = fan_noise(background.PIECE * RATE, level(speech) / 10 if fan else 3.0)
        sound[8 * RATE : 8 * RATE + len(speech)] += speech
        return sound

    def _conversation(self, rng: random.Random) -> Sound:
        sound, at = self._quiet[1].copy(), RATE
        speech = rng.choice(self._talk)
        while at + len(speech) < len(sound) - 2 * RATE:
            sound[at : at + len(speech)] += speech * 10 ** rng.uniform(-1, 0)
            at += len(speech) + int(RATE * rng.uniform(0.3, 2))
            speech = rng.choice(self._talk)
        return sound


class Soak:
    """Feeds a daemon and counts what it hears."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._fed = 0.0  # seconds
        self._heard: list[str] = []
        self.planted = self.lost = self.false_wakes = self.right = 0
        self.sizes: list[dict[str, float]] = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        with suppress(Exception):  # the daemon has ended
            for event in self._daemon.client.events():
                if event.kind == "heard":
                    self._heard.append(event.data["text"])

    def hear(self, commands: list[str], sound: Iterator[Sound]) -> None:
        """Feed a part, wait until it is heard and compare with what was planted."""
        assert self._daemon.sound is not None
        self._heard.clear()
        for piece in sound:
            data = np.clip(piece, -32768, 32767).astype("<i2").tobytes()
            self._daemon.sound.write(data)
            self._daemon.sound.flush()
            self._fed += len(piece) / RATE
        self._daemon.wait_until(lambda: self._seconds_heard() >= self._fed - 1.0)
        deadline = time.monotonic() + PATIENCE
        while len(self._heard) < len(commands) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.planted += len(commands)
        self.lost += max(0, len(commands) - len(self._heard))
        self.false_wakes += max(0, len(self._heard) - len(commands))
        self.right += sum(command in self._heard for command in commands)

    def _seconds_heard(self) -> float:
        return float(self._daemon.client.status()["hearing"]["blocks_heard"]) * FRAME_SECONDS

    def weigh(self) -> None:
        """Note memory, threads and open files."""
        process = Path(f"/proc/{self._daemon.pid}")
        lines = (process / "status").read_text().splitlines()
        resident = next(line for line in lines if line.startswith("VmRSS:"))
        self.sizes.append(
            {
                "rss": int(resident.split()[1]) / 1024,
                "threads": len(list((process / "task").iterdir())),
                "files": len(list((process / "fd").iterdir())),
            }
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A day in a house.")
    parser.add_argument("--quick", action="store_true", help="an hour")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--hours", type=float, default=24.0, help="of sound; 24")
    options = parser.parse_args()
    hours = 1.0 if options.quick else options.hours
    with tempfile.TemporaryDirectory() as home, running(Path(home), {}, source="stdin") as daemon:
        daemon.wait_until(lambda: state_of(daemon.client) in {"ok", "starting"})
        results = measure(daemon, round(hours * 3600 / PART), each=1 if options.quick else 2)
    print(json.dumps(results, indent=2) if options.json else as_text(TITLE, results))


def measure(daemon: Daemon, parts: int, *, each: int) -> dict[str, Any]:
    """All figures; `each` is after how many parts the daemon is weighed."""
    house, soak = House(), Soak(daemon)
    began = time.monotonic()
    cpu = cpu_seconds(daemon.pid)
    for number in range(parts):
        soak.hear(*house.part(number))
        if (number + 1) % each == 0:
            soak.weigh()
    first, last = soak.sizes[0], soak.sizes[-1]
    hours = parts * PART / 3600
    return {
        "synthetic_voices": True,
        "hours": hours,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "cpu_seconds_per_hour": round((cpu_seconds(daemon.pid) - cpu) / hours, 1),
        "planted": soak.planted,
        "lost": soak.lost,
        "false_wakes": soak.false_wakes,
        "heard_right": round(soak.right / soak.planted, 4),
        "rss_mib": [round(size["rss"], 1) for size in soak.sizes],
        "growth": round(last["rss"] / first["rss"] - 1, 4),
        "threads": [first["threads"], last["threads"]],
        "files": [first["files"], last["files"]],
    }


if __name__ == "__main__":
    main()
