"""What is said to be in a bowl is drawn in it: all of it, each in its colour, as many as said."""

import random
from collections import Counter

import numpy as np
import pytest

from mused.art.scenes.compose import parse_scene
from mused.art.scenes.render import render
from mused.art.scenes.scene import Scene
from mused.art.scenes.words import COLOURS


def parsed(prompt: str, seed: int = 0) -> Scene:
    return parse_scene(prompt, random.Random(seed))


@pytest.mark.parametrize(
    ("prompt", "fruit", "bowl"),
    [
        (
            "red, yellow and green apples in a blue bowl",
            {"red apple": 2, "yellow apple": 2, "green apple": 2},
            "empty blue",
        ),
        ("apples and pears in a bowl", {"red apple": 3, "green pear": 3}, "empty"),
        ("a bowl of apples and pears", {"red apple": 3, "green pear": 3}, "empty"),
        ("a bowl of red and green apples", {"red apple": 3, "green apple": 3}, "empty"),
        ("an apple and a lemon in a red bowl", {"red apple": 1, "yellow lemon": 1}, "empty red"),
        ("two apples and three pears in a bowl", {"red apple": 2, "green pear": 3}, "empty"),
        ("a bowl with lemons and two pears", {"yellow lemon": 4, "green pear": 2}, "empty"),
        ("a bowl of bananas", {"yellow banana": 6}, "empty"),
        ("a pear in a bowl", {"green pear": 1}, "empty"),
        ("an apple in a bowl", {"red apple": 1}, "empty"),
        ("two apples in a bowl", {"red apple": 2}, "empty"),
        ("a blue bowl with three green apples", {"green apple": 3}, "empty blue"),
        ("six apples in a bowl", {}, ""),
        ("an apple in a fruit bowl", {}, ""),
        ("a bowl of apples", {}, ""),
        ("a bowl of fruit", {}, ""),
        ("apples in a bowl", {}, ""),
        ("red apples in a blue bowl", {}, "blue"),
    ],
)
def test_all_that_is_in_a_bowl_is_drawn_there(
    prompt: str, fruit: dict[str, int], bowl: str
) -> None:
    scene = parsed(prompt)
    held = Counter(f"{p.colour} {p.noun}" for p in scene.objects if p.noun != "bowl of apples")
    vessel = next(p for p in scene.objects if p.noun == "bowl of apples")
    assert (held, vessel.variant, scene.unknown) == (fruit, bowl, ())
    assert scene.objects[-1] is vessel
    for placed in scene.objects[:-1]:
        assert abs(placed.x - vessel.x) < 0.45 * vessel.height
        assert vessel.y - 0.65 * vessel.height < placed.y < vessel.y - 0.35 * vessel.height


@pytest.mark.parametrize(
    ("prompt", "beside"),
    [
        ("a bowl of apples and a pear", ["pear"]),
        ("a cat and apples in a bowl", ["cat"]),
        ("a bowl of lemons, a candle", ["candle"]),
        ("apples in a bowl and a banana", ["banana"]),
        ("apples in a bowl and lemons on the table", ["lemon"] * 3),
        ("lemons on the table and apples in a bowl", ["lemon"] * 3),
        ("lemons and pears on a table in a bowl", []),
        ("apples and pears in a bowl, and lemons next to the bowl", ["lemon"] * 3),
        ("a bowl of pears and lemons beside it", ["lemon"] * 3),
        ("a bowl of pears and lemons on the table", []),
    ],
)
def test_what_is_not_said_to_be_in_the_bowl_is_beside_it(prompt: str, beside: list[str]) -> None:
    assert [p.noun for p in parsed(prompt).objects if not p.raised and "bowl" not in p.noun] == (
        beside
    )


def test_the_colours_of_the_fruit_are_seen_above_the_bowl() -> None:
    scene = parsed("red, yellow and green apples in a blue bowl")
    vessel = scene.objects[-1]
    pixels = render(scene, 128, 128).astype(int)
    top, rim = (round(128 * (vessel.y - share * vessel.height)) for share in (1.05, 0.5))
    for colour in ("red", "yellow", "green"):
        away = np.abs(pixels[top:rim] - np.array(COLOURS[colour])).sum(axis=-1)
        assert (away < 60).sum() > 60


@pytest.mark.parametrize(
    ("prompt", "variant"),
    [
        ("a rose in a vase", "of red tulip"),
        ("two white tulips in a vase", "of white tulip+white tulip"),
        (
            "red and yellow tulips in a vase",
            "of red tulip+yellow tulip+red tulip+yellow tulip+red tulip",
        ),
        ("a vase with a rose and a sunflower", "of red tulip+yellow sunflower"),
        ("pink roses in a vase", "pink tulip"),
        ("flowers in a vase", ""),
    ],
)
def test_all_flowers_are_in_the_vase(prompt: str, variant: str) -> None:
    (vase,) = parsed(prompt).objects
    assert (vase.noun, vase.variant) == ("vase", variant)


def test_flowers_behind_the_vase_are_not_in_it() -> None:
    *behind, vase = parsed("tulips in a vase and sunflowers behind it").objects
    assert [placed.noun for placed in behind] == ["sunflower"] * 3
    assert (vase.noun, vase.variant) == ("vase", "red tulip")


def test_flowers_are_seen_in_their_colours_and_numbers() -> None:
    one, both = (
        render(parsed(f"{flowers} in a blue vase"), 128, 128).astype(int)
        for flowers in ("a red rose", "a red rose and a yellow tulip")
    )
    yellow = np.abs(np.stack([one, both]) - np.array(COLOURS["yellow"])).sum(axis=-1) < 70
    assert yellow[0].sum() < 5
    assert yellow[1].sum() > 30


def test_a_bowl_of_fruit_stands_where_it_is_said_to() -> None:
    x = {p.noun: p.x for p in parsed("lemons and apples in a bowl on the right, a cup").objects}
    assert x["cup"] < 0.5 < x["bowl of apples"]
    assert abs(x["lemon"] - x["bowl of apples"]) < 0.2
