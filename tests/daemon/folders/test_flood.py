"""Many files at once: each becomes one job, and the event loop goes on breathing."""

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Folders
from mused.daemon.errors import QueueError
from mused.daemon.folders import watch
from mused.daemon.folders.inbox import Inbox
from mused.daemon.jobs.queue import JobQueue, Wish

FILES = 2000
LONGEST_GAP = 0.25  # seconds; 0.05 on an idle machine, which tests rarely have
LIMIT = Path("/proc/sys/fs/inotify/max_queued_events")
MOST_EVENTS = 100_000


def drop(folder: Path, files: int, first: int = 0) -> None:
    """So many prompt files, renamed into the inbox one after the other."""
    for number in range(first, first + files):
        hidden = folder / f".{number}"
        hidden.write_text(f"boat {number}")
        hidden.rename(folder / f"{number}.txt")


async def longest_gap(gaps: list[float]) -> None:
    """Note how late the event loop wakes us, for ever."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.005)
        gaps.append(time.monotonic() - before)


async def test_two_thousand_files_while_the_loop_breathes(
    inbox_folder: Path, notes: Any, running: Any, until: Any
) -> None:
    queue = JobQueue(inbox_folder.parent / "jobs.sqlite")
    folders = Folders(inbox=inbox_folder)
    inbox = Inbox(folders, inbox_folder.parent, queue.add_many, notes)
    gaps: list[float] = []
    without: list[float] = []
    elsewhere = inbox_folder.with_name("elsewhere")
    elsewhere.mkdir()
    async with running(longest_gap(without)):  # what the machine and its disk do by themselves
        await asyncio.to_thread(drop, elsewhere, FILES)
    async with running(inbox.run()):
        await until((inbox_folder / "done").is_dir)
        await asyncio.to_thread(drop, inbox_folder, FILES)
        async with running(longest_gap(gaps)):
            await until(lambda: queue.count_open() == FILES, 30)
            await until(lambda: list(inbox_folder.glob("work/*/*")) == [])
    jobs = queue.open_jobs()
    assert sorted(job.prompt for job in jobs) == sorted(f"boat {n}" for n in range(FILES))
    assert sorted(gaps)[-2] < LONGEST_GAP + 2 * max(without)  # one may be the machine's own


async def test_a_full_queue_leaves_files_in_the_inbox_in_their_order(
    inbox_folder: Path, notes: Any
) -> None:
    queue = JobQueue(inbox_folder.parent / "jobs.sqlite", most_open=150)
    inbox = Inbox(Folders(inbox=inbox_folder), inbox_folder.parent, queue.add_many, notes)
    drop(inbox_folder, 500)
    await inbox.scan()
    await asyncio.sleep(0.35)
    assert await inbox.scan() == watch.RETRY
    assert [job.prompt for job in queue.open_jobs()] == [f"boat {n}" for n in range(200)]
    assert inbox.status().startswith(f"{inbox_folder}; 300 files wait: the queue is full")
    assert len(list(inbox_folder.glob("*.txt"))) == 200, "beside the batch that was tried"

    while job := queue.next():
        queue.fail(job, "making room")
        if queue.count_open() < 150:
            await inbox.scan()
    inbox._watch.close()
    assert [job.prompt for job in queue.recent(500)[::-1]] == [f"boat {n}" for n in range(500)]
    assert inbox.status() == str(inbox_folder)


async def test_a_refusal_in_the_middle_keeps_the_order(inbox_folder: Path, notes: Any) -> None:
    """Files behind the one that the queue refused must not overtake it."""
    taken: list[str] = []

    def submit(wishes: Sequence[Wish]) -> None:
        if len(wishes) > 1 or (len(taken) == 3 and room == 3):
            raise QueueError("the queue is full")
        taken.extend(wish.prompt for wish in wishes)

    room = 3
    inbox = Inbox(Folders(inbox=inbox_folder), inbox_folder.parent, submit, notes)
    drop(inbox_folder, 10)
    await inbox.scan()
    await asyncio.sleep(0.35)
    await inbox.scan()
    assert taken == ["boat 0", "boat 1", "boat 2"]
    room = 10
    await inbox.scan()
    inbox._watch.close()
    assert taken == [f"boat {n}" for n in range(10)]


FLOOD = """
import sys
from pathlib import Path
folder, files = Path(sys.argv[1]), int(sys.argv[2])
for number in range(files):
    (folder / f".{number}").touch()
    (folder / f".{number}").unlink()
"""


def flood_unread(folder: Path, files: int) -> None:
    """Make and delete so many files in `folder` while no thread of ours may read an event."""
    command = [sys.executable, "-c", FLOOD, str(folder), str(files)]
    child = os.posix_spawn(sys.executable, command, os.environ)
    status = ctypes.c_int()
    # PyDLL keeps the interpreter's lock while it waits.
    assert ctypes.PyDLL(None).waitpid(child, ctypes.byref(status), 0) == child
    assert status.value == 0


async def test_lost_events_lose_no_file(
    inbox_folder: Path, notes: Any, running: Any, until: Any
) -> None:
    """The kernel's event queue really overflows: those of the files come too late."""
    limit = int(LIMIT.read_text())
    if limit > MOST_EVENTS:
        pytest.skip(f"the kernel keeps {limit} events: it takes too long to fill")
    queue = JobQueue(inbox_folder.parent / "jobs.sqlite")
    inbox = Inbox(Folders(inbox=inbox_folder), inbox_folder.parent, queue.add_many, notes)
    async with asyncio.timeout(10):
        await inbox.scan()
    async with running(inbox.run()):
        await until((inbox_folder / "done").is_dir)
        flood_unread(inbox_folder, limit)
        await asyncio.to_thread(drop, inbox_folder, 300)
        await until(lambda: queue.count_open() == 300, watch.SCAN_EVERY - 10)
