"""Hostile and broken input: ``python -m benchmarks.fuzz [--quick] [--json] [--seconds N] …``.

Cases are made from valid examples by damage of bytes and of structure, each from the seed, its
kind and its number alone, and tried in child processes that may not write outside of their
folder, run a program or connect anywhere (as Python's audit events tell), and have limits of
time and memory. For each kind:

    cases               tried
    accepted            taken: painted, read or queued, and consistent with themselves
    refused             refused in words, by an error of mused's own
    crashed             any other exception, a dead process, a refusal that cannot be shown
    hung                longer than 10 s of processor time (images: 20 s, requests: 30 s)
    memory              grew by more than 256 MiB (images: 1200), or asked for what there was not
    escaped             wrote elsewhere, ran code, or connected
    seconds             spent on it

The last four but for the seconds must be 0, else the exit status is 1; those cases are kept as
files and named. Kinds:

    prompts             written and spoken: parsed, written again, cut into tokens, sketched
    recipes             in PNG, JPEG, WebP and GIF; settings in JSON; shown by `mused inspect`
    images              to start from and to paint towards: truncated, bombs, liars, odd modes
    checkpoints         safetensors, .ckpt, TorchScript: damaged, bombs, liars, not for this
                        network; what loads paints a step
    resumes             the state of an interrupted painting, damaged: it is painted all the same
    prompt_files        text and TOML for the inbox
    requests            JSON lines to the real worker, which must answer each and live on
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.fuzz.kinds import KINDS
from benchmarks.fuzz.pen import Outcome, Pen

GOOD = ("accepted", "refused")
BAD = ("crashed", "hung", "memory", "escaped")
QUICK_SECONDS = 10.0
SECONDS = 120.0


def main() -> None:
    """Try, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS:g} s a kind")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, help=f"for each kind; {SECONDS:g}")
    parser.add_argument("--cases", type=int, help="at most so many of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of all cases; 1")
    parser.add_argument("--only", choices=KINDS, action="append", help="this kind; may be repeated")
    parser.add_argument("--keep", type=Path, help="where bad cases are kept; a new folder")
    parser.add_argument("--again", type=Path, help="try this file only, of the kind in its name")
    arguments = parser.parse_args()
    if arguments.again:
        raise SystemExit(again(arguments.again.resolve()))
    seconds = arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS)
    kept = arguments.keep or Path(tempfile.mkdtemp(prefix="mused-fuzz-found-"))
    found = {}
    with Progress(console=Console(stderr=True)) as bar:
        for kind in arguments.only or KINDS:
            task = bar.add_task(kind, total=None)
            with tempfile.TemporaryDirectory(prefix="mused-fuzz-") as home:
                found[kind] = fuzz(kind, Path(home), kept, arguments.seed, seconds, arguments.cases)
            bar.update(task, total=1, completed=1)
    print(json.dumps(found) if arguments.json else table(found))
    if any(found[kind][each] for kind in found for each in BAD):
        print(f"bad cases are kept in {kept}", file=sys.stderr)
        raise SystemExit(1)
    if not arguments.keep:
        kept.rmdir()


def fuzz(
    kind: str, home: Path, kept: Path, seed: int, seconds: float, most: int | None = None
) -> dict[str, Any]:
    """Return the figures of one kind; bad cases are moved to `kept`."""
    begun = time.monotonic()
    counts: Counter[str] = Counter()
    pen = Pen(kind, KINDS[kind], seed, home)
    deadline = None
    try:
        while (most is None or counts.total() < most) and time.monotonic() < (deadline or 2e18):
            outcome = pen.run(counts.total())
            # Imports and examples are not what is timed.
            deadline = deadline or time.monotonic() + seconds
            counts[outcome.outcome] += 1
            if outcome.outcome in BAD:
                _keep(outcome, kept)
            elif outcome.case is not None:
                outcome.case.unlink(missing_ok=True)
    finally:
        pen.close()
    return {
        "cases": counts.total(),
        **{each: counts[each] for each in (*GOOD, *BAD)},
        "seconds": round(time.monotonic() - begun, 1),
    }


def _keep(outcome: Outcome, kept: Path) -> None:
    kept.mkdir(parents=True, exist_ok=True)
    name = "unknown" if outcome.case is None else outcome.case.name
    if outcome.case is not None and outcome.case.exists():
        shutil.move(outcome.case, kept / name)
    (kept / f"{name}.why.txt").write_text(f"{outcome.outcome}: {outcome.words}\n")
    print(f"{outcome.outcome}: {kept / name}", file=sys.stderr)


def again(path: Path) -> int:
    """Try a kept case again and tell what comes of it; returns the exit status."""
    kind = path.name.partition("-")[0]
    if kind not in KINDS:
        raise SystemExit(f"{path.name} does not begin with one of {', '.join(KINDS)}")
    with tempfile.TemporaryDirectory(prefix="mused-fuzz-") as home:
        pen = Pen(kind, KINDS[kind], 0, Path(home))
        try:
            outcome = pen.run(path)
        finally:
            pen.close()
    print(f"{outcome.outcome} ({outcome.mib:.0f} MiB): {outcome.words}")
    return int(outcome.outcome in BAD)


def table(found: dict[str, dict[str, Any]]) -> str:
    """Return the figures, one kind a line."""
    names = ("cases", *GOOD, *BAD, "seconds")
    lines = [f"{'':<14}" + "".join(f"{name:>10}" for name in names)]
    for kind, figures in found.items():
        lines.append(f"{kind:<14}" + "".join(f"{figures[name]:>10}" for name in names))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
