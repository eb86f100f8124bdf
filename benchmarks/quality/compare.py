"""Two ways of painting compared prompt by prompt."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 10_000


@dataclass(frozen=True)
class Difference:
    """How much more one has than the other, over the same prompts."""

    mean: float
    low: float
    """The bounds that 95 % of resampled means lie within (bootstrap, Efron 1979)."""
    high: float
    p: float
    """How often chance alone makes a difference at least as large (random signs, two-sided)."""


def difference(ours: Sequence[float], theirs: Sequence[float], seed: int = 0) -> Difference:
    """Compare figures that belong together pair by pair."""
    gains = [a - b for a, b in zip(ours, theirs, strict=True)]
    count, mean = len(gains), sum(gains) / len(gains)
    rng = random.Random(seed)
    means = sorted(sum(rng.choices(gains, k=count)) / count for _ in range(DRAWS))
    sizes = [abs(gain) for gain in gains if gain]
    signs = (sum(s if rng.random() < 0.5 else -s for s in sizes) / count for _ in range(DRAWS))
    # A little less than the mean: sums of the same numbers in another order round differently.
    beyond = sum(abs(sign) >= abs(mean) - 1e-12 for sign in signs)
    return Difference(mean, means[DRAWS // 40], means[-DRAWS // 40 - 1], (beyond + 1) / (DRAWS + 1))
