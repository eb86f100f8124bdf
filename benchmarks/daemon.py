"""What the daemon costs: ``python -m benchmarks.daemon [--quick] [--json]``.

A real daemon listens to the microphone of a private sound server, first alone, then while its
worker paints on every core.

    ready_seconds         from the start of the process to the first answer on the control socket
    ready_cpu_seconds     processor time until then, user and system
    torch_mapped          whether the daemon has torch's library in its memory (it must not)
    rss_mib               resident memory after listening for a while
    idle_cpu_percent      of one core, while listening to silence
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
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from mused.daemon.errors import ControlError
from mused.daemon.service.room import Room
from mused.daemon.web.client import Client

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0  # seconds until a daemon that is not ready is given up


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 s instead of 60 s a part")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Room() as room:
        found = measure(Path(home), room, 10.0 if arguments.quick else 60.0)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{key:<20}{value}" for key, value in found.items()))


def measure(home: Path, room: Room, seconds: float) -> dict[str, Any]:
    """All figures; `seconds` is the length of each part."""
    file = home / "mused.toml"
    file.write_text(
        f'state = "{home}/state"\n[folders]\ninbox = "{home}/inbox"\ngallery = "{home}/gallery"\n'
        f'[speaking]\nenabled = false\n[control]\nsocket = "{home}/run/mused.sock"\n'
    )
    begun = time.monotonic()
    with (home / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "mused", "--config", str(file), "run"],
            env={**os.environ, **room.environment},
            stderr=log,
        )
    client = Client(home / "run" / "mused.sock")
    try:
        wait_until(lambda: state_of(client) is not None, daemon, home / "daemon.log")
        found: dict[str, Any] = {
            "ready_seconds": round(time.monotonic() - begun, 2),
            "ready_cpu_seconds": cpu_seconds(daemon.pid),
        }
        wait_until(lambda: state_of(client) == "ok", daemon, home / "daemon.log")
        before = cpu_seconds(daemon.pid)
        time.sleep(seconds)
        found["idle_cpu_percent"] = round(100 * (cpu_seconds(daemon.pid) - before) / seconds, 2)
        found |= painting(client, seconds)
        found["rss_mib"] = resident_mib(daemon.pid)
        maps = Path(f"/proc/{daemon.pid}/maps").read_text()
        found["torch_mapped"] = "libtorch" in maps
        return found
    finally:
        daemon.terminate()
        daemon.wait()


def state_of(client: Client) -> str | None:
    """How hearing is; None where the daemon does not answer."""
    with suppress(ControlError):
        return str(client.status()["hearing"]["state"])
    return None


def wait_until(ready: Callable[[], bool], daemon: subprocess.Popen[bytes], log: Path) -> None:
    """Wait, and end the program with the daemon's last words where that is in vain."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if daemon.poll() is not None or time.monotonic() > deadline:
            words = log.read_text(errors="replace")[-2000:]
            raise SystemExit(f"the daemon does not get ready; its log ends with\n{words}")
        time.sleep(0.01)


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


def cpu_seconds(process: int) -> float:
    """Processor time of a process, user and system (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / TICKS, 2)


def resident_mib(process: int) -> int:
    """Resident memory of a process (proc(5))."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    line = next(each for each in status if each.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
