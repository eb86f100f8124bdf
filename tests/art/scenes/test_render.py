"""Scenes as pixels: repeatable, at any size, and showing what they name."""

import dataclasses
import random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import skia

from mused.art.scenes.backgrounds import Ground
from mused.art.scenes.compose import parse_scene, random_scene
from mused.art.scenes.objects import VARIANTS
from mused.art.scenes.pen import LAMPLIGHT
from mused.art.scenes.raster import pixels_of
from mused.art.scenes.render import render
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.words import COLOURS, LANDSCAPES, OBJECTS, STYLES, TIMES, WEATHERS


def test_equal_scenes_give_equal_pixels() -> None:
    for seed in range(12):
        scene = random_scene(random.Random(seed))
        assert np.array_equal(render(scene, 80, 64), render(scene, 80, 64))


@pytest.mark.parametrize("size", [(16, 16), (64, 64), (200, 64), (48, 177), (257, 255)])
def test_any_size_and_aspect(size: tuple[int, int]) -> None:
    for style in ("", *STYLES):
        scene = dataclasses.replace(parse_scene("a boat on a lake", random.Random(1)), style=style)
        pixels = render(scene, *size)
        assert pixels.shape == (size[1], size[0], 3)
        assert pixels.dtype == np.uint8
        assert pixels.std() > 10


@pytest.mark.parametrize("noun", list(OBJECTS))
def test_every_object_is_drawn_where_it_is_placed(noun: str) -> None:
    placed = Placed(noun, 0.5, 0.8, 0.5, OBJECTS[noun].colour)
    scene = Scene(landscape="plain", background="turquoise", objects=(placed,))
    without = render(dataclasses.replace(scene, objects=()), 96, 96).astype(int)
    changed = np.abs(render(scene, 96, 96).astype(int) - without).max(axis=2) > 24
    half = min(0.5, 0.25 * OBJECTS[noun].aspect + 0.03)
    rows, columns = slice(26, 80), slice(round(96 * (0.5 - half)), round(96 * (0.5 + half)))
    assert changed[rows, columns].mean() > (0.03 if noun == "stars" else 0.12)
    changed[rows, columns] = False
    assert changed.mean() < 0.02


@pytest.mark.parametrize(
    ("noun", "variant"), [each for each in VARIANTS if not each[1].startswith("empty")]
)
def test_a_variant_is_another_drawing_of_the_same(noun: str, variant: str) -> None:
    usual = Placed(noun, 0.5, 0.9, 0.8, OBJECTS[noun].colour)
    scene = Scene(landscape="plain", background="turquoise", objects=(usual,))
    other = dataclasses.replace(scene, objects=(dataclasses.replace(usual, variant=variant),))
    change = np.abs(render(scene, 64, 64).astype(int) - render(other, 64, 64)).mean()
    assert 1 < change < 45


@pytest.mark.parametrize("colour", [c for c in COLOURS if c != "turquoise"])
def test_objects_take_their_colour(colour: str) -> None:
    circle = Placed("circle", 0.5, 0.8, 0.6, colour)
    scene = Scene(landscape="plain", background="turquoise", objects=(circle,), style="poster")
    assert tuple(render(scene, 64, 64)[32, 32]) == COLOURS[colour]
    shaded = render(dataclasses.replace(scene, style=""), 64, 64)[24:42, 24:42].mean(axis=(0, 1))
    assert np.abs(shaded - COLOURS[colour]).max() < 30


def test_landscapes_hours_and_weathers_differ() -> None:
    for field, table in (("landscape", LANDSCAPES), ("time", TIMES), ("weather", WEATHERS)):
        choices: list[dict[str, Any]] = [{field: name} for name in table]
        scenes = [dataclasses.replace(Scene(seed=3), **choice) for choice in choices]
        pictures = [render(scene, 48, 48).astype(int) for scene in scenes]
        for i, one in enumerate(pictures):
            for j, other in enumerate(pictures[:i]):
                pair = {list(table)[i], list(table)[j]}
                if pair in ({"hills", "mountains"}, {"city", "hills"}, {"city", "mountains"}):
                    continue  # as foregrounds these are alike; they differ as backdrops
                if pair & {"mountains", "city"}:
                    continue
                assert np.abs(one - other).mean() > 1.0, pair


def test_backdrops_differ() -> None:
    names = ("", "hills", "mountains", "forest", "city")
    pictures = [render(Scene(backdrop=b, seed=3), 48, 48).astype(int) for b in names]
    for i, one in enumerate(pictures):
        assert all(np.abs(one - other).mean() > 1.0 for other in pictures[:i])


def test_every_style_looks_unlike_all_others() -> None:
    scene = parse_scene("a red house by a lake at sunset", random.Random(1))
    pictures = [
        render(dataclasses.replace(scene, style=style), 96, 96).astype(int)
        for style in ("", *STYLES)
    ]
    for i, one in enumerate(pictures):
        assert all(np.abs(one - other).mean() > 3 for other in pictures[:i]), (["", *STYLES])[i]


@pytest.mark.parametrize("seed", range(12))
def test_hills_behind_a_lake_are_one_shore_without_slivers(seed: int) -> None:
    scene = Scene(landscape="lake", backdrop="hills", weather="cloudy", horizon=0.6, seed=seed)
    open_sky = render(dataclasses.replace(scene, backdrop=""), 100, 100).astype(int)
    covered = np.abs(render(scene, 100, 100) - open_sky).max(axis=2)[58] > 8
    assert covered.all()


def _steepness(pixels: npt.NDArray[np.uint8]) -> float:
    """How abruptly neighbours change where they change most."""
    return float(np.percentile(np.abs(np.diff(pixels.astype(int), axis=1)).max(axis=2), 99.5))


@pytest.mark.parametrize("side", [64, 256])
def test_a_photograph_has_its_subject_in_focus_and_the_far_out_of_it(side: int) -> None:
    boat = Placed("sailboat", 0.5, 0.85, 0.45, "white")
    scene = Scene(landscape="lake", backdrop="mountains", objects=(boat,), horizon=0.6, seed=5)
    drawn = render(scene, side, side)
    taken = render(dataclasses.replace(scene, style="photograph"), side, side)
    far = slice(round(0.2 * side), round(0.35 * side))
    near = slice(round(0.5 * side), round(0.84 * side))
    assert _steepness(taken[far]) < 0.6 * _steepness(drawn[far])
    assert _steepness(taken[near]) > 0.7 * _steepness(drawn[near])


def test_a_photograph_is_lighter_in_the_middle_and_has_grain() -> None:
    plain = Scene(landscape="plain", background="grey", style="photograph")
    taken = render(plain, 128, 128).astype(float)
    assert taken[48:80, 48:80].mean() > 1.15 * taken[:16, :16].mean()
    assert 1 < np.abs(np.diff(taken[..., 0], axis=1)).mean() < 6


@pytest.mark.parametrize(("style", "contrast"), [("ink", 50), ("woodcut", 60)])
def test_a_horse_at_night_is_seen_in_ink_and_wood(style: str, contrast: float) -> None:
    scene = parse_scene("a horse in a forest at night", random.Random(3))
    seen = render(dataclasses.replace(scene, style=style), 128, 128).mean(axis=2)
    assert seen.std() > contrast


def test_night_is_darker_and_never_black() -> None:
    day = render(Scene(time="day"), 64, 64).mean()
    night = render(Scene(time="night"), 64, 64).mean()
    assert 40 < night < 0.75 * day


def test_no_picture_is_nearly_white_or_black() -> None:
    rng = random.Random(11)
    means = [render(random_scene(rng), 32, 32).mean() for _ in range(300)]
    assert min(means) > 30
    assert max(means) < 242


@pytest.mark.parametrize("seed", range(6))
def test_no_tower_bites_into_the_moon(seed: int) -> None:
    city = Scene(landscape="lake", backdrop="city", time="night", seed=seed)
    without = render(dataclasses.replace(city, backdrop=""), 128, 128)
    bright = (without.min(axis=2) > 195) & (np.arange(128) < 33)[:, None]
    middle = np.median(np.nonzero(bright)[1])
    moon = bright & (np.abs(np.arange(128) - middle) < 10)
    assert moon.sum() > 150
    assert np.array_equal(render(city, 128, 128)[moon], without[moon])


@pytest.mark.parametrize("seed", range(8))
def test_clouds_leave_the_sun_and_the_heads_of_things_free(seed: int) -> None:
    boat = Placed("sailboat", 0.5, 0.8, 0.62, "white")
    surface = skia.Surface(128, 128)
    scene = Scene(landscape="sea", objects=(boat,), seed=seed)
    ground = Ground(surface.getCanvas(), scene, 128, 128)
    ground.paint_sky()
    sky = pixels_of(surface)
    assert sky[18:64, 53:76, 0].max() < 190, "a cloud is white"
    x, y = round(ground.sun_x), round(0.16 * 128)
    assert np.abs(sky[y - 4 : y + 4, x - 4 : x + 4].astype(int) - (255, 238, 140)).max() < 3


def test_in_a_storm_clouds_are_dark_and_lamps_are_lit() -> None:
    lighthouse = Placed("lighthouse", 0.5, 0.9, 0.7, "red")
    day = Scene(landscape="sea", objects=(lighthouse,), seed=5)  # no drop before the lantern
    storm = dataclasses.replace(day, weather="storm")
    lantern = slice(38, 40), slice(61, 63)
    assert np.abs(render(storm, 128, 128)[lantern] - np.array(LAMPLIGHT)).max() < 8
    assert np.abs(render(day, 128, 128)[lantern] - np.array(LAMPLIGHT)).max() > 20
    assert render(storm, 128, 128)[:32].mean() < 90


@pytest.mark.parametrize(("style", "share"), [("oil", 0.75), ("pointillism", 0.8), ("swirls", 0.6)])
def test_small_windows_outlast_the_brush(style: str, share: float) -> None:
    city = Scene(landscape="lake", backdrop="city", time="night", seed=1)

    def lit(scene: Scene) -> npt.NDArray[np.bool_]:
        pixels = render(scene, 256, 256)[60:148].astype(int)
        return np.asarray((pixels[..., 0] > 190) & (pixels[..., 2] < 150))

    drawn = lit(city)
    assert (lit(dataclasses.replace(city, style=style)) & drawn).sum() > share * drawn.sum()


@pytest.mark.parametrize("side", [128, 256])
def test_pixel_art_is_made_of_blocks_that_the_codes_do_not_cut(side: int) -> None:
    pixels = render(Scene(style="pixel art", seed=2), side, side)
    blocks = pixels.reshape(32, side // 32, 32, side // 32, 3)
    assert np.array_equal(blocks, np.broadcast_to(blocks[:, :1, :, :1], blocks.shape))


def test_balloons_of_one_colour_are_not_all_alike() -> None:
    balloon = Placed("balloon", 0.5, 0.9, 0.8, "red")
    plain = Scene(landscape="plain", background="blue", objects=(balloon,))
    pictures = [render(dataclasses.replace(plain, seed=seed), 48, 48) for seed in range(12)]
    assert len({picture.tobytes() for picture in pictures}) >= 4
