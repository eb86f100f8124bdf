"""An inbox that others may write to as well, and what they may not reach through it."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Folders
from mused.daemon.folders.claims import Claims
from mused.daemon.folders.inbox import Inbox
from mused.daemon.jobs.queue import JobQueue

NOBODY = 65534


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    yield queue
    queue.close()


async def take(folder: Path, queue: JobQueue, notes: Any) -> Inbox:
    """One life of the inbox."""
    folders = Folders(inbox=folder, gallery=folder.parent, keep_done_days=1)
    inbox = Inbox(folders, folder.parent / "state", queue.add_many, notes)
    try:
        while (pause := await inbox.scan()) is not None:
            await asyncio.sleep(pause)
    finally:
        inbox._watch.close()
    return inbox


@pytest.mark.parametrize("name", ["work", "done", "failed"])
async def test_a_link_in_place_of_a_folder_leads_nowhere(
    inbox_folder: Path, queue: JobQueue, notes: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = inbox_folder.parent / "home"
    home.mkdir()
    (home / ".profile").write_text("a boat")
    (home / "letter.txt").write_text("a tree")
    monkeypatch.setattr("mused.daemon.folders.retention.DAY", -1.0)  # all of it is old enough
    (inbox_folder / name).symlink_to(home)
    (inbox_folder / "prompt.txt").write_text("a lake")
    with pytest.raises(NotADirectoryError, match=f"{name} is no folder, .*: move it away"):
        await take(inbox_folder, queue, notes)
    assert sorted(path.name for path in home.iterdir()) == [".profile", "letter.txt"]
    assert queue.recent(10) == []

    (inbox_folder / name).unlink()
    await take(inbox_folder, queue, notes)
    assert [job.prompt for job in queue.recent(10)] == ["a lake"]


async def test_a_link_to_claims_is_not_followed(
    inbox_folder: Path, queue: JobQueue, notes: Any
) -> None:
    """Neither in place of this daemon's folder nor of a batch in it."""
    await take(inbox_folder, queue, notes)
    [own] = (inbox_folder / "work").iterdir()
    assert own.stat().st_mode & 0o077 == 0, "nobody else can put one there"
    elsewhere = inbox_folder.parent / "home" / "letters"
    elsewhere.mkdir(parents=True)
    (elsewhere / "letter.txt").write_text("a tree")
    (own / "0123").symlink_to(elsewhere)
    await take(inbox_folder, queue, notes)
    (own / "0123").unlink()
    own.rmdir()
    own.symlink_to(elsewhere.parent)
    with pytest.raises(NotADirectoryError, match=own.name):
        await take(inbox_folder, queue, notes)
    assert (elsewhere / "letter.txt").exists()
    assert queue.recent(10) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
async def test_a_folder_of_another_user_is_not_used(
    inbox_folder: Path, queue: JobQueue, notes: Any
) -> None:
    (inbox_folder / "work").mkdir()
    os.chown(inbox_folder / "work", NOBODY, NOBODY)
    with pytest.raises(PermissionError, match="work belongs to another user"):
        await take(inbox_folder, queue, notes)
    os.chown(inbox_folder, NOBODY, NOBODY)  # as on mounts that know one user only
    await take(inbox_folder, queue, notes)


async def test_a_note_is_not_written_into_a_dropped_link(
    inbox_folder: Path, queue: JobQueue, notes: Any
) -> None:
    profile = inbox_folder.parent / ".profile"
    profile.write_text("precious")
    (inbox_folder / "a.txt.error.txt").symlink_to(profile)
    await take(inbox_folder, queue, notes)
    (inbox_folder / "a.txt").write_text("...")
    await take(inbox_folder, queue, notes)
    assert profile.read_text() == "precious"
    assert (inbox_folder / "failed" / "a.txt.error.txt").read_text().startswith("a.txt: ")


def test_another_daemons_claims_that_cannot_be_looked_at_are_passed_over() -> None:
    """Its folder lets only its own user look."""
    with tempfile.TemporaryDirectory() as place:
        inbox = Path(place)
        inbox.chmod(0o777)
        for name, mode in (("closed", 0o000), ("open", 0o777)):
            batch = inbox / "work" / name / "0123"
            batch.mkdir(parents=True)
            (batch / "boat.txt").touch()
            os.utime(batch, (1, 1))
            batch.parent.chmod(mode)
        me = os.geteuid()
        if me == 0:
            os.seteuid(NOBODY)  # whom a mode can stop
        try:
            assert Claims(inbox, inbox, inbox / "state").strangers() == {"open": 1}
        finally:
            os.seteuid(me)
            (inbox / "work" / "closed").chmod(0o700)


async def test_a_refused_prompt_is_quoted_in_its_note_only(
    inbox_folder: Path, queue: JobQueue, notes: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    (inbox_folder / "a.toml").write_text('prompt = "..."\nstart = "my darkest secret"')
    (inbox_folder / "b.toml").write_text('prompt = "a boat:my darkest secret')
    (inbox_folder / "c.txt").write_text("my darkest secret:1e99")
    await take(inbox_folder, queue, notes)
    assert len(notes.told) == 3
    assert "secret" in (inbox_folder / "failed" / "c.txt.error.txt").read_text()
    assert "secret" not in caplog.text
    assert "'c.txt' refused: a note beside it in failed/ says why" in caplog.text
