"""The painter's warm process: ``python -m benchmarks.worker [--quick] [--json] [--steps N]``.

The worker paints with the bundled networks and the default settings, over and over in one
process; beside it `mused paint` paints the same, each time in a process of its own. They take
turns. Seconds, medians over the jobs:

    cold_ready            from the start of the process to "ready": torch is there
    cold_first_step       … to the first progress, with a first preview on disk
    cold_picture          … to the finished picture
    warm_started          from the request to "started"
    warm_first_step       … to the first progress
    warm_picture          … to the finished picture
    cancel_answered       from a cancel in the middle of a painting to its answer
    cancel_longest        the slowest of them
    afresh_picture        `mused paint`: from its start to the picture, each time anew
    times_faster          afresh_picture by warm_picture
    steps                 of each picture
    jobs                  of each kind
    rss_mib               of the worker after all of them
    rss_growth_mib        since its first picture
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from mused.art.settings import Settings

PROMPT = "sunset, boat and lake"
JOBS, QUICK_JOBS = 5, 2
ENDLESS = 100_000
LEAVE_SECONDS = 0.5


class Worker:
    """A worker and the ends of its pipes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mused.art.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def say(self, **message: object) -> float:
        """Write a request; returns when."""
        assert self.process.stdin is not None
        now = time.monotonic()
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return now

    def paint(self, job: str, **settings: object) -> float:
        """Ask for a picture; returns when."""
        picture = self.folder / f"{job}.png"
        return self.say(
            do="paint", job=job, prompt=PROMPT, settings={"seed": 1, **settings},
            picture=str(picture), preview=str(picture.with_suffix(".preview.png")),
            checkpoint=str(picture.with_suffix(".ckpt")),
        )  # fmt: skip

    def hear(self, *events: str) -> float:
        """Wait for one of these events; returns when it came. Raises RuntimeError."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)["event"]
            if event in events:
                return time.monotonic()
            if event == "failed":
                raise RuntimeError(f"the worker failed: {line!r}")
        raise RuntimeError(f"the worker ended with {self.process.wait()}")

    def rss_mib(self) -> float:
        """Return its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def end(self) -> None:
        """End it and close the pipes."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_JOBS} jobs of each kind")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--steps", type=int, default=Settings().steps, help="of each picture")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mused-worker-") as home:
        jobs = QUICK_JOBS if arguments.quick else JOBS
        found = measure(Path(home), jobs, arguments.steps)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{key:<20}{value}" for key, value in found.items()))


def measure(home: Path, jobs: int, steps: int) -> dict[str, Any]:
    """All figures."""
    colds = [cold(home, number, steps) for number in range(jobs - 1)]
    worker = Worker(home)
    try:
        colds.append(_cold_job(worker, "cold", steps))
        before = worker.rss_mib()
        warms, afresh = [], []
        for number in range(jobs):
            warms.append(_warm_job(worker, f"warm{number}", steps))
            afresh.append(_afresh(home, number, steps))
        after = worker.rss_mib()
    finally:
        worker.end()
    cancels = _cancels(home, jobs)
    warm_picture = median(each["picture"] for each in warms)
    return {
        **{f"cold_{key}": round(median(each[key] for each in colds), 3) for key in colds[0]},
        **{f"warm_{key}": round(median(each[key] for each in warms), 3) for key in warms[0]},
        "cancel_answered": round(median(cancels), 3),
        "cancel_longest": round(max(cancels), 3),
        "afresh_picture": round(median(afresh), 3),
        "times_faster": round(median(afresh) / warm_picture, 2),
        "steps": steps,
        "jobs": jobs,
        "rss_mib": round(after),
        "rss_growth_mib": round(after - before),
    }


def cold(home: Path, number: int, steps: int) -> dict[str, float]:
    """Start a worker for one picture."""
    worker = Worker(home)
    try:
        return _cold_job(worker, f"cold{number}", steps)
    finally:
        worker.end()


def _cold_job(worker: Worker, job: str, steps: int) -> dict[str, float]:
    worker.paint(job, steps=steps)
    times = {
        "ready": worker.hear("ready"),
        "first_step": worker.hear("progress"),
        "picture": worker.hear("done"),
    }
    return {key: at - worker.begun for key, at in times.items()}


def _warm_job(worker: Worker, job: str, steps: int) -> dict[str, float]:
    asked = worker.paint(job, steps=steps)
    times = {
        "started": worker.hear("started"),
        "first_step": worker.hear("progress"),
        "picture": worker.hear("done"),
    }
    return {key: at - asked for key, at in times.items()}


def _cancels(home: Path, jobs: int) -> list[float]:
    """Return how long cancels take; a worker ends over one whose step takes too long."""
    worker, answers = Worker(home), []
    try:
        for number in range(jobs):
            worker.paint(f"cancel{number}", steps=ENDLESS)
            worker.hear("progress")
            worker.hear("progress")
            asked = worker.say(do="cancel", job=f"cancel{number}")
            answers.append(worker.hear("cancelled") - asked)
            time.sleep(LEAVE_SECONDS)
            if worker.process.poll() is not None:
                worker.end()
                worker = Worker(home)
    finally:
        worker.end()
    return answers


def _afresh(home: Path, number: int, steps: int) -> float:
    """Paint the same with `mused paint`, reading no configuration and asking no daemon."""
    picture = home / f"afresh{number}.png"
    (home / "mused.toml").write_text(f'state = "{home}/state"\n')
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "mused", "--config", home / "mused.toml", "paint", PROMPT,
         "--alone", "--seed", "1", "--steps", str(steps), "-o", picture],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
