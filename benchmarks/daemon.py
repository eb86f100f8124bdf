"""What painting costs the ear: ``python -m benchmarks.daemon [--quick] [--json]``.

A real daemon listens to the microphone of a private sound server while its worker paints on every
core. What it costs while nothing happens is measured by ``benchmarks.idle``.

    torch_mapped          whether the daemon has torch's library in its memory (it must not)
    rss_mib               resident memory of the daemon, after painting
    painting_seconds      how long the worker painted
    blocks_heard          sound blocks of 20 ms taken in while it painted
    blocks_lost           sound blocks lost in that time
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, Any

from mused.daemon.errors import ControlError
from mused.daemon.events import Event
from mused.daemon.service.room import Room
from mused.daemon.web.client import Client

PATIENCE = 60.0  # seconds until a daemon that is not ready is given up


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 s instead of 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Room() as room:
        found = measure(Path(home), room, 10.0 if arguments.quick else 60.0)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{key:<20}{value}" for key, value in found.items()))


def measure(home: Path, room: Room, seconds: float) -> dict[str, Any]:
    """All figures; `seconds` is how long it paints."""
    with running(home, room.environment) as daemon:
        daemon.wait_until(lambda: state_of(daemon.client) == "ok")
        found = painting(daemon.client, seconds)
        maps = Path(f"/proc/{daemon.pid}/maps").read_text()
        return {
            "torch_mapped": "libtorch" in maps,
            "rss_mib": resident_mib(daemon.pid),
            **found,
        }


def painting(client: Client, seconds: float) -> dict[str, Any]:
    """Count sound blocks between the first and the last step of a painting."""
    job = client.submit("a red boat on a lake", {"steps": 100_000})["id"]
    for event in client.events():
        if event.kind == "job.progress":
            break
    before, begun = client.status()["hearing"], time.monotonic()
    time.sleep(seconds)
    after, took = client.status()["hearing"], time.monotonic() - begun
    client.cancel(job)
    return {
        "painting_seconds": round(took, 1),
        "blocks_heard": after["blocks_heard"] - before["blocks_heard"],
        "blocks_lost": after["blocks_lost"] - before["blocks_lost"],
    }


@dataclass(frozen=True)
class Daemon:
    """A daemon in a process of its own; `begun` is its start in monotonic seconds."""

    pid: int
    client: Client
    begun: float
    wait_until: Callable[[Callable[[], bool]], None]
    """Waits, and ends the program with the daemon's last words where that is in vain."""
    sound: IO[bytes] | None = None
    """Its standard input, where it listens to that."""

    def watch(self, note: Callable[[Event], None]) -> None:
        """Have `note` told every event from now on, in a thread, until the daemon ends."""
        events = self.client.events()

        def follow() -> None:
            with suppress(ControlError):
                for event in events:
                    note(event)

        Thread(target=follow, daemon=True).start()


@contextmanager
def running(
    home: Path,
    environment: Mapping[str, str],
    *,
    hearing: bool = True,
    source: str = "microphone",
    device: str | None = None,
    speaker: str | None = None,
) -> Iterator[Daemon]:
    """A daemon in the folder `home`, while the context is open.

    It hears the microphone `device`, or the default one, and has no voice unless a `speaker` is
    named.
    """
    file, log = home / "mused.toml", home / "daemon.log"
    microphone = "" if device is None else f"device = '{device}'\n"
    voice = "enabled = false\n" if speaker is None else f"device = '{speaker}'\n"
    file.write_text(
        f'state = "{home}/state"\n[folders]\ninbox = "{home}/inbox"\ngallery = "{home}/gallery"\n'
        f"[hearing]\nenabled = {str(hearing).lower()}\nsource = '{source}'\n{microphone}"
        f"[speaking]\n{voice}"
        f'[control]\nsocket = "{home}/run/mused.sock"\n'
    )
    begun = time.monotonic()
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "mused", "--config", str(file), "run"],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE if source == "stdin" else None,
            stderr=words,
        )

    def wait_until(ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                end = log.read_text(errors="replace")[-2000:]
                raise SystemExit(f"the daemon does not get ready; its log ends with\n{end}")
            time.sleep(0.01)

    try:
        yield Daemon(
            process.pid, Client(home / "run" / "mused.sock"), begun, wait_until, process.stdin
        )
    finally:
        process.terminate()
        process.wait()


def state_of(client: Client) -> str | None:
    """How hearing is; None where the daemon does not answer."""
    with suppress(ControlError):
        return str(client.status()["hearing"]["state"])
    return None


def resident_mib(process: int) -> int:
    """Resident memory of a process (proc(5))."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    line = next(each for each in status if each.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
