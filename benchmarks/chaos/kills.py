"""The schedule: whom to kill, and when; the same for the same seed."""

import random
from dataclasses import dataclass

from benchmarks.chaos.moments import ASKING, EVENTS, FOLDERS

TARGETS = {"daemon": 3, "worker": 7, "both": 3, "synthesizer": 2}
STOP = "stop"
STARTING = 0.3  # seconds after a start
LATEST = 2.0  # seconds until a kill at no moment in particular
ANSWER = 0.03  # seconds that a request or a short sentence takes


@dataclass(frozen=True)
class Kill:
    """One SIGKILL, or SIGTERM."""

    target: str
    """``daemon``, ``worker``, ``both`` or ``synthesizer``; ``stop`` asks the daemon to end."""
    moment: str | None
    """What it waits for: ``start``, a moment's name, or nothing."""
    delay: float
    """Seconds after that."""


def plan(count: int, seed: int) -> list[Kill]:
    """That many kills."""
    chance = random.Random(seed)
    kills: list[Kill] = []
    fresh = True  # whether the kill will meet a daemon that has just been started
    for _ in range(count):
        kills.append(_starting(chance) if fresh and chance.random() < 0.3 else _later(chance))
        fresh = kills[-1].target in ("daemon", "both", STOP)
    return kills


def _starting(chance: random.Random) -> Kill:
    return Kill("daemon", "start", chance.uniform(0.0, STARTING))


def _later(chance: random.Random) -> Kill:
    target = chance.choices(list(TARGETS), list(TARGETS.values()))[0]
    kind = chance.random()
    if kind < 0.25:
        return Kill(target, None, chance.uniform(0.0, LATEST))
    if kind < 0.45:
        return Kill("daemon", chance.choice(ASKING), chance.uniform(0.0, ANSWER))
    if target == "synthesizer":
        return Kill(target, "speech.started", chance.uniform(0.0, ANSWER))
    if kind < 0.6:  # between the claim of a file, its job and its place in done/
        return Kill("daemon", "claimed", chance.uniform(0.0, ANSWER))
    if kind < 0.68:  # between the saving of a picture and the word that it is done
        return Kill(STOP, "named", chance.uniform(0.0, ANSWER))
    # Half of them at once: what is torn apart then lies within a millisecond of the moment.
    delay = 0.0 if chance.random() < 0.5 else chance.uniform(0.0, 0.05)
    return Kill(target, chance.choice(EVENTS + FOLDERS), delay)
