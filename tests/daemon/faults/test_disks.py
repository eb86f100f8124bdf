"""Disks that are full or may not be written, and become well again: nothing is lost or told twice.

The disks are real ones (tmpfs), small enough to be filled.
"""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import ControlError

Start = Callable[..., Any]
Disk = Callable[..., Path]
LONG = {"steps": 40}


def fill(disk: Path) -> Path:
    """Leave no byte of the disk, and no room for another file."""
    filling = disk / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filling


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def painted_once(home: Any, prompts: int = 1) -> bool:
    """Every prompt has one picture, and everything about it was said once."""
    pictures = list(home.gallery.glob("*/*.png"))
    jobs = home.client.jobs()
    assert len(pictures) <= prompts, "a picture was painted twice"
    return len(pictures) == prompts and all(each["status"] == "done" for each in jobs)


def said_once(home: Any, prompts: int = 1) -> None:
    """Each picture was announced once; nothing follows within a moment."""
    home.wait_for(lambda: len(list((home.home / "said").glob("*.wav"))) >= prompts, 10)
    assert len(list((home.home / "said").glob("*.wav"))) == prompts
    assert home.stop() == 0


def test_a_gallery_that_is_full_in_mid_painting(household: Start, disk: Disk) -> None:
    gallery = disk("256k", name="gallery")
    home = household(painting=LONG)
    home.start()
    home.client.submit("a red boat")
    with home.held_in_mid_painting():
        filling = fill(gallery)
    home.wait_for(lambda: "jobs wait" in home.log)
    job = home.client.job(1)
    assert job["status"] in ("queued", "running")
    assert str(home.gallery) in home.log
    assert not list(gallery.rglob("*.png"))
    filling.unlink()
    home.wait_for(lambda: painted_once(home))
    assert home.client.job(1)["attempts"] == 1
    said_once(home)


def test_a_state_that_is_full_in_mid_painting(household: Start, disk: Disk) -> None:
    state = disk("1m", name="state")
    home = household(painting=LONG)
    home.start()
    home.client.submit("a red boat")
    with home.held_in_mid_painting():
        filling = fill(state)
        (home.inbox / "boat.txt").write_text("a blue boat\n")
        assert home.client.ask("what time is it").understood
        with pytest.raises(ControlError, match=r"disk is full|No space"):
            home.client.submit("a green boat")
    assert home.client.status()
    filling.unlink()
    home.wait_for(lambda: painted_once(home, 2))
    assert (home.inbox / "done" / "boat.txt").exists()
    said_once(home, 2)


def test_a_state_that_is_full_before_the_start(household: Start, disk: Disk) -> None:
    state = disk("256k", name="state")
    home = household()
    filling = fill(state)
    home.inbox.mkdir()
    (home.inbox / "boat.txt").write_text("a red boat\n")
    home.start()
    assert home.client.status()
    filling.unlink()
    home.wait_for(lambda: painted_once(home))
    said_once(home)


def test_a_state_that_may_not_be_written_at_the_start(household: Start, disk: Disk) -> None:
    state = disk("4m", name="state")
    remount(state, "ro")
    home = household()
    home.inbox.mkdir()
    (home.inbox / "boat.txt").write_text("a red boat\n")
    home.start()
    with pytest.raises(ControlError, match=r"cannot be|[Rr]ead-only"):
        home.client.submit("a green boat")
    remount(state, "rw")
    home.wait_for(lambda: painted_once(home))
    said_once(home)


def test_a_gallery_that_may_not_be_written_for_a_while(household: Start, disk: Disk) -> None:
    gallery = disk("1m", name="gallery")
    home = household()
    home.start()
    remount(gallery, "ro")
    home.client.submit("a red boat")
    home.wait_for(lambda: "jobs wait" in home.log)
    assert "Read-only file system" in home.log
    remount(gallery, "rw")
    home.wait_for(lambda: painted_once(home))
    said_once(home)


def test_an_inbox_that_may_not_be_written_for_a_while(household: Start, disk: Disk) -> None:
    inbox = disk("1m", name="inbox")
    home = household()
    home.start()
    (inbox / "boat.txt").write_text("a red boat\n")
    home.wait_for(lambda: painted_once(home))
    (inbox / "hill.txt").write_text("a green hill\n")
    remount(inbox, "ro")
    home.wait_for(lambda: "Read-only file system" in home.log or painted_once(home, 2), 10)
    assert home.client.ask("what time is it").understood
    remount(inbox, "rw")
    (inbox / "sea.txt").write_text("a blue sea\n")  # which also wakes it
    home.wait_for(lambda: painted_once(home, 3))
    said_once(home, 3)
