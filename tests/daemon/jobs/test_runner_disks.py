"""Disks that refuse pictures: the jobs wait."""

from typing import Any

import pytest

from mused.daemon.jobs import slot
from mused.daemon.jobs.queue import Job


async def test_an_unusable_gallery_lets_the_jobs_wait(
    house: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(slot, "DISK_PAUSE", 0.02)
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
            assert house.kinds(job) == ["job.queued", "job.started", "job.done"]
    assert len([message for message in caplog.messages if "gallery" in message]) == 1


async def test_a_disk_that_refuses_the_picture_lets_the_job_wait(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot, "DISK_PAUSE", 0.02)
    async with house.running():
        job = house.submit("full disk")
        await house.until_event("job.done", job)
    assert house.get(job).attempts == 1
    assert house.kinds(job) == ["job.queued", "job.started", "job.started", "job.done"]
