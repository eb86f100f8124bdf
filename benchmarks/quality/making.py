"""Making pictures while telling how it goes."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.arms import Plan, make, missing
from benchmarks.quality.prompts import Asked


def made(
    folder: Path, arms: Sequence[str], asked: Sequence[Asked], plan: Plan, jobs: int | None
) -> None:
    """Make the pictures that are missing, in so many processes or one a core. Raises as make()."""
    count = len(missing(folder, arms, asked))
    began = time.monotonic()
    pictures = make(folder, arms, asked, plan, jobs or os.cpu_count() or 1)
    for done, arm in enumerate(pictures, 1):
        seconds = time.monotonic() - began
        left = seconds / done * (count - done)
        say(f"\r{done} of {count} pictures ({arm}), {seconds:.0f} s, {left:.0f} s left  ", end="")
    if count:
        say("")


def say(text: str, end: str = "\n") -> None:
    """Tell people something, beside the output."""
    print(text, end=end, file=sys.stderr, flush=True)
