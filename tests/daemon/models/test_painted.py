"""A recipe holds paths of the machine that painted; the weights are found by what they are."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mused.art.picture import Recipe, Weights, save
from mused.art.settings import BUNDLED, Settings
from mused.daemon.commands.paint_order import order_of
from mused.daemon.errors import StoreError
from mused.daemon.models import store
from mused.daemon.models.catalogue import Kind
from mused.daemon.models.hashes import sha256_of
from mused.daemon.models.painted import Found, weights_of


def weights(file: Path) -> Weights:
    return Weights(file.name, sha256_of(file))


SHIPPED = {kind: weights(BUNDLED / f"{kind}.safetensors") for kind in ("vqgan", "clip")}
NOWHERE = Path("/home/somebody/models")
BLANK = Image.new("RGB", (64, 64))


def recipe(**known: Any) -> Recipe:
    first = Recipe(
        prompt="a boat",
        settings=Settings(),
        width=64,
        height=64,
        steps_done=1,
        stop_reason="finished",
        device="cpu",
        precision="float32",
        threads=1,
        vqgan=SHIPPED["vqgan"],
        clip=SHIPPED["clip"],
    )
    return replace(first, **known)


def painted_with(file: Path, sha256: str) -> Recipe:
    return recipe(settings=Settings(vqgan=file), vqgan=Weights(file.name, sha256))


def installed(name: str, kind: Kind, content: bytes) -> store.Installed:
    model = store.Installed(name, kind, "here", "", "")
    with store.locked(name) as new:
        (new / f"{name}.safetensors").write_bytes(content)
        store.put(model, new)
    return model


def test_shipped_weights_are_no_path() -> None:
    assert weights_of(recipe(), "vqgan") == Found({"vqgan": None})
    assert weights_of(recipe(), "clip") == Found({"clip": None})


def test_shipped_weights_of_another_checkout_are_those_of_this_one(models: Path) -> None:
    told = painted_with(NOWHERE / "bundled" / "vqgan.safetensors", SHIPPED["vqgan"].sha256)
    found = weights_of(told, "vqgan")
    assert found == Found({"vqgan": str(BUNDLED / "vqgan.safetensors")})


def test_shipped_weights_that_are_others_now_are_told(models: Path) -> None:
    found = weights_of(recipe(vqgan=Weights("vqgan.safetensors", "0" * 64)), "vqgan")
    assert found.settings == {"vqgan": None}
    assert found.changed == ("the vqgan shipped with mused has changed since",)


def test_a_file_is_taken_where_it_lies_and_told_where_it_changed(models: Path) -> None:
    file = models / "my.safetensors"
    file.write_bytes(b"one")
    told = painted_with(file, sha256_of(file))
    assert weights_of(told, "vqgan") == Found({"vqgan": str(file)})
    file.write_bytes(b"two")
    found = weights_of(told, "vqgan")
    assert found == Found({"vqgan": str(file)}, (f"{file} has changed since",))


def test_an_installed_model_is_found_on_another_machine(models: Path) -> None:
    installed("other", "vqgan", b"0")
    mine = installed("mine", "vqgan", b"1")
    installed("zebra", "vqgan", b"1")
    told = painted_with(NOWHERE / "mine" / "mine.safetensors", sha256_of(mine.path))
    assert weights_of(told, "vqgan") == Found({"vqgan": "mine"})
    told = painted_with(NOWHERE / "theirs" / "theirs.safetensors", sha256_of(mine.path))
    assert weights_of(told, "vqgan") == Found({"vqgan": "mine"})  # under another name
    told = painted_with(NOWHERE / "other" / "other.safetensors", "0" * 64)
    assert weights_of(told, "vqgan") == Found({"vqgan": "other"}, ("other has changed since",))


def test_each_of_several_clips_is_found(models: Path) -> None:
    mine = installed("mine", "clip", b"1")
    told = recipe(
        settings=Settings(clip=(NOWHERE / "clip.safetensors", NOWHERE / "mine.safetensors")),
        more_clips=(weights(mine.path),),
    )
    assert weights_of(told, "clip").settings == {
        "clip": [str(BUNDLED / "clip.safetensors"), "mine"]
    }


def test_a_drafter_is_found_where_there_was_one(models: Path, tmp_path: Path) -> None:
    assert weights_of(recipe(), "drafter") == Found({})
    file = tmp_path / "mine.safetensors"
    file.write_bytes(b"1")
    drafted = recipe(settings=Settings(start="draft", drafter=file), drafter=weights(file))
    assert weights_of(drafted, "drafter") == Found({"drafter": str(file)})
    save(BLANK, drafted, tmp_path / "boat.png")
    file.unlink()
    with pytest.raises(StoreError, match=r"'mine.safetensors' .* with --drafter"):
        weights_of(drafted, "drafter")
    options = {"output": None, "animation": None, "variations": None}
    order_of(None, None, tmp_path / "boat.png", options)  # begins with the picture, not a draft


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("vqgan-f16-16384", "`mused models pull vqgan-f16-16384`"),
        ("mine", "`mused models import FILE --name NAME`"),
        ("/proc/kcore", "`mused models import FILE --name NAME`"),
        ("a\x1b[2J", r"a\\x1b\[2J.safetensors"),
    ],
)
def test_missing_weights_are_named_with_what_to_do(models: Path, name: str, step: str) -> None:
    with pytest.raises(StoreError, match=step):
        weights_of(painted_with(NOWHERE / f"{name}.safetensors", "0" * 64), "vqgan")


def test_a_file_without_a_size_is_not_read_to_its_end(models: Path) -> None:
    """Such as /proc/kmsg, which has none."""
    told = painted_with(models / "endless.safetensors", sha256_of(Path("/dev/null")))
    (models / "endless.safetensors").touch()
    with pytest.raises(StoreError, match="not on this machine"):
        weights_of(told, "vqgan")


def test_a_picture_is_painted_with_what_is_here_unless_told_otherwise(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = installed("mine", "vqgan", b"1")
    picture = tmp_path / "boat.png"
    told = painted_with(NOWHERE / "mine.safetensors", sha256_of(mine.path))
    options = {"output": None, "animation": None, "variations": None}
    save(BLANK, told, picture)
    assert order_of(None, picture, None, options.copy()).asked["vqgan"] == "mine"
    assert order_of(None, None, picture, options.copy()).asked["vqgan"] == "mine"
    picture.unlink()
    save(BLANK, painted_with(NOWHERE / "theirs.safetensors", "0" * 64), picture)
    with pytest.raises(StoreError, match="theirs"):
        order_of(None, picture, None, options.copy())
    asked = order_of(None, picture, None, {**options, "vqgan": "mine"}).asked
    assert asked["vqgan"] == "mine"
    assert capsys.readouterr().err == ""
