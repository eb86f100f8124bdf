"""What the durable queue costs: ``python -m benchmarks.queue [--quick] [--json] [--folder DIR]``.

Transitions on a real disk, one transaction each with synchronous=FULL, in this process. Beside
them, in turns, the same work in plain SQLite with nothing of ours: one INSERT and two UPDATEs a
job. Then the start with a long history.

    filesystem            type of the disk's file system; tmpfs would prove nothing
    sync_seconds          median time of a 4 KiB write with fdatasync there
    adds_per_second       jobs queued, each durable before the next
    nexts_per_second      queued to running
    dones_per_second      running to done
    transitions_per_second    all three together
    plain_per_second      the same three in plain SQLite
    ratio                 ours by plain; ours also writes the history, one row more each
    many_per_second       jobs queued 100 in one transaction, as a file of 100 lines is
    history_jobs          jobs in the database of the start, of these
    open_jobs             still queued
    file_mib              its size
    open_seconds          from nothing to a queue that has listed its open jobs
    first_answer_seconds  from the start of a daemon with that history to its first answer
"""

import argparse
import json
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.daemon import running, state_of
from mused.daemon.jobs.queue import Job, JobQueue, Wish

ROUNDS = 20  # of ours and plain in turns, so that a busy minute hits both
OPEN = 1000
MANY = 100
PLAIN = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE jobs (id INTEGER PRIMARY KEY, key TEXT UNIQUE, prompt TEXT, status TEXT);
CREATE INDEX jobs_by_status ON jobs (status, id);
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; the current folder")
    arguments = parser.parse_args()
    share = 10 if arguments.quick else 1
    with tempfile.TemporaryDirectory(prefix=".queue-", dir=arguments.folder or Path.cwd()) as home:
        found = measure(Path(home), 2000 // share, 100_000 // share)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{key:<24}{value}" for key, value in found.items()))


def measure(home: Path, jobs: int, history: int) -> dict[str, Any]:
    """All figures: `jobs` go through their life, `history` lie there at a start."""
    found: dict[str, Any] = {"filesystem": filesystem(home), "sync_seconds": sync(home)}
    found |= transitions(home, jobs // ROUNDS)
    found |= {"history_jobs": history, "open_jobs": OPEN}
    file = home / "state" / "jobs.sqlite"
    fill(file, history)
    found["file_mib"] = round(file.stat().st_size / 2**20, 1)
    begun = time.perf_counter()
    with closing(JobQueue(file)) as queue:
        assert len(queue.open_jobs()) == OPEN
        found["open_seconds"] = round(time.perf_counter() - begun, 3)
    found["first_answer_seconds"] = first_answer(home)
    return found


def filesystem(folder: Path) -> str:
    """Type of the file system that holds `folder` (stat(1))."""
    command = ["stat", "--file-system", "--format=%T", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def sync(home: Path) -> float:
    """Median seconds of a small durable write: what no transaction can be faster than."""
    seconds = []
    with (home / "probe").open("wb") as file:
        for _ in range(50):
            begun = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - begun)
    return round(median(seconds), 5)


def transitions(home: Path, jobs: int) -> dict[str, float]:
    """Rates of our queue and of plain SQLite, `jobs` a round."""
    adds = nexts = dones = plain = 0.0
    with (
        closing(JobQueue(home / "ours.sqlite")) as queue,
        closing(sqlite3.connect(home / "plain.sqlite", isolation_level=None)) as database,
    ):
        database.executescript(PLAIN)
        for part in range(ROUNDS):
            names = [f"{part}-{number}" for number in range(jobs)]
            adds += timed(lambda: [queue.add(each, "a red boat", {}, "inbox") for each in names])  # noqa: B023 - called at once
            running: list[Job | None] = []
            nexts += timed(lambda: running.extend(queue.next() for _ in names))  # noqa: B023
            taken = [job for job in running if job is not None]
            dones += timed(lambda: [queue.done(each, home / "a.png") for each in taken])  # noqa: B023
            plain += timed(lambda: plainly(database, names))  # noqa: B023
        many = timed(lambda: add_files(queue))
    count = jobs * ROUNDS
    return {
        "adds_per_second": round(count / adds),
        "nexts_per_second": round(count / nexts),
        "dones_per_second": round(count / dones),
        "transitions_per_second": round(3 * count / (adds + nexts + dones)),
        "plain_per_second": round(3 * count / plain),
        "ratio": round(plain / (adds + nexts + dones), 2),
        "many_per_second": round(10 * MANY / many),
    }


def add_files(queue: JobQueue) -> None:
    """What ten files of MANY lines ask for, each in one transaction."""
    for file in range(10):
        lines = range(MANY)
        queue.add_many([Wish(f"{file}-line{line}", "a red boat", {}, "inbox") for line in lines])


def plainly(database: sqlite3.Connection, names: list[str]) -> None:
    """The least that SQLite has to do for the same promise."""
    for name in names:
        database.execute(
            "INSERT INTO jobs (key, prompt, status) VALUES (?, 'a red boat', 'queued')", (name,)
        )
    for _ in names:
        database.execute(
            "UPDATE jobs SET status = 'running' WHERE id ="
            " (SELECT id FROM jobs WHERE status = 'queued' ORDER BY id LIMIT 1)"
        )
    for name in names:
        database.execute("UPDATE jobs SET status = 'done' WHERE key = ?", (name,))


def timed(work: Callable[[], object]) -> float:
    """Seconds it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def fill(file: Path, history: int) -> None:
    """A database like that of years: `history` jobs, the newest OPEN of them still queued."""
    with closing(JobQueue(file)) as queue:
        assert not queue.open_jobs()  # the first use makes the tables
    now = time.time()
    ended = (history - OPEN,)
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany(
            "INSERT INTO jobs (key, prompt, settings, source, created) VALUES (?, ?, '{}', ?, ?)",
            (_row(number, now - 60.0 * (history - number)) for number in range(history)),
        )
        # One after the other, for the triggers that write each job's history.
        database.execute(
            "UPDATE jobs SET status = 'running', started = created + 1 WHERE id <= ?", ended
        )
        database.execute(
            "UPDATE jobs SET status = 'done', finished = created + 30, picture ="
            " '/home/someone/Pictures/mused/20260101-120000-job' || id || '.png' WHERE id <= ?",
            ended,
        )


def _row(number: int, at: float) -> tuple[object, ...]:
    prompt = f"a red boat on a lake under a sky full of clouds, number {number}"
    return (f"turn:{number:012x}", prompt, "voice" if number % 3 else "inbox", at)


def first_answer(home: Path) -> float:
    """Seconds from the start of a daemon in `home` to its first answer."""
    with running(home, {}, hearing=False) as daemon:
        daemon.wait_until(lambda: state_of(daemon.client) is not None)
        return round(time.monotonic() - daemon.begun, 2)


if __name__ == "__main__":
    main()
