"""A day in a house: ``python -m benchmarks.soak [--quick] [--json] [--hours 24]``.

Sound through the standard input of a real daemon without a voice, as fast as it takes it: mostly a
quiet room, a fifth of it noise, music and talk, all made up from seeds, and in every half hour two
commands that each begin with the wake phrase, one of them over a fan. Synthetic voices. ``--quick``
takes an hour.

Keys of the JSON object:

* ``hours`` of sound, and the ``minutes`` that took; ``cpu_seconds_per_hour`` of the daemon
* ``planted``: commands that were said; ``lost``: those in whose twenty seconds no wake led to an
  utterance; ``false_wakes``: utterances whose wake was at any other time, or a second one in the
  same twenty seconds; ``heard_right``: share of the planted heard word for word
* ``lost_at``, ``false_wakes_at``: which these were, by the second of the sound
* ``rss_mib``: resident memory of the daemon after each hour (half hour with ``--quick``), when it
  has been quiet for more than a minute; ``growth`` from the first of these to the last and their
  ``spread`` from the smallest to the largest, as shares
* ``threads`` and ``files`` of the daemon at the first and the last of these times
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import background
from benchmarks.daemon import Daemon, running, state_of
from benchmarks.idle import cpu_seconds
from benchmarks.listening import Sound, as_text, fan_noise, level, voice_of
from benchmarks.sentences import TALK
from mused.daemon.events import Event
from mused.daemon.hearing.audio import FRAME_SECONDS, RATE
from mused.training.speech.voices import parse_voice

TITLE = "a daemon that listens for a day, synthetic voices:"
PART = 1800  # seconds of sound with two commands
COMMANDS = ("what time is it", "what day is it", "how is the painting going", "what can you do")
VOICES = tuple(map(parse_voice, ("espeak:en-US+f4", "espeak:en-US+paul", "flite:rms")))
REST = 4  # quiet pieces at the end of each part, after which the daemon is weighed
SHARES = {"quiet": 80, "noise": 5, "music": 5, "talk": 10}
SPOKEN_AT = 8  # seconds of its piece
PATIENCE = 10.0  # seconds for an event that was caused by sound already taken in
AFTERTHOUGHT = 2.0  # seconds for one that nobody expects


@dataclass(frozen=True)
class Words:
    """A command, or an utterance, in the sound."""

    text: str
    at: float
    """The second at which its piece begins, or its wake phrase was noticed."""


@dataclass(frozen=True)
class Comparison:
    """What was said beside what was heard."""

    lost: list[Words]
    false: list[Words]
    right: int


def compare(said: Sequence[Words], heard: Sequence[Words]) -> Comparison:
    """Match each command with one utterance from its own piece of sound.

    Where there are several, it is the one of the same words, and the others are false.
    """
    lost, right, left = [], 0, list(heard)
    for command in said:
        near = [each for each in left if command.at <= each.at < command.at + background.PIECE]
        if not near:
            lost.append(command)
            continue
        best = next((each for each in near if each.text == command.text), near[0])
        right += best.text == command.text
        left.remove(best)
    return Comparison(lost, left, right)


class House:
    """Sounds by the seed of a part: the same part always sounds the same."""

    def __init__(self) -> None:
        self._quiet = [fan_noise(background.PIECE * RATE, rms, 7) for rms in (0.1, 3, 10, 25)]
        self._talk = [voice_of(text, voice) for voice in VOICES for text in TALK[::5]]
        self._said = {(c, v): voice_of(f"computer, {c}", v) for c in COMMANDS for v in VOICES}

    def part(self, number: int) -> tuple[list[Words], Iterator[Sound]]:
        """The commands of a half hour, by its seconds, and its sound in pieces."""
        rng = random.Random(f"soak {number}")
        commands = rng.sample(COMMANDS, 2)
        numbers = np.random.default_rng(rng.getrandbits(64))
        places = rng.sample(range(PART // background.PIECE - REST), 2)
        said = [
            Words(text, place * background.PIECE)
            for text, place in zip(commands, places, strict=True)
        ]
        return said, self._pieces(dict(zip(places, commands, strict=True)), rng, numbers)

    def _pieces(
        self, places: dict[int, str], rng: random.Random, numbers: np.random.Generator
    ) -> Iterator[Sound]:
        count, over_a_fan = PART // background.PIECE, list(places)[1]
        for place in range(count):
            if place in places:
                yield self._command(places[place], rng, fan=place == over_a_fan)
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
        sound[SPOKEN_AT * RATE : SPOKEN_AT * RATE + len(speech)] += speech
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
    """Feeds a daemon and notes what it hears."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._fed = 0.0  # seconds
        self._wakes: dict[str | None, float] = {}
        self._heard: list[Words] = []
        self._said: list[Words] = []
        self.sizes: list[dict[str, float]] = []
        daemon.watch(self._note)

    def _note(self, event: Event) -> None:
        if event.kind == "wake":
            self._wakes[event.turn] = event.data["at"]
        elif event.kind == "heard":
            self._heard.append(Words(event.data["text"], self._wakes[event.turn]))

    def hear(self, said: Sequence[Words], sound: Iterator[Sound]) -> None:
        """Feed a part, and wait until it is heard."""
        assert self._daemon.sound is not None
        self._said += [Words(each.text, self._fed + each.at) for each in said]
        for piece in sound:
            data = np.clip(piece, -32768, 32767).astype("<i2").tobytes()
            self._daemon.sound.write(data)
            self._daemon.sound.flush()
            self._fed += len(piece) / RATE
        self._daemon.wait_until(lambda: self._seconds_heard() >= self._fed - 1.0)

    def comparison(self) -> Comparison:
        """What was said beside what was heard, now that all was fed."""
        time.sleep(AFTERTHOUGHT)
        deadline = time.monotonic() + PATIENCE
        while (found := compare(self._said, self._heard)).lost and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

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
    minutes, busy = (time.monotonic() - began) / 60, cpu_seconds(daemon.pid) - cpu
    found = soak.comparison()
    first, last = soak.sizes[0], soak.sizes[-1]
    resident = [size["rss"] for size in soak.sizes]
    hours = parts * PART / 3600
    return {
        "synthetic_voices": True,
        "hours": hours,
        "minutes": round(minutes, 1),
        "cpu_seconds_per_hour": round(busy / hours, 1),
        "planted": 2 * parts,
        "lost": len(found.lost),
        "false_wakes": len(found.false),
        "heard_right": round(found.right / (2 * parts), 4),
        "lost_at": [f"second {each.at:.0f}: {each.text}" for each in found.lost],
        "false_wakes_at": [f"second {each.at:.0f}: {each.text}" for each in found.false],
        "rss_mib": [round(each, 1) for each in resident],
        "growth": round(last["rss"] / first["rss"] - 1, 4),
        "spread": round(max(resident) / min(resident) - 1, 4),
        "threads": [first["threads"], last["threads"]],
        "files": [first["files"], last["files"]],
    }


if __name__ == "__main__":
    main()
