"""How many steps of the default start fit into some seconds on two cores."""

import statistics
import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import torch

from benchmarks.quality.arms import BUDGETS
from mused.art.painter import Painter
from mused.art.progress import Progress, Watch
from mused.art.settings import Settings

CORES = 2
PROMPT = "a boat on a lake at sunset"


@dataclass(frozen=True)
class Pace:
    """What a picture of the default settings takes on this machine, by the clock."""

    start: float
    """Seconds before the first and after the last step, in a painter that is loaded."""
    step: float
    """Seconds of a step, the median."""

    def steps_within(self, seconds: float) -> int:
        """The steps that fit."""
        return max(0, int((seconds - self.start) / self.step))

    def figures(self) -> dict[str, float]:
        """Keys and values of the JSON object."""
        steps = {f"budget.{seconds}s.steps": self.steps_within(seconds) for seconds in BUDGETS}
        return {
            "budget.start_seconds": round(self.start, 3),
            "budget.step_seconds": round(self.step, 4),
            **steps,
        }


def measure(steps: int = 20) -> Pace:
    """Paint so many steps and none, with two threads; afterwards torch has as many as before."""
    threads = torch.get_num_threads()
    try:
        return _measured(steps, Settings(seed=0, threads=CORES))
    finally:
        torch.set_num_threads(threads)


def _measured(steps: int, usual: Settings) -> Pace:
    painter = Painter.load(usual)
    moments: list[float] = []
    watch = Watch(on_progress=partial(_note, moments))
    painter.paint(PROMPT, replace(usual, steps=2))  # whatever is done once in a process
    began = time.perf_counter()
    painter.paint(PROMPT, replace(usual, steps=0))
    start = time.perf_counter() - began
    painter.paint(PROMPT, replace(usual, steps=steps + 1), watch)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    return Pace(start, statistics.median(gaps))


def _note(moments: list[float], _: Progress) -> None:
    moments.append(time.perf_counter())
