"""Whether the kernel ended a process for want of memory: SIGKILL alone does not say so."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def count() -> int:
    """How many processes the kernel has ended for memory: in our control group, else anywhere."""
    for file in _counters():
        with contextlib.suppress(OSError, ValueError):
            for line in file.read_text(encoding="ascii").splitlines():
                name, _, value = line.partition(" ")
                if name == "oom_kill":
                    return int(value)
    return 0


def _counters() -> Iterator[Path]:
    """Files with a line "oom_kill N", the nearest first; they may not exist."""
    groups = ""
    with contextlib.suppress(OSError):
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield CGROUPS / path.lstrip("/") / "memory.events"
        elif "memory" in controllers.split(","):  # version 1
            yield CGROUPS / "memory" / path.lstrip("/") / "memory.oom_control"
    yield Path("/proc/vmstat")
