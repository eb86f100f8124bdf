"""Styles as they are made by hand: hatching, washes and leaded glass, alike at every size."""

import dataclasses
import itertools
import random

import numpy as np
import numpy.typing as npt
import pytest

from mused.art.scenes.compose import parse_scene
from mused.art.scenes.raster import Pixels, scaled
from mused.art.scenes.render import render
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.styles import restyle
from mused.art.scenes.words import STYLES

MADE = ("pencil", "watercolour", "mosaic")


def _plain(grey: int, side: int = 128) -> Pixels:
    return np.full((side, side, 3), grey, np.uint8)


def _disc(colour: str = "red") -> Scene:
    circle = Placed("circle", 0.5, 0.8, 0.6, colour)
    return Scene(landscape="plain", background="yellow", objects=(circle,))


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_draws_the_same_and_another_one_does_not_fail(style: str) -> None:
    pixels = render(parse_scene("a cat in a garden", random.Random(1)), 96, 72)
    assert np.array_equal(restyle(pixels, style, 3), restyle(pixels, style, 3))
    assert restyle(pixels, style, 2**63).shape == pixels.shape


@pytest.mark.parametrize("style", STYLES)
def test_a_small_light_in_the_dark_has_every_style(style: str) -> None:
    pixels = _plain(0)
    pixels[60:70, 60:70] = 255
    assert restyle(pixels, style, 1).shape == pixels.shape


@pytest.mark.parametrize("style", MADE)
@pytest.mark.parametrize("grey", [0, 255])
def test_black_and_white_pictures_have_every_style(style: str, grey: int) -> None:
    assert restyle(_plain(grey, 64), style, 1).shape == (64, 64, 3)


@pytest.mark.parametrize("style", MADE)
def test_a_large_picture_looks_like_a_small_one(style: str) -> None:
    scene = parse_scene("a red house by a lake at sunset", random.Random(4))
    scene = dataclasses.replace(scene, style=style)
    small = scaled(render(scene, 128, 128), 64, 64, smooth=True).ravel()
    large = scaled(render(scene, 512, 512), 64, 64, smooth=True).ravel()
    assert np.corrcoef(small, large)[0, 1] > 0.85


def test_pencil_hatches_the_denser_the_darker_it_is() -> None:
    tones = [restyle(_plain(grey), "pencil", 1).mean() for grey in (235, 180, 120, 70, 30)]
    assert all(light - dark > 12 for light, dark in itertools.pairwise(tones))


def test_pencil_makes_a_night_much_darker_than_a_day() -> None:
    day, night = (
        render(Scene(time=time, style="pencil", seed=2), 128, 128).mean()
        for time in ("day", "night")
    )
    assert night < 0.75 * day


def test_the_hatching_of_a_night_does_not_repeat_itself() -> None:
    dark = restyle(_plain(50, 256), "pencil", 1).mean(axis=2)
    power = np.abs(np.fft.fft2(dark - dark.mean())) ** 2
    # A checkerboard of two waves has a quarter of all power in each of its four peaks.
    assert power.max() < 0.02 * power.sum()


def test_pencil_draws_the_outline_of_what_is_as_light_as_its_background() -> None:
    scene = dataclasses.replace(_disc("orange"), style="pencil")
    seen = render(scene, 128, 128).mean(axis=2)
    y, x = np.mgrid[0:128, 0:128]
    away = np.hypot(y - 128 * 0.5, x - 64) - 128 * 0.3
    outline, beside = seen[np.abs(away) < 2].mean(), seen[np.abs(np.abs(away) - 10) < 3].mean()
    assert outline < beside - 15


def test_watercolour_is_lighter_than_what_was_drawn_and_leaves_paper_around_it() -> None:
    drawn = _plain(90, 192)
    painted = restyle(drawn, "watercolour", 1).astype(float)
    middle = painted[48:144, 48:144].mean()
    assert 90 + 25 < middle < 200
    border = np.concatenate([painted[0], painted[-1], painted[:, 0], painted[:, -1]])
    assert border.mean() > 225


def test_pigment_pools_at_the_edges_of_a_wash() -> None:
    scene = dataclasses.replace(_disc(), style="watercolour")
    seen = render(scene, 256, 256).astype(float)
    y, x = np.mgrid[0:256, 0:256]
    away = np.hypot(y - 256 * 0.5, x - 128) - 256 * 0.3
    rim, inside = ((away > low) & (away < high) for low, high in ((-7, -3), (-40, -20)))
    assert seen[rim].mean() < seen[inside].mean() - 6


def _lead(pixels: Pixels) -> npt.NDArray[np.bool_]:
    tones = pixels.max(axis=2)
    return np.asarray(tones < 0.8 * np.median(tones))


def test_glass_is_cut_along_the_outlines_of_things() -> None:
    scene = dataclasses.replace(_disc(), style="mosaic")
    lead = _lead(render(scene, 256, 256))
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    hit = [
        lead[
            np.ix_(
                round(128 + 77 * np.sin(a)) + np.arange(-4, 5),
                round(128 + 77 * np.cos(a)) + np.arange(-4, 5),
            )
        ].any()
        for a in angles
    ]
    assert np.mean(hit) > 0.95


def test_pieces_of_glass_are_no_tiles_in_rows() -> None:
    lead = _lead(restyle(_plain(190, 256), "mosaic", 1))
    assert 0.03 < lead.mean() < 0.4
    assert lead[8:-8, 8:-8].mean(axis=0).max() < 0.6
    assert lead[8:-8, 8:-8].mean(axis=1).max() < 0.6


def test_glass_is_more_vivid_than_what_was_drawn() -> None:
    scene = Scene(landscape="meadow", seed=5)

    def chroma(style: str) -> float:
        pixels = render(dataclasses.replace(scene, style=style), 128, 128).astype(int)
        return float(np.median(pixels.max(axis=2) - pixels.min(axis=2)))

    assert chroma("mosaic") > 1.1 * chroma("")
