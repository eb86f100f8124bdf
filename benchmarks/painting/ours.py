"""Our loop as a child process: ``python -m benchmarks.painting.ours PLAN``, a plan in JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.painting.clock import Clock
from mused.art import frozen
from mused.art.painter import Painter
from mused.art.progress import Watch
from mused.art.settings import Settings

ENDLESS = 100_000


def main(plan: dict[str, Any]) -> None:
    """Paint as the reference does by default: random codes, nothing holds the picture."""
    clock = Clock()
    settings = Settings(
        width=plan["size"],
        height=plan["size"],
        cutouts=plan["cutouts"],
        threads=plan["threads"],
        vqgan=Path(plan["vqgan"]),
        clip=Path(plan["clip"]),
        start="noise",
        anchor=0.0,
        learning_rate=0.1,
        seed=1,
        steps=ENDLESS,
    )
    painter = Painter.load(settings)
    frozen.decode = clock.timed(frozen.decode, 1, "rest", "decode", "cutouts")
    frozen.embed = clock.timed(frozen.embed, 1, "cutouts", "clip", "rest")
    clock.wait()
    painter.paint(plan["prompt"], settings, Watch(on_progress=clock.ended))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
