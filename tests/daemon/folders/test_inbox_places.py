"""An inbox that others share, that is linked or mounted, and how long it keeps what is done."""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mused.daemon.config import Folders
from mused.daemon.errors import QueueError
from mused.daemon.folders import inbox, retention, watch
from mused.daemon.folders.inbox import Inbox
from mused.daemon.folders.passed_over import MOST_LOOKED_AT, prompt_files_in_folders
from mused.daemon.jobs.queue import Wish


async def test_two_daemons_share_an_inbox(drop: Any, tmp_path: Path) -> None:
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
    for each in (other, again):
        each._watch.close()
    assert drop.prompts() == ["a tree", "a boat"]


async def test_old_claims_of_another_daemon_are_told(
    drop: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
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


async def test_done_files_go_after_some_days(drop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (drop.folder / "boat.txt").write_text("a boat")
    os.utime(drop.folder / "boat.txt", (1, 1))  # old, and yet dropped just now
    (drop.folder / "bad.txt").write_text("...")
    (drop.folder / "only copy.jpg").write_bytes(b"no prompt")
    await drop.settle()
    drop.inbox = drop.make(keep_done_days=1)
    await drop.settle()
    assert drop.names("done") == ["boat.txt"]

    now = time.time()
    monkeypatch.setattr(retention, "time", SimpleNamespace(time=lambda: now + 1.1 * 24 * 3600))
    drop.inbox = drop.make(keep_done_days=0)
    await drop.settle()
    assert drop.names("done") == ["boat.txt"]
    told = "only copy.jpg.error.txt"
    assert drop.names("failed") == ["bad.txt", "bad.txt.error.txt", "only copy.jpg", told]
    drop.inbox = drop.make(keep_done_days=1)
    await drop.settle()
    assert drop.names("done") == []
    assert drop.names("failed") == ["only copy.jpg", told]


async def test_an_inbox_behind_a_link_is_watched(
    drop: Any, tmp_path: Path, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    link = tmp_path / "link"
    link.symlink_to(drop.folder)
    linked = Inbox(Folders(inbox=link), drop.state, drop.queue.add_many, drop.notes)
    async with running(linked.run()):
        await until((drop.folder / "done").is_dir)
        (drop.folder / "boat.txt").write_text("a boat")
        await until(lambda: drop.prompts() == ["a boat"])


async def test_another_mount_on_the_inbox(
    drop: Any, running: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """A tmpfs mounted over it and taken away again; looking regularly finds out."""
    mount = ["mount", "-t", "tmpfs", "none", str(drop.folder)]
    polled = drop.make(poll=0.5)
    async with running(polled.run()):
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


async def test_prompt_files_in_a_copied_folder_are_told_of_and_stay(
    drop: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "SCAN_EVERY", 0.0)
    copied = drop.folder / "holiday" / "day one"
    copied.mkdir(parents=True)
    (copied / "sea.txt").write_text("the sea")
    (drop.folder / "boat.txt").write_text("a boat")
    await drop.settle()
    await drop.inbox.scan()
    drop.inbox._watch.close()
    assert drop.prompts() == ["a boat"]
    assert (copied / "sea.txt").read_text() == "the sea"
    told = (
        "prompt files in the folder 'holiday', such as 'day one/sea.txt', are not taken: move "
        f"them into {drop.folder} itself"
    )
    assert [each.message for each in caplog.records if "holiday" in each.message] == [told]
    assert drop.inbox.status() == f"{drop.folder}; {told}"

    (copied / "sea.txt").rename(drop.folder / "sea.txt")
    await drop.settle()
    assert drop.prompts() == ["a boat", "the sea"]
    assert drop.inbox.status() == str(drop.folder)


async def test_folders_are_not_looked_into_at_every_stir(drop: Any) -> None:
    await drop.settle()
    (drop.folder / "holiday").mkdir()
    (drop.folder / "holiday" / "sea.txt").write_text("the sea")
    await drop.settle()
    assert drop.inbox.status() == str(drop.folder)
    drop.inbox._looked_inside -= watch.SCAN_EVERY
    await drop.settle()
    assert "'holiday'" in drop.inbox.status()


def test_folders_count_as_well_as_files_in_the_limit_of_what_is_looked_at(tmp_path: Path) -> None:
    for number in range(MOST_LOOKED_AT):
        (tmp_path / "many" / str(number)).mkdir(parents=True)
    (tmp_path / "many" / "0" / "sea.txt").write_text("the sea")
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "boat.txt").write_text("a boat")
    assert prompt_files_in_folders(tmp_path) == {"few": "boat.txt"}


async def test_folders_without_prompt_files_and_links_to_folders_are_not_told_of(
    drop: Any, tmp_path: Path
) -> None:
    pictures, elsewhere = drop.folder / "pictures", tmp_path / "elsewhere"
    hidden = drop.folder / ".hidden", pictures / ".git", pictures / "sea.tmp"
    for folder in (pictures, elsewhere, *hidden):
        folder.mkdir()
    (pictures / "sea.jpg").write_bytes(b"the sea")
    (pictures / "~notes.txt.part").write_text("half a file")
    (pictures / "more").symlink_to(elsewhere)
    for folder in (elsewhere, *hidden):
        (folder / "boat.txt").write_text("a boat")
    await drop.settle()
    await drop.settle()
    assert drop.inbox.status() == str(drop.folder)
    assert drop.names("done") == []
