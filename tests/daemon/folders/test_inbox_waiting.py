"""What the inbox leaves alone: silence, files on their way, names that mean nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.folders.settling import is_finished_name


async def test_silence_costs_nothing(
    drop: Any, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Our own renames stir the folder; they must not keep it stirring."""
    scans = 0
    scan: Callable[[], Awaitable[float | None]] = drop.inbox.scan

    async def counted() -> float | None:
        nonlocal scans
        scans += 1
        return await scan()

    drop.inbox.scan = counted  # which also scans
    async with running(drop.inbox.run()):
        (drop.folder / "boat.txt").write_text("a boat")
        await until(lambda: drop.prompts() == ["a boat"])
        before = 0
        async with asyncio.timeout(10):
            while scans != before:
                before = scans
                await asyncio.sleep(0.9)  # watchdog holds back a file's leaving for half a second
        assert scans < 10


async def test_a_file_open_for_writing_is_left_alone(drop: Any, tmp_path: Path) -> None:
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


async def test_capital_suffixes(drop: Any) -> None:
    (drop.folder / "A.TXT").write_text("a boat")
    (drop.folder / "B.Toml").write_text('prompt = "a tree"')
    await drop.settle()
    assert sorted(drop.prompts()) == ["a boat", "a tree"]
