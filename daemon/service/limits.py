"""What the system allows a process, and what mused cannot do without."""

import resource

from mused.daemon.errors import DaemonError

FEWEST_FILES = 64
"""With fewer open files the daemon stumbles: it cannot even be asked what is wrong."""
USUAL_FILES = 1024
"""Not more: select(2) knows no higher numbers."""


def raise_open_files() -> None:
    """Allow this process as many open files as it may; raises DaemonError if these are too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = USUAL_FILES if hard == resource.RLIM_INFINITY else min(USUAL_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < FEWEST_FILES:
        raise DaemonError(
            f"only {wanted} open files are allowed, mused needs {FEWEST_FILES}: `ulimit -Hn "
            f"{USUAL_FILES}` before it starts, or LimitNOFILE={USUAL_FILES} in its unit"
        )
