"""The inbox with real files, a real observer and the real queue."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mused.daemon.config import Folders
from mused.daemon.errors import QueueError
from mused.daemon.folders import retention
from mused.daemon.folders.inbox import Inbox, Submit
from mused.daemon.folders.settling import is_finished_name
from mused.daemon.jobs.queue import Job, JobQueue, Wish


class Drop:
    """An inbox with the queue behind it."""

    def __init__(self, folder: Path, notes: Any) -> None:
        self.folder = folder
        self.notes = notes
        self.state = folder.parent / "state"
        self.queue = JobQueue(folder.parent / "jobs.sqlite")
        self.inbox = self.make()

    def make(
        self, submit: Submit | None = None, state: Path | None = None, **settings: Any
    ) -> Inbox:
        """Another inbox for the same folder."""
        folders = Folders(inbox=self.folder, gallery=self.folder.parent, **settings)
        return Inbox(folders, state or self.state, submit or self.queue.add_many, self.notes)

    async def settle(self) -> None:
        """Scan until nothing is left to wait for."""
        async with asyncio.timeout(10):
            while (pause := await self.inbox.scan()) is not None:
                await asyncio.sleep(pause)
        self.inbox._watch.close()

    def jobs(self) -> list[Job]:
        return self.queue.recent(10_000)[::-1]

    def prompts(self) -> list[str]:
        return [job.prompt for job in self.jobs()]

    def names(self, place: str) -> list[str]:
        return sorted(path.name for path in (self.folder / place).iterdir())

    def claimed(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("work/*/*/*"))


@pytest.fixture
def drop(inbox_folder: Path, notes: Any) -> Drop:
    return Drop(inbox_folder, notes)


async def test_a_dropped_file_becomes_jobs(
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        (drop.folder / "prompts.txt").write_text("a boat\n\na tree\n")
        await until(lambda: drop.names("done") == ["prompts.txt"])
    assert drop.prompts() == ["a boat", "a tree"]
    assert [job.source for job in drop.jobs()] == ["inbox", "inbox"]
    assert [job.key.rpartition("-")[2] for job in drop.jobs()] == ["line1", "line3"]
    assert drop.claimed() == []


async def test_files_that_came_while_nobody_watched(drop: Drop) -> None:
    (drop.folder / "b.toml").write_text('prompt = "second"\nsteps = 3')
    (drop.folder / "a.txt").write_text("first")
    os.utime(drop.folder / "a.txt", (1, 1))
    await drop.settle()
    assert drop.prompts() == ["first", "second"]
    assert drop.jobs()[1].settings == {"steps": 3}


async def test_a_file_being_written_is_waited_for(
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        with (drop.folder / "slow.txt").open("w") as file:
            for word in ("a ", "red ", "boat ", "at ", "sunset"):
                file.write(word)
                file.flush()
                await asyncio.sleep(0.15)  # the writer's pauses, shorter than settling
        await until(lambda: drop.names("done") == ["slow.txt"])
    assert drop.prompts() == ["a red boat at sunset"]


async def test_every_way_to_drop_a_file(
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
) -> None:
    for name in ("moved.txt", "linked.txt"):
        (tmp_path / name).write_text(name.removesuffix(".txt"))
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        (tmp_path / "moved.txt").rename(drop.folder / "moved.txt")
        (drop.folder / "linked.txt").hardlink_to(tmp_path / "linked.txt")
        (drop.folder / ".hidden.txt").write_text("renamed inside")
        (drop.folder / ".hidden.txt").rename(drop.folder / "inside.txt")
        await until(lambda: len(drop.names("done")) == 3)
    assert set(drop.prompts()) == {"moved", "linked", "renamed inside"}


async def test_unfinished_and_hidden_files_are_left_alone(drop: Drop) -> None:
    names = [".hidden.txt", "a.txt~", "b.txt.part", "c.tmp", "#d.txt#", ".e.txt.swp", "F.TXT.PART"]
    for name in names:
        (drop.folder / name).write_text("a boat")
    (drop.folder / "subfolder").mkdir()
    (drop.folder / "subfolder" / "deep.txt").write_text("a boat")
    await drop.settle()
    assert drop.jobs() == []
    assert set(names) < set(drop.names("."))


async def test_refused_files_say_why(drop: Drop, tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret words")
    (drop.folder / "link.txt").symlink_to(outside)
    os.mkfifo(drop.folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(drop.folder / "socket.txt"))
    (drop.folder / "huge.txt").write_bytes(b"a boat\n" * 20_000)
    (drop.folder / "binary.txt").write_bytes(bytes(range(256)))
    (drop.folder / "latin.txt").write_bytes("ein Gemälde".encode("latin-1"))
    (drop.folder / "unknown.toml").write_text('prompt = "a boat"\ncolour = "red"')
    (drop.folder / "picture.jpg").write_bytes(b"hello")
    (drop.folder / "mixed.txt").write_text("a good line\n---\n")
    (drop.folder / "good.txt").write_text("a boat")
    await drop.settle()

    assert drop.prompts() == ["a boat"]
    refused = {event["file"]: event["reason"] for event in drop.notes.told}
    assert {name: reason[:14] for name, reason in refused.items()} == {
        "link.txt": "a symbolic lin",
        "pipe.txt": "not a regular ",
        "socket.txt": "cannot be open",
        "huge.txt": "larger than 64",
        "binary.txt": "byte 129 is no",
        "latin.txt": "byte 8 is no l",
        "unknown.toml": "unknown key 'c",
        "picture.jpg": "'.jpg' is not ",
        "mixed.txt": "line 2: There ",
    }
    for name, reason in refused.items():
        note = drop.folder / "failed" / f"{name}.error.txt"
        assert note.read_text() == f"{name}: {reason}\n"
        assert os.path.lexists(drop.folder / "failed" / name)
    assert outside.read_text() == "secret words"


async def test_names_that_fight_back(drop: Drop) -> None:
    longest = "x" * 251 + ".txt"
    not_utf8 = os.fsdecode(b"caf\xe9.txt")
    for name in (longest, not_utf8, "; rm -rf $HOME.txt", "a..txt", "-rf.txt", "new\nline.txt"):
        (drop.folder / name).write_text("a boat" if name != not_utf8 else "...")
    await drop.settle()
    (drop.folder / longest).write_text("...")  # refused: its note's name must fit as well
    await drop.settle()
    assert len(drop.jobs()) == 5
    assert longest in drop.names("failed")
    assert len(drop.names("failed")) == 4
    assert [event["file"] for event in drop.notes.told] == [
        "caf\N{REPLACEMENT CHARACTER}.txt",
        longest,
    ]


async def test_dropping_the_same_file_again_makes_new_jobs(drop: Drop) -> None:
    path = drop.folder / "boat.txt"
    for _ in range(2):
        path.write_text("a boat")
        os.utime(path, (1, 1))
        await drop.settle()
    (drop.folder / "done" / "boat.txt").rename(path)  # same inode, same time, once more
    await drop.settle()
    assert drop.prompts() == ["a boat"] * 3
    assert len({job.key for job in drop.jobs()}) == 3
    assert drop.names("done") == ["boat-2.txt", "boat.txt"]


async def test_three_hundred_files_at_once(
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        for number in range(300):
            (drop.folder / f"{number}.txt").write_text(f"boat {number}")
        await until(lambda: len(drop.names("done")) == 300, 20)
    assert sorted(drop.prompts()) == sorted(f"boat {number}" for number in range(300))
    assert list(drop.folder.glob("work/*/*")) == []


async def test_concurrent_scans_take_each_file_once(drop: Drop, notes: Any) -> None:
    other = drop.make()
    for number in range(30):
        (drop.folder / f"{number}.txt").write_text(f"boat {number}")
    await asyncio.gather(drop.inbox.scan(), other.scan())
    await asyncio.sleep(0.35)
    await asyncio.gather(drop.inbox.scan(), drop.inbox.scan(), other.scan(), other.scan())
    for inbox in (drop.inbox, other):
        inbox._watch.close()
    assert sorted(drop.prompts()) == sorted(f"boat {number}" for number in range(30))
    assert len(drop.names("done")) == 30


@pytest.mark.parametrize("crash_at", ["claimed", "queued"])
async def test_a_crash_anywhere_loses_and_doubles_nothing(drop: Drop, crash_at: str) -> None:
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
        folders = Folders(inbox=folder, gallery=folder)
        asyncio.run(Inbox(folders, folder.parent / "state", submit, Bus()).run())
    """)
    command = [sys.executable, "-c", program, str(folder), crash_at]
    return subprocess.run(command, timeout=20, check=False).returncode


async def test_a_queue_that_refuses_keeps_the_file_in_work(drop: Drop) -> None:
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
    drop: Drop, caplog: pytest.LogCaptureFixture
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
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any]
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
    inbox_folder: Path, notes: Any, running: Callable[..., Any], until: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    inbox_folder.rmdir()
    inbox_folder.write_text("in the way")
    drop = Drop(inbox_folder, notes)
    async with running(drop.inbox.run()):
        await until(lambda: "the inbox cannot be used" in caplog.text)
        assert "it cannot be used" in drop.inbox.status()
        inbox_folder.unlink()
        drop.inbox._watch.wake()
        await until((drop.folder / "done").is_dir)


async def test_silence_costs_nothing(
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Our own renames stir the folder; they must not keep it stirring."""
    scans = 0
    scan = drop.inbox.scan

    async def counted() -> float | None:
        nonlocal scans
        scans += 1
        return await scan()

    drop.inbox.scan = counted  # type: ignore[method-assign] # counts, then scans
    async with running(drop.inbox.run()):
        (drop.folder / "boat.txt").write_text("a boat")
        await until(lambda: drop.prompts() == ["a boat"])
        await asyncio.sleep(0.9)  # watchdog holds back a file's leaving for half a second
        before = scans
        await asyncio.sleep(0.5)
        assert scans == before
        assert scans < 10


async def test_a_file_open_for_writing_is_left_alone(drop: Drop, tmp_path: Path) -> None:
    """However long its writer thinks: as an upload that stalls."""
    path = drop.folder / "slow.txt"
    with path.open("w") as file:
        file.write("half a ")
        file.flush()
        for _ in range(3):
            assert await drop.inbox.scan() is not None
            await asyncio.sleep(0.35)
        assert drop.jobs() == []
        file.write("boat")
    await drop.settle()
    assert drop.prompts() == ["half a boat"]


@pytest.mark.parametrize(
    "name",
    [
        "4913", "5036", ".a.txt.swp", ".a.txt.swx", "a.txt~", "#a.txt#", ".#a.txt", "a.txt.~1~",
        ".goutputstream-AB12CD", ".~lock.a.txt#", ".a.txt.Xb3Kq9", "a.txt.crdownload",
        "a.txt.part", "A.TXT.PART", "a.txt.filepart", "~$a.txt", "._a.txt", ".DS_Store",
        "Thumbs.db", "desktop.ini",
    ],
)  # fmt: skip
def test_names_of_files_on_their_way(name: str) -> None:
    assert not is_finished_name(name)


@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "4914", "a.swp.txt", "part.toml", "4913.txt"])
def test_names_of_files_that_are_meant(name: str) -> None:
    assert is_finished_name(name)


async def test_capital_suffixes(drop: Drop) -> None:
    (drop.folder / "A.TXT").write_text("a boat")
    (drop.folder / "B.Toml").write_text('prompt = "a tree"')
    await drop.settle()
    assert sorted(drop.prompts()) == ["a boat", "a tree"]


async def test_two_daemons_share_an_inbox(drop: Drop, tmp_path: Path) -> None:
    """Each with a state of its own; what one has claimed the other never touches."""
    full = True

    def submit(wishes: Sequence[Wish]) -> object:
        if full:
            raise QueueError("the disk is full")
        return drop.queue.add_many(wishes)

    other = drop.make(submit, tmp_path / "other")
    (drop.folder / "first.txt").write_text("a boat")
    await other.scan()
    await asyncio.sleep(0.35)
    await other.scan()
    [claim] = drop.folder.glob("work/*/*/first.txt")
    assert claim.parts[-3] == (tmp_path / "other" / "inbox-id").read_text().strip()

    (drop.folder / "second.txt").write_text("a tree")
    await drop.settle()
    assert drop.prompts() == ["a tree"]
    assert drop.claimed() == ["first.txt"]
    full = False
    again = drop.make(submit, tmp_path / "other")  # as after a restart
    await again.scan()
    for inbox in (other, again):
        inbox._watch.close()
    assert drop.prompts() == ["a tree", "a boat"]


async def test_old_claims_of_another_daemon_are_told(
    drop: Drop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batch = drop.folder / "work" / "oldhost-1234" / "0001"
    batch.mkdir(parents=True)
    (batch / "boat.txt").write_text("a boat")
    await drop.settle()
    assert drop.inbox.status() == str(drop.folder)
    os.utime(batch, (1, 1))
    drop.inbox = drop.make()
    await drop.settle()
    assert "1 in work/oldhost-1234" in drop.inbox.status()
    assert "1 in work/oldhost-1234" in caplog.text
    assert drop.jobs() == []


async def test_done_files_go_after_some_days(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop.folder / "boat.txt").write_text("a boat")
    os.utime(drop.folder / "boat.txt", (1, 1))  # old, and yet dropped just now
    (drop.folder / "bad.txt").write_text("...")
    await drop.settle()
    drop.inbox = drop.make(keep_done_days=1)
    await drop.settle()
    assert drop.names("done") == ["boat.txt"]

    now = time.time()
    monkeypatch.setattr(retention, "time", SimpleNamespace(time=lambda: now + 1.1 * 24 * 3600))
    drop.inbox = drop.make(keep_done_days=0)
    await drop.settle()
    assert drop.names("done") == ["boat.txt"]
    assert drop.names("failed") == ["bad.txt", "bad.txt.error.txt"]
    drop.inbox = drop.make(keep_done_days=1)
    await drop.settle()
    assert drop.names("done") == drop.names("failed") == []


async def test_an_inbox_behind_a_link_is_watched(
    drop: Drop, tmp_path: Path, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    link = tmp_path / "link"
    link.symlink_to(drop.folder)
    inbox = Inbox(Folders(inbox=link), drop.state, drop.queue.add_many, drop.notes)
    async with running(inbox.run()):
        await until((drop.folder / "done").is_dir)
        (drop.folder / "boat.txt").write_text("a boat")
        await until(lambda: drop.prompts() == ["a boat"])


async def test_another_mount_on_the_inbox(
    drop: Drop, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """A tmpfs mounted over it and taken away again; looking regularly finds out."""
    mount = ["mount", "-t", "tmpfs", "none", str(drop.folder)]
    inbox = drop.make(poll=0.5)
    async with running(inbox.run()):
        await until((drop.folder / "done").is_dir)
        if (await asyncio.to_thread(subprocess.run, mount, capture_output=True)).returncode:
            pytest.skip("mounting is not allowed here")
        try:
            (drop.folder / "there.txt").write_text("a boat")
            await until(lambda: drop.prompts() == ["a boat"])
        finally:
            await asyncio.to_thread(subprocess.run, ["umount", str(drop.folder)], check=True)
        (drop.folder / "here.txt").write_text("a tree")
        await until(lambda: drop.prompts() == ["a boat", "a tree"])


async def test_a_full_queue_leaves_the_files_where_they_are_until_there_is_room(
    inbox_folder: Path, notes: Any
) -> None:
    drop = Drop(inbox_folder, notes)
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
    drop.queue.fail(running.id, "no reason")
    await drop.inbox.scan()
    assert drop.prompts()[1:] == [f"boat {number}" for number in range(100)]
    drop.inbox._watch.close()
