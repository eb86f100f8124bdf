"""Prompts become the scenes a person would expect."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from mused.art.scenes.compose import parse_scene, random_scene
from mused.art.scenes.reading import read_request
from mused.art.scenes.scene import Scene
from mused.art.scenes.words import LANDSCAPES, OBJECTS, STYLES, TIMES, WEATHERS


def parsed(prompt: str, seed: int = 0) -> Scene:
    return parse_scene(prompt, random.Random(seed))


@pytest.mark.parametrize(
    ("prompt", "nouns", "fields"),
    [
        ("sunset, boat and lake", ["sailboat"], {"landscape": "lake", "time": "sunset"}),
        ("a painting of a city skyline", [], {"backdrop": "city", "style": "oil"}),
        ("A RED BOAT on a lake at night!", ["sailboat"], {"time": "night", "landscape": "lake"}),
        ("a castle in the mountains", ["castle"], {"backdrop": "mountains"}),
        ("two cats in the snow", ["cat", "cat"], {"weather": "snow"}),
        ("a watercolour of a bowl of apples", ["bowl of apples"], {"style": "watercolour"}),
        ("a photo of a dog", ["dog"], {"style": "photograph"}),
        ("a realistic oil painting of a dog", ["dog"], {"style": "oil"}),
        ("a watercolour of a dog, photorealistic", ["dog"], {"style": "watercolour"}),
        ("a photorealistic painting of a dog", ["dog"], {"style": "oil"}),
        ("an apple in a fruit bowl", ["bowl of apples"], {"landscape": "table"}),
        ("flowers in a blue vase", ["vase"], {"landscape": "table"}),
        ("a heart on blue", ["heart"], {"background": "blue"}),
        ("a fish in the sea", ["fish"], {"landscape": "underwater"}),
        ("a portrait of a woman", ["face"], {"landscape": "plain"}),
        ("the moon over the hills", ["moon"], {"backdrop": "hills", "time": "night"}),
        ("a village at dusk", ["house", "house", "house"], {"time": "dusk"}),
        ("a rocket in outer space", ["rocket"], {"landscape": "space"}),
        ("a boat in a forest", ["sailboat"], {"landscape": "lake", "backdrop": "forest"}),
        ("dunes", [], {"landscape": "desert"}),
        ("sailing home at sunset, a little boat", ["sailboat"], {"time": "sunset"}),
        ("home in winter: an old cottage", ["house"], {"weather": "snow"}),
        ("we love our dog", ["dog"], {}),
        ("all my love: a heart", ["heart"], {}),
        ("it rains on a beach", [], {"weather": "rain"}),
        ("ancient pyramid, sand, noon", ["pyramid"], {"landscape": "desert", "time": "day"}),
        ("a palm in the sand", ["palm"], {"landscape": "beach"}),
        ("a bridge over the water", ["bridge"], {"landscape": "river"}),
        ("a duck on the water", ["duck"], {"landscape": "sea"}),
        ("behind the mountains the sun goes down", [], {"time": "sunset"}),
        ("a church in the rising sun", ["church"], {"time": "morning"}),
        ("a vase of red sunflowers", ["vase"], {"landscape": "table"}),
        ("a bouquet of roses", ["vase"], {"landscape": "table"}),
        ("a vase and a tulip", ["tulip", "vase"], {}),
        ("a dark blue car", ["car"], {"time": "day"}),
        ("a light blue house in the dark", ["house"], {"time": "night"}),
        ("a soft pink rose", ["tulip"], {"style": ""}),
        ("a rainy street", [], {"landscape": "road", "backdrop": "city", "weather": "rain"}),
        ("a street", [], {"landscape": "road", "backdrop": "city", "time": "day"}),
        ("birds over the sea", ["seagull"] * 3, {"landscape": "sea"}),
        ("a bird flying over a field", ["seagull"], {"landscape": "field"}),
        ("a bird in a garden", ["bird"], {"landscape": "meadow"}),
        ("a red ball in the snow", ["circle"], {"landscape": "meadow", "weather": "snow"}),
        ("a fire truck", ["bus"], {"landscape": "road"}),
        ("cherry blossoms", ["tree"] * 3, {}),
        ("an orange on a table", ["circle"], {"landscape": "table"}),
        ("an orange cat on a table", ["cat"], {"landscape": "table"}),
        ("oranges in a bowl", ["bowl of apples"], {"landscape": "table"}),
        ("a lighthouse in a storm", ["lighthouse"], {"landscape": "sea"}),
        ("a sailor and his ship", ["person", "ship"], {"landscape": "sea"}),
        ("the milky way", ["stars"], {"landscape": "space", "time": "night"}),
        ("a man's face", ["face"], {"landscape": "plain"}),
        ("a beach without people or dogs", [], {"landscape": "beach"}),
        ("not a cat but a dog", ["dog"], {}),
        ("no dragons, only a castle", ["castle"], {}),
        ("a misty lake under a bright moon", ["moon"], {"weather": "fog"}),
        ("a watercolour sketch of a boat", ["sailboat"], {"style": "watercolour"}),
        ("a pink sky over the sea", [], {"landscape": "sea", "time": "dusk"}),
        ("a boat, the sky is red", ["sailboat"], {"time": "sunset"}),
        ("a house under a grey sky", ["house"], {"weather": "cloudy"}),
        ("she wears a dress, by the lake", ["woman"], {"landscape": "lake"}),
        ("a black and white drawing of a boat", ["sailboat"], {"style": "ink"}),
    ],
)
def test_real_prompts(prompt: str, nouns: list[str], fields: dict[str, str]) -> None:
    scene = parsed(prompt)
    assert sorted(p.noun for p in scene.objects) == nouns
    assert {name: getattr(scene, name) for name in fields} == fields
    assert scene.unknown == ()


def test_colours_go_to_their_nouns() -> None:
    scene = parsed("a red boat and a yellow house under a green sky")
    assert {p.noun: p.colour for p in scene.objects} == {"sailboat": "red", "house": "yellow"}


def test_a_colour_at_the_end_is_the_objects_after_in_and_the_backgrounds_after_on() -> None:
    within, before = parsed("a heart in purple"), parsed("a heart on purple")
    assert [p.colour for p in within.objects] == ["purple"]
    assert within.background != "purple"
    assert ([p.colour for p in before.objects], before.background) == (["red"], "purple")
    night = parsed("a white cat in the blue night")
    assert ([p.colour for p in night.objects], night.time) == (["white"], "night")
    two = parsed("an umbrella at the beach, a man in green")
    assert {p.noun: p.colour for p in two.objects} == {"umbrella": "red", "person": "green"}


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("a boat, a sailing boat", 1),
        ("a red boat, the yacht", 1),
        ("a red boat, a blue boat", 2),
        ("a boat and a boat", 2),
        ("a boat behind a boat", 2),
        ("two boats, the boats", 3),
    ],
)
def test_one_subject_said_twice_is_drawn_once(prompt: str, count: int) -> None:
    assert len(parsed(prompt).objects) == count


@pytest.mark.parametrize(
    ("prompt", "colour"),
    [("a fire engine", "red"), ("a blue school bus", "blue"), ("an orange", "orange")],
)
def test_a_saying_has_its_usual_colour_unless_another_is_named(prompt: str, colour: str) -> None:
    assert [placed.colour for placed in parsed(prompt).objects] == [colour]


def test_abstract_shapes_are_drawn_where_nothing_else_is_named() -> None:
    assert len({(p.noun, p.colour) for p in parsed("abstract art").objects}) == 5
    painting = parsed("an abstract painting of a boat")
    assert ([p.noun for p in painting.objects], painting.unknown) == (["sailboat"], ("abstract",))


def test_the_portrait_of_a_man_is_another_face() -> None:
    man, woman = (parsed(f"portrait of a {sitter}").objects for sitter in ("man", "woman"))
    assert [(p.noun, p.variant) for p in (*man, *woman)] == [("face", "man"), ("face", "")]


def test_a_full_moon_is_no_crescent() -> None:
    assert [p.variant for p in parsed("a full moon over a house").objects] == ["full", ""]
    assert [p.variant for p in parsed("a crescent moon").objects] == [""]


def test_a_bowl_has_the_colour_of_its_apples() -> None:
    assert [p.colour for p in parsed("green apples in a blue bowl").objects] == ["green"]
    assert [p.colour for p in parsed("pink flowers in a yellow vase").objects] == ["yellow"]


@pytest.mark.parametrize(
    ("prompt", "lacking"),
    [
        ("a house, no sun", ("sun",)),
        ("a lake at night without a moon or stars", ("moon", "stars")),
        ("no clouds, just the sea", ("clouds",)),
        ("a house without clouds and a cloudless sun", ("clouds",)),
        ("a beach without people", ()),
    ],
)
def test_a_sky_lacks_what_is_denied(prompt: str, lacking: tuple[str, ...]) -> None:
    assert parsed(prompt).without == lacking


def test_a_sky_lacks_what_is_named_apart_as_well() -> None:
    without = parse_scene("a house", random.Random(3), "sun, clouds, people")
    assert without == replace(parsed("a house", 3), without=("clouds", "sun"))


@pytest.mark.parametrize(
    ("prompt", "variant", "colour"),
    [
        ("a vase of sunflowers", "yellow sunflower", "blue"),
        ("a bouquet of pink roses", "pink tulip", "blue"),
        ("white flowers in a green vase", "white flower", "green"),
        ("flowers in a vase", "", "blue"),
        ("green apples in a blue bowl", "blue", "green"),
        ("a blue bowl", "blue", "red"),
        ("a blue bowl with apples", "blue", "red"),
    ],
)
def test_vessels_show_what_they_hold_and_their_own_colour(
    prompt: str, variant: str, colour: str
) -> None:
    assert [(p.variant, p.colour) for p in parsed(prompt).objects] == [(variant, colour)]


@pytest.mark.parametrize(
    ("prompt", "colour", "shade"),
    [
        ("a dark blue car", "blue", "dark"),
        ("a pale green car", "green", "light"),
        ("a bright red car", "red", ""),
        ("a navy blue car", "blue", "dark"),
        ("a woman in a dark red dress", "red", "dark"),
        ("a red and white lighthouse", "red", ""),
        ("a brown and white cow", "white", ""),
    ],
)
def test_colours_have_shades_and_the_usual_one_of_two_is_drawn(
    prompt: str, colour: str, shade: str
) -> None:
    scene = parsed(prompt)
    assert [(p.colour, p.shade) for p in scene.objects] == [(colour, shade)]
    assert scene.unknown == ()


@pytest.mark.parametrize(
    ("prompt", "untold"),
    [
        ("a sleeping cat", ("sleeping",)),
        ("a flying car", ("flying",)),
        ("a flying eagle and a flying rocket", ()),
        ("a black and white cat", ("white",)),
        ("a black and white photo of a cat", ("black", "white")),
        ("a pink sea and a blue lake", ("pink", "lake")),
        ("a dark red forest", ("dark", "red")),
        ("a green sky over a house", ("green",)),
        ("a blue sky", ()),
        ("a girl with red hair", ("hair",)),
        ("a red sunset", ()),
        ("a white winter day", ()),
        ("a sun with a face", ("face",)),
        ("a house made of wood", ("wood",)),
        ("a portrait of a woman in a red dress", ("red",)),
        ("a dozen roses", ("dozen",)),
        ("a house by a lake in the desert", ("desert",)),
        ("a house in rain and snow", ("rain",)),
        ("a sheep under a car", ("under",)),
        ("a house under the moon", ()),
        ("a red house under a blue sky", ()),
        ("a train on a bridge", ()),
        ("an apple in a bowl", ()),
        ("a woman with dark hair", ("dark", "hair")),
        ("a man in a dark suit", ("dark",)),
        ("an apple at sunset in the rain", ("sunset", "rain")),
        ("a cat, a dog, a horse, a cow, a sheep and a rabbit", ("rabbit",)),
    ],
)
def test_what_a_scene_cannot_show_is_told_though_the_words_are_known(
    prompt: str, untold: tuple[str, ...]
) -> None:
    assert parsed(prompt).unknown == untold


@pytest.mark.parametrize(
    ("prompt", "seen"),
    [
        ("two cute dogs", "2 dog"),
        ("a red vintage car", "red car"),
        ("a red dragon eats cats", "3 cat"),
        ("the house is red and the car is blue", "blue car, red house"),
        ("a cat, black, and a dog, white", "black cat, white dog"),
        ("a man in black and a dog", "black person, dog"),
        ("a girl in blue and a boy in green", "blue woman, green person"),
        ("a white winter day with a horse", "horse"),
        ("a red balloon, a blue one and a yellow one", "blue balloon, red balloon, yellow balloon"),
        ("one red and two blue boats", "2 blue sailboat, red sailboat"),
        ("red, yellow and green apples", "green apple, red apple, yellow apple"),
        ("in 1920 a train", "train"),
        ("ten balloons", "7 balloon"),
        ("a man, a woman and a child", "2 person, woman"),
        ("an oak, a birch, a maple", "3 tree"),
        ("an orange and a lemon", "lemon, orange circle"),
        ("I don't want a dog, I want a cat", "cat"),
        ("a cat instead of a dog", "cat"),
        ("a house that is not red, a boat", "house, sailboat"),
        ("a portrait of a dog", "dog"),
        ("he is sitting under a tree", "person, tree"),
        ("we watch the sea", ""),
        ("a bowl of lemons", "6 lemon, bowl of apples"),
        ("a white boat, the water is blue", "white sailboat"),
        ("a red car in blue", "red car"),
        ("a pair of swans and a flock of birds", "2 swan, 7 bird"),
        ("a couple on a beach", "2 person"),
        ("a three legged dog", "dog"),
        ("two cats, one black and one white", "black cat, white cat"),
        ("two boats, a red one and a blue one", "blue sailboat, red sailboat"),
        ("a red apple and two green ones", "2 green apple, red apple"),
        ("three flowers: red, yellow and blue", "blue flower, red flower, yellow flower"),
        ("a village of 5 houses", "5 house"),
        ("a fleet of red ships", "3 red ship"),
        ("there is a house and the house is blue", "blue house"),
        ("children building a snowman", "3 person, snowman"),
        ("a boy with a crown on his head", "person"),
        ("a dog's head", "dog"),
        ("a table with some fruit", "bowl of apples"),
    ],
)
def test_adjectives_and_numbers_are_those_of_the_thing_they_are_said_of(
    prompt: str, seen: str
) -> None:
    usual = {name: noun.colour for name, noun in OBJECTS.items()}
    told = Counter(
        p.noun if p.colour == usual[p.noun] and p.colour not in prompt else f"{p.colour} {p.noun}"
        for p in parsed(prompt).objects
    )
    assert ", ".join(sorted(f"{n} {w}" if n > 1 else w for w, n in told.items())) == seen


@pytest.mark.parametrize(
    "prompt",
    [
        "on the left a tree, on the right a house",
        "a tree on the left and a house on the right",
        "on the left a tree on the right a house",
        "a house on the right, on the left a tree",
    ],
)
def test_a_position_may_be_said_before_its_noun(prompt: str) -> None:
    x = {placed.noun: placed.x for placed in parsed(prompt).objects}
    assert x["tree"] < 0.5 < x["house"]


@pytest.mark.parametrize(
    ("prompt", "position"),
    [
        ("in front of the house there is a car", "front"),
        ("behind the house a car", "back"),
        ("a car, in front of a house", "front"),
        ("in the distance a car", "back"),
        ("a car in the background, a house", "back"),
        ("a house with mountains in the background and a car", ""),
        ("somebody left a car", ""),
    ],
)
def test_positions_to_something_are_those_of_the_other(prompt: str, position: str) -> None:
    positions = {subject.noun: subject.position for subject in read_request(prompt).subjects}
    assert positions.pop("car") == position
    assert set(positions.values()) <= {""}


@pytest.mark.parametrize("side", ["left", "right"])
def test_what_is_in_the_sky_is_on_its_side(side: str) -> None:
    for seed in range(8):
        x = {p.noun: p.x for p in parsed(f"a house and a moon on the {side}", seed).objects}
        assert (x["moon"] < 0.5) == (side == "left")


def test_two_rows_keep_what_is_left_and_what_is_right() -> None:
    for seed in range(4):
        animals = parsed("three cats on the left and three dogs on the right", seed).objects
        rows = sorted(animals, key=lambda animal: animal.y)
        for row in (rows[:3], rows[3:]):
            nouns = [animal.noun for animal in sorted(row, key=lambda animal: animal.x)]
            assert nouns == sorted(nouns)


def test_a_crowd_before_a_house_does_not_stand_behind_it() -> None:
    for seed in range(4):
        y = sorted((p.y, p.noun) for p in parsed("five cats in front of a house", seed).objects)
        assert y[-1][1] == y[-2][1] == "cat"


def test_colour_of_an_unknown_thing_is_not_handed_on() -> None:
    scene = parsed("a green dragon and a castle")
    assert scene.unknown == ("dragon",)
    assert [p.colour for p in scene.objects] == [OBJECTS["castle"].colour]


def test_positions_and_sizes() -> None:
    left = parsed("a cat on the left").objects[0]
    right = parsed("a cat on the right").objects[0]
    assert left.x < 0.4
    assert right.x > 0.6
    assert parsed("a tiny cat").objects[0].height < 0.6 * parsed("a huge cat").objects[0].height


def test_backgrounds() -> None:
    assert parsed("a red circle on a blue background").background == "blue"
    assert parsed("purple").background == "purple"


@pytest.mark.parametrize(
    "prompt", ["a hand sketch", "an oil painting", "", "?!", "paint something", "a purple walrus"]
)
def test_there_is_always_something_to_see(prompt: str) -> None:
    assert parsed(prompt).objects


@pytest.mark.parametrize(
    "prompt",
    [
        "99 red balloons",
        "0 cats",
        "a cat " * 400,
        "猫と犬",
        "\x00\n",
        "a 10² field",
        "① a boat",
        "٣ cats",
    ],
)
def test_odd_prompts_are_no_error(prompt: str) -> None:
    scene = parsed(prompt)
    assert len(scene.objects) <= 35
    assert all(0.0 <= p.x <= 1.0 and 0.0 < p.height <= 1.0 for p in scene.objects)


def test_a_sky_is_the_same_over_another_colour_and_another_over_something_else() -> None:
    assert parsed("a red house").seed == parsed("a green house").seed
    assert parsed("a red house").seed != parsed("a castle").seed


def test_equal_seeds_give_equal_scenes() -> None:
    for seed in range(50):
        one, other = (random_scene(random.Random(seed)) for _ in range(2))
        assert one == other
        assert one.landscape in LANDSCAPES
        assert one.time in TIMES
        assert one.weather in WEATHERS
        assert one.style in ("", *STYLES)
    assert parsed("a cat", 1) != parsed("a cat", 2)


def test_objects_stay_inside_the_picture() -> None:
    rng = random.Random(7)
    for _ in range(400):
        for placed in random_scene(rng).objects:
            half = placed.height * OBJECTS[placed.noun].aspect / 2
            assert placed.x - half >= -0.08
            assert placed.x + half <= 1.08
            assert placed.y - placed.height >= -0.02
            assert placed.y <= 1.02


@pytest.mark.parametrize(
    "prompt",
    [
        "a small red square above a big blue circle",
        "a big blue circle under a small red square",
        "two red squares over a circle",
        "a fish over a flower under water",
        "a rocket below a planet in space",
    ],
)
def test_what_floats_above_something_is_higher_and_touches_it_not(prompt: str) -> None:
    upper_noun = {"square": "square", "fish": "fish", "rocket": "planet"}
    for seed in range(8):
        scene = parse_scene(prompt, random.Random(seed))
        nouns = {placed.noun for placed in scene.objects}
        above = next(upper_noun[noun] for noun in upper_noun if noun in nouns)
        bases = [placed.y for placed in scene.objects if placed.noun == above]
        heads = [placed.y - placed.height for placed in scene.objects if placed.noun != above]
        assert max(bases) < min(heads)
        assert all(0 <= placed.y - placed.height < placed.y <= 1 for placed in scene.objects)
