"""What the next daemon makes of what the last one left."""

import asyncio
import contextlib
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import read_recipe
from mused.daemon.config import Config, Folders
from mused.daemon.jobs import ledger
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import JobQueue, Status


async def test_a_stopped_daemon_hands_the_job_back_and_forgives(house: Any) -> None:
    async with house.running():
        job = house.submit("a slow boat")
        await house.until_event("job.progress", job)
    assert house.worker.pid is None
    assert (house.get(job).status, house.get(job).attempts) == (Status.QUEUED, 0)
    assert house.leftovers(), "the checkpoint waits"
    async with house.running():
        await house.until_event("job.done", job)
    assert len(house.pictures()) == 1


DAEMON = """
import asyncio, os, signal, sys
from pathlib import Path
from mused.daemon.config import Config, Folders
from mused.daemon.events import Bus
from mused.daemon.jobs.queue import JobQueue
from mused.daemon.jobs.runner import Runner
folder, do, argv = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
async def main():
    folders = Folders(inbox=folder / "inbox", gallery=folder / "gallery")
    config = Config(state=folder / "state", folders=folders)
    bus = Bus()
    runner = Runner(JobQueue(folder / "state" / "jobs.sqlite"), config, bus, argv)
    runner.submit("key-1", "a slow boat, dawdle", {}, "cli")
    async with bus.subscribe() as events:
        task = asyncio.create_task(runner.run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        while (await events.get()).kind != "job.progress":
            pass
        print(runner.slots[0].worker.pid, flush=True)
        if do == "wait":
            await task
        if do == "cancel":
            runner.cancel(1)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


async def test_a_stop_between_saving_and_telling_paints_nothing_twice(
    house: Any, stand_in: list[str], tmp_path: Path
) -> None:
    daemon = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        DAEMON,
        str(tmp_path),
        "wait",
        *stand_in,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await house.until(lambda: bool(house.pictures()), 20)
    assert house.get(1).status is Status.RUNNING, "it has not been told"
    daemon.terminate()
    await daemon.wait()
    assert house.get(1).status is Status.DONE
    assert house.get(1).picture == house.pictures()[0]
    async with house.running():
        await house.until_event("job.done", house.submit("a tree", "key-2"))
    assert len(house.pictures()) == 2
    assert house.leftovers() == []


async def kill_a_daemon(house: Any, folder: Path, do: str, argv: list[str]) -> None:
    """Let a daemon of its own paint "a slow boat", and perhaps cancel it, until it is killed."""
    daemon = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DAEMON, str(folder), do, *argv, stdout=asyncio.subprocess.PIPE
    )
    assert daemon.stdout
    painter = int(await daemon.stdout.readline())
    assert await daemon.wait() == -signal.SIGKILL
    await house.until(lambda: not Path(f"/proc/{painter}").exists())


async def test_kill_9_of_the_whole_daemon(house: Any, stand_in: list[str], tmp_path: Path) -> None:
    """The painter ends with it, and the next daemon goes on behind the checkpoint."""
    await kill_a_daemon(house, tmp_path, "paint", stand_in)
    async with house.running():
        await house.until_event("job.done", 1)
    assert house.kinds(1) == ["job.started", "job.done"], "nobody is told of a painter's death"
    assert (house.get(1).attempts, house.get(1).interruptions) == (1, 1)
    assert next(e for e in house.events if e.kind == "job.progress").data["step"] > 1
    assert len(house.pictures()) == 1


async def test_what_was_cancelled_stays_so_when_the_daemon_is_killed(
    house: Any, stand_in: list[str], tmp_path: Path
) -> None:
    await kill_a_daemon(house, tmp_path, "cancel", stand_in)
    async with house.running():
        job = house.submit("a tree", "key-2")
        await house.until_event("job.done", job)
    assert house.kinds(1) == []
    assert house.get(1).status is Status.CANCELLED
    assert house.leftovers() == []


async def test_a_job_survives_many_ends_of_the_daemon_but_not_all(house: Any) -> None:
    job = house.submit("a boat")
    for _ in range(ledger.MOST_INTERRUPTIONS):
        house.queue.next()
        await house.runner._reconcile()
    assert (house.get(job).status, house.get(job).attempts) == (Status.QUEUED, 0)
    house.queue.next()
    await house.runner._reconcile()
    assert house.get(job).status is Status.FAILED
    assert "21 times" in str(house.get(job).reason)


def test_another_time_zone_finds_the_same_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(state=tmp_path, folders=Folders(gallery=tmp_path / "gallery", inbox=tmp_path))
    queue = JobQueue(tmp_path / "jobs.sqlite")
    job = queue.add("key-1", "a boat", {}, "cli")
    files = JobFiles(config)
    files.prepare(job)
    try:
        for zone in ("UTC", "Asia/Tokyo"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            if zone == "UTC":
                files.checkpoint(job).touch()
        files.sweep([(path, job) for path, _ in files.found()])
        assert files.checkpoint(job).exists()
    finally:
        monkeypatch.undo()
        time.tzset()


def _set_running(database: Path, job: int, interruptions: int) -> None:
    """As a daemon that was killed leaves it."""
    statement = "UPDATE jobs SET status = 'running', interruptions = ? WHERE id = ?"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, (interruptions, job))


async def test_start_reconciles_with_the_gallery(house: Any, build: Any) -> None:
    """As after kill -9 of the daemon: both jobs say running, one picture is there, renamed."""
    painted, unpainted, worn = (house.submit(f"boat {n}", f"key-{n}") for n in range(3))
    async with house.running():
        await house.until_event("job.done", painted)
    assert house.pictures()[0].rename(house.config.folders.gallery / "my favourite.png")
    for job in (painted, unpainted, worn):
        times = ledger.MOST_INTERRUPTIONS if job == worn else 1
        _set_running(house.config.state / "jobs.sqlite", job, times)
    for path in house.pictures():
        if read_recipe(path).job != "key-0":
            path.unlink()
    (house.config.folders.gallery / "broken.png").write_bytes(b"\x89PNG broken")
    stale = house.config.state / "work" / "20200101-000000-job1.ckpt"
    stale.write_text("4")

    again = build()
    async with again.running():
        await again.until_event("job.done", unpainted)
    assert again.kinds(painted) == ["job.done"]
    assert again.get(painted).picture == again.config.folders.gallery / "my favourite.png"
    assert again.kinds(worn) == ["job.failed"]
    assert again.kinds(unpainted) == ["job.started", "job.done"]
    assert again.leftovers() == []
