"""A sky without sun, moon, stars or clouds."""

import random

import numpy as np
import pytest

from mused.art.scenes.compose import parse_scene
from mused.art.scenes.render import render


def sky(prompt: str, avoided: str) -> np.ndarray:
    """The upper part of a picture of nothing but sky there, float [H, W, 3]."""
    scene = parse_scene(prompt, random.Random(4), avoided)
    return render(scene, 128, 128)[: round(128 * (scene.horizon - 0.02))].astype(float)


@pytest.mark.parametrize(
    ("prompt", "avoided"),
    [
        ("the sea", "sun, clouds"),
        ("the sea at sunset", "sun, clouds"),
        ("the sea at night", "moon, stars"),
    ],
)
def test_nothing_is_left_of_it_but_the_gradient(prompt: str, avoided: str) -> None:
    bare, full = sky(prompt, avoided), sky(prompt, "")
    assert (np.ptp(bare, axis=1) <= 2).all()
    assert np.percentile(np.abs(full - bare).max(-1), 99.5) > 20


def test_stars_and_moon_go_one_without_the_other() -> None:
    starless, moonless = sky("the sea at night", "stars"), sky("the sea at night", "moon")
    bright = [(each.min(-1) > 150).sum() for each in (starless, moonless)]
    assert bright[0] > 100 > bright[1] > 10  # a disc, and specks


def test_water_does_not_glitter_without_a_sun() -> None:
    with_sun, without = (
        render(parse_scene("the sea at sunset", random.Random(4), avoided), 128, 128).astype(float)
        for avoided in ("", "sun")
    )
    glitter = with_sun[80:, :, 0] - without[80:, :, 0] > 40
    assert glitter.sum() > 100


def test_space_is_empty_without_stars() -> None:
    starry, empty = (
        render(parse_scene("outer space", random.Random(4), avoided), 128, 128)
        for avoided in ("", "stars")
    )
    assert (starry.min(-1) > 170).any()
    assert not (empty.min(-1) > 170).any()
