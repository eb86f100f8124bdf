"""Folders of a day, the latest picture, and what is kept: with real pictures."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mused.art.picture import StopReason, save
from mused.daemon.config import Config, Folders
from mused.daemon.events import Bus
from mused.daemon.folders.gallery import CROWD, Gallery
from mused.daemon.folders.latest import show_latest
from mused.daemon.folders.pictures import Pictures
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Job, JobQueue

HOUR = 3600.0


class Wall:
    """A gallery with folders of a day."""

    def __init__(self, folder: Path, notes: Any, recipe: Callable[..., Any]) -> None:
        self.folder = folder / "gallery"
        self.memory = folder / "state" / "gallery.sqlite"
        self.notes = notes
        self.recipe = recipe
        self.folder.mkdir()

    def hang(
        self, place: str, job: str, hours_ago: float = 0.0, ended: StopReason = "finished"
    ) -> Path:
        path = self.folder / place
        path.parent.mkdir(exist_ok=True)
        recipe = replace(self.recipe(job, place), stop_reason=ended)
        save(Image.new("RGB", (16, 16), "red"), recipe, path)
        when = time.time() - hours_ago * HOUR
        os.utime(path, (when, when))
        return path

    async def visit(self, **settings: Any) -> None:
        """One life of the gallery."""
        folders = Folders(gallery=self.folder, inbox=self.folder / "inbox", **settings)
        gallery = Gallery(folders, self.memory, self.notes)
        while (pause := await gallery.scan()) is not None:
            await asyncio.sleep(pause)
        gallery._watch.close()
        gallery.close()

    def announced(self) -> list[str]:
        return [each["prompt"] for each in self.notes.told if each["kind"] == "picture"]

    @property
    def latest(self) -> Path:
        return self.folder / "latest.png"


@pytest.fixture
def wall(tmp_path: Path, notes: Any, recipe: Any) -> Wall:
    return Wall(tmp_path, notes, recipe)


async def test_a_new_day_is_seen_at_once(wall: Wall, running: Any, until: Any) -> None:
    folders = Folders(gallery=wall.folder, inbox=wall.folder / "inbox")
    gallery = Gallery(folders, wall.memory, wall.notes)
    async with running(gallery.run()):
        await until(lambda: len(gallery._seen) == 1)
        wall.hang("2026-11-23/one.png", "key-1")
        await until(lambda: wall.announced() == ["2026-11-23/one.png"])
        wall.hang("2026-11-23/two.png", "key-2")
        await until(lambda: len(wall.announced()) == 2)
        wall.hang("by hand.png", "key-3")
        await until(lambda: len(wall.announced()) == 3)
        wall.hang("holiday/other.png", "key-4")  # not a folder of ours
        await asyncio.sleep(0.5)
    gallery.close()
    assert len(wall.announced()) == 3


async def test_moving_between_folders_and_days_announces_nothing_again(
    wall: Wall, tmp_path: Path
) -> None:
    await wall.visit()
    picture = wall.hang("2026-11-23/one.png", "key-1")
    await wall.visit()
    picture = picture.rename(wall.folder / "favourite.png")
    await wall.visit()
    (wall.folder / "2025-01-01").mkdir()
    picture = picture.rename(wall.folder / "2025-01-01" / "old.png")
    await wall.visit()
    shutil.copyfile(picture, wall.folder / "2025-01-01" / "restored.png")
    await wall.visit()
    assert wall.announced() == ["2026-11-23/one.png"]


async def test_latest_shows_the_newest_finished_picture(wall: Wall) -> None:
    await wall.visit()
    assert not wall.latest.is_symlink()
    one = wall.hang("2026-11-22/one.png", "key-1", hours_ago=3)
    await wall.visit()
    assert wall.latest.readlink() == Path("2026-11-22/one.png")
    two = wall.hang("2026-11-23/two.png", "key-2", hours_ago=2)
    wall.hang("2026-11-21/older.png", "key-3", hours_ago=4)
    await wall.visit()
    assert wall.latest.samefile(two)
    two.unlink()
    await wall.visit()
    assert wall.latest.samefile(one)
    assert wall.announced().count("2026-11-22/one.png") == 1
    assert [path.name for path in wall.folder.glob(".*")] == []


@pytest.mark.parametrize("day", ["", "2026-11-23"])
def test_latest_shows_what_is_painted_without_the_daemon_however_it_is_named(
    tmp_path: Path, recipe: Any, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    real, gallery = tmp_path / "disk" / "a" / "b", tmp_path / "gallery"
    (real / day).mkdir(parents=True, exist_ok=True)
    gallery.symlink_to(real)
    monkeypatch.chdir(gallery / day)
    dotted = tmp_path / "disk" / ".." / "gallery"
    folders = (gallery / day, real / day, dotted / day, Path())
    for number, folder in enumerate(folders):
        picture = save(Image.new("RGB", (16, 16)), recipe(None), folder / f"{number}.png")
        os.utime(picture, (number, number + 1e9))
        show_latest(gallery, picture)
        assert (gallery / "latest.png").resolve() == real / day / f"{number}.png"
    outside = save(Image.new("RGB", (16, 16)), recipe(None), tmp_path / "outside.png")
    show_latest(gallery, outside)
    show_latest(tmp_path / "nowhere", outside)
    assert (gallery / "latest.png").resolve() == picture.resolve()


async def test_a_contact_sheet_is_kept_and_pruned_but_is_no_picture(wall: Wall) -> None:
    await wall.visit()
    one = wall.hang("one.png", "", hours_ago=3)
    recipe = replace(wall.recipe("", "sheet"), variations=6)
    sheet = save(Image.new("RGB", (16, 16), "red"), recipe, wall.folder / "one-sheet.png")
    os.utime(sheet, (time.time() - 2 * HOUR,) * 2)
    await wall.visit()
    assert wall.announced() == ["one.png"]
    assert wall.latest.samefile(one)
    wall.hang("two.png", "", hours_ago=1)
    await wall.visit(keep_pictures=1)
    assert not one.exists()
    assert not sheet.exists()


async def test_latest_is_a_copy_where_there_are_no_links(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: object) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))  # as vfat answers

    monkeypatch.setattr(Path, "symlink_to", refuse)
    await wall.visit()
    for number in (1, 2):
        picture = wall.hang(f"2026-11-23/{number}.png", f"key-{number}", hours_ago=3 - number)
        await wall.visit()
        assert not wall.latest.is_symlink()
        assert wall.latest.read_bytes() == picture.read_bytes()
    assert len(wall.announced()) == 2


async def test_a_copy_is_known_after_a_mount_with_other_inodes(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As exFAT gives; a daemon killed before it remembered the copy leaves the same."""

    def refuse(path: Path, target: object) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "symlink_to", refuse)
    await wall.visit()
    wall.hang("2026-11-23/1.png", "key-1", hours_ago=2)
    await wall.visit()
    Path(shutil.copy2(wall.latest, wall.folder / ".again")).replace(wall.latest)
    os.utime(wall.latest, (1e9, 1e9))
    picture = wall.hang("2026-11-23/2.png", "key-2", hours_ago=1)
    await wall.visit()
    assert wall.latest.read_bytes() == picture.read_bytes()


async def test_a_picture_that_came_to_its_end_early_is_shown_as_well(wall: Wall) -> None:
    await wall.visit()
    picture = wall.hang("2026-11-23/1.png", "key-1", hours_ago=2, ended="flat")
    wall.hang("2026-11-23/2.png", "key-2", hours_ago=1, ended="cancelled")
    await wall.visit()
    assert wall.latest.samefile(picture)


async def test_a_picture_somebody_called_latest_is_not_lost(
    wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    await wall.visit()
    wall.latest.write_bytes(b"somebody's")
    wall.hang("2026-11-23/one.png", "key-1")
    await wall.visit()
    assert wall.latest.read_bytes() == b"somebody's"
    assert "rename it" in caplog.text


async def test_the_oldest_of_ours_go_when_there_are_too_many(
    wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = wall.folder / "2020-01-01" / "foreign.png"
    foreign.parent.mkdir()
    Image.new("RGB", (16, 16)).save(foreign)
    pictures = [
        wall.hang(f"2026-11-{10 + n}/{n}.png", f"key-{n}", hours_ago=10 - n) for n in range(5)
    ]
    await wall.visit()
    assert all(path.exists() for path in pictures), "everything is kept unless asked"
    caplog.set_level("INFO")
    await wall.visit(keep_pictures=2)
    assert [path.exists() for path in pictures] == [False, False, False, True, True]
    assert foreign.exists()
    days = sorted(path.name for path in wall.folder.iterdir() if path.is_dir())
    assert days == ["2020-01-01", "2026-11-13", "2026-11-14"]
    assert caplog.text.count("removed: the gallery holds more") == 3
    await wall.visit(keep_gigabytes=1e-9)
    assert [path.exists() for path in pictures] == [False] * 4 + [True], "never the newest"
    assert wall.latest.samefile(pictures[4])


async def test_a_picture_from_the_future_is_older_than_those_of_today(wall: Wall) -> None:
    """The clock was wrong when it was painted, or is wrong now."""
    await wall.visit()
    old = wall.hang("2027-11-23/old.png", "key-1", hours_ago=-48)
    await wall.visit()
    assert wall.latest.samefile(old)
    new = wall.hang("2026-11-23/new.png", "key-2")
    await wall.visit()
    assert wall.latest.samefile(new)
    await wall.visit(keep_pictures=1)
    assert new.exists()
    assert not old.exists()


async def test_what_was_just_painted_is_not_removed_at_once(wall: Wall) -> None:
    """Whatever time its file shows."""
    await wall.visit()
    one = wall.hang("2026-11-23/1.png", "key-1", hours_ago=1)
    await wall.visit()
    two = wall.hang("2026-11-23/2.png", "key-2", hours_ago=2)
    await wall.visit(keep_pictures=1)
    assert one.exists()
    assert two.exists()


async def test_a_last_frame_goes_before_any_finished_picture(wall: Wall) -> None:
    await wall.visit()
    picture = wall.hang("2026-11-23/1.png", "key-1", hours_ago=2)
    frame = wall.hang("2026-11-23/2.png", "key-2", hours_ago=1, ended="cancelled")
    await wall.visit()
    await wall.visit(keep_pictures=1)
    assert picture.exists()
    assert not frame.exists()


async def test_an_archive_that_is_mounted_there_is_no_news(wall: Wall) -> None:
    await wall.visit()
    for number in range(CROWD + 1):
        wall.hang(f"2020-01-01/{number}.png", f"old-{number}", hours_ago=48)
    wall.hang("2026-11-23/new.png", "new")
    await wall.visit()
    assert wall.announced() == ["2026-11-23/new.png"]


def test_unchanged_folders_are_not_listed_again(wall: Wall) -> None:
    for day in range(1, 10):
        wall.hang(f"2025-01-0{day}/a.png", f"key-{day}")
        os.utime(wall.folder / f"2025-01-0{day}", (1e9, 1e9))
    os.utime(wall.folder, (1e9, 1e9))
    pictures = Pictures(wall.folder)
    assert len(pictures.changed()) == 9
    assert pictures.changed() == []
    wall.hang("2025-01-03/b.png", "key-10")
    assert len(pictures.changed()) == 2
    assert len(pictures.changed()) == 2, "so young a folder may change within the clock's grain"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    queue.add("key-1", "a boat", {}, "cli")
    job = queue.next()
    queue.close()
    assert job is not None
    return job


def test_a_job_finds_its_picture_wherever_it_was_put(wall: Wall, tmp_path: Path, job: Job) -> None:
    files = JobFiles(Config(state=tmp_path, folders=Folders(gallery=wall.folder, inbox=tmp_path)))
    assert files.painted(job) is None
    files.prepare(job)
    place = files.picture(job)
    assert place.parent.name == time.strftime("%Y-%m-%d", time.localtime(job.started))
    assert place.name.endswith(f"-job{job.id}.png")
    picture = save(Image.new("RGB", (16, 16)), wall.recipe("key-1"), place)
    wall.latest.symlink_to(os.path.relpath(picture, wall.folder))
    for elsewhere in ("2020-02-02/favourite.png", "top.png"):
        assert (files.painted(job) or [None])[0] == picture
        (wall.folder / elsewhere).parent.mkdir(exist_ok=True)
        picture = picture.rename(wall.folder / elsewhere)
    assert (files.painted(job) or [None])[0] == picture
    picture.unlink()
    assert files.painted(job) is None


def test_what_killed_painters_left_is_dropped(wall: Wall, tmp_path: Path, job: Job) -> None:
    files = JobFiles(Config(state=tmp_path, folders=Folders(gallery=wall.folder, inbox=tmp_path)))
    files.prepare(job)
    earlier = files.picture(job).parent / f".000000-job{job.id}.png.0123.part"
    others = files.picture(job).parent / f".000000-job{job.id}1.png.0123.part"
    for part in (earlier, others):
        part.touch()
    files.forget(job)
    assert not earlier.exists()
    assert others.exists()


def test_a_bus_is_all_it_needs(tmp_path: Path) -> None:
    """Nothing is opened or made before the first scan."""
    Gallery(Folders(gallery=tmp_path / "g"), tmp_path / "state" / "m.sqlite", Bus()).close()
    assert list(tmp_path.iterdir()) == []
