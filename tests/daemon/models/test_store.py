import fcntl
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import StoreError
from mused.daemon.hearing.model import BUNDLED
from mused.daemon.models import hashes, install, store
from tests.daemon.models.conftest import left


def test_a_name_that_is_held_is_not_touched(
    pull: Callable[..., store.Installed], server: Any, models: Path
) -> None:
    with (models / ".mine.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another mused is just pulling or importing mine"):
            pull()
    assert not server.asked


def test_what_a_killed_one_left_is_cleared_away(
    pull: Callable[..., store.Installed], server: Any, models: Path, vosk_zip: bytes
) -> None:
    (models / ".mine.new" / "deep").mkdir(parents=True)
    (models / ".mine.new" / "deep" / "half").write_bytes(b"x")
    server.content = vosk_zip
    model = pull()
    # As after a power cut between the two renames of a replacement.
    model.folder.rename(models / ".mine.old")
    with store.locked("mine"):
        assert store.find("mine") == model


def installed_at(folder: Path) -> store.Installed:
    """A model "mine" with little in it, its folder a link to `folder` where that is another."""
    model = store.Installed("mine", "vqgan", "here", "", "")
    with store.locked("mine") as new:
        (new / "mine.safetensors").write_bytes(b"x")
        store.put(model, new)
    if folder != model.folder:
        model.folder.rename(folder)
        model.folder.symlink_to(folder)
    return model


def test_of_a_model_on_another_disk_only_the_link_goes(models: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    model = installed_at(disk)
    assert store.find("mine") == model
    install.forget("mine", model)
    assert left(models) == set()
    with store.locked("mine"):
        assert store.find("mine") is None
    assert (disk / "mine.safetensors").exists()


def test_a_model_takes_the_place_of_a_link(models: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    installed_at(disk)
    model = installed_at(models / "mine")
    assert left(models) == {"mine"}
    assert not model.folder.is_symlink()
    assert (disk / "mine.safetensors").exists()


def test_a_removal_that_was_killed_brings_no_half_model_back(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = installed_at(models / "mine")
    deleting = shutil.rmtree

    def killed(folder: Path, **_: object) -> None:
        (folder / "mine.safetensors").unlink(missing_ok=True)

    monkeypatch.setattr(shutil, "rmtree", killed)
    install.forget("mine", model)
    monkeypatch.setattr(shutil, "rmtree", deleting)
    with store.locked("mine"):
        assert store.find("mine") is None
    assert left(models) == set()


def test_a_replacement_that_was_killed_brings_no_half_model_back(models: Path) -> None:
    model = installed_at(models / "mine")
    # As after a power cut while the old one was being deleted.
    shutil.copytree(model.folder, models / ".mine.old")
    (models / ".mine.old" / "mine.safetensors").unlink()
    install.forget("mine", model)
    with store.locked("mine"):
        assert store.find("mine") is None
    assert left(models) == set()


def test_hashes_of_two_pulls_at_once_are_both_kept(models: Path) -> None:
    models.mkdir(exist_ok=True)
    urls = [f"https://example.org/{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hashes.record, urls, urls))
    assert all(hashes.recorded(url) == url for url in urls)


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"kind": "x"}', "spoilt"])
def test_a_spoilt_record_is_no_model(record: str, models: Path) -> None:
    (models / "bad").mkdir()
    (models / "bad" / "model.json").write_text(record)
    assert store.installed() == {}
    with pytest.raises(StoreError, match="not installed"):
        store.resolve(Path("bad"), "vosk")


def test_a_name_stands_for_what_is_installed(models: Path) -> None:
    model = install.take(BUNDLED, "own", lambda words: None)
    assert store.resolve(Path("own"), "vosk") == model.path
    assert store.resolve(Path("/some/path"), "clip") == Path("/some/path")
    with pytest.raises(StoreError, match="own is a vosk, where a clip is needed"):
        store.resolve(Path("own"), "clip")
    with pytest.raises(StoreError, match="not installed: mused models pull vosk-small-en-us"):
        store.resolve(Path("vosk-small-en-us"), "vosk")
    with pytest.raises(StoreError, match="not installed: `mused models list`"):
        store.resolve(Path("mine"), "vosk")
