import dataclasses
import json
import os
import resource
from pathlib import Path

import pytest
from PIL import Image

from mused.art.errors import DiskError, PictureError, SettingsError
from mused.art.picture import (
    Picture,
    Recipe,
    Weights,
    read_recipe,
    save,
    save_preview,
)
from mused.art.reading import LARGEST_FILE
from mused.art.settings import Settings

RECIPE = Recipe(
    prompt="a boat | fog:-1 · Zürich 🌅",
    settings=Settings(width=32, height=48, seed=7, vqgan=Path("/models/v.ckpt")),
    width=32,
    height=48,
    steps_done=3,
    stop_reason="finished",
    vqgan=Weights("v.ckpt", "ab" * 32),
    clip=Weights("c.pt", "cd" * 32),
    device="cpu",
    precision="float32",
    threads=2,
    versions={"mused": "0.1.0"},
    losses=(1.0, 0.5, 0.25),
    start="sketch",
    sketched=("boat",),
    notices=("mind the fog",),
    job="job-1",
)


@pytest.fixture
def image() -> Image.Image:
    return Image.linear_gradient("L").resize((32, 48)).convert("RGB")


def test_a_recipe_comes_back_from_its_picture(tmp_path: Path, image: Image.Image) -> None:
    path = Picture(image, RECIPE).save(tmp_path / "boat.png")
    assert read_recipe(path) == RECIPE
    with Image.open(path) as saved:
        assert saved.tobytes() == image.tobytes()
        assert saved.info["Title"] == RECIPE.prompt


def test_losses_that_are_no_numbers_survive(tmp_path: Path, image: Image.Image) -> None:
    recipe = dataclasses.replace(RECIPE, losses=(float("nan"), 1.0))
    losses = read_recipe(save(image, recipe, tmp_path / "x.png")).losses
    assert losses[0] != losses[0]
    assert losses[1] == 1.0


def test_a_picture_is_never_overwritten(tmp_path: Path, image: Image.Image) -> None:
    first = save(image, RECIPE, tmp_path / "boat.png")
    before = first.read_bytes()
    with pytest.raises(DiskError, match="exists"):
        save(image, RECIPE, first)
    names = [save(image, RECIPE, first, free_name=True).name for _ in range(2)]
    assert names == ["boat-2.png", "boat-3.png"]
    assert first.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["boat-2.png", "boat-3.png", "boat.png"]


def test_a_watcher_sees_only_whole_pictures(tmp_path: Path, image: Image.Image) -> None:
    """The visible name appears by a link to a file that is complete."""
    seen = []
    place = os.link

    def spy(source: Path, target: Path) -> None:
        seen.append((Path(source).name.startswith("."), Path(source).stat().st_size))
        place(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "link", spy)
        path = save(image, RECIPE, tmp_path / "boat.png")
    assert seen == [(True, path.stat().st_size)]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, image: Image.Image) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(DiskError, match="too large"):
            save(image, RECIPE, tmp_path / "boat.png")
        with pytest.raises(DiskError, match="too large"):
            save_preview(image, tmp_path / "boat.png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_said(tmp_path: Path, image: Image.Image) -> None:
    with pytest.raises(DiskError, match="No such file"):
        save(image, RECIPE, tmp_path / "gone" / "boat.png")
    with pytest.raises(DiskError, match="No such file"):
        save_preview(image, tmp_path / "gone" / "boat.png")


def test_previews_replace_each_other(tmp_path: Path, image: Image.Image) -> None:
    for _ in range(2):
        save_preview(image, tmp_path / "preview.png")
    assert [p.name for p in tmp_path.iterdir()] == ["preview.png"]


def test_pictures_without_a_recipe_are_told_apart(tmp_path: Path, image: Image.Image) -> None:
    image.save(tmp_path / "plain.png")
    with pytest.raises(PictureError, match="no recipe"):
        read_recipe(tmp_path / "plain.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(PictureError, match=r"text\.png"):
        read_recipe(tmp_path / "text.png")
    with pytest.raises(PictureError, match="There is no picture"):
        read_recipe(tmp_path / "missing.png")


def test_what_is_too_large_is_not_unpacked_for_its_recipe(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (10_000, 6_500)).save(path)
    with pytest.raises(PictureError, match="10000 x 6500 pixels"):
        read_recipe(path)
    with path.open("ab") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(PictureError, match="more than 64 MiB"):
        read_recipe(path)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": 3},
        {"settings": {"steps": "many"}},
        {"vqgan": {}},
        {"losses": None},
        {"losses": ["low"]},
        {"losses": 0.5},
        {"losses": [10**400, True]},
        {"versions": ["mused"]},
        {"versions": {"mused": 1}},
        {"seconds": float("inf")},
        {"seconds": 10**400},
        {"seconds": "long"},
        {"width": "64"},
        {"height": 64.5},
        {"steps_done": None},
        {"threads": True},
        {"device": 0},
        {"precision": "\ud800"},
        {"start": "dream"},
        {"sketched": "boat"},
        {"notices": [3]},
        {"vqgan": {"name": "v", "sha256": 5}},
        {"clip": "c.pt"},
        {"prompt": 5},
        {"prompt": "a \ud800 boat"},
        {"job": "\ud800"},
        {"job": 7},
        {"stop_reason": ["finished"]},
    ],
)
def test_foreign_recipes_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(PictureError, match="recipe"):
        Recipe.from_plain({**RECIPE.plain(), **change})


def test_recipes_of_later_versions_are_read() -> None:
    values = json.loads(json.dumps(RECIPE.plain()))
    assert Recipe.from_plain({**values, "new": 1}) == RECIPE


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"widht": 3}, "did you mean width"),
        ({"width": 3}, "not between 16 and 4096"),
        ({"width": "wide"}, "whole number"),
        ({"width": True}, "whole number"),
        ({"learning_rate": float("nan")}, "not between"),
        ({"steps": -1}, "not between"),
        ({"anchor": 10**400}, "not between"),
        ({"learning_rate": -(10**400)}, "not between"),
        ({"start": "dream"}, "'sketch' or 'draft' or 'noise'"),
        ({"image_prompts": [["/a.png", 0]]}, "image_prompts is 0"),
        ({"image_prompts": [["/a.png", 1e999]]}, "beyond"),
        ({"image_prompts": [["/a.png"]]}, "a path and a number"),
        ({"image_prompts": "/a.png"}, "a list"),
        ({"image_prompts": [["/a.png", 1]] * 17}, "at most 16"),
        ({"average": 1}, "not between"),
        ({"sweep": 0}, "not between"),
        ({"progressive": 1}, "not between"),
        ({"optimiser": "sgd"}, "'adamw'"),
        ({"start": "picture"}, "belong together"),
        ({"start": "noise", "start_picture": "/x.png"}, "belong together"),
        ({"vqgan": ""}, "a path"),
        ({"seed": 2**70}, "not between"),
    ],
)
def test_wrong_settings_are_refused_in_words(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Settings.read(values)


def test_settings_come_back_from_json() -> None:
    settings = Settings(
        seed=3,
        start="picture",
        start_picture=Path("/a.png"),
        image_prompts=((Path("/b.png"), -0.5), (Path("/c.png"), 2)),
        learning_rate=1,
        optimiser="radam",
    )
    assert Settings.read(json.loads(json.dumps(settings.plain()))) == settings


@pytest.mark.parametrize("value", ["x" * 5000, [["\x1b[2J"] * 300], {"a": 2}])
def test_a_refused_value_is_quoted_in_a_few_words(value: object) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.read({"steps": value})
    assert len(str(raised.value)) < 300
    assert str(raised.value).isprintable()
    with pytest.raises(SettingsError, match="There is no setting"):
        Settings.read({"steps" * 1000: 3})


def test_a_refused_recipe_quotes_no_name_of_its_own_fields() -> None:
    plain = RECIPE.plain()
    plain["vqgan"] = {**plain["vqgan"], "\x1b[31mred": "x"}
    with pytest.raises(PictureError, match="vqgan has other fields") as refused:
        Recipe.from_plain(plain)
    assert "\x1b" not in str(refused.value)
