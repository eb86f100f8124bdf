import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import torch
from PIL import Image

from mused.art import painter as painter_module
from mused.art import weights as weights_module
from mused.art.clip import Clip
from mused.art.errors import (
    PictureError,
    PromptError,
    SettingsError,
    WeightsError,
)
from mused.art.goal import Goal
from mused.art.loop import Loop
from mused.art.painter import Painter
from mused.art.picture import read_recipe
from mused.art.settings import Settings, Start
from mused.art.starts import random_codes
from mused.art.step import step
from mused.art.vqgan import VQGAN

BoatGoal = Callable[[Settings], Goal]


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


def pixels(image: Image.Image) -> bytes:
    return image.tobytes()


def test_painting_comes_closer_to_the_prompt(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, steps=60, cutouts=8)
    losses = painter.paint("a red boat", settings).recipe.losses
    assert len(losses) == 60
    assert np.mean(losses[-10:]) < np.mean(losses[:5]) - 0.02


def test_a_negative_weight_moves_away(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, steps=60, cutouts=8)
    losses = painter.paint("a red boat:-1", settings).recipe.losses
    assert np.mean(losses[-10:]) < np.mean(losses[:5]) - 0.02


@pytest.mark.parametrize("start", ["noise", "sketch", "pixels", "gradient"])
def test_the_recipe_repeats_the_picture(
    small: Settings, painter: Painter, tmp_path: Path, start: Start
) -> None:
    settings = dataclasses.replace(small, start=start, seed=None)
    first = painter.paint("a boat on a lake", settings)
    recipe = read_recipe(first.save(tmp_path / "boat.png"))
    torch.rand(3)  # the global generator must not matter
    second = painter.paint(recipe.prompt, recipe.settings)
    assert pixels(second.image) == pixels(first.image)
    assert second.recipe.losses == first.recipe.losses
    other = painter.paint(recipe.prompt, dataclasses.replace(recipe.settings, seed=1))
    assert pixels(other.image) != pixels(first.image)


def test_sizes_are_whole_cells(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, width=51, height=35, steps=1)
    picture = painter.paint("a lake", settings)
    assert picture.image.size == (48, 32)
    assert (picture.recipe.width, picture.recipe.height) == (48, 32)


def test_the_sketch_holds_what_the_words_say(small: Settings, painter: Painter) -> None:
    from mused.art.starts import sketch

    settings = dataclasses.replace(small, start="sketch", width=64, height=64, steps=0)
    recipe = painter.paint("a red boat on a lake at sunset | people:-1", settings).recipe
    assert {"sailboat", "lake", "sunset"} <= set(recipe.sketched)
    assert recipe.start == "sketch"
    image, _ = sketch("a red boat on a lake at sunset", (64, 64), 5)
    assert image.size == (64, 64)


def test_the_sky_of_a_sketch_lacks_what_is_to_be_avoided(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, start="sketch", width=64, height=64, steps=0, seed=5)
    beach, lonely, dull = (
        pixels(painter.paint(prompt, settings).image)
        for prompt in ("a beach", "a beach without people", "a beach, no sun")
    )
    assert beach == lonely
    assert beach != dull


def test_a_picture_to_start_from(small: Settings, painter: Painter, tmp_path: Path) -> None:
    Image.new("RGB", (90, 60), "red").save(tmp_path / "red.png")
    settings = dataclasses.replace(
        small, start="picture", start_picture=tmp_path / "red.png", steps=0
    )
    before = painter.paint("a lake", settings)
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "red.png")
    assert pixels(painter.paint("a lake", settings).image) != pixels(before.image)
    (tmp_path / "red.png").unlink()
    with pytest.raises(PictureError, match="There is no picture"):
        painter.paint("a lake", settings)


def test_the_anchor_holds_the_first_frame(
    small: Settings, boat_goal: BoatGoal, vqgan: VQGAN, clip: Clip
) -> None:
    def drift(anchor: float) -> float:
        goal = boat_goal(dataclasses.replace(small, anchor=anchor))
        generator = torch.Generator().manual_seed(0)
        loop = Loop(vqgan, goal, random_codes(vqgan, (32, 32), generator), generator)
        for _ in range(10):
            step([loop])
        return float((loop.z - loop.start).detach().square().mean())

    assert drift(10.0) < 0.2 * drift(0.0)


def test_what_this_clip_cannot_read_is_noted(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, steps=0)
    notices = painter.paint("a zeppelin " + "over a lake " * 9, settings).recipe.notices
    assert "CLIP does not know: zeppelin, over. It cannot guide there." in notices
    assert any("too long" in notice for notice in notices)


def test_what_the_sketch_cannot_draw_is_noted(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, start="sketch", steps=0)
    recipe = painter.paint("a purple walrus | make me a zeppelin:2 | fog:-1", settings).recipe
    note = "The sketch does not show: walrus, zeppelin."
    assert note in recipe.notices
    assert recipe.sketched, "there is something to see all the same"
    assert not any(
        "sketch" in notice for notice in painter.paint("a red boat", settings).recipe.notices
    )


def test_a_word_is_unknown_where_neither_start_nor_clip_knows_it(
    small: Settings, painter: Painter
) -> None:
    def unknown(start: Start) -> tuple[str, ...]:
        settings = dataclasses.replace(small, start=start, steps=0)
        return painter.paint("A Zeppelin over a lighthouse", settings).recipe.unknown

    assert unknown("noise") == ("Zeppelin", "over", "lighthouse")
    assert unknown("sketch") == ("Zeppelin",)


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("a boat ^ a Zeppelin", ("Zeppelin",)),
        ("a Zeppelin ^ a boat", ("Zeppelin",)),
        ("a walrus ^ a quokka's boat", ("walrus", "quokka")),
        ("a boat | zeppelin:-1", ()),
        ("no zeppelin and a boat", ()),
        # Known, and told to be missing.
        ("a crimson sea", ()),
        ("an abstract cat", ()),
        ("twelve boats and 99 cats, sleeping", ()),
        ("a dress beneath a dark coat", ()),
        ("a boat ^ a sleeping abstract cat", ()),
    ],
)
def test_what_is_unknown_is_wanted_in_some_chapter_and_known_to_none(
    small: Settings, painter: Painter, prompt: str, unknown: tuple[str, ...]
) -> None:
    settings = dataclasses.replace(small, start="sketch", anchor=1.0, steps=0)
    assert painter.paint(prompt, settings).recipe.unknown == unknown


def test_from_noise_a_word_to_be_avoided_is_not_missed(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, start="noise", steps=0)
    assert painter.paint("a boat | zeppelin:-1", settings).recipe.unknown == ()


def test_a_subject_of_its_own_choosing_is_noted(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, start="sketch", steps=0)
    for prompt, told in {"zxqv wrrp": True, "a hand sketch": True, "a zxqv boat": False}.items():
        notices = painter.paint(prompt, settings).recipe.notices
        assert any("its own choosing" in notice for notice in notices) is told, prompt


def test_where_a_prompt_only_avoids_it_says_that_the_scene_is_its_own(
    small: Settings, painter: Painter
) -> None:
    starts: dict[Start, bool] = {"sketch": True, "noise": False}
    for start, told in starts.items():
        settings = dataclasses.replace(small, start=start, steps=0)
        notices = painter.paint("everything:-0.5", settings).recipe.notices
        assert any("only what to avoid" in notice for notice in notices) is told
    settings = dataclasses.replace(small, start="sketch", steps=0)
    for prompt, told in (("no boat", True), ("a lake without a boat", False)):
        notices = painter.paint(prompt, settings).recipe.notices
        assert ('"no boat" is read word for word' in " ".join(notices)) is told
    notices = painter.paint("a boat | people:-0.5", settings).recipe.notices
    assert not any("avoid" in notice for notice in notices)


def test_bad_prompts_are_refused(small: Settings, painter: Painter) -> None:
    with pytest.raises(PromptError):
        painter.paint("...", small)


@pytest.mark.parametrize(
    ("device", "words"), [("warp", "unknown to torch"), ("mps", "only"), ("cuda:7", "no GPU")]
)
def test_devices_that_cannot_paint_are_refused(device: str, words: str, weights: Files) -> None:
    if device.startswith("cuda") and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(SettingsError, match=words):
        Painter.load(Settings(device=device))


def test_missing_weights_name_the_file_and_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_module, "BUNDLED", tmp_path)
    with pytest.raises(WeightsError, match=r"vqgan\.safetensors.*mused train vqgan"):
        painter_module.paint("a boat")
    with pytest.raises(WeightsError, match="There is no weights file"):
        painter_module.paint("a boat", Settings(vqgan=tmp_path / "x", clip=tmp_path / "y"))


def test_the_library_call_loads_and_paints(small: Settings, weights: Files, tmp_path: Path) -> None:
    from mused.art import paint

    settings = dataclasses.replace(small, steps=2, vqgan=weights.vqgan, clip=weights.clip)
    recipe = read_recipe(paint("a boat", settings).save(tmp_path / "boat.png"))
    assert recipe.vqgan.name == "vqgan.safetensors"
    assert len(recipe.clip.sha256) == 64
    assert recipe.threads == 1


def test_what_was_left_to_the_start_is_a_number_in_the_recipe(
    painter: Painter, small: Settings
) -> None:
    free = dataclasses.replace(small, steps=1, learning_rate=None, anchor=None)
    settings = painter.paint("a boat", free).recipe.settings
    assert (settings.learning_rate, settings.anchor) == (0.1, 0.0)


def test_a_sketch_is_held_firmly_where_a_small_clip_guides_whatever_its_file(
    painter: Painter, small: Settings, vqgan: VQGAN, clip: Clip
) -> None:
    """A published CLIP is one that knows all words."""
    published = Clip(dataclasses.replace(clip.config, tokens=None, vocab_size=49408))
    nets = painter.networks
    large = Painter(vqgan, published, nets.vqgan_weights, nets.clip_weights)
    both = Painter(
        vqgan, published, nets.vqgan_weights, nets.clip_weights, [(clip, nets.clip_weights)]
    )
    free = dataclasses.replace(small, steps=0, start="sketch", learning_rate=None, anchor=None)
    named = dataclasses.replace(free, vqgan=Path("mine.safetensors"), clip=Path("my-clip"))
    held = [each.paint("a boat", named).recipe.settings.anchor for each in (painter, large, both)]
    assert held == [20.0, 1.0, 20.0]
    mine = dataclasses.replace(named, anchor=3.0)
    assert [each.paint("a boat", mine).recipe.settings.anchor for each in (painter, large)] == [
        3.0,
        3.0,
    ]
