"""How soon mused hears again: ``python -m benchmarks.devices [--quick] [--json] [--times 5]``.

A real daemon at the microphone of a private sound server, which is taken away and brought back,
each time for longer than the time before, up to a quarter of a minute. ``--quick``: twice each.

Keys of the JSON object, for each way to lose the sound: ``unplugged`` (the source is gone, and the
server offers what the speaker plays in its place), ``server`` (it is killed and started again) and
``suspended`` (the source delivers nothing, and nobody is told):

* ``times``
* ``noticed``: seconds until the daemon says that it is lost, median and longest
* ``back``: seconds from when the source is there again, or the server answers, until sound is
  heard, median and longest
"""

import argparse
import json
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from statistics import median
from typing import Any

from benchmarks.daemon import Daemon, running, state_of
from benchmarks.listening import as_text
from mused.daemon.events import Event
from mused.daemon.service.room import Room

TITLE = "a microphone that goes and comes back, seconds:"
PATIENCE = 30.0  # seconds for a change of state
LONGEST = 14.0  # seconds without the microphone


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="twice each")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--times", type=int, default=5, help="each is lost; 5")
    options = parser.parse_args()
    found = measure(2 if options.quick else options.times)
    print(json.dumps(found, indent=2) if options.json else as_text(TITLE, found))


def measure(times: int) -> dict[str, Any]:
    """All figures; the keys are explained above."""
    with (
        tempfile.TemporaryDirectory() as home,
        Room() as room,
        running(Path(home), room.environment) as daemon,
    ):
        daemon.wait_until(lambda: state_of(daemon.client) == "ok")
        states = States(daemon)
        ways: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "unplugged": (room.unplug, room.replug),
            "server": (lambda: room.stop(signal.SIGKILL), room.start),
            "suspended": (room.suspend, room.resume),
        }
        return {way: figures(states, *switches, times) for way, switches in ways.items()}


class States:
    """The changes of the microphone's state that a daemon tells."""

    def __init__(self, daemon: Daemon) -> None:
        self._told: Queue[str] = Queue()
        daemon.watch(self._note)

    def _note(self, event: Event) -> None:
        if event.kind == "microphone":
            self._told.put(event.data["state"])

    def forget(self) -> None:
        """Drop what was told so far."""
        while not self._told.empty():
            self._told.get()

    def seconds_until(self, state: str) -> float:
        """How long it takes from now."""
        began = time.monotonic()
        while self._told.get(timeout=PATIENCE) != state:
            pass
        return time.monotonic() - began


def figures(
    states: States, lose: Callable[[], None], bring_back: Callable[[], None], times: int
) -> dict[str, Any]:
    """What comes of losing the microphone so many times."""
    noticed, back = [], []
    for number in range(times):
        lose()
        noticed.append(states.seconds_until("retrying"))
        time.sleep(LONGEST * (number + 1) / times)
        states.forget()
        bring_back()
        back.append(states.seconds_until("ok"))
        time.sleep(2.0)
    return {"times": times, "noticed": _spread(noticed), "back": _spread(back)}


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"median": round(median(seconds), 1), "longest": round(max(seconds), 1)}


if __name__ == "__main__":
    main()
