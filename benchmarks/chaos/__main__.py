"""Kills that lose nothing: ``python -m benchmarks.chaos [--kills N] [--quick] [--json]``.

A real daemon with the real painter is killed (SIGKILL) again and again, or its worker, or both,
or its synthesizer, at random moments and at those that hurt, while files are dropped, prompts
submitted and jobs cancelled. Then the queue drains, and the files are compared with what was
asked for. These must be 0, else the exit status is 1:

    lost                prompt lines and acknowledged submissions without their job or picture
    duplicated          jobs or pictures nobody asked for, or more of them than were asked for
    half_written        pictures, sounds, prompt files or checkpoints seen unfinished under their
                        final name, at any time, by a witness in a process of its own
    announced_twice     pictures announced more than once over all lives of the daemon
    revived             jobs that were cancelled, and then were not
    orphans             workers and synthesizers still there 2 s after their daemon was killed
    leftovers           work files that nobody needs any more when everything is done

and these are figures:

    announced_never     finished pictures without an announcement: a picture is remembered before
                        it is announced, so a kill between the two costs the announcement
    kills               how many, and how many of each kind: daemon, worker, both, synthesizer,
                        and stop, which is SIGTERM just after a picture has its name
    kills_starting      of these, within 0.3 s of a start of the daemon
    jobs, pictures      how many there are at the end
    perhaps             submissions whose daemon was killed before it answered
    cancels             acknowledged
    restart_median      seconds from a start of the daemon to its first answer
    restart_p95         95 of 100 are faster
    drain_seconds       from the last kill until nothing was left to do
    seconds             in all
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.progress import Progress

from benchmarks.chaos.house import GRACE, House
from benchmarks.chaos.judge import Verdict, judge
from benchmarks.chaos.kills import STOP, TARGETS, plan
from benchmarks.chaos.observer import READY
from benchmarks.chaos.storm import Storm

ZEROS = ("lost", "duplicated", "half_written", "announced_twice", "revived", "leftovers")
QUIET = 3.0  # seconds after the last job, for its announcement


def main() -> None:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500, help="how many; 500")
    parser.add_argument("--seed", type=int, default=1, help="of schedule and load; 1")
    parser.add_argument("--quick", action="store_true", help="20 kills")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up like Ctrl-C
    home = Path(tempfile.mkdtemp(prefix="mused-chaos-"))
    try:
        found = measure(home, 20 if arguments.quick else arguments.kills, arguments.seed)
    except KeyboardInterrupt:
        shutil.rmtree(home)
        raise SystemExit(130) from None
    except BaseException:
        print(f"everything is kept in {home}", file=sys.stderr)
        raise
    print(json.dumps(found) if arguments.json else _table(found))
    if any(found[key] for key in (*ZEROS, "orphans")):
        print(f"logs, folders and findings.txt are kept in {home}", file=sys.stderr)
        raise SystemExit(1)
    shutil.rmtree(home)


def measure(home: Path, count: int, seed: int) -> dict[str, Any]:
    """All figures; what went wrong is written to ``findings.txt`` in `home`."""
    begun = time.monotonic()
    storm = Storm(home, seed)
    try:
        with witnessing(home) as seen, Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("killing", total=count)
            storm.rage(plan(count, seed), lambda: bar.advance(task))
            calm = time.monotonic()
            storm.calm_down()
            drained = time.monotonic() - calm
            time.sleep(QUIET)
            if (code := storm.house.stop()) != 0:
                raise RuntimeError(f"the daemon ended with {code} when asked to: see daemon.log")
            time.sleep(GRACE)
            storm.house.look_for_orphans()
    finally:
        storm.end()
    verdict = judge(home, storm.ledger, storm.moments.events, seen)
    _write_findings(home, verdict, storm.house)
    return {
        **{key: len(getattr(verdict, key)) for key in ZEROS},
        **_figures(storm, verdict),
        "drain_seconds": round(drained, 1),
        "seconds": round(time.monotonic() - begun, 1),
    }


def _figures(storm: Storm, verdict: Verdict) -> dict[str, Any]:
    restarts = storm.house.restarts
    return {
        "orphans": len(storm.house.orphans),
        "announced_never": len(verdict.announced_never),
        "kills": storm.done.total(),
        **{f"kills_{kind}": storm.done[kind] for kind in (*TARGETS, STOP)},
        "kills_starting": storm.starting,
        "jobs": verdict.jobs,
        "pictures": verdict.pictures,
        "perhaps": sum(wish.maybe for wish in storm.ledger.wishes.values()),
        "cancels": len(storm.ledger.cancelled_jobs),
        "restart_median": round(median(restarts), 2),
        "restart_p95": round(quantiles(restarts, n=20, method="inclusive")[-1], 2),
    }


@contextmanager
def witnessing(home: Path) -> Iterator[list[str]]:
    """A list that holds, once the context is closed, what a witness saw meanwhile.

    Raises RuntimeError where the witness does not live through it.
    """
    seen: list[str] = []
    log = home / "seen.txt"
    with log.open("w") as file:
        witness = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chaos.observer", str(home)], stdout=file
        )
    try:
        while READY not in log.read_text() and witness.poll() is None:
            time.sleep(0.05)
        yield seen
        if witness.poll() is not None:
            raise RuntimeError(f"the witness ended with {witness.returncode}")
    finally:
        witness.kill()
        witness.wait()
    seen += [line for line in log.read_text().splitlines() if line != READY]


def _write_findings(home: Path, verdict: Verdict, house: House) -> None:
    with (home / "findings.txt").open("w") as file:
        for key in (*ZEROS, "announced_never"):
            for line in getattr(verdict, key):
                print(f"{key}: {line}", file=file)
        for line in house.orphans:
            print(f"orphans: {line}", file=file)


def _table(found: dict[str, Any]) -> str:
    return "\n".join(f"{key:<20}{value}" for key, value in found.items())


if __name__ == "__main__":
    main()
