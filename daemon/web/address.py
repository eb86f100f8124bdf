"""The path of the control socket, which the kernel keeps short."""

import os
from pathlib import Path

from mused.daemon.errors import ControlError

LONGEST = 107  # bytes, unix(7)


def fitting(path: Path) -> str:
    """`path` as the kernel takes it; raises ControlError for one that is too long."""
    if len(os.fsencode(path)) > LONGEST:
        raise ControlError(
            f"the path of the control socket is longer than {LONGEST} bytes ({path}): set "
            "[control] socket to a shorter one"
        )
    return str(path)
