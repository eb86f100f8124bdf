"""A flood of prompt files: ``python -m benchmarks.flood [--quick] [--json]``.

10,000 files (``--quick``: 1,000) are dropped into the inbox at once, by renaming a folder's worth
of them, while a real daemon listens to the microphone of a private sound server. It ends when all
are queued; the worker may paint meanwhile. Figures depend on the disk: each batch is synced.

    files                 prompt files dropped
    drop_seconds          from the first rename to the last
    seconds               from the first rename until the last job was queued
    files_a_second        of those seconds
    missing               files that became no job (must be 0)
    duplicated            jobs beyond one for each file (must be 0)
    left_in_inbox         files that were not put away afterwards (must be 0)
    out_of_order          files queued before an older one: it came while the folder was listed
    rss_mib_before        resident memory of the daemon, listening
    rss_mib_peak          the most it had until the end
    longest_answer_ms     the slowest answer of the control socket meanwhile
    median_answer_ms      the usual one
    blocks_heard          sound blocks of 20 ms taken in meanwhile
    blocks_lost           sound blocks lost in that time (must be 0)
"""

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.daemon import Daemon, resident_mib, running, state_of
from mused.daemon.service.room import Room

PATIENCE = 600.0  # seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1,000 files instead of 10,000")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Room() as room:
        found = measure(Path(home), room, 1_000 if arguments.quick else 10_000)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{key:<20}{value}" for key, value in found.items()))


def measure(home: Path, room: Room, files: int) -> dict[str, Any]:
    """All figures of a flood of so many files."""
    written = write_files(home / "written", files)
    with running(home, room.environment) as daemon:
        daemon.wait_until(lambda: state_of(daemon.client) == "ok")
        daemon.wait_until((home / "inbox" / "done").is_dir)
        time.sleep(2.0)
        return flood(home, written, daemon)


def write_files(folder: Path, files: int) -> list[Path]:
    """Prompt files on the inbox's file system, each a millisecond older than the next."""
    folder.mkdir()
    written = []
    for number in range(files):
        path = folder / f"{number}.txt"
        path.write_text(f"boat number {number}\n", encoding="utf-8")
        os.utime(path, ns=(0, number * 1_000_000))
        written.append(path)
    return written


def flood(home: Path, written: list[Path], daemon: Daemon) -> dict[str, Any]:
    """Drop the files, and ask the daemon how it is until they are queued."""
    inbox, client = home / "inbox", daemon.client
    database = sqlite3.connect(home / "state" / "jobs.sqlite", timeout=10)
    before, rss, answers = client.status()["hearing"], resident_mib(daemon.pid), []
    peak, begun = rss, time.monotonic()
    for path in written:
        path.rename(inbox / path.name)
    dropped = time.monotonic() - begun
    # Until none is new: what is missing or queued twice is counted afterwards.
    queued = 0
    while queued < len(written) and time.monotonic() - begun < PATIENCE:
        asked = time.monotonic()
        client.status()
        answers.append(1000 * (time.monotonic() - asked))
        peak = max(peak, resident_mib(daemon.pid))
        time.sleep(0.02)
        queued = database.execute("SELECT count(*) FROM jobs").fetchone()[0]
    took = time.monotonic() - begun
    after = client.status()["hearing"]
    time.sleep(2.0)  # whatever would be queued twice
    prompts = [row[0] for row in database.execute("SELECT prompt FROM jobs ORDER BY id")]
    database.close()
    left = [*inbox.glob("*.txt"), *inbox.glob("work/*/*/*")]
    numbers = [int(prompt.rpartition(" ")[2]) for prompt in prompts]
    return {
        "files": len(written),
        "drop_seconds": round(dropped, 2),
        "seconds": round(took, 2),
        "files_a_second": round(len(set(prompts)) / took),
        "missing": len(written) - len(set(prompts)),
        "duplicated": len(prompts) - len(set(prompts)),
        "left_in_inbox": len(left),
        "out_of_order": sum(one > other for one, other in pairwise(numbers)),
        "rss_mib_before": rss,
        "rss_mib_peak": max(peak, resident_mib(daemon.pid)),
        "longest_answer_ms": round(max(answers), 1),
        "median_answer_ms": round(statistics.median(answers), 1),
        "blocks_heard": after["blocks_heard"] - before["blocks_heard"],
        "blocks_lost": after["blocks_lost"] - before["blocks_lost"],
    }


if __name__ == "__main__":
    main()
