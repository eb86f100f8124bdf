"""What was asked of the daemon, kept outside of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock


@dataclass
class Wish:
    """How often one text was asked for; every text but those of twin files is asked for once."""

    sure: int = 0
    """Dropped as a file, or sent and acknowledged."""
    maybe: int = 0
    """Sent to a daemon that was killed before it answered: queued or not, both are right."""
    cancelled: int = 0
    """Of these, cancelled or perhaps cancelled."""

    @property
    def fewest_jobs(self) -> int:
        """Jobs there must be."""
        return self.sure

    @property
    def fewest_pictures(self) -> int:
        """Pictures there must be; a cancelled job may leave its last frame."""
        return max(0, self.sure - self.cancelled)

    @property
    def most(self) -> int:
        """Jobs, and pictures, there may be."""
        return self.sure + self.maybe


class Ledger:
    """Every wish by its text; written by the load's thread, read when it has ended."""

    def __init__(self) -> None:
        self.wishes: dict[str, Wish] = {}
        self.cancelled_jobs: set[int] = set()
        """Those whose cancel was acknowledged."""
        self.slow_files: set[str] = set()
        """Names of files whose writer paused longer than the inbox promises to wait."""
        self.torn: set[str] = set()
        """Their lines, of which any beginning may have become a job."""
        self._lock = Lock()

    @contextmanager
    def wish(self, text: str) -> Iterator[Wish]:
        """The wish of that text, to be changed."""
        with self._lock:
            yield self.wishes.setdefault(text, Wish())

    def asked(self) -> int:
        """How much was asked for, surely or perhaps."""
        with self._lock:
            return sum(wish.most for wish in self.wishes.values())
