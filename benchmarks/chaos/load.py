"""The load: prompt files, submissions and cancels, with nothing held back for a dead daemon."""

import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.chaos.house import House
from benchmarks.chaos.ledger import Ledger
from mused.daemon.errors import ControlError, NotRunningError

WHOLE = "# the end of this file"
"""Last line of every prompt file, a comment: where it is missing, half a file was taken."""
MOST_OPEN = 8  # jobs; more only make the end longer
PAUSE = 0.04  # seconds between the pieces of a file that is written slowly
LONGEST_PAUSE = 0.2  # seconds; the inbox takes a file for whole after 0.3 s without a change
NAMES = 8
WHAT = ("a red boat", "a green hill", "a city at night", "a sunset over the sea", "a blue house")
LONG = {"steps": 70}  # long enough for a checkpoint


class Load(threading.Thread):
    """Asks for pictures, in every way there is, until `stop` is called."""

    def __init__(
        self, house: House, ledger: Ledger, seed: int, happens: Callable[[str], None]
    ) -> None:
        super().__init__(name="load", daemon=True)
        self._house = house
        self._ledger = ledger
        self._random = random.Random(seed)
        self._happens = happens
        self._urges: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._numbers = 0
        self._queued = 0
        self.error: Exception | None = None

    def stop(self) -> None:
        """Ask for nothing more; returns when the last request has been answered."""
        self._ending.set()
        if self.is_alive():
            self.join()

    def urge(self, moment: str) -> None:
        """Do soon what brings `moment` about, if asking can; however much waits already."""
        ways = {
            "submitting": self._submit,
            "cancelling": self._cancel,
            "job.queued": self._drop,
            "claimed": self._drop,
            "taken": self._drop_many,
        }
        if moment in ways:
            self._urges.put(ways[moment])

    def run(self) -> None:
        """Until told to stop; what goes wrong in the load itself is kept in `error`."""
        ways: dict[Callable[[], None], int] = {
            self._drop: 6,
            self._drop_many: 2,
            self._drop_twins: 2,
            self._drop_slowly: 2,
            self._submit: 6,
            self._cancel: 4,
        }
        try:
            while not self._ending.is_set():
                with contextlib.suppress(queue.Empty):
                    self._urges.get_nowait()()
                if self._open() < MOST_OPEN:
                    self._random.choices(list(ways), list(ways.values()))[0]()
                self._ending.wait(self._random.uniform(0.02, 0.4))
        except Exception as error:  # noqa: BLE001 - told at the end, in words
            self.error = error

    def _open(self) -> int:
        """Jobs waiting, in the queue or as files."""
        files = sum(1 for path in self._house.inbox.iterdir() if path.is_file())
        with contextlib.suppress(ControlError):  # as before, then
            jobs = self._house.client.jobs()
            self._queued = sum(job["status"] in ("queued", "running") for job in jobs)
        return files + self._queued

    def _text(self) -> str:
        """A prompt nobody has asked for before."""
        self._numbers += 1
        return f"{self._random.choice(WHAT)} w{self._numbers:05}"

    def _drop(self) -> None:
        text = self._text()
        if self._random.random() < 0.3:
            self._write(f'prompt = "{text}"\nseed = 7\n{WHOLE}\n', ".toml", [text])
        else:
            self._write(f"{text}\n{WHOLE}\n", ".txt", [text])

    def _drop_many(self) -> None:
        texts = [self._text() for _ in range(self._random.randint(2, 5))]
        self._write("\n".join([*texts, WHOLE, ""]), ".txt", texts)

    def _drop_twins(self) -> None:
        text = self._text()
        for _ in range(2):
            self._write(f"{text}\n{WHOLE}\n", ".txt", [text])

    def _drop_slowly(self) -> None:
        """Write in pieces under the final name, as a slow program or a network does."""
        texts = [self._text() for _ in range(3)]
        path = self._house.inbox / f"slow-{self._numbers}.txt"
        longest, last = 0.0, time.monotonic()
        with path.open("x") as file:
            for line in (*texts, WHOLE):
                for piece in (line[:9], line[9:] + "\n"):
                    file.write(piece)
                    file.flush()
                    now = time.monotonic()
                    longest, last = max(longest, now - last), now
                    time.sleep(PAUSE)
        longest = max(longest, time.monotonic() - last)
        if longest < LONGEST_PAUSE:
            self._wanted(texts)
        else:  # the machine was busy: whatever became of it is nobody's fault
            self._ledger.slow_files.add(path.stem)
            self._ledger.torn.update((*texts, WHOLE))

    def _wanted(self, texts: list[str]) -> None:
        for text in texts:
            with self._ledger.wish(text) as wish:
                wish.sure += 1

    def _write(self, content: str, suffix: str, texts: list[str]) -> None:
        """Drop a file under a name that is used again and again, but never over another."""
        part = self._house.home / "dropping"
        while not self._ending.is_set():
            target = self._house.inbox / f"prompt-{self._random.randrange(NAMES)}{suffix}"
            try:
                if self._random.random() < 0.5:
                    with target.open("x") as file:
                        file.write(content)
                else:
                    part.write_text(content)
                    _link(part, target)
            except FileExistsError:
                time.sleep(0.02)
            else:
                self._wanted(texts)
                return

    def _submit(self) -> None:
        """Submit one text, again and again while the daemon is away."""
        text = self._text()
        settings = LONG if self._random.random() < 0.12 else {}
        while True:
            self._happens("submitting")
            try:
                self._house.client.submit(text, settings)
            except NotRunningError:
                if self._ending.wait(0.02):
                    return
            except ControlError:  # perhaps it was queued: the next try is another wish
                with self._ledger.wish(text) as wish:
                    wish.maybe += 1
                text = self._text()
            else:
                with self._ledger.wish(text) as wish:
                    wish.sure += 1
                return

    def _cancel(self) -> None:
        """Cancel one open job, of any source."""
        job = self._open_job()
        if job is None or len(self._ledger.cancelled_jobs) > self._ledger.asked() / 5:
            return
        self._happens("cancelling")
        try:
            if not self._house.client.cancel(job["id"]):
                return
            self._ledger.cancelled_jobs.add(job["id"])
        except NotRunningError:
            return
        except ControlError:
            pass  # perhaps it was cancelled
        with self._ledger.wish(job["prompt"]) as wish:
            wish.cancelled += 1

    def _open_job(self) -> dict[str, Any] | None:
        """Any open job, as soon as there is a daemon to be asked."""
        while not self._ending.wait(0.02):
            with contextlib.suppress(ControlError):
                jobs = self._house.client.jobs()
                found = [job for job in jobs if job["status"] in ("queued", "running")]
                return self._random.choice(found) if found else None
        return None


def _link(part: Path, target: Path) -> None:
    """Move `part` to `target`, which must not exist: a rename would replace it."""
    target.hardlink_to(part)
    part.unlink()
