"""What a case must not do, as Python's audit events tell (PEP 578): each is refused and noted."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.chmod": 1, "os.chown": 1, "os.link": 2, "os.mkdir": 1, "os.remove": 1, "os.rename": 2,
    "os.rmdir": 1, "os.symlink": 2, "os.truncate": 1, "os.utime": 1,
}  # fmt: skip
"""Events that change files, and how many of their arguments are paths."""
RUNS = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn",
    "socket.bind", "socket.connect", "subprocess.Popen",
}  # fmt: skip
"""Events of programs that are run and of connections that are made."""
PR_SET_PDEATHSIG = 1
FORGET_PEAK = "/proc/self/clear_refs"
"""Written to by growth()."""


def confine(folder: Path, *, may_run: bool = False) -> list[str]:
    """Refuse from now on to write outside of `folder` or to run programs; return what was tried.

    may_run: whether programs may be run after all.
    """
    home = os.path.realpath(folder)
    sys.dont_write_bytecode = True
    tried: list[str] = []

    def inside(path: object) -> bool:
        if isinstance(path, int) or path in (os.devnull, FORGET_PEAK):
            return True
        if not isinstance(path, str | bytes | os.PathLike):
            return True
        real = os.path.realpath(os.fsdecode(path))
        return real == home or real.startswith(home + os.sep)

    def hook(event: str, values: tuple[object, ...]) -> None:
        if event == "open":
            flags = values[2]
            bad = isinstance(flags, int) and flags & WRITES and not inside(values[0])
        elif event in CHANGES:
            bad = not all(map(inside, values[: CHANGES[event]]))
        else:
            bad = event in RUNS and not may_run
        if bad:
            tried.append(f"{event} {values!r}"[:300])
            raise PermissionError(1, f"the fuzz run refuses {event}")

    sys.addaudithook(hook)
    return tried


def limit_memory(more_mib: int) -> None:
    """Let this process have so much more memory than now, in its address space.

    Where it asks for more, the call fails as on a machine that has none left.
    """
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = now + more_mib * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with_parent() -> None:
    """Have the kernel end this process when its parent dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def growth(work: Callable[[], object]) -> tuple[BaseException | None, float]:
    """Do something; return how it failed and by how many MiB it made this process larger."""
    with open(FORGET_PEAK, "w") as file:  # noqa: PTH123 - as it is compared with above
        file.write("5")  # the peak is now what it has (proc(5))
    before = _peak_mib()
    error = None
    try:
        work()
    except Exception as raised:  # noqa: BLE001 - this is what is looked for
        error = raised
    return error, _peak_mib() - before


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
