"""Cancelling and asking again, with a quick painter in a real process."""

import os
import signal
import time
from typing import Any

import pytest

from mused.art.picture import read_recipe
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Status


async def test_cancelling_a_queued_job_is_immediate(house: Any) -> None:
    async with house.running():
        first = house.submit("a slow boat")
        await house.until_event("job.started", first)
        second = house.submit("a tree", "key-2")
        assert house.runner.cancel(second)
        assert house.get(second).status is Status.CANCELLED
        assert not house.runner.cancel(second)
        assert not house.runner.cancel(99)
        await house.until_event("job.done", first)
    assert house.kinds(second) == ["job.queued", "job.cancelled"]


async def test_cancelling_the_running_job_keeps_its_last_frame(house: Any) -> None:
    async with house.running():
        job = house.submit("a slow boat")
        await house.until_event("job.progress", job)
        assert house.runner.cancel(job)
        assert house.runner.cancel(job), "asking twice is harmless"
        await house.until_event("job.cancelled", job)
        assert house.worker.pid is not None, "a painter that obeys stays warm"
    cancelled = house.get(job)
    assert cancelled.status is Status.CANCELLED
    assert cancelled.picture is not None
    assert read_recipe(cancelled.picture).stop_reason == "cancelled"


async def test_a_cancelled_job_that_is_asked_for_again_is_painted(house: Any) -> None:
    """Its last frame, which lies in the gallery, is taken neither for it nor for another cancel."""
    async with house.running():
        job = house.submit("a slow boat")
        await house.until_event("job.progress", job)
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
        assert house.runner.retry(job)
        assert not house.runner.retry(job)
        await house.until(lambda: house.get(job).status is Status.RUNNING)
        assert house.worker.pid is not None
        os.kill(house.worker.pid, signal.SIGKILL)
        await house.until_event("job.done", job)
    picture = house.get(job).picture
    assert picture is not None
    assert read_recipe(picture).stop_reason == "finished"
    assert len(house.pictures()) == 2
    assert house.kinds(job).count("job.queued") == 2


async def test_a_painter_is_told_to_stop_only_once_the_database_knows(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame of a job that is still "running" would be followed by its whole picture."""
    found: list[Status] = []
    really = house.worker.cancel

    def note(key: str) -> None:
        found.append(house.get(job).status)
        really(key)

    monkeypatch.setattr(house.worker, "cancel", note)
    async with house.running():
        job = house.submit("a slow boat")
        await house.until_event("job.progress", job)
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
    assert found == [Status.CANCELLED]


async def test_a_second_cancel_is_sent_as_well(house: Any) -> None:
    async with house.running():
        job = house.submit("a slow boat, inattentive")
        await house.until_event("job.progress", job)
        house.runner.cancel(job)
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
    picture = house.get(job).picture
    assert picture is not None
    assert read_recipe(picture).stop_reason == "cancelled"


async def test_a_frozen_warm_painter_does_not_paint_what_was_cancelled(house: Any) -> None:
    async with house.running():
        first = house.submit("a boat")
        await house.until_event("job.done", first)
        assert house.worker.pid is not None
        os.kill(house.worker.pid, signal.SIGSTOP)
        job = house.submit("a tree", "key-2")
        await house.until_event("job.started", job)
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
    assert house.kinds(job) == ["job.queued", "job.started", "job.cancelled"]
    assert len(house.pictures()) == 1


async def test_a_painter_deaf_to_cancelling_is_killed(house: Any) -> None:
    async with house.running():
        job = house.submit("deaf")
        await house.until_event("job.progress", job)
        pid = house.worker.pid
        begun = time.monotonic()
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
        assert time.monotonic() - begun < 3.5, "it would paint for four more seconds"
        next_job = house.submit("a boat", "key-2")
        await house.until_event("job.done", next_job)
        assert house.worker.pid != pid
    assert house.kinds(job)[-1] == "job.cancelled"


async def test_a_job_cancelled_between_attempts_leaves_nothing(house: Any) -> None:
    files = JobFiles(house.config)
    job = house.submit("a boat")
    files.prepare(house.get(job))
    files.checkpoint(house.get(job)).write_text("3")
    assert house.runner.cancel(job)
    assert not house.runner.retry(job), "it is not yet put away"
    await house.until(lambda: house.leftovers() == [])
    await house.until(lambda: house.runner.retry(job))
