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
    kills               how many, and how many of each kind: daemon, worker, both, synthesizer
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
from collections import Counter
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.progress import Progress

from benchmarks.chaos.house import GRACE, House
from benchmarks.chaos.judge import OPEN, Verdict, judge, read_jobs
from benchmarks.chaos.kills import Kill, plan
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.load import Load
from benchmarks.chaos.moments import Moments
from benchmarks.chaos.observer import READY

ZEROS = ("lost", "duplicated", "half_written", "announced_twice", "revived", "leftovers")
PATIENCE = 3.0  # seconds a kill waits for its moment, or for somebody to kill
STANDSTILL = 90.0  # seconds without a picture, after which it is not waited for any longer
MOST_FRUITLESS = 6  # kills in a row without a picture: jobs are given up for good reasons, too
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
    moments, ledger = Moments(), Ledger()
    house = House(home, moments.on_event)
    load = Load(house, ledger, seed, moments.happened)
    done: Counter[str] = Counter()
    folders = moments.watching(house.inbox, house.gallery, house.said, house.state)
    with (home / "seen.txt").open("w") as seen:
        witness = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chaos.observer", str(home)], stdout=seen
        )
    try:
        _await_witness(home / "seen.txt", witness)
        load.start()
        _kill_all(house, load, moments, plan(count, seed), done, home / "kills.txt")
        drain = time.monotonic()
        load.stop()
        if load.error:
            raise load.error
        _drain(house)
        drained = time.monotonic() - drain
        time.sleep(QUIET)
        if (code := house.stop()) != 0:
            raise RuntimeError(f"the daemon ended with {code} when asked to: see daemon.log")
        time.sleep(GRACE)
        house.look_for_orphans()
    finally:
        load.stop()
        house.clean_up()
        folders.stop()
        witness.kill()
        witness.wait()
    lines = (home / "seen.txt").read_text().splitlines()
    verdict = judge(home, ledger, moments.events, [line for line in lines if line != READY])
    _write_findings(home, verdict, house)
    return {
        **{key: len(getattr(verdict, key)) for key in ZEROS},
        "orphans": len(house.orphans),
        "announced_never": len(verdict.announced_never),
        "kills": done.total() - done["starting"],
        **{f"kills_{kind}": number for kind, number in sorted(done.items())},
        "jobs": verdict.jobs,
        "pictures": verdict.pictures,
        "perhaps": sum(wish.maybe for wish in ledger.wishes.values()),
        "cancels": len(ledger.cancelled_jobs),
        "restart_median": round(median(house.restarts), 2),
        "restart_p95": round(quantiles(house.restarts, n=20, method="inclusive")[-1], 2),
        "drain_seconds": round(drained, 1),
        "seconds": round(time.monotonic() - begun, 1),
    }


def _await_witness(seen: Path, witness: "subprocess.Popen[bytes]") -> None:
    while READY not in seen.read_text():
        if witness.poll() is not None:
            raise RuntimeError("the witness does not start")
        time.sleep(0.05)


def _kill_all(
    house: House,
    load: Load,
    moments: Moments,
    kills: list[Kill],
    done: Counter[str],
    log: Path,
) -> None:
    pictures, fruitless = 0, 0
    with Progress(transient=True) as bar, log.open("w", buffering=1) as file:
        task = bar.add_task("killing", total=len(kills))
        for kill in kills:
            if house.life is None:
                house.start()
                if kill.moment != "start":
                    house.await_answer()
            if moments.count("named") > pictures:
                pictures, fruitless = moments.count("named"), 0
            elif fruitless >= MOST_FRUITLESS and kill.moment != "start":
                moments.wait("named", STANDSTILL, pictures)
            fruitless += 1
            target = _carry_out(house, load, moments, kill)
            done[target] += 1
            done["starting"] += kill.moment == "start"
            print(f"{time.time():.3f} life {house.lives} {kill} met {target}", file=file)
            house.look_for_orphans()
            bar.advance(task)
        if house.life is None:
            house.start()
            house.await_answer()


def _carry_out(house: House, load: Load, moments: Moments, kill: Kill) -> str:
    """Kill, and return whom it met: the daemon where there is no such child for too long."""
    if kill.moment is not None and kill.moment != "start":
        before = moments.count(kill.moment)
        load.urge(kill.moment)
        moments.wait(kill.moment, PATIENCE, before)
    time.sleep(kill.delay)
    deadline = time.monotonic() + PATIENCE
    while not house.kill(kill.target):
        if time.monotonic() > deadline:
            house.kill("daemon")
            return "daemon"
        time.sleep(0.02)
    return kill.target


def _drain(house: House) -> None:
    """Until every file is taken and every job has ended, or nothing moves any more."""
    before, since = -1, time.monotonic()
    while True:
        files = sum(path.is_file() for path in house.inbox.iterdir())
        files += sum(1 for _ in (house.inbox / "work").iterdir())
        waiting = files + sum(job.status in OPEN for job in read_jobs(house.home))
        if not waiting:
            return
        if waiting != before:
            before, since = waiting, time.monotonic()
        if time.monotonic() - since > STANDSTILL:
            return  # the verdict counts what is missing
        time.sleep(0.2)


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
