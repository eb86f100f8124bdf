"""Several starts, each painted for a little while: the one of the lowest loss goes on."""

import math
from collections.abc import Callable

from mused.art.loop import Loop
from mused.art.settings import Settings

TRIAL = 0.1
"""The part of the steps that each of several starts is tried for."""


def trial_steps(settings: Settings) -> int:
    """Return how many steps each start is tried for."""
    return max(1, round(TRIAL * settings.steps))


def spare_steps(settings: Settings) -> int:
    """Return how many steps are spent on starts that another one beats."""
    return (settings.sweep - 1) * trial_steps(settings)


def best_start(
    first: Loop,
    settings: Settings,
    begin: Callable[[int], Loop],
    try_out: Callable[[Loop, int], bool],
) -> Loop:
    """Return the best start by its loss; or the last one tried, where that was cancelled.

    first: the start of the settings' own seed. begin: returns the start of another seed.
    try_out: paints one, told the steps spent before it; False where cancelled.
    """
    best, lowest = first, math.inf
    for number in range(settings.sweep):
        loop = begin(((settings.seed or 0) + number) % 2**63) if number else first
        if loop.effort != best.effort:
            loop.use(best.effort)  # memory is as short as it was before
        if not try_out(loop, number * trial_steps(settings)):
            return loop
        settled = loop.losses[len(loop.losses) // 2 :]
        if (loss := sum(settled) / len(settled)) < lowest:
            best, lowest = loop, loss
    return best
