"""When a long task is worth a line where nobody sees a bar: in a pipe, a journal, a log."""

import time

PAUSE = 10.0
"""Seconds between two lines, at least."""
SHARE = 0.01
"""How much further the task is then, at least: a training of hours fills no log."""


class Milestones:
    """Remembers when the last line was due, from its making on."""

    def __init__(self) -> None:
        self._at, self._share = time.monotonic(), 0.0

    def passed(self, done: float, total: float) -> bool:
        """Whether another line is due now that so much of the task is done."""
        share = done / total if total else 1.0
        if share < self._share:  # another task has begun
            self._share = 0.0
        now = time.monotonic()
        if now - self._at < PAUSE or share - self._share < SHARE:
            return False
        self._at, self._share = now, share
        return True
