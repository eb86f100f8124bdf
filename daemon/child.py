"""Child processes that lead a session of their own: they end with us, and with all they started."""

import contextlib
import ctypes
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the children import this module too, and need no event loop
    from asyncio.subprocess import Process

PR_SET_PDEATHSIG = 1
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Those that the daemon holds back for a thread of its own, and its children with it."""


async def kill(process: "Process") -> int:
    """End `process` and its whole group, now; returns its exit status, negative for a signal."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return await process.wait()


def die_with_parent() -> None:
    """Called in the child: it ends when its parent dies in whatever way, and by any signal."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it could be asked for
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
