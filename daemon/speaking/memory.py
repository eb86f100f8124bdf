"""Files in memory, for children that only take a path."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def file_in_memory() -> Iterator[Path]:
    """A file for our children that no death of ours can leave behind: what is said is private."""
    handle = os.memfd_create("mused-sound")
    try:
        yield Path(f"/proc/{os.getpid()}/fd/{handle}")
    finally:
        os.close(handle)
