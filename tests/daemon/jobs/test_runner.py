"""From the queue to the gallery, with a quick painter in a real process."""

import asyncio
import contextlib
import importlib.util
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mused.art.picture import read_recipe
from mused.daemon.config import Config, Folders, Painting
from mused.daemon.events import Bus, Event
from mused.daemon.jobs import runner as module
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Job, JobQueue, Status
from mused.daemon.jobs.runner import Runner
from mused.daemon.jobs.worker_process import Patience, WorkerProcess

QUICK = Patience(first=5.0, between=0.5, exit=0.5)


class House:
    """A queue, a runner and everything the bus said."""

    def __init__(self, folder: Path, argv: list[str], idle_minutes: float = 10.0) -> None:
        self.config = Config(
            state=folder / "state",
            folders=Folders(inbox=folder / "inbox", gallery=folder / "gallery"),
            painting=Painting(idle_minutes=idle_minutes),
        )
        self.queue = JobQueue(folder / "state" / "jobs.sqlite")
        self.bus = Bus()
        self.worker = WorkerProcess(argv, QUICK)
        self.runner = Runner(self.queue, self.config, self.bus, self.worker)
        self.events: list[Event] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.bus.subscribe() as events:
            reader = asyncio.create_task(self._read(events))
            task = asyncio.create_task(self.runner.run())
            try:
                yield
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                reader.cancel()

    async def _read(self, events: asyncio.Queue[Event]) -> None:
        while True:
            self.events.append(await events.get())

    async def until(self, true: Callable[[], bool], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.005)

    async def until_event(self, kind: str, job: int) -> Event:
        def found() -> list[Event]:
            return [e for e in self.events if e.kind == kind and e.data["job"] == job]

        await self.until(lambda: bool(found()))
        return found()[0]

    def kinds(self, job: int) -> list[str]:
        told = [event.kind for event in self.events if event.data.get("job") == job]
        return [kind for kind in told if kind != "job.progress"]

    def submit(self, prompt: str, key: str = "key-1") -> int:
        return self.runner.submit(key, prompt, {}, "cli", "turn-1").id

    def get(self, job: int) -> Job:
        found = self.queue.get(job)
        assert found is not None
        return found

    def pictures(self) -> list[Path]:
        return sorted(self.config.folders.gallery.glob("**/*.png"))

    def leftovers(self) -> list[Path]:
        return list((self.config.state / "work").iterdir())


async def test_a_prompt_becomes_a_picture(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
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


async def test_progress_is_kept_for_views(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
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


async def test_kill_9_of_the_painter_resumes_behind_its_checkpoint(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
    async with house.running():
        job = house.submit("a slow boat")
        await house.until_event("job.progress", job)
        assert house.worker.pid is not None
        os.kill(house.worker.pid, signal.SIGKILL)
        retried = await house.until_event("job.retried", job)
        await house.until_event("job.done", job)
    assert "SIGKILL" in retried.data["reason"]
    assert house.get(job).attempts == 2
    steps = [e.data["step"] for e in house.events if e.kind == "job.progress"]
    assert steps == sorted(set(steps)), "no step was painted twice"
    assert len(house.pictures()) == 1


async def test_a_job_that_kills_every_painter_is_given_up(
    stand_in: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    house = House(tmp_path, [*stand_in[:-1], str(_always_dying(tmp_path))])
    async with house.running():
        job = house.submit("a boat")
        failed = await house.until_event("job.failed", job)
        house.submit("another", "key-2")
    assert house.get(job).attempts == 3
    assert "3 attempts" in failed.data["reason"]
    assert "out of paint" in failed.data["reason"]
    assert house.kinds(job).count("job.retried") == 2
    assert f"job {job} failed (worker)" in caplog.text
    assert "out of paint" not in caplog.text, "last words may quote a prompt"


def _always_dying(folder: Path) -> Path:
    script = folder / "dying.py"
    script.write_text("import sys; sys.stdin.readline(); sys.exit('out of paint')")
    return script


async def test_a_reported_failure_is_not_tried_again(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
    async with house.running():
        job = house.submit("fail")
        failed = await house.until_event("job.failed", job)
        pid = house.worker.pid
        next_job = house.submit("a boat", "key-2")
        await house.until_event("job.done", next_job)
        assert house.worker.pid == pid
    assert failed.data["reason"] == "nothing to paint"
    assert house.get(job).attempts == 1
    assert house.leftovers() == []


async def test_cancelling_a_queued_job_is_immediate(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
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


async def test_cancelling_the_running_job_keeps_its_last_frame(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
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


async def test_a_cancelled_job_that_is_asked_for_again_is_painted(
    stand_in: list[str], tmp_path: Path
) -> None:
    """Its last frame, which lies in the gallery, is taken neither for it nor for another cancel."""
    house = House(tmp_path, stand_in)
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
    stand_in: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame of a job that is still "running" would be followed by its whole picture."""
    house = House(tmp_path, stand_in)
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


async def test_a_second_cancel_is_sent_as_well(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
    async with house.running():
        job = house.submit("a slow boat, inattentive")
        await house.until_event("job.progress", job)
        house.runner.cancel(job)
        house.runner.cancel(job)
        await house.until_event("job.cancelled", job)
    picture = house.get(job).picture
    assert picture is not None
    assert read_recipe(picture).stop_reason == "cancelled"


async def test_a_frozen_warm_painter_does_not_paint_what_was_cancelled(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
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


async def test_a_painter_deaf_to_cancelling_is_killed(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
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


async def test_dying_after_saving_does_not_paint_twice(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
    async with house.running():
        job = house.submit("die after saving")
        await house.until_event("job.done", job)
    assert house.get(job).attempts == 1
    assert len(house.pictures()) == 1


async def test_what_a_killed_painter_was_writing_is_swept(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
    files = JobFiles(house.config)
    async with house.running():
        job = house.submit("a slow boat, die after saving")
        await house.until_event("job.started", job)
        row = house.get(job)
        for path in (files.picture(row), files.preview(row)):
            _write_and_die(path)
        _write_and_die(house.config.folders.gallery / "somebody else.png")
        await house.until_event("job.done", job)
    assert house.leftovers() == []
    assert len(list(house.config.folders.gallery.glob(".*.part"))) == 1


async def test_a_job_cancelled_between_attempts_leaves_nothing(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
    files = JobFiles(house.config)
    job = house.submit("a boat")
    files.prepare(house.get(job))
    files.checkpoint(house.get(job)).write_text("3")
    assert house.runner.cancel(job)
    assert house.leftovers() == []


def _write_and_die(path: Path) -> None:
    """What the real painter's writer leaves when it is killed half-way."""
    code = (
        "import os, sys; from pathlib import Path; from mused.art.files import write_atomically\n"
        "write_atomically(Path(sys.argv[1]), lambda file: os.kill(os.getpid(), 9))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=20)
    assert done.returncode == -signal.SIGKILL


async def test_a_stopped_daemon_hands_the_job_back_and_forgives(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
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
from mused.daemon.jobs.worker_process import WorkerProcess
folder, do, argv = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
async def main():
    folders = Folders(inbox=folder / "inbox", gallery=folder / "gallery")
    config = Config(state=folder / "state", folders=folders)
    bus, worker = Bus(), WorkerProcess(argv)
    runner = Runner(JobQueue(folder / "state" / "jobs.sqlite"), config, bus, worker)
    runner.submit("key-1", "a slow boat", {}, "cli")
    async with bus.subscribe() as events:
        task = asyncio.create_task(runner.run())
        while (await events.get()).kind != "job.progress":
            pass
        print(worker.pid, flush=True)
        if do == "cancel":
            runner.cancel(1)
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


async def kill_a_daemon(house: House, folder: Path, do: str, argv: list[str]) -> None:
    """Let a daemon of its own paint "a slow boat", and perhaps cancel it, until it is killed."""
    daemon = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DAEMON, str(folder), do, *argv, stdout=asyncio.subprocess.PIPE
    )
    assert daemon.stdout
    painter = int(await daemon.stdout.readline())
    assert await daemon.wait() == -signal.SIGKILL
    await house.until(lambda: not Path(f"/proc/{painter}").exists())


async def test_kill_9_of_the_whole_daemon(stand_in: list[str], tmp_path: Path) -> None:
    """The painter ends with it, and the next daemon goes on behind the checkpoint."""
    house = House(tmp_path, stand_in)
    await kill_a_daemon(house, tmp_path, "paint", stand_in)
    async with house.running():
        await house.until_event("job.done", 1)
    assert house.kinds(1) == ["job.started", "job.done"], "nobody is told of a painter's death"
    assert (house.get(1).attempts, house.get(1).interruptions) == (1, 1)
    assert next(e for e in house.events if e.kind == "job.progress").data["step"] > 1
    assert len(house.pictures()) == 1


async def test_what_was_cancelled_stays_so_when_the_daemon_is_killed(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
    await kill_a_daemon(house, tmp_path, "cancel", stand_in)
    async with house.running():
        job = house.submit("a tree", "key-2")
        await house.until_event("job.done", job)
    assert house.kinds(1) == []
    assert house.get(1).status is Status.CANCELLED
    assert house.leftovers() == []


async def test_a_job_survives_many_ends_of_the_daemon_but_not_all(
    stand_in: list[str], tmp_path: Path
) -> None:
    house = House(tmp_path, stand_in)
    job = house.submit("a boat")
    for _ in range(module.MOST_INTERRUPTIONS):
        house.queue.next()
        house.runner._reconcile()
    assert (house.get(job).status, house.get(job).attempts) == (Status.QUEUED, 0)
    house.queue.next()
    house.runner._reconcile()
    assert house.get(job).status is Status.FAILED
    assert "21 times" in str(house.get(job).reason)


async def test_a_surprise_leaves_no_job_in_hand(
    stand_in: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, stand_in)
    job = house.submit("a boat")
    with monkeypatch.context() as patch:
        patch.setattr(house.worker, "paint", None)
        with pytest.raises(TypeError):
            await house.runner.run()
    assert house.runner.progress(job) is None
    assert house.runner.cancel(job)
    assert house.get(job).status is Status.CANCELLED


def test_another_time_zone_finds_the_same_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(state=tmp_path, folders=Folders(gallery=tmp_path, inbox=tmp_path))
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
        files.sweep(queue.get)
        assert files.checkpoint(job).exists()
    finally:
        monkeypatch.undo()
        time.tzset()


def _set_running(database: Path, job: int, interruptions: int) -> None:
    """As a daemon that was killed leaves it."""
    statement = "UPDATE jobs SET status = 'running', interruptions = ? WHERE id = ?"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, (interruptions, job))


async def test_start_reconciles_with_the_gallery(stand_in: list[str], tmp_path: Path) -> None:
    """As after kill -9 of the daemon: both jobs say running, one picture is there, renamed."""
    house = House(tmp_path, stand_in)
    painted, unpainted, worn = (house.submit(f"boat {n}", f"key-{n}") for n in range(3))
    async with house.running():
        await house.until_event("job.done", painted)
    assert house.pictures()[0].rename(house.config.folders.gallery / "my favourite.png")
    for job in (painted, unpainted, worn):
        times = module.MOST_INTERRUPTIONS if job == worn else 1
        _set_running(house.config.state / "jobs.sqlite", job, times)
    for path in house.pictures():
        if read_recipe(path).job != "key-0":
            path.unlink()
    (house.config.folders.gallery / "broken.png").write_bytes(b"\x89PNG broken")
    stale = house.config.state / "work" / "20200101-000000-job1.ckpt"
    stale.write_text("4")

    again = House(tmp_path, stand_in)
    async with again.running():
        await again.until_event("job.done", unpainted)
    assert again.kinds(painted) == ["job.done"]
    assert again.get(painted).picture == again.config.folders.gallery / "my favourite.png"
    assert again.kinds(worn) == ["job.failed"]
    assert again.kinds(unpainted) == ["job.started", "job.done"]
    assert again.leftovers() == []


async def test_an_idle_painter_is_unloaded(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in, idle_minutes=0.005)
    async with house.running():
        job = house.submit("a boat")
        await house.until_event("job.done", job)
        assert house.worker.pid is not None
        await house.until(lambda: house.worker.pid is None)
        next_job = house.submit("a tree", "key-2")
        await house.until_event("job.done", next_job)


async def test_the_same_claim_is_queued_and_told_once(stand_in: list[str], tmp_path: Path) -> None:
    house = House(tmp_path, stand_in)
    async with house.running():
        assert house.submit("a boat") == house.submit("a boat")
        await house.until_event("job.done", 1)
        house.submit("a boat")
    assert house.kinds(1) == ["job.queued", "job.started", "job.done"]


async def test_an_unusable_gallery_lets_the_jobs_wait(
    stand_in: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "DISK_PAUSE", 0.02)
    house = House(tmp_path, stand_in)
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
    stand_in: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DISK_PAUSE", 0.02)
    house = House(tmp_path, stand_in)
    async with house.running():
        job = house.submit("full disk")
        await house.until_event("job.done", job)
    assert house.get(job).attempts == 1
    assert house.kinds(job) == ["job.queued", "job.started", "job.started", "job.done"]


async def test_without_torch_jobs_wait_and_the_log_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else find_spec(name)
    )
    house = House(tmp_path, [])
    house.runner = Runner(house.queue, house.config, house.bus)
    async with house.running():
        job = house.submit("a boat")
        house.submit("a tree", "key-2")
        await house.until(lambda: "torch is not installed" in caplog.text)
        await house.until_event("job.queued", 2)
    assert house.get(job).status is Status.QUEUED
    assert len([message for message in caplog.messages if "torch" in message]) == 1


async def test_configuration_fills_what_a_job_leaves_open(tmp_path: Path) -> None:
    config = Config(
        state=tmp_path,
        folders=Folders(inbox=tmp_path / "i", gallery=tmp_path / "g"),
        painting=Painting(width=128, steps=7, vqgan=Path("/models/v.safetensors")),
    )
    queue = JobQueue(tmp_path / "jobs.sqlite")
    runner = Runner(queue, config, Bus())
    job = runner.submit("key-1", "a boat", {"steps": 9, "seed": 4}, "inbox")
    assert runner._request(job)["settings"] == {
        "width": 128,
        "steps": 9,
        "seed": 4,
        "start": "sketch",
        "vqgan": "/models/v.safetensors",
    }
