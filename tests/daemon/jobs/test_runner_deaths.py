"""The ways in which a painter ends unasked, each with its word and its limit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mused.art.errors import DeviceLostError
from mused.daemon.errors import WorkerDeviceError
from mused.daemon.jobs import slot
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Status
from mused.daemon.jobs.worker_process import Patience


async def test_kill_9_of_the_painter_resumes_behind_its_checkpoint(house: Any) -> None:
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


READY = """
import sys
print('{"event": "ready", "device": "cpu"}', flush=True)
sys.stdin.readline()
"""


def script(folder: Path, text: str) -> list[str]:
    """The command line of a painter made of `text`."""
    path = folder / "painter.py"
    path.write_text(text)
    return [sys.executable, str(path)]


async def test_a_job_that_kills_every_painter_is_given_up(
    build: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    house = build(script(tmp_path, READY + "sys.exit('out of paint')"))
    async with house.running():
        job = house.submit("a boat")
        failed = await house.until_event("job.failed", job)
    assert house.get(job).attempts == 3
    assert "3 attempts" in failed.data["reason"]
    assert "out of paint" in failed.data["reason"]
    assert house.kinds(job).count("job.retried") == 2
    assert f"job {job} failed (killed)" in caplog.text
    assert "out of paint" not in caplog.text, "last words may quote a prompt"
    reasons = [each.reason for each in house.queue.history(job) if each.reason]
    assert len(reasons) == 3
    assert all("out of paint" in reason for reason in reasons)


async def test_a_job_whose_gpu_fails_each_time_is_given_up_in_words(
    build: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The painter ends as it does when torch says that the GPU is lost; there is none here."""
    caplog.set_level("INFO")
    lost = f"sys.exit({DeviceLostError.exit_status})"
    house = build(script(tmp_path, READY + lost))
    async with house.running():
        job = house.submit("a boat")
        await house.until_event("job.failed", job)
    assert house.get(job).attempts == 3
    assert house.kinds(job).count("job.retried") == 2
    assert f"job {job} failed ({WorkerDeviceError.word})" in caplog.text


async def test_a_job_that_hangs_is_tried_twice(
    build: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    progress = """print('{"event": "progress"}', flush=True); sys.stdin.readline()"""
    hasty = Patience(first=20.0, between=0.5, exit=0.5)
    house = build(script(tmp_path, READY + progress), patience=hasty)
    async with house.running():
        job = house.submit("a boat")
        failed = await house.until_event("job.failed", job)
    assert house.get(job).attempts == 2
    assert "silent for 0.5 s" in failed.data["reason"]
    assert "(hung)" in caplog.text


async def test_a_painter_that_cannot_start_is_no_trouble_while_another_paints(
    build: Any, stand_in: list[str], tmp_path: Path
) -> None:
    broken = "import os; os.environ['CUDA_VISIBLE_DEVICES'] == '0' and exit('libcuda is missing')"
    works = Path(stand_in[-1]).read_text().replace('device="cpu"', 'device="cuda"')
    argv = script(tmp_path, f"{broken}\n{works}")
    house = build(argv, devices=["0", "1"])
    async with house.running():
        job = house.submit("a boat")
        await house.until_event("job.done", job)
        assert "libcuda is missing" in house.runner.slots[0].trouble
        assert house.runner.trouble is None
        assert house.runner.able == 1


async def test_a_painter_that_cannot_start_costs_no_attempt_and_heals_by_itself(
    build: Any,
    stand_in: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(slot, "START_PAUSE", 0.01)
    monkeypatch.setattr(slot, "LONGEST_START_PAUSE", 0.05)
    tries = tmp_path / "tries"
    broken = f"open({str(tries)!r}, 'a').write('x'); raise SystemExit('libcuda is missing')"
    argv = script(tmp_path, broken)
    house = build(argv)
    async with house.running():
        job = house.submit("a boat")
        await house.until(lambda: tries.exists() and len(tries.read_text()) > 4)
        assert "libcuda is missing" in str(house.runner.trouble)
        waiting = house.get(job)
        assert (waiting.status, waiting.attempts) == (Status.QUEUED, 0)
        Path(argv[-1]).write_text(Path(stand_in[-1]).read_text())
        await house.until_event("job.done", job)
        assert house.runner.trouble is None
    painter = [each.data["state"] for each in house.events if each.kind == "painter"]
    assert painter == ["failing", "ok"], "said once"
    assert caplog.text.count("libcuda is missing") == 1
    assert [each.status for each in house.queue.history(job)] == ["queued", "running", "done"]


MEMORY = """
import asyncio, os, sys
from pathlib import Path
from mused.daemon.errors import WorkerError
from mused.daemon.jobs.worker_process import WorkerProcess
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
async def main():
    for do in ("x = bytearray(400_000_000)", "import os; os.kill(os.getpid(), 9)"):
        worker = WorkerProcess([sys.executable, "-c", sys.argv[2] + do])
        try:
            await worker.paint({"job": "key-1"}, lambda event: None)
        except WorkerError as error:
            print(error.word, flush=True)
asyncio.run(main())
"""


def test_a_kill_for_memory_is_told_from_another(memory_group: Path) -> None:
    """By a real kernel; what it kills is the painter, not the daemon beside it."""
    argv = [sys.executable, "-c", MEMORY, str(memory_group), READY]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.split() == ["memory", "killed"], ended.stderr


@pytest.fixture
def memory_group() -> Iterator[Path]:
    """A control group with 100 MB of memory; only root can make one."""
    version_1 = Path("/sys/fs/cgroup/memory")
    parent = version_1 if version_1.is_dir() else Path("/sys/fs/cgroup")
    group = parent / f"mused-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        limits = ("memory.limit_in_bytes", "memory.max")
        limit = next((group / each for each in limits if (group / each).exists()), None)
        if limit is None:
            pytest.skip("control groups here have no memory controller")
        limit.write_text("100000000")
        yield group
    finally:
        deadline = time.monotonic() + 5
        while (group / "cgroup.procs").read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        group.rmdir()


async def test_a_reported_failure_is_not_tried_again(house: Any) -> None:
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


async def test_dying_after_saving_does_not_paint_twice(house: Any) -> None:
    async with house.running():
        job = house.submit("die after saving")
        await house.until_event("job.done", job)
    assert house.get(job).attempts == 1
    assert len(house.pictures()) == 1


async def test_what_a_killed_painter_was_writing_is_swept(house: Any) -> None:
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


def _write_and_die(path: Path) -> None:
    """What the real painter's writer leaves when it is killed half-way."""
    code = (
        "import os, sys; from pathlib import Path; from mused.art.files import write_atomically\n"
        "write_atomically(Path(sys.argv[1]), lambda file: os.kill(os.getpid(), 9))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=20)
    assert done.returncode == -signal.SIGKILL
