"""What is said to be on, under, before, behind or beside something is drawn there."""

import random
from dataclasses import replace

import numpy as np
import pytest
import skia

from mused.art.foresight import scene_of
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.objects import DRAWINGS
from mused.art.scenes.pen import Light, Pen
from mused.art.scenes.placing import FLOATING
from mused.art.scenes.proportions import TOPS
from mused.art.scenes.reading import read_request
from mused.art.scenes.render import render
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.words import OBJECTS

SEEDS = range(6)


def parsed(prompt: str, seed: int = 0) -> Scene:
    return parse_scene(prompt, random.Random(seed))


def pair(prompt: str, seed: int, noun: str, other: str) -> tuple[Placed, Placed]:
    """The one object of either noun."""
    by_noun = {placed.noun: placed for placed in parsed(prompt, seed).objects}
    return by_noun[noun], by_noun[other]


def span(placed: Placed) -> tuple[float, float]:
    """Its left and its right end."""
    half = placed.height * OBJECTS[placed.noun].aspect / 2
    return placed.x - half, placed.x + half


def hidden(placed: Placed, by: Placed) -> float:
    """The share of its width that is behind another."""
    (left, right), (start, end) = span(placed), span(by)
    return max(0.0, min(right, end) - max(left, start)) / (right - left)


def relations(prompt: str) -> set[tuple[str, str | None, str]]:
    return {
        (subject.noun, subject.relation, subject.other.noun)
        for subject in read_request(prompt).subjects
        if subject.other
    }


@pytest.mark.parametrize(
    ("prompt", "noun", "other"),
    [
        ("a cat on a car", "cat", "car"),
        ("an owl on a house", "owl", "house"),
        ("an owl on the roof", "owl", "house"),
        ("a church with a cat on the roof", "cat", "church"),
        ("a bird in a tree", "bird", "tree"),
        ("a lighthouse on a rock", "lighthouse", "rock"),
        ("a cat sitting on top of a car", "cat", "car"),
        ("on a car a cat", "cat", "car"),
        ("a car with a cat on it", "cat", "car"),
        ("a dog, a car and a cat on the car", "cat", "car"),
        ("a man riding a horse", "person", "horse"),
        ("a cat on the moon", "cat", "moon"),
        ("a seagull on a boat", "bird", "sailboat"),
        ("a red ball on a blue cube", "circle", "square"),
        ("a candle on a cake", "candle", "cake"),
        ("a train crossing a bridge", "train", "bridge"),
    ],
)
def test_what_is_on_something_stands_on_its_top(prompt: str, noun: str, other: str) -> None:
    for seed in SEEDS:
        scene = parsed(prompt, seed)
        upper, lower = pair(prompt, seed, noun, other)
        assert scene.unknown == ()
        assert lower.y - lower.height < upper.y < lower.y
        assert hidden(upper, lower) > 0.45
        assert (upper.raised, lower.raised) == (True, False)


@pytest.mark.parametrize("noun", TOPS)
def test_where_things_stand_on_an_object_there_is_something_of_it(noun: str) -> None:
    surface = skia.Surface(400, 160)
    canvas = surface.getCanvas()
    canvas.translate(200, 140)
    canvas.scale(120, -120)
    DRAWINGS[noun](Pen(canvas, Light()), (200, 60, 60), random.Random(1))
    drawn = np.asarray(surface.toarray())[..., 3] > 128
    for x, y in TOPS[noun]:
        row, column = round(140 - 120 * y), round(200 + 120 * x)
        assert drawn[row - 1 : row + 10, column - 4 : column + 5].any()


@pytest.mark.parametrize(
    ("prompt", "noun", "other"),
    [
        ("a dog in front of a house", "dog", "house"),
        ("in front of the house there is a dog", "dog", "house"),
        ("a car in front of a tree", "car", "tree"),
        ("a house in front of a cat", "house", "cat"),
        ("a square in front of a circle", "square", "circle"),
        ("a cup in front of a book", "cup", "book"),
    ],
)
def test_what_is_in_front_hides_a_part_of_what_is_behind(
    prompt: str, noun: str, other: str
) -> None:
    for seed in SEEDS:
        near, far = pair(prompt, seed, noun, other)
        assert near.y > far.y
        assert 0.0 < hidden(far, by=near) < 0.6
        nouns = [placed.noun for placed in parsed(prompt, seed).objects]
        assert nouns.index(far.noun) < nouns.index(near.noun)


@pytest.mark.parametrize(
    ("prompt", "noun", "other"),
    [
        ("a tree behind a house", "tree", "house"),
        ("a house with a tree behind it", "tree", "house"),
        ("a house and behind it a tree", "tree", "house"),
        ("behind the house a tree", "tree", "house"),
        ("a horse behind a barn", "horse", "barn"),
        ("a bottle behind a vase", "bottle", "vase"),
    ],
)
def test_what_is_behind_is_hidden_in_part(prompt: str, noun: str, other: str) -> None:
    for seed in SEEDS:
        far, near = pair(prompt, seed, noun, other)
        assert far.y < near.y
        assert 0.2 < hidden(far, by=near) < 0.6
        nouns = [placed.noun for placed in parsed(prompt, seed).objects]
        assert nouns.index(far.noun) < nouns.index(near.noun)


@pytest.mark.parametrize("word", ["next to", "beside", "near", "by"])
def test_neighbours_stand_on_the_same_ground_and_are_as_large_as_they_are(word: str) -> None:
    for seed in SEEDS:
        cat, dog = pair(f"a cat {word} a dog", seed, "cat", "dog")
        assert abs(cat.y - dog.y) < 0.03
        assert hidden(cat, by=dog) == 0.0
        assert min(abs(span(cat)[0] - span(dog)[1]), abs(span(cat)[1] - span(dog)[0])) < 0.12
        assert 0.5 < cat.height / dog.height < 1.0


@pytest.mark.parametrize("prompt", ["a house between two trees", "a cat between a dog and a bear"])
def test_what_is_between_two_has_one_on_either_side(prompt: str) -> None:
    middle = prompt.split()[1]
    for seed in SEEDS:
        scene = parsed(prompt, seed)
        x = next(placed.x for placed in scene.objects if placed.noun == middle)
        left, right = sorted(placed.x for placed in scene.objects if placed.noun != middle)
        assert left < x < right
        assert scene.unknown == ()


@pytest.mark.parametrize(
    ("prompt", "noun", "other", "free"),
    [
        ("a sheep under a tree", "sheep", "tree", 0.5),
        ("a woman under an umbrella", "woman", "umbrella", 0.65),
        ("an umbrella over a cat", "cat", "umbrella", 0.65),
        ("a boat under a bridge", "sailboat", "bridge", 0.54),
        ("a boat below a bridge", "sailboat", "bridge", 0.54),
    ],
)
def test_what_is_under_something_fits_there(
    prompt: str, noun: str, other: str, free: float
) -> None:
    for seed in SEEDS:
        lower, upper = pair(prompt, seed, noun, other)
        assert lower.y - lower.height > upper.y - free * upper.height
        assert hidden(lower, by=upper) > 0.6
        assert parsed(prompt, seed).unknown == ()


def test_a_bridge_is_a_high_one_where_boats_pass_under_it() -> None:
    prompts = ("a boat and a bridge", "a boat under a bridge")
    bridges = [pair(prompt, 0, "sailboat", "bridge")[1] for prompt in prompts]
    assert [bridge.variant for bridge in bridges] == ["", "high"]


def test_sizes_that_are_said_are_those_of_one_beside_the_other() -> None:
    shares = []
    for prompt in ("a small cat on a big car", "a cat on a car", "a giant cat on a tiny car"):
        cat, car = pair(prompt, 0, "cat", "car")
        shares.append(cat.height / car.height)
    assert shares[0] < 0.7 * shares[1] < 0.7 * 0.7 * shares[2]


def test_riders_are_seen_above_what_they_ride() -> None:
    for prompt in ("two children on a bicycle", "three girls on an elephant", "a man on a horse"):
        for seed in SEEDS:
            *riders, mount = sorted(parsed(prompt, seed).objects, key=lambda p: not p.raised)
            for rider in riders:
                shown = mount.y - 0.95 * mount.height - (rider.y - rider.height)
                assert shown > 0.2 * rider.height
                assert abs(rider.x - mount.x) < 0.5 * mount.height
            assert parsed(prompt, seed).unknown == ()


def test_several_things_share_a_top_and_things_of_a_number_have_one_each() -> None:
    for seed in SEEDS:
        *birds, house = sorted(parsed("three birds on a roof", seed).objects, key=_is_house)
        assert house.noun == "house"
        assert all(abs(a.x - b.x) > 0.08 for a in birds for b in birds if a is not b)
        assert all(bird.raised for bird in birds)
        cats_on_cars = parsed("two cats on two cars", seed).objects
        cars = sorted(p.x for p in cats_on_cars if p.noun == "car")
        cats = sorted(p.x for p in cats_on_cars if p.noun == "cat")
        assert all(abs(cat - car) < 0.1 for cat, car in zip(cats, cars, strict=True))


def _is_house(placed: Placed) -> bool:
    return placed.noun == "house"


@pytest.mark.parametrize(
    "prompt", ["on the left a cat on a car and a house", "a cat on a car on the left, a house"]
)
def test_a_group_is_where_one_of_it_is_said_to_be(prompt: str) -> None:
    for seed in SEEDS:
        x = {placed.noun: placed.x for placed in parsed(prompt, seed).objects}
        assert x["car"] < 0.5 < x["house"]
        assert abs(x["cat"] - x["car"]) < 0.12


def test_three_in_a_row_are_drawn_and_of_four_one_is_told() -> None:
    for seed in SEEDS:
        y = {p.noun: p.y for p in parsed("a bird on a cat on a car", seed).objects}
        assert y["bird"] < y["cat"] < y["car"]
    assert parsed("a bird on a cat on a dog on a horse").unknown == ("on",)
    assert parsed("five apples on a mushroom on a train").unknown == ("on",)


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("a cat and a dog on a car", {("cat", "on", "car"), ("dog", "on", "car")}),
        ("a horse and a bird on a car", {("bird", "on", "car")}),
        ("a cat on a car and a dog on a house", {("cat", "on", "car"), ("dog", "on", "house")}),
        ("a cat on a car, a tree", {("cat", "on", "car")}),
        ("a hat on a cat and a dog", set()),
        ("a cat on a mat and a dog", set()),
        ("a house on a hill behind a lake, a boat", set()),
        ("a cat on no car", set()),
        ("a table with a vase on it and an apple", set()),
        ("a table with a vase on it and an apple next to it", {("apple", "beside", "vase")}),
        ("a house with a dog and a tree behind it", {("tree", "behind", "house")}),
        ("a dog, a car with a cat on it", {("cat", "on", "car")}),
        ("a girl and a dog under a tree", {("woman", "under", "tree"), ("dog", "under", "tree")}),
        ("a girl with a balloon under a tree", {("woman", "under", "tree")}),
        ("a cat under the moon on a car", {("cat", "on", "car")}),
        ("two red and two blue birds on a roof", {("bird", "on", "house")}),
        ("a cat on a cat", {("cat", "on", "cat")}),
        (
            "a tree behind a house in front of a barn",
            {("tree", "behind", "house"), ("house", "front", "barn")},
        ),
    ],
)
def test_relations_are_between_the_things_they_are_said_of(
    prompt: str, found: set[tuple[str, str | None, str]]
) -> None:
    assert relations(prompt) == found


@pytest.mark.parametrize(
    ("prompt", "untold"),
    [
        ("a cat in a car", ("in",)),
        ("a cat under a table", ("under",)),
        ("a cat on a bottle", ("on",)),
        ("a cat on a chair", ("chair",)),
        ("two elephants on a lighthouse", ("on",)),
        ("a balloon on a house", ("on",)),
        ("a car under a cat", ("under",)),
        ("a house between a tree", ("between",)),
        ("a car through a tree", ("through",)),
        ("a ship in front of a house", ()),
        ("a red ball under a blue cube", ()),
    ],
)
def test_a_relation_that_cannot_be_drawn_is_told(prompt: str, untold: tuple[str, ...]) -> None:
    scene = parsed(prompt)
    assert scene.unknown == untold
    assert not any(placed.raised for placed in scene.objects)


@pytest.mark.parametrize(
    "prompt",
    [
        "five birds on a roof",
        "three dogs in front of a house and two trees behind it",
        "a cat on a car in front of a house",
        "a house beside a skyscraper",
        "seven cats next to a dog",
        "an elephant in front of a cat",
        "a castle on a rock",
        "a cat on a cloud",
        "on the right a dog in front of a barn",
        "four birds on two trees",
        "a bird on a red fish under water",
    ],
)
def test_groups_stay_inside_the_picture(prompt: str) -> None:
    for seed in SEEDS:
        for placed in parsed(prompt, seed).objects:
            left, right = span(placed)
            assert -0.03 <= left < right <= 1.03
            assert -0.02 <= placed.y - placed.height < placed.y <= 1.0


def test_any_three_things_in_any_relation_make_a_picture() -> None:
    rng = random.Random(2)
    words = ["on", "in", "in front of", "behind", "beside", "under", "over", "between", "with"]
    for noun in OBJECTS:
        for word in words:
            one, other = rng.choices(list(OBJECTS), k=2)
            count = rng.choice(("a", "two", "seven"))
            prompt = f"{count} {noun} {word} a {one} {rng.choice(words)} the {other}"
            scene = scene_of(prompt, rng.randrange(9))
            for placed in scene.objects:
                left, right = span(placed)
                assert -0.05 < left < right < 1.05, prompt
                assert -0.05 < placed.y - placed.height < placed.y < 1.05, prompt


@pytest.mark.parametrize(
    ("prompt", "standing"),
    [
        ("a bird on a tree and a rainbow on the tree", {"bird"}),
        ("a cat on a car, the sun on it, and a bird on it", {"cat"}),
        ("seagulls on a lighthouse and stars on it", set()),
    ],
)
def test_what_has_no_size_takes_no_room_from_what_stands_there(
    prompt: str, standing: set[str]
) -> None:
    scene = parsed(prompt)
    assert scene.unknown == ("on",)
    assert {placed.noun for placed in scene.objects if placed.raised} == standing


def test_several_things_in_any_relations_to_one_make_a_scene() -> None:
    rng = random.Random(5)
    words = ["on", "in", "in front of", "behind", "beside", "under", "over", "between"]
    for _ in range(500):
        nouns = rng.choices(list(OBJECTS), k=4)
        one, two, three = (f"a {noun} {rng.choice(words)}" for noun in nouns[1:])
        assert parsed(f"{one} a {nouns[0]} and {two} the {nouns[0]}, {three} it").objects


def test_of_two_equal_things_the_one_named_too_late_is_left_out() -> None:
    scene = parsed("a cat on a car and a dog on a bus and a cow by a house and a cat on a tree")
    assert scene.unknown == ("house", "cat", "tree")
    assert {placed.noun for placed in scene.objects if placed.raised} == {"cat", "dog"}


def test_of_two_equal_groups_the_one_named_last_is_told_apart() -> None:
    scene = parsed("a bird on two cats and two cats, two black ones")
    assert scene.unknown == ()
    assert [placed.noun for placed in scene.objects if placed.raised] == ["bird"]


def test_fruit_in_a_bowl_is_seen_before_what_the_bowl_is_on() -> None:
    nouns = [placed.noun for placed in parsed("lemons in a bowl on a book").objects]
    assert nouns == ["book", *["lemon"] * 6, "bowl of apples"]


@pytest.mark.parametrize(("width", "height"), [(192, 96), (96, 192)])
def test_what_is_on_something_stays_there_in_pictures_of_any_shape(width: int, height: int) -> None:
    scene = parsed("a cat on a car")
    unit = min(width, height)
    cat, car = sorted(scene.fitted(width, height).objects, key=lambda placed: placed.noun != "cat")
    one, other = sorted(scene.objects, key=lambda placed: placed.noun != "cat")
    assert (cat.x - car.x) * width / unit == pytest.approx(one.x - other.x)
    assert (cat.y - car.y) * height / unit == pytest.approx(one.y - other.y)
    assert (
        render(scene, width, height) == render(scene.fitted(width, height), width, height)
    ).all()


def test_a_cat_on_a_car_is_seen_in_front_of_it() -> None:
    scene = parsed("a black cat on a yellow car")
    cat = next(placed for placed in scene.objects if placed.noun == "cat")
    without = replace(scene, objects=tuple(p for p in scene.objects if p is not cat))
    changed = (render(scene, 128, 128) != render(without, 128, 128)).any(-1)
    rows = np.flatnonzero(changed[:, round(128 * cat.x)])
    assert rows.size > 0.7 * 128 * cat.height
    assert scene.landscape not in FLOATING
