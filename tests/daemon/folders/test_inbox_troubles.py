"""Crashes, refusals and folders that vanish: no file is lost, none is taken twice."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import QueueError
from mused.daemon.jobs.queue import JobQueue, Wish


@pytest.mark.parametrize("crash_at", ["claimed", "queued"])
async def test_a_crash_anywhere_loses_and_doubles_nothing(drop: Any, crash_at: str) -> None:
    (drop.folder / "prompts.txt").write_text("a boat\na tree\n")
    assert _killed(drop.folder, crash_at) == -signal.SIGKILL
    assert drop.claimed() == ["prompts.txt"]
    assert len(drop.jobs()) == {"claimed": 0, "queued": 2}[crash_at]

    await drop.settle()
    assert drop.prompts() == ["a boat", "a tree"]
    assert drop.names("done") == ["prompts.txt"]


def _killed(folder: Path, crash_at: str) -> int:
    """A daemon's inbox that is killed in the middle of its work; returns its exit status."""
    program = textwrap.dedent("""
        import asyncio, os, signal, sys
        from pathlib import Path
        from mused.daemon.config import Folders
        from mused.daemon.events import Bus
        from mused.daemon.folders.inbox import Inbox
        from mused.daemon.jobs.queue import JobQueue
        folder, crash_at = Path(sys.argv[1]), sys.argv[2]
        queue = JobQueue(folder.parent / "jobs.sqlite")
        def submit(wishes):
            if crash_at == "queued":
                queue.add_many(wishes)
            os.kill(os.getpid(), signal.SIGKILL)
        folders = Folders(inbox=folder, gallery=folder / "pictures")
        asyncio.run(Inbox(folders, folder.parent / "state", submit, Bus()).run())
    """)
    command = [sys.executable, "-c", program, str(folder), crash_at]
    return subprocess.run(command, timeout=20, check=False).returncode


async def test_a_queue_that_refuses_keeps_the_file_in_work(drop: Any) -> None:
    (drop.folder / "boat.txt").write_text("a boat")
    full = True

    def submit(wishes: Sequence[Wish]) -> object:
        if full:
            raise QueueError("the disk is full")
        return drop.queue.add_many(wishes)

    inbox = drop.make(submit)
    await inbox.scan()
    await asyncio.sleep(0.35)
    assert await inbox.scan(), "it asks for another look"
    assert drop.claimed() == ["boat.txt"]
    assert inbox.status() == f"{drop.folder}; 1 files wait: the disk is full"
    assert drop.notes.told == []
    full = False
    await inbox.scan()
    inbox._watch.close()
    assert drop.prompts() == ["a boat"]


async def test_a_file_that_breaks_the_queue_does_not_stop_the_others(
    drop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def submit(wishes: Sequence[Wish]) -> object:
        if any(wish.prompt == "broken" for wish in wishes):
            raise ZeroDivisionError
        return drop.queue.add_many(wishes)

    drop.inbox = drop.make(submit)
    for name in ("a", "broken", "c"):
        (drop.folder / f"{name}.txt").write_text(name)
    await drop.settle()
    assert sorted(drop.prompts()) == ["a", "c"]
    assert "broken.txt" in drop.names("failed")
    assert [event["file"] for event in drop.notes.told] == ["broken.txt"]
    assert "Traceback" in caplog.text


async def test_a_deleted_inbox_is_made_again_and_watched(
    drop: Any, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        for _ in range(100):  # it may be made again while it is being removed
            with contextlib.suppress(OSError):
                shutil.rmtree(drop.folder)
                break
        await until((drop.folder / "done").is_dir)
        (drop.folder / "boat.txt").write_text("a boat")
        await until(lambda: drop.prompts() == ["a boat"])


async def test_an_inbox_that_cannot_exist_is_tried_again(
    drop: Any, inbox_folder: Path, running: Callable[..., Any], until: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    inbox_folder.rmdir()
    inbox_folder.write_text("in the way")
    async with running(drop.inbox.run()):
        await until(lambda: "the inbox cannot be used" in caplog.text)
        assert "it cannot be used" in drop.inbox.status()
        inbox_folder.unlink()
        drop.inbox._watch.wake()
        await until((drop.folder / "done").is_dir)


async def test_a_full_queue_leaves_the_files_where_they_are_until_there_is_room(
    drop: Any, inbox_folder: Path
) -> None:
    drop.queue = JobQueue(inbox_folder.parent / "small.sqlite", most_open=1)
    drop.queue.add("spoken", "a lake", {}, "voice")
    drop.inbox = drop.make()
    for number in range(150):
        (inbox_folder / f"{number:03}.txt").write_text(f"boat {number}\n")
    await drop.inbox.scan()
    await asyncio.sleep(1.5)
    assert await drop.inbox.scan() is not None, "another look is due"
    assert "150 files wait: the queue is full, 1 jobs wait" in drop.inbox.status()
    assert drop.prompts() == ["a lake"]
    running = drop.queue.next()
    assert running
    drop.queue.fail(running, "no reason")
    await drop.inbox.scan()
    assert drop.prompts()[1:] == [f"boat {number}" for number in range(100)]
    drop.inbox._watch.close()
