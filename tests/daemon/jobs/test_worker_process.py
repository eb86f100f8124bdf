"""The painter's process as the daemon handles it: real processes, a quick painter in them."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import WorkerError, WorkerHungError, WorkerStartError
from mused.daemon.jobs.worker_process import Message, Patience, WorkerProcess

QUICK = Patience(first=20.0, between=10.0, exit=0.5)


@contextlib.asynccontextmanager
async def running(argv: list[str], patience: Patience = QUICK) -> AsyncIterator[WorkerProcess]:
    worker = WorkerProcess(argv, patience)
    try:
        yield worker
    finally:
        await worker.kill()


def request(folder: Path, prompt: str, job: str = "key-1") -> dict[str, Any]:
    return {
        "job": job,
        "prompt": prompt,
        "settings": {},
        "picture": str(folder / f"{job}.png"),
        "preview": None,
        "checkpoint": str(folder / f"{job}.ckpt"),
    }


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_paints_and_stays_warm(stand_in: list[str], tmp_path: Path) -> None:
    events: list[Message] = []
    async with running(stand_in) as worker:
        assert worker.pid is None
        first = await worker.paint(request(tmp_path, "a boat"), events.append)
        pid = worker.pid
        second = await worker.paint(request(tmp_path, "a tree", "key-2"), events.append)
        assert pid is not None
        assert worker.pid == pid
    assert (first["event"], second["event"]) == ("done", "done")
    assert Path(first["picture"]).exists()
    assert [each["event"] for each in events if each.get("job") == "key-2"] == [
        "started",
        *["progress"] * 5,
    ]


async def test_close_is_polite_and_the_next_job_starts_another(
    stand_in: list[str], tmp_path: Path
) -> None:
    async with running(stand_in) as worker:
        await worker.paint(request(tmp_path, "a boat"), lambda _: None)
        first = worker.pid
        await worker.close()
        assert worker.pid is None
        await worker.close()
        await worker.paint(request(tmp_path, "a tree", "key-2"), lambda _: None)
        assert worker.pid not in (None, first)


async def test_a_death_names_the_signal_and_the_last_words(
    stand_in: list[str], tmp_path: Path
) -> None:
    async with running(stand_in) as worker:
        with pytest.raises(WorkerError, match="killed by SIGKILL: trouble at step 2"):
            await worker.paint(request(tmp_path, "die at 2"), lambda _: None)
        assert worker.pid is None
        end = await worker.paint(request(tmp_path, "die at 2"), lambda _: None)
        assert end["event"] == "done"  # resumed behind step 2


async def test_a_worker_on_its_way_out_costs_no_attempt(
    stand_in: list[str], tmp_path: Path
) -> None:
    async with running(stand_in) as worker:
        await worker.paint(request(tmp_path, "leave"), lambda _: None)
        pid = worker.pid
        end = await worker.paint(request(tmp_path, "a boat", "key-2"), lambda _: None)
        assert end["event"] == "done"
        assert worker.pid != pid


async def test_a_warm_worker_that_is_killed_does_not_paint_again(
    stand_in: list[str], tmp_path: Path
) -> None:
    async with running(stand_in) as worker:
        await worker.paint(request(tmp_path, "a boat"), lambda _: None)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGSTOP)
        painting = asyncio.create_task(
            worker.paint(request(tmp_path, "a tree", "key-2"), lambda _: None)
        )
        await asyncio.sleep(0)
        await worker.kill()
        with pytest.raises(WorkerError, match=signal.SIGKILL.name):
            await painting
        assert worker.pid is None


async def test_a_hung_worker_is_killed(stand_in: list[str], tmp_path: Path) -> None:
    pids: list[int | None] = []
    async with running(stand_in, Patience(first=20.0, between=0.5, exit=0.5)) as worker:
        with pytest.raises(WorkerHungError, match=r"silent for 0\.5 s"):
            await worker.paint(request(tmp_path, "hang at 3"), lambda _: pids.append(worker.pid))
    assert pids[0] is not None
    assert not alive(pids[0])


async def test_a_worker_that_never_speaks_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(60)"]
    async with running(argv, Patience(first=0.3)) as worker:
        with pytest.raises(WorkerStartError, match=r"not ready after 0\.3 s"):
            await worker.paint(request(tmp_path, "a boat"), lambda _: None)


async def test_cancel_keeps_the_last_frame(stand_in: list[str], tmp_path: Path) -> None:
    async with running(stand_in) as worker:

        def cancel(event: Message) -> None:
            if event["event"] == "started":
                worker.cancel("key-1")

        end = await worker.paint(request(tmp_path, "a slow boat"), cancel)
        assert end["event"] == "cancelled"
        assert Path(end["picture"]).exists()
        assert worker.pid is not None


async def test_lines_longer_than_any_event_are_survived(
    stand_in: list[str], tmp_path: Path
) -> None:
    async with running(stand_in) as worker:
        end = await worker.paint(request(tmp_path, "long line"), lambda _: None)
        assert end["event"] == "done"


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
async def test_standard_error_is_for_the_debug_log_only(
    stand_in: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, level: str
) -> None:
    """It quotes prompts."""
    caplog.set_level(level, logger="mused.daemon.jobs.worker_process")
    async with running(stand_in) as worker:
        with pytest.raises(WorkerError, match="trouble at step 1"):
            await worker.paint(request(tmp_path, "die at 1"), lambda _: None)
    assert ("painter: trouble at step 1" in caplog.messages) == (level == "DEBUG")


async def test_a_missing_program_is_an_error_not_a_crash(tmp_path: Path) -> None:
    async with running([str(tmp_path / "nowhere")]) as worker:
        with pytest.raises(WorkerStartError, match="cannot be started"):
            await worker.paint(request(tmp_path, "a boat"), lambda _: None)


async def test_a_program_that_fails_to_import_says_why(tmp_path: Path) -> None:
    async with running([sys.executable, "-m", "mused.no_such_painter"]) as worker:
        with pytest.raises(WorkerStartError, match=r"ended with 1: .*no_such_painter"):
            await worker.paint(request(tmp_path, "a boat"), lambda _: None)


async def test_painting_is_nicer_than_hearing(stand_in: list[str], tmp_path: Path) -> None:
    async with running(stand_in) as worker:
        await worker.paint(request(tmp_path, "a boat"), lambda _: None)
        assert worker.pid
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) > os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getsid(worker.pid) == worker.pid


async def test_killing_takes_the_whole_group(tmp_path: Path) -> None:
    child = tmp_path / "child"
    program = (
        "import subprocess, sys, time, pathlib;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"pathlib.Path({str(child)!r}).write_text(str(p.pid));"
        'print(\'{"event": "ready"}\\n{"event": "started"}\', flush=True); time.sleep(60)'
    )
    async with running([sys.executable, "-c", program]) as worker:
        ready = asyncio.Event()
        painting = asyncio.create_task(
            worker.paint(request(tmp_path, "a boat"), lambda _: ready.set())
        )
        await asyncio.wait_for(ready.wait(), 10)
        await worker.kill()
        with pytest.raises(WorkerError, match=signal.SIGKILL.name):
            await painting
    state = Path(f"/proc/{child.read_text()}/stat")
    async with asyncio.timeout(5):
        while state.exists() and state.read_text().split()[2] not in "ZX":
            await asyncio.sleep(0.01)
