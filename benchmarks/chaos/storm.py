"""The storm: a house under load, killed as planned, until nothing is left to be done."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.chaos.house import House
from benchmarks.chaos.judge import OPEN, read_jobs
from benchmarks.chaos.kills import Kill
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.load import Load
from benchmarks.chaos.moments import Moments

PATIENCE = 3.0  # seconds a kill waits for its moment, or for somebody to kill
STANDSTILL = 90.0  # seconds without a picture, after which it is not waited for any longer
MOST_FRUITLESS = 6  # kills in a row without a picture: jobs are given up for good reasons, too


class Storm:
    """Carries out kills in the house at `home`; `moments` and `ledger` keep what happened."""

    def __init__(self, home: Path, seed: int) -> None:
        self.moments, self.ledger = Moments(), Ledger()
        self.house = House(home, self.moments.on_event)
        self.done: Counter[str] = Counter()
        """Kills by whom they met."""
        self.starting = 0
        """Of these, within a moment of a start."""
        self._load = Load(self.house, self.ledger, seed, self.moments.happened)
        house = self.house
        self._folders = self.moments.watching(house.inbox, house.gallery, house.said, house.state)

    def rage(self, kills: list[Kill], tick: Callable[[], None]) -> None:
        """Ask for pictures and kill, with a `tick` after each kill; a daemon is left alive.

        Raises RuntimeError when a daemon ends by itself or does not answer.
        """
        self._load.start()
        pictures, fruitless = 0, 0
        with (self.house.home / "kills.txt").open("w", buffering=1) as log:
            for kill in kills:
                self._be_alive(answering=kill.moment != "start")
                if self.moments.count("named") > pictures:
                    pictures, fruitless = self.moments.count("named"), 0
                elif fruitless >= MOST_FRUITLESS and kill.moment != "start":
                    self.moments.wait("named", STANDSTILL, pictures)
                fruitless += 1
                met = self._carry_out(kill)
                self.done[met] += 1
                self.starting += kill.moment == "start"
                print(f"{time.time():.3f} life {self.house.lives} {kill} met {met}", file=log)
                self.house.look_for_orphans()
                tick()
        self._be_alive(answering=True)

    def calm_down(self) -> None:
        """Ask for no more, and wait until all is done or nothing moves any longer."""
        self._load.stop()
        before, since = -1, time.monotonic()
        while time.monotonic() - since < STANDSTILL:  # the verdict counts what is missing
            waiting = self._waiting()
            if not waiting:
                return
            if waiting != before:
                before, since = waiting, time.monotonic()
            time.sleep(0.2)

    def end(self) -> None:
        """Leave nothing running."""
        self._load.stop()
        self.house.clean_up()
        self._folders.stop()

    def _be_alive(self, *, answering: bool) -> None:
        if self._load.error:
            raise self._load.error
        if self.house.life is None:
            self.house.start()
            if answering:
                self.house.await_answer()

    def _carry_out(self, kill: Kill) -> str:
        """Kill, and return whom it met: the daemon where there is no such child for too long."""
        if kill.moment is not None and kill.moment != "start":
            before = self.moments.count(kill.moment)
            self._load.urge(kill.moment)
            self.moments.wait(kill.moment, PATIENCE, before)
        time.sleep(kill.delay)
        deadline = time.monotonic() + PATIENCE
        while not self.house.kill(kill.target):
            if time.monotonic() > deadline:
                self.house.kill("daemon")
                return "daemon"
            time.sleep(0.02)
        return kill.target

    def _waiting(self) -> int:
        files = sum(path.is_file() for path in self.house.inbox.iterdir())
        files += sum(path.is_file() for path in (self.house.inbox / "work").rglob("*"))
        return files + sum(job.status in OPEN for job in read_jobs(self.house.home))
