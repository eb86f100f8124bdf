"""The gallery with real pictures: each is announced once, whoever puts it there."""

import asyncio
import errno
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from mused.art import foresight
from mused.art.picture import save
from mused.daemon.config import Folders
from mused.daemon.errors import QueueError
from mused.daemon.folders.gallery import STARTED, Gallery
from mused.daemon.folders.housekeeping import Housekeeping
from mused.daemon.folders.pictures import Pictures
from mused.daemon.folders.settling import SETTLE
from mused.daemon.health import Health
from mused.daemon.jobs.database import Database

BEFORE = STARTED - 10


class Wall:
    """A gallery's folder with the pictures hung there."""

    def __init__(self, folder: Path, notes: Any, recipe: Callable[..., Any]) -> None:
        self.folder = folder / "gallery"
        self.memory = folder / "state" / "gallery.sqlite"
        self.notes = notes
        self.recipe = recipe
        self.folder.mkdir()

    def gallery(self, **settings: Any) -> Gallery:
        """One life of the gallery."""
        folders = Folders(gallery=self.folder, inbox=self.folder / "inbox", **settings)
        return Gallery(folders, self.memory, self.notes)

    def hang(self, name: str, job: str | None = None) -> Path:
        colour = Image.new("RGB", (16, 16), "red")
        return save(colour, self.recipe(job, f"prompt of {name}"), self.folder / f"{name}.png")

    async def visit(self, **settings: Any) -> None:
        """One life of the daemon: start, look until nothing is unsettled, end."""
        gallery = self.gallery(**settings)
        while (pause := await gallery.scan()) is not None:
            await asyncio.sleep(pause)
        gallery._watch.close()
        gallery.close()

    def announced(self) -> list[str]:
        told = (event for event in self.notes.told if event["kind"] == "picture")
        return [Path(event["picture"]).stem for event in told]


async def test_a_new_picture_is_announced(
    tmp_path: Path, notes: Any, recipe: Any, running: Any, until: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    gallery = wall.gallery()
    async with running(gallery.run()):
        await until(lambda: len(gallery._seen) == 1)
        path = wall.hang("boat", "key-1")
        await until(lambda: notes.told)
    gallery.close()
    assert notes.told == [
        {
            "kind": "picture",
            "picture": str(path),
            "prompt": "prompt of boat",
            "job": "key-1",
            "stop_reason": "finished",
            "unknown": (),
            "missed": False,
        }
    ]


async def test_what_was_painted_while_nobody_looked_is_summed_up(
    tmp_path: Path, notes: Any, recipe: Any, running: Any, until: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    for moment, name in enumerate(("boat", "boat-2", "tree", "frame")):
        made = replace(recipe(None, f"a {name[:4]}"), unknown=(name,))
        if name == "frame":
            made = replace(made, stop_reason="cancelled")
        path = save(Image.new("RGB", (16, 16), (moment, 0, 0)), made, wall.folder / f"{name}.png")
        os.utime(path, (moment, BEFORE + moment))
    gallery = wall.gallery()
    async with running(gallery.run()):
        await until(lambda: len(notes.told) == 5)
        wall.hang("later")
        await until(lambda: len(notes.told) == 6)
    gallery.close()
    *missed, summary, later = notes.told
    assert [each["missed"] for each in missed] == [True] * 4, "each has an event nevertheless"
    assert summary == {
        "kind": "pictures.missed",
        "count": 3,
        "prompts": 2,
        "prompt": "a tree",
        "unknown": ("tree",),
    }
    assert (later["kind"], later["missed"]) == ("picture", False)


async def test_words_that_whoever_asked_was_told_of_are_not_told_again(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    for moment, key in enumerate(("turn:1", "cli:2", "inbox-3")):
        made = recipe(key, "a boat and a Quokka")
        # "boat", which the sketch knows, was told of to nobody.
        made = replace(made, unknown=("boat", "Quokka"))
        save(Image.new("RGB", (16, 16), (moment, 0, 0)), made, wall.folder / f"{moment}.png")
    await wall.visit()
    told = {each["job"]: each["unknown"] for each in notes.told if each["kind"] == "picture"}
    assert told == {"turn:1": ("boat",), "cli:2": ("boat",), "inbox-3": ("boat", "Quokka")}


async def test_a_picture_is_announced_though_its_foresight_fails(
    tmp_path: Path, notes: Any, recipe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "unknown_to_sketch", None)
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    made = replace(recipe("turn:1", "a quokka"), unknown=("quokka",))
    save(Image.new("RGB", (16, 16), "red"), made, wall.folder / "quokka.png")
    await wall.visit()
    assert [each["unknown"] for each in notes.told] == [("quokka",)]


async def test_those_that_settle_later_are_in_the_same_sum(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    for name in ("boat", "tree"):
        os.utime(wall.hang(name, name), (BEFORE, BEFORE))
    gallery = wall.gallery()
    with (wall.folder / "tree.png").open("ab"):
        await gallery.scan()
        await asyncio.sleep(SETTLE)
        await gallery.scan()
    assert [event["kind"] for event in notes.told] == ["picture"]
    await gallery.scan()
    gallery._watch.close()
    gallery.close()
    assert [event["kind"] for event in notes.told] == ["picture", "picture", "pictures.missed"]
    assert notes.told[-1]["count"] == 2


async def test_what_is_painted_while_the_configuration_is_read_again_is_not_missed(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    wall.hang("boat")
    await wall.visit()
    assert [event["missed"] for event in notes.told] == [False]


async def test_every_format_that_carries_a_recipe_is_announced(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    for number, suffix in enumerate((".png", ".jpg", ".JPEG", ".webp")):
        path = wall.folder / f"{number}{suffix}"
        save(Image.new("RGB", (16, 16)), recipe(f"key-{number}"), path)
    Image.new("RGB", (16, 16)).save(wall.folder / "camera.jpg")
    await wall.visit()
    assert sorted(wall.announced()) == ["0", "1", "2", "3"]


async def test_pictures_from_before_the_first_start_are_old_news(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    wall.hang("old", "key-0")
    await wall.visit()
    wall.hang("new", "key-1")
    await wall.visit()
    assert wall.announced() == ["new"]


async def test_nothing_is_announced_again(tmp_path: Path, notes: Any, recipe: Any) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    wall.hang("boat", "key-1")
    wall.hang("library", None)
    await wall.visit()
    assert sorted(wall.announced()) == ["boat", "library"]

    await wall.visit()
    (wall.folder / "boat.png").rename(wall.folder / "renamed.png")
    (wall.folder / "library.png").rename(wall.folder / "my library.png")
    await wall.visit()
    (wall.folder / "renamed.png").rename(tmp_path / "backup.png")
    await wall.visit()
    (wall.folder / "my library.png").rename(tmp_path / "library.png")
    await wall.visit()
    for name in ("backup", "library"):
        shutil.copyfile(tmp_path / f"{name}.png", wall.folder / f"{name} restored.png")
    await wall.visit()
    assert sorted(wall.announced()) == ["boat", "library"]


async def test_a_job_asked_for_again_after_a_cancel_has_its_picture_announced(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    frame = replace(recipe("key-1"), stop_reason="cancelled")
    save(Image.new("RGB", (16, 16)), frame, wall.folder / "frame.png")
    await wall.visit()
    wall.hang("boat", "key-1")
    for _ in range(2):
        await wall.visit()
    assert [each["stop_reason"] for each in notes.told[:2]] == ["cancelled", "finished"]


async def test_other_pictures_are_not_ours(
    tmp_path: Path, notes: Any, recipe: Any, until: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    outside = save(Image.new("RGB", (16, 16)), recipe("key-9"), tmp_path / "outside.png")
    Image.new("RGB", (16, 16)).save(wall.folder / "foreign.png")
    (wall.folder / "broken.png").write_bytes(outside.read_bytes()[:80])
    (wall.folder / "text.png").write_text("no picture")
    (wall.folder / "link.png").symlink_to(outside)
    shutil.copyfile(outside, wall.folder / ".hidden.png")
    shutil.copyfile(outside, wall.folder / "picture.png.part")
    (wall.folder / "folder.png").mkdir()
    for side in (10_000, 15_000):  # PIL warns of the first and refuses the second
        Image.new("1", (side, side)).save(wall.folder / f"bomb-{side}.png")
    recipe_of_5 = json.dumps({**recipe("key-8").plain(), "prompt": 5})
    half_a_letter = json.dumps({**recipe("key-8").plain(), "job": "\ud800"})
    no_recipe = '{"prompt": ["not", "a", "recipe"]}'
    for number, text in enumerate((no_recipe, recipe_of_5, half_a_letter, "[" * 100_000)):
        hostile = PngImagePlugin.PngInfo()
        hostile.add_text("mused", text)
        Image.new("RGB", (16, 16)).save(wall.folder / f"hostile-{number}.png", pnginfo=hostile)
    await wall.visit()
    assert notes.told == []
    wall.hang("zebra", "key-10")
    await wall.visit()
    assert wall.announced() == ["zebra"], "nothing of that silences the next"


async def test_a_picture_that_cannot_be_read_just_now_is_looked_at_again(
    tmp_path: Path, notes: Any, recipe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    wall.hang("boat", "key-1")
    wall.hang("tree", "key-2")
    trouble = {
        "boat.png": OSError(errno.EMFILE, "Too many open files"),
        "tree.png": ZeroDivisionError(),  # a surprise is no reason to look again
    }

    def opening(file: Any, **options: Any) -> Any:
        name = Path(file.name).name
        if name in trouble:
            raise trouble[name]
        return really_open(file, **options)

    really_open = Image.open
    with monkeypatch.context() as patch:
        patch.setattr(Image, "open", opening)
        await wall.visit()
    assert wall.announced() == []
    await wall.visit()
    assert wall.announced() == ["boat"]


async def test_a_memory_of_another_shape_is_named(tmp_path: Path, notes: Any) -> None:
    other = Database(tmp_path / "gallery.sqlite", ["CREATE TABLE other (x)"])
    other.read("SELECT * FROM other")
    other.close()
    with pytest.raises(QueueError, match=r"gallery\.sqlite cannot be used, no such table"):
        await Gallery(Folders(gallery=tmp_path), tmp_path / "gallery.sqlite", notes).scan()


async def test_a_slow_copy_is_announced_when_it_is_whole(
    tmp_path: Path, notes: Any, recipe: Any, running: Any, until: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    content = save(Image.new("RGB", (16, 16)), recipe("key-1"), tmp_path / "x.png").read_bytes()
    gallery = wall.gallery()
    async with running(gallery.run()):
        await until(lambda: len(gallery._seen) == 1)
        with (wall.folder / "slow.png").open("wb") as file:
            for start in range(0, len(content), len(content) // 4):
                file.write(content[start : start + len(content) // 4])
                file.flush()
                await asyncio.sleep(0.4)  # longer than settling: half a picture is looked at
        await until(lambda: notes.told)
    gallery.close()
    assert wall.announced() == ["slow"]


async def test_a_removed_gallery_is_made_again(
    tmp_path: Path, notes: Any, recipe: Any, running: Any, until: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    gallery = wall.gallery()
    async with running(gallery.run()):
        await until(lambda: len(gallery._seen) == 1)
        shutil.rmtree(wall.folder)
        await until(wall.folder.exists)
        wall.hang("boat", "key-1")
        await until(lambda: notes.told)
    gallery.close()


async def test_a_gallery_that_is_a_file_is_told_before_there_is_any_job(
    tmp_path: Path, notes: Any, recipe: Any, running: Any, until: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    gallery = wall.gallery()
    wall.folder.rmdir()
    wall.folder.write_text("in the way")
    async with running(gallery.run()):
        await until(lambda: "it cannot be used" in gallery.status())
        wall.folder.unlink()
        gallery._watch.wake()
        await until(lambda: gallery.status() == str(wall.folder))
    gallery.close()


async def test_a_lost_memory_announces_nothing_old(tmp_path: Path, notes: Any, recipe: Any) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    wall.hang("boat", "key-1")
    await wall.visit()
    wall.memory.write_bytes(b"garbage" * 1000)
    await wall.visit()
    assert wall.announced() == ["boat"]


async def test_a_link_that_a_killed_daemon_was_replacing_is_swept(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    boat = wall.hang("boat", "key-1")
    part = wall.folder / ".latest.png.0123456789abcdef.part"
    part.symlink_to(boat.name)
    other = wall.folder / ".other.png.0123456789abcdef.part"
    other.touch()
    await wall.visit()
    assert not part.is_symlink()
    assert other.exists()
    assert (wall.folder / "latest.png").resolve() == boat


async def test_pictures_of_others_are_not_decoded_to_find_the_latest(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    """A folder of screenshots takes no minutes, and the gallery gives signs of life meanwhile."""
    wall = Wall(tmp_path, notes, recipe)
    big = tmp_path / "screenshot.png"
    Image.new("L", (8000, 6000)).save(big)
    for number in range(20):
        shutil.copyfile(big, wall.folder / f"screenshot-{number}.png")
    began = time.monotonic()
    with Image.open(big) as image:
        image.load()
    once = time.monotonic() - began
    pictures = Pictures(wall.folder)
    found = pictures.all()
    housekeeping = Housekeeping(Folders(gallery=wall.folder, inbox=tmp_path), pictures)
    health = Health()
    began = time.monotonic()
    with health.part("gallery"):
        await asyncio.to_thread(housekeeping.keep, found, ())
        assert time.monotonic() - began < 5 * once
        await asyncio.wait_for(health.started(), 1)
    wall.hang("boat", "key-1")
    assert housekeeping.keep(pictures.all(), ()) is None
    assert (wall.folder / "latest.png").resolve().name == "boat.png"


async def test_pictures_that_come_at_once_are_announced_in_their_order(
    tmp_path: Path, notes: Any, recipe: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    names = [f"{number * 7 % 12}" for number in range(12)]
    for moment, name in enumerate(names):
        picture = wall.hang(name)
        status = picture.stat()
        os.utime(picture, ns=(status.st_atime_ns, status.st_mtime_ns + moment * 1000))
    await wall.visit()
    assert wall.announced() == names


async def test_a_long_memory_is_read_while_the_loop_breathes(
    tmp_path: Path, notes: Any, recipe: Any, running: Any
) -> None:
    wall = Wall(tmp_path, notes, recipe)
    await wall.visit()
    gallery = wall.gallery()
    rows = [(f"mark-{number}",) for number in range(10_000)]
    statement = "INSERT INTO seen VALUES (?)"
    gallery._database.write(lambda database: database.executemany(statement, rows))
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with running(turn()):
        await gallery._prime()
    gallery.close()
    assert turns >= 10
    assert len(gallery._seen) == 10_001
