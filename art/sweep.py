"""Several starts, each painted for a little while: the one of the lowest loss goes on."""

import math
from collections.abc import Callable

from mused.art.loop import Loop
from mused.art.memory import Effort
from mused.art.settings import Settings

TRIAL = 0.1
"""The part of the steps that each of several starts is tried for."""


def trial_steps(settings: Settings) -> int:
    """Return how many steps each start is tried for."""
    return max(1, round(TRIAL * settings.steps))


def spare_steps(settings: Settings) -> int:
    """Return how many steps are spent on starts that another one beats."""
    return (settings.sweep - 1) * trial_steps(settings)


class Sweep:
    """The starts of one painting, so many of them tried at once."""

    def __init__(self, settings: Settings, begin: Callable[[int], Loop], at_once: int) -> None:
        """`begin` returns the start of a seed."""
        self.spent = 0
        """Steps done by all starts."""
        self._settings = settings
        self._begin = begin
        self._at_once = at_once
        self._begun = 0
        self._tried: list[Loop] = []
        self._effort: Effort | None = None
        self._best: Loop | None = None
        self._lowest = math.inf

    def due(self) -> list[Loop]:
        """Return the starts to step next; none where all are tried."""
        if all(self._is_tried(loop) for loop in self._tried):
            for loop in self._tried:
                self._judge(loop)
            upto = min(self._settings.sweep, self._begun + self._at_once)
            self._tried = [self._next(number) for number in range(self._begun, upto)]
            self._begun = upto
        return [loop for loop in self._tried if not self._is_tried(loop)]

    def best(self) -> Loop:
        """Return the best start that was tried to its end."""
        assert self._best is not None
        return self._best

    def _is_tried(self, loop: Loop) -> bool:
        return loop.step_number >= trial_steps(self._settings)

    def _next(self, number: int) -> Loop:
        loop = self._begin(((self._settings.seed or 0) + number) % 2**63)
        if self._effort not in (None, loop.effort):
            loop.use(self._effort)  # memory is as short as it was before
        return loop

    def _judge(self, loop: Loop) -> None:
        self._effort = loop.effort
        settled = loop.losses[len(loop.losses) // 2 :]
        if (loss := sum(settled) / len(settled)) < self._lowest:
            self._best, self._lowest = loop, loss
