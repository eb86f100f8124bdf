"""Gives memory back to the system.

Every recogniser takes some megabytes in small pieces, and glibc keeps what is freed for the next
one: over days of listening that grows, though nothing leaks.
"""

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

EVERY = 60.0  # seconds; it takes ten milliseconds


@dataclass
class Housekeeper:
    """Gives memory back in a quiet moment after there was something to hear."""

    last: float = 0.0
    """Seconds of the stream."""

    def tidy(self, now: float, used: float) -> None:
        """Called while nothing is to be heard; recognisers were last `used` at that time."""
        if self.last < used and now - self.last >= EVERY:
            self.last = now
            give_back()


@cache
def _trim() -> Any:
    # malloc_trim(3) is glibc's own; another C library keeps house in its own way.
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Return freed memory; takes some ten milliseconds, in which other threads run."""
    trim = _trim()
    if trim is not None:
        trim(0)
