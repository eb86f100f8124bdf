"""A child that tries cases, watched: it may crash, hang and grow, and is replaced then."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fuzz.kinds import Limits

START_SECONDS = 120.0
WALL = 6.0
"""How much longer than its processor time a case may take on a busy machine."""
LOOK = 0.02
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Outcome:
    """How a case went."""

    case: Path | None
    outcome: str
    """"accepted", "refused", "crashed", "hung", "memory" or "escaped"."""
    words: str
    mib: float = 0.0


class Pen:
    """Where the cases of one kind are tried."""

    def __init__(self, kind: str, limits: Limits, seed: int, folder: Path) -> None:
        self.kind = kind
        self.limits = limits
        self.seed = seed
        self.folder = folder
        self.program: Sequence[str] = (
            sys.executable,
            "-X",
            "faulthandler",
            "-m",
            "benchmarks.fuzz.child",
        )
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, what: object) -> Outcome:
        """Try the case of a number, or of a file."""
        if self._child is None:
            self._start()
        child = self._child
        assert child is not None
        assert child.stdin is not None
        child.stdin.write(f"{what}\n")
        child.stdin.flush()
        begun, spent = time.monotonic(), self._spent()
        case = None
        while True:
            answer = self._hear()
            if answer and "case" in answer:
                case = Path(answer["case"])
                begun, spent = time.monotonic(), self._spent()
            elif answer:
                return self._judged(case, answer)
            elif child.poll() is not None and self._lines.empty():
                return self._ended(case, "crashed", f"the process ended with {child.returncode}")
            elif (
                self._spent() - spent > self.limits.seconds
                or time.monotonic() - begun > self.limits.seconds * WALL
            ):
                return self._ended(case, "hung", f"longer than {self.limits.seconds:g} s")

    def _judged(self, case: Path | None, answer: dict[str, Any]) -> Outcome:
        outcome, words = answer["outcome"], answer["words"]
        if answer["mib"] > self.limits.mib and outcome in ("accepted", "refused"):
            outcome, words = "memory", f"it took {answer['mib']:.0f} MiB: {words}"
        if outcome not in ("accepted", "refused"):
            self.close()  # whatever it left behind
        return Outcome(case, outcome, words, answer["mib"])

    def _ended(self, case: Path | None, outcome: str, words: str) -> Outcome:
        self.close()
        log = self.folder / "child.log"
        said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        return Outcome(case, outcome, f"{words}; {said}")

    def _start(self) -> None:
        self._lines = queue.Queue()
        with (self.folder / "child.log").open("wb") as log:
            self._child = subprocess.Popen(
                [*self.program, self.kind, str(self.seed), str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        lines, stdout = self._lines, self._child.stdout
        assert stdout is not None
        threading.Thread(target=lambda: [*map(lines.put, stdout)], daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while self._hear() is None:
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise RuntimeError(f"no case of {self.kind} can be tried: see {self.folder}")

    def _hear(self) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = json.loads(self._lines.get(timeout=LOOK))
        except queue.Empty:
            return None
        return answer

    def _spent(self) -> float:
        """Seconds of processor time of the child and of those it has waited for."""
        assert self._child is not None
        try:
            stat = Path(f"/proc/{self._child.pid}/stat").read_text()
        except OSError:
            return 0.0
        return sum(map(int, stat.rpartition(")")[2].split()[11:15])) / TICKS

    def close(self) -> None:
        """End the child and all it started."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
