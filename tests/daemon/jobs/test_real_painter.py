"""The real painter behind the runner: VQGAN and CLIP as bundled, small pictures."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from PIL import Image

import mused.art
from mused.art.picture import read_recipe
from mused.daemon.config import Config, Folders, Painting
from mused.daemon.events import Bus, Event
from mused.daemon.jobs.queue import Job, JobQueue, Status
from mused.daemon.jobs.runner import Runner

BUNDLED = Path(mused.art.__file__).parent / "bundled"
SMALL = {"width": 64, "height": 64, "seed": 1, "threads": 1}


async def test_paint_kill_resume_cancel(tmp_path: Path) -> None:
    for name in ("vqgan.safetensors", "clip.safetensors"):
        shutil.copyfile(BUNDLED / name, tmp_path / name)
    config = Config(
        state=tmp_path / "state",
        painting=Painting(
            vqgan=tmp_path / "vqgan.safetensors", clip=(tmp_path / "clip.safetensors",)
        ),
        folders=Folders(inbox=tmp_path / "inbox", gallery=tmp_path / "gallery"),
    )
    queue = JobQueue(tmp_path / "state" / "jobs.sqlite")
    bus = Bus()
    runner = Runner(queue, config, bus)
    worker = runner.slots[0].worker

    def get(job: Job) -> Job:
        found = queue.get(job.id)
        assert found is not None
        return found

    async with bus.subscribe() as events, asyncio.timeout(100):

        async def until(kind: str) -> Event:
            while (event := await events.get()).kind != kind:
                assert event.kind != "job.failed", event
            return event

        task = asyncio.create_task(runner.run())
        short = runner.submit("key-1", "a red boat", {**SMALL, "steps": 10}, "cli")
        await until("job.done")

        long = runner.submit("key-2", "a red boat", {**SMALL, "steps": 5000}, "cli")
        while not list((config.state / "work").glob("*.ckpt")):
            await asyncio.sleep(0.02)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert "SIGKILL" in (await until("job.retried")).data["reason"]
        resumed = (await until("job.progress")).data["step"]
        asked = time.monotonic()
        assert runner.cancel(long.id)
        await until("job.cancelled")
        assert time.monotonic() - asked < 4
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    done = get(short)
    assert (done.status, done.attempts) == (Status.DONE, 1)
    assert done.picture is not None
    recipe = read_recipe(done.picture)
    assert (recipe.job, recipe.prompt, recipe.steps_done) == ("key-1", "a red boat", 10)
    with Image.open(done.picture) as image:
        assert image.size == (64, 64)
        assert len(image.convert("RGB").getcolors(4096) or []) > 100, "a painting, not a blank"

    cancelled = get(long)
    assert (cancelled.status, cancelled.attempts) == (Status.CANCELLED, 2)
    assert resumed > 5, "the second worker went on behind the first one's checkpoint"
    assert cancelled.picture is not None
    assert read_recipe(cancelled.picture).stop_reason == "cancelled"
    assert list((config.state / "work").iterdir()) == []
