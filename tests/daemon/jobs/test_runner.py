"""From the queue to the gallery, with a quick painter in a real process."""

import asyncio
import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import read_recipe
from mused.daemon.health import Health
from mused.daemon.jobs.queue import Status, Wish
from mused.daemon.jobs.worker_process import PAINTER


async def test_a_prompt_becomes_a_picture(house: Any) -> None:
    async with house.running():
        job = house.submit("../../etc/passwd | a boat")
        done = await house.until_event("job.done", job)
    assert house.kinds(job) == ["job.queued", "job.started", "job.done"]
    assert {event.turn for event in house.events} == {"turn-1"}
    picture = Path(done.data["picture"])
    assert house.pictures() == [picture]
    assert picture.name.endswith(f"-job{job}.png")
    assert read_recipe(picture).job == "key-1"
    assert house.get(job).picture == picture
    assert house.leftovers() == []


async def test_progress_is_kept_for_views(house: Any) -> None:
    async with house.running():
        job = house.submit("a slow boat")
        await house.until_event("job.progress", job)
        progress = house.runner.progress(job)
        assert progress is not None
        assert 0 < progress.share <= 1
        assert progress.steps == 5
        assert progress.seconds_left == 0.1
        assert house.runner.progress(job + 1) is None
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
        assert house.runner.progress(job) is None


async def test_an_idle_painter_is_unloaded(build: Any) -> None:
    house = build(idle_minutes=0.005)
    async with house.running():
        job = house.submit("a boat")
        await house.until_event("job.done", job)
        assert house.worker.pid is not None
        await house.until(lambda: house.worker.pid is None)
        next_job = house.submit("a tree", "key-2")
        await house.until_event("job.done", next_job)


async def test_the_same_claim_is_queued_and_told_once(house: Any) -> None:
    async with house.running():
        assert house.submit("a boat") == house.submit("a boat")
        await house.until_event("job.done", 1)
        house.submit("a boat")
    assert house.kinds(1) == ["job.queued", "job.started", "job.done"]


async def test_without_torch_jobs_wait_and_the_log_says_what_is_missing(
    build: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else find_spec(name)
    )
    house = build(PAINTER)
    async with house.running():
        job = house.submit("a boat")
        house.submit("a tree", "key-2")
        await house.until(lambda: "torch is not installed" in caplog.text)
        await house.until_event("job.queued", 2)
    assert house.get(job).status is Status.QUEUED
    assert len([message for message in caplog.messages if "torch" in message]) == 1


async def test_configuration_fills_what_a_job_leaves_open(build: Any) -> None:
    house = build(width=128, steps=7, vqgan=Path("/models/v.safetensors"))
    job = house.runner.submit("key-1", "a boat", {"steps": 9, "seed": 4}, "inbox")
    assert house.runner.slots[0]._request(job)["settings"] == {
        "width": 128,
        "steps": 9,
        "seed": 4,
        "start": "sketch",
        "vqgan": "/models/v.safetensors",
    }


async def test_a_model_that_is_not_installed_is_told_at_the_start(
    build: Any, caplog: pytest.LogCaptureFixture
) -> None:
    house = build(vqgan=Path("vqgan-f16-1638"))
    async with house.running():
        await house.until(lambda: "did you mean vqgan-f16-16384" in caplog.text)


async def test_a_job_of_a_model_that_is_not_installed_fails_with_the_way_to_get_it(
    build: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    house = build(vqgan=Path("vqgan-f16-16384"))
    async with house.running():
        job = house.submit("a boat")
        await house.until_event("job.failed", 1)
    assert house.get(job).reason == (
        "the model vqgan-f16-16384 is not installed: mused models pull vqgan-f16-16384"
    )


async def test_a_surprise_leaves_no_job_in_hand(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = house.submit("a boat")
    with monkeypatch.context() as patch:
        patch.setattr(house.worker, "paint", None)
        with pytest.raises(ExceptionGroup, match="TaskGroup"):
            await house.runner.run()
    assert house.runner.progress(job) is None
    assert house.runner.cancel(job)
    assert house.get(job).status is Status.CANCELLED


async def test_two_devices_paint_at_the_same_time_and_stop_together(build: Any) -> None:
    house = build(devices=("cpu", "cpu"))
    async with house.running():
        first, second, third = (house.submit("a slow boat", f"key-{n}") for n in range(3))
        for job in (first, second):
            await house.until_event("job.progress", job)
        pids = {slot.worker.pid for slot in house.runner.slots}
        assert len(pids - {None}) == 2
        assert house.get(third).status is Status.QUEUED
        for job in (first, second):
            assert house.runner.progress(job).job == job
        house.runner.cancel(second)
        await house.until_event("job.cancelled", second)
        await house.until_event("job.done", first)
        await house.until_event("job.started", third)
        begun = time.monotonic()
    assert time.monotonic() - begun < 4
    assert house.get(third).status is Status.QUEUED
    assert len(house.pictures()) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


async def test_one_job_starts_one_painter_and_the_next_finds_it_warm(build: Any) -> None:
    house = build(devices=("cpu", "cpu", "cpu"))
    async with house.running():
        await asyncio.sleep(0)
        pids = set()
        for number in range(3):
            job = house.submit("a boat", f"key-{number}")
            await house.until_event("job.done", job)
            pids |= {slot.worker.pid for slot in house.runner.slots}
    assert len(pids - {None}) == 1


async def test_a_moved_job_is_painted_next(build: Any) -> None:
    house = build()
    async with house.running():
        jobs = [house.submit("a slow boat" if n == 0 else "a boat", f"key-{n}") for n in range(4)]
        await house.until_event("job.started", jobs[0])
        assert house.queue.first(jobs[3])
        await house.until_event("job.done", jobs[2])
    done = [each.data["job"] for each in house.events if each.kind == "job.done"]
    assert done == [jobs[0], jobs[3], jobs[1], jobs[2]]


async def test_what_is_queued_in_one_go_is_painted(build: Any) -> None:
    house = build()
    wishes = [Wish(f"key-{number}", f"boat {number}", {}, "inbox") for number in range(3)]
    async with house.running():
        assert len(house.runner.submit_many(wishes)) == 3
        assert house.runner.submit_many(wishes) == []
        await house.until_event("job.done", 3)
    assert house.kinds(1) == ["job.queued", "job.started", "job.done"]


def test_each_device_has_a_painter_of_its_own(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-8f1c")
    environments = [slot.worker._environment for slot in build().runner.slots]
    assert environments == [
        {"CUDA_VISIBLE_DEVICES": "3"},
        {"CUDA_VISIBLE_DEVICES": "GPU-8f1c"},
    ]


async def test_a_gpu_that_torch_cannot_use_leaves_one_painter(
    build: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The stand-in says that it works on the processor, as a torch without CUDA does."""
    house = build(devices=("0", "1", "2"))
    async with house.running():
        for number in range(6):
            house.submit("a slow boat", f"key-{number}")
        await house.until_event("job.done", 2)
        assert [slot.worker.pid is None for slot in house.runner.slots] == [False, True, True]
    assert "torch cannot use GPU 1" in caplog.text


async def test_a_painter_that_rests_speaks_for_no_other(build: Any) -> None:
    now = 0.0
    health = Health(clock=lambda: now)
    house = build(devices=("cpu", "cpu"))
    with health.part("runner"):
        async with house.running():
            job = house.submit("hang at 2")
            await house.until_event("job.progress", job)
            await asyncio.sleep(0.1)
            now = 100_000.0
            assert len(health.silent()) == 1, "the other waits for something to do"
            assert health.silent()[0].startswith("painter ")
    assert health.silent() == []


async def test_the_first_progress_has_its_own_time(build: Any) -> None:
    """A slow start and a slow first step are not counted against one promise."""
    now = 0.0
    health = Health(clock=lambda: now)
    house = build()
    started = house.worker.start

    async def slowly() -> Any:
        nonlocal now
        ready = await started()
        if ready is not None:
            now += house.runner.slots[0]._patience - 1
        return ready

    house.worker.start = slowly
    with health.part("runner"):
        async with house.running():
            job = house.submit("hang at 1")
            await house.until_event("job.started", job)
            await asyncio.sleep(0.1)
            now += 2
            assert health.silent() == []
