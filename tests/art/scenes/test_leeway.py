"""What a prompt leaves open differs from seed to seed; what it says is the same in all."""

import random
from itertools import pairwise

import numpy as np
import pytest

from mused.art.foresight import scene_of
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.describe import facts_of
from mused.art.scenes.leeway import USUAL, leeway_of
from mused.art.scenes.render import render
from mused.art.scenes.scene import sun_of
from mused.art.scenes.words import OBJECTS

SEEDS = range(12)
PROMPTS = (
    "a house",
    "a red boat on the sea at sunset",
    "two cats in the snow",
    "a lighthouse at night",
    "an apple",
    "a dog in front of a house",
    "on the left a tree, on the right a house",
    "mountains",
    "a rocket in space",
    "a portrait of a woman",
    "five birds on a roof",
    "seven red balloons over a field",
)


def test_the_first_seed_has_the_usual_layout() -> None:
    assert leeway_of(0) == USUAL
    for prompt in PROMPTS:
        assert scene_of(prompt, 0) == parse_scene(prompt, random.Random(0))


@pytest.mark.parametrize("seed", [1, 7, 65_520, 2**31 - 1, 2**63 - 1])
def test_departures_are_within_bounds(seed: int) -> None:
    assert all(-1.0 <= value <= 1.0 for value in vars(leeway_of(seed)).values())


def test_neighbouring_seeds_are_far_apart_in_everything() -> None:
    for seed, after in pairwise(map(leeway_of, range(300))):
        for name, value in vars(seed).items():
            away = abs(vars(after)[name] - value)
            assert min(away, 2 - away) > 0.5


def test_pictures_of_one_prompt_differ_in_layout_and_colours() -> None:
    scenes = [scene_of("a house", seed) for seed in SEEDS]
    houses = [scene.objects[0] for scene in scenes]
    x, height = [house.x for house in houses], [house.height for house in houses]
    assert min(x) < 0.36 < 0.64 < max(x)
    assert max(height) > 1.2 * min(height)
    assert np.ptp([scene.horizon for scene in scenes]) > 0.12
    assert {scene.backdrop for scene in scenes} == {"", "hills", "mountains", "forest"}
    assert len({house.colour for house in houses}) >= 4
    assert min(scene.palette for scene in scenes) < -0.6
    assert max(scene.palette for scene in scenes) > 0.6


def test_hours_have_several_palettes() -> None:
    for time in ("day", "morning", "sunset", "dusk", "night"):
        skies = [
            render(scene_of(f"the sea, {time}", seed), 48, 48)[2].mean(axis=0) for seed in SEEDS
        ]
        assert np.ptp(skies, axis=0).max() > 12


@pytest.mark.parametrize("prompt", PROMPTS)
def test_what_was_said_holds_for_every_seed(prompt: str) -> None:
    usual = scene_of(prompt, 0)
    for seed in SEEDS:
        scene = scene_of(prompt, seed)
        assert (scene.time, scene.weather, scene.style) == (usual.time, usual.weather, usual.style)
        assert scene.unknown == usual.unknown
        assert sorted(p.noun for p in scene.objects) == sorted(p.noun for p in usual.objects)
        for placed in scene.objects:
            half = placed.height * OBJECTS[placed.noun].aspect / 2
            assert placed.x - half > -0.08
            assert placed.x + half < 1.08
            assert placed.y - placed.height > -0.02


def test_colours_sizes_sides_and_backdrops_that_were_said_are_kept() -> None:
    for seed in SEEDS:
        facts = facts_of(scene_of("a white cat on the left, mountains", seed))
        assert {
            ("colour", "cat", "white"),
            ("place", "cat", "left"),
            ("land", "mountains"),
        } <= facts
        assert ("size", "cat", "large") in facts_of(scene_of("a huge cat", seed))
        assert scene_of("a taxi", seed).objects[0].colour == OBJECTS["car"].colour
        order = [p.noun for p in sorted(scene_of(PROMPTS[6], seed).objects, key=lambda p: p.x)]
        assert order == ["tree", "house"]


def test_things_change_sides() -> None:
    firsts = {
        min(scene_of("a cat and a tree", seed).objects, key=lambda p: p.x).noun for seed in SEEDS
    }
    assert firsts == {"cat", "tree"}


def test_what_stands_aside_hides_no_sun() -> None:
    for seed in range(1, 40):
        scene = scene_of("a boat on the sea at sunset", seed)
        boat, sun = scene.objects[0], sun_of(random.Random(scene.seed))
        assert abs(boat.x - sun) > 0.5 * boat.height * OBJECTS["sailboat"].aspect


def test_a_low_sun_is_not_hidden_by_mountains() -> None:
    assert {scene_of("a boat on a lake at sunset", seed).backdrop for seed in SEEDS} == {"hills"}
