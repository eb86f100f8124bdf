"""Rain, snow and fog are seen in every style, by day and by night."""

import numpy as np
import pytest
import skia

from mused.art.scenes.backgrounds import Ground
from mused.art.scenes.raster import Pixels, pixels_of
from mused.art.scenes.render import render
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.styles import restyle
from mused.art.scenes.weather import over, paint_haze, paint_weather
from mused.art.scenes.words import STYLES

SIDE = 128


def _restyled(scene: Scene, *, weather: bool) -> Pixels:
    """The scene in its style, with or without what its weather lays over it."""
    surface = skia.Surface(SIDE, SIDE)
    canvas = surface.getCanvas()
    ground = Ground(canvas, scene, SIDE, SIDE)
    ground.paint_sky()
    ground.paint_backdrop()
    ground.paint_ground()
    if weather:
        paint_haze(canvas, scene, SIDE, SIDE)
        paint_weather(canvas, scene, SIDE, SIDE)
    pixels = restyle(pixels_of(surface), scene.style, scene.seed)
    return over(pixels, scene) if weather else pixels


@pytest.mark.parametrize("style", ["", *STYLES])
@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize("weather", ["rain", "snow", "fog"])
def test_every_style_shows_the_weather(style: str, time: str, weather: str) -> None:
    scene = Scene("meadow", "hills", time, weather, style=style, seed=6)
    dry, wet = (_restyled(scene, weather=each).astype(int) for each in (False, True))
    changed = (np.abs(wet - dry).max(axis=2) > 20).mean()
    assert changed > {"rain": 0.035, "snow": 0.014, "fog": 0.1}[weather], changed


def test_fog_hides_what_is_far_and_leaves_the_subject() -> None:
    horse = Placed("horse", 0.5, 0.85, 0.5, "brown")
    clear, fog = (
        render(Scene("meadow", "forest", weather=weather, objects=(horse,), seed=2), 128, 128)
        for weather in ("clear", "fog")
    )

    def contrast(pixels: Pixels, rows: slice) -> float:
        return float(pixels[rows].mean(axis=2).std())

    far, near = slice(36, 48), slice(56, 104)
    assert contrast(fog, far) < 0.5 * contrast(clear, far)
    assert contrast(fog, near) > 0.5 * contrast(clear, near)


def test_indoors_it_does_not_rain() -> None:
    for style in ("", "ink"):
        pixels = np.full((64, 64, 3), 90, np.uint8)
        for weather in ("rain", "snow", "fog"):
            scene = Scene("table", weather=weather, style=style, seed=3)
            surface = skia.Surface(64, 64)
            paint_haze(surface.getCanvas(), scene, 64, 64)
            paint_weather(surface.getCanvas(), scene, 64, 64)
            assert not pixels_of(surface).any()
            assert np.array_equal(over(pixels, scene), pixels)


@pytest.mark.parametrize("weather", ["rain", "snow"])
def test_as_much_falls_on_a_wide_picture_as_on_a_square_one(weather: str) -> None:
    scene = Scene("sea", weather=weather, seed=1)

    def share(width: int) -> float:
        surface = skia.Surface(width, SIDE)
        paint_weather(surface.getCanvas(), scene, width, SIDE)
        return float((pixels_of(surface).max(axis=2) > 60).mean())

    assert share(3 * SIDE) == pytest.approx(share(SIDE), rel=0.35)
