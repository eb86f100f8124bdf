"""The inbox with real files, a real observer and the real queue."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


async def test_a_dropped_file_becomes_jobs(
    drop: Any, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        (drop.folder / "prompts.txt").write_text("a boat\n\na tree\n")
        await until(lambda: drop.names("done") == ["prompts.txt"])
    assert drop.prompts() == ["a boat", "a tree"]
    assert [job.source for job in drop.jobs()] == ["inbox", "inbox"]
    assert [job.key.rpartition("-")[2] for job in drop.jobs()] == ["line1", "line3"]
    assert drop.claimed() == []


async def test_files_that_came_while_nobody_watched(drop: Any) -> None:
    (drop.folder / "b.toml").write_text('prompt = "second"\nsteps = 3')
    (drop.folder / "a.txt").write_text("first")
    os.utime(drop.folder / "a.txt", (1, 1))
    await drop.settle()
    assert drop.prompts() == ["first", "second"]
    assert drop.jobs()[1].settings == {"steps": 3}


async def test_a_file_being_written_is_waited_for(
    drop: Any, running: Callable[..., Any], until: Callable[..., Any]
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
    drop: Any, running: Callable[..., Any], until: Callable[..., Any], tmp_path: Path
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


async def test_unfinished_and_hidden_files_are_left_alone(drop: Any) -> None:
    names = [".hidden.txt", "a.txt~", "b.txt.part", "c.tmp", "#d.txt#", ".e.txt.swp", "F.TXT.PART"]
    for name in names:
        (drop.folder / name).write_text("a boat")
    (drop.folder / "subfolder").mkdir()
    (drop.folder / "subfolder" / "deep.txt").write_text("a boat")
    await drop.settle()
    assert drop.jobs() == []
    assert set(names) < set(drop.names("."))


async def test_refused_files_say_why(drop: Any, tmp_path: Path) -> None:
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
        "picture.jpg": "a .jpg file is",
        "mixed.txt": "line 2: There ",
    }
    for name, reason in refused.items():
        note = drop.folder / "failed" / f"{name}.error.txt"
        assert note.read_text() == f"{name}: {reason}\n"
        assert os.path.lexists(drop.folder / "failed" / name)
    assert outside.read_text() == "secret words"


async def test_names_that_fight_back(drop: Any) -> None:
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


async def test_dropping_the_same_file_again_makes_new_jobs(drop: Any) -> None:
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
    drop: Any, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with running(drop.inbox.run()):
        await until((drop.folder / "done").is_dir)
        for number in range(300):
            (drop.folder / f"{number}.txt").write_text(f"boat {number}")
        await until(lambda: len(drop.names("done")) == 300, 20)
    assert sorted(drop.prompts()) == sorted(f"boat {number}" for number in range(300))
    assert list(drop.folder.glob("work/*/*")) == []


async def test_concurrent_scans_take_each_file_once(drop: Any, notes: Any) -> None:
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
