"""What waiting costs: ``python -m benchmarks.idle [--seconds 600] [--quick] [--json]``.

A real daemon with nothing to do: in its first part (``room``) it listens to the silence of a
private sound server, in its second (``inbox``) it has no ears, as on a server. Its voice is off,
and only its own process is measured: once it has spoken, a synthesizer waits beside it. Each gives

    ready_seconds         from the start of the process to its READY=1 on a notification socket
    ready_cpu_seconds     processor time until then, user and system
    cpu_percent           of one core, while idle
    rss_mib, pss_mib      resident memory; the latter shares what others have mapped too
    threads, files        how many threads, and open file descriptors
    wakeups_per_second    context switches of all its threads, those by force included
    wakeups_by_thread     the same a thread, by its name and by what it waits for in the kernel
"""

import argparse
import json
import os
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.daemon import PATIENCE, resident_mib, running, state_of
from mused.daemon.service.room import Room

TICKS = os.sysconf("SC_CLK_TCK")
SETTLE = 3.0  # seconds after the start until it counts as idle


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="length of a part; 600")
    parser.add_argument("--quick", action="store_true", help="10 s a part")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    seconds = 10.0 if arguments.quick else arguments.seconds
    with tempfile.TemporaryDirectory() as home, Room() as room:
        found = {"seconds": seconds, "room": idle(Path(home), room.environment, seconds)}
    with tempfile.TemporaryDirectory() as home:
        found["inbox"] = idle(Path(home), {}, seconds, hearing=False)
    print(json.dumps(found) if arguments.json else json.dumps(found, indent=4))


def idle(
    home: Path, environment: Mapping[str, str], seconds: float, *, hearing: bool = True
) -> dict[str, Any]:
    """The figures of one part."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notifications:
        notifications.bind(str(home / "notify"))
        notifications.settimeout(PATIENCE)
        environment = {**environment, "NOTIFY_SOCKET": str(home / "notify")}
        with running(home, environment, hearing=hearing) as daemon:
            while b"READY=1" not in notifications.recv(4096).split(b"\n"):
                pass
            ready = time.monotonic() - daemon.begun
            ready_cpu = cpu_seconds(daemon.pid)
            daemon.wait_until(lambda: state_of(daemon.client) == ("ok" if hearing else "off"))
            # As systemd does: a daemon whose status nobody reads has to wait with each.
            Thread(target=_drain, args=(notifications,), daemon=True).start()
            time.sleep(SETTLE)
            busy, before, begun = cpu_seconds(daemon.pid), switches(daemon.pid), time.monotonic()
            time.sleep(seconds)
            took = time.monotonic() - begun
            woken = since(before, switches(daemon.pid))
            return {
                "ready_seconds": round(ready, 2),
                "ready_cpu_seconds": ready_cpu,
                "cpu_percent": round(100 * (cpu_seconds(daemon.pid) - busy) / took, 2),
                "rss_mib": resident_mib(daemon.pid),
                "pss_mib": proportional_mib(daemon.pid),
                "threads": len(list(Path(f"/proc/{daemon.pid}/task").iterdir())),
                "files": len(list(Path(f"/proc/{daemon.pid}/fd").iterdir())),
                "wakeups_per_second": round(woken.total() / took, 2),
                "wakeups_by_thread": {
                    name: round(count / took, 2) for name, count in woken.most_common()
                },
            }


def _drain(notifications: socket.socket) -> None:
    notifications.settimeout(None)
    with suppress(OSError):
        while notifications.recv(4096):
            pass


def switches(process: int) -> dict[tuple[int, str], int]:
    """Context switches of every thread so far, by its id and its name (proc(5))."""
    found = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):  # it has just ended
            lines = (task / "status").read_text().splitlines()
            count = sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
            role = "main" if task.name == str(process) else (task / "comm").read_text().strip()
            place = (task / "wchan").read_text().strip("0") or "running"
            found[int(task.name), f"{role} in {place}"] = count
    return found


def since(
    before: Mapping[tuple[int, str], int], after: Mapping[tuple[int, str], int]
) -> Counter[str]:
    """How often each thread was woken; one that is new counts from its beginning."""
    counts = {thread: count for (thread, _), count in before.items()}
    woken: Counter[str] = Counter()
    for (thread, name), count in after.items():
        woken[name] += count - counts.get(thread, 0)
    return woken


def cpu_seconds(process: int) -> float:
    """Processor time of a process, user and system (proc(5))."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return round((int(fields[11]) + int(fields[12])) / TICKS, 2)


def proportional_mib(process: int) -> int:
    """Memory of a process, each shared page divided by how many share it (proc(5))."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    line = next(each for each in lines if each.startswith("Pss:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
