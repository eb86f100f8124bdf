"""Disks that refuse pictures: the jobs wait."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import Recipe, read_recipe
from mused.daemon.jobs import slot
from mused.daemon.jobs.queue import Job, Status


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refused is tried again at once."""
    monkeypatch.setattr(slot, "DISK_PAUSE", 0.02)


async def test_an_unusable_gallery_lets_the_jobs_wait(
    house: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house.config.folders.gallery.write_text("a file is in the way")
    prepared = 0
    prepare = house.runner._files.prepare

    def counted(job: Job) -> None:
        nonlocal prepared
        prepared += 1
        prepare(job)

    monkeypatch.setattr(house.runner._files, "prepare", counted)
    async with house.running():
        jobs = [house.submit("a boat"), house.submit("a tree", "key-2")]
        await house.until(lambda: prepared > 3)
        assert "gallery cannot be used" in str(house.get(jobs[0]).reason)
        house.config.folders.gallery.unlink()
        for job in jobs:
            await house.until_event("job.done", job)
            assert house.get(job).attempts == 1
        told = [["job.queued", "job.postponed"], ["job.queued"]]
        assert [house.kinds(job) for job in jobs] == [
            [*before, "job.started", "job.done"] for before in told
        ]
    assert len([message for message in caplog.messages if "gallery" in message]) == 1


async def test_a_disk_that_refuses_the_picture_lets_the_job_wait(house: Any) -> None:
    async with house.running():
        job = house.submit("full disk")
        await house.until_event("job.done", job)
    assert house.get(job).attempts == 1
    started = "job.started"
    assert house.kinds(job) == ["job.queued", started, "job.postponed", started, "job.done"]


async def test_after_a_cancelled_job_it_is_told_again_that_the_disk_refuses(house: Any) -> None:
    house.config.folders.gallery.write_text("a file is in the way")
    async with house.running():
        for key in ("key-1", "key-2"):
            job = house.submit("a boat", key)
            await house.until_event("job.postponed", job)
            assert "gallery cannot be used" in house.runner.trouble
            assert house.runner.cancel(job)
            assert house.runner.trouble is None


async def test_a_disk_that_refuses_once_it_has_the_picture_gets_no_second(house: Any) -> None:
    async with house.running():
        job = house.submit("refused after saving")
        await house.until_event("job.done", job)
        await asyncio.sleep(0.3)
    assert house.get(job).picture == house.pictures()[0]
    assert len(house.pictures()) == 1
    assert house.leftovers() == []


async def test_a_lost_database_does_not_give_one_job_the_picture_of_another(house: Any) -> None:
    """An empty database counts from 1 again, while the old job 1 is still being painted."""
    async with house.running():
        old = house.submit("a slow boat")
        await house.until_event("job.progress", old)
        for path in house.config.state.glob("jobs.sqlite*"):
            path.unlink()
        new = house.submit("a tree", "key-2")
        assert new == old
        assert house.get(new).prompt == "a tree"
        await house.until(lambda: len(house.pictures()) == 2)
        await house.until(lambda: house.get(new).status is Status.DONE)
    assert read_recipe(house.get(new).picture).job == "key-2"


async def test_a_dead_mount_holds_up_neither_the_loop_nor_a_stop(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The waiting look stands in for a server that is gone, which nobody can mount here."""
    alive = threading.Event()
    really = house.runner._files.painted

    def wait(job: Job) -> tuple[Path, Recipe] | None:
        alive.wait(20)
        found: tuple[Path, Recipe] | None = really(job)
        return found

    monkeypatch.setattr(house.runner._files, "painted", wait)
    task = asyncio.create_task(house.runner.run())
    try:
        job = house.submit("a slow boat")
        await house.until(lambda: house.get(job).status is Status.RUNNING)
        await house.until(lambda: house.runner.progress(job) is not None)
        async with asyncio.timeout(4):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        assert house.worker.pid is None
        assert house.get(job).status is Status.RUNNING, "the next start finds out"
    finally:
        alive.set()
