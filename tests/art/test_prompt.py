import math
import random
import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mused.art.errors import PromptError
from mused.art.prompt import Prompt, SubPrompt, again, parse


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a sunset", [SubPrompt("a sunset")]),
        (
            "a sunset:2 | boat | text, watermark:-0.5",
            [SubPrompt("a sunset", 2), SubPrompt("boat"), SubPrompt("text, watermark", -0.5)],
        ),
        ("sunset:1:0.4", [SubPrompt("sunset", 1, 0.4)]),
        ("fog:-1:-.9", [SubPrompt("fog", -1, -0.9)]),
        ("study: blue", [SubPrompt("study: blue")]),
        ("a clock at 10:30", [SubPrompt("a clock at 10:30")]),
        ("10:30:15", [SubPrompt("10:30:15")]),
        ("a film in 16:9", [SubPrompt("a film in 16:9")]),
        ("route 66 :2", [SubPrompt("route 66", 2)]),
        ("chapter: 5", [SubPrompt("chapter: 5")]),
        ("a:b:c", [SubPrompt("a:b:c")]),
        (" one \n\t two\x00three | | four ", [SubPrompt("one two three"), SubPrompt("four")]),
        ("Straße, Zürich", [SubPrompt("Straße, Zürich")]),
        ("🌅", [SubPrompt("🌅")]),
    ],
)
def test_prompts_are_read_as_people_mean_them(text: str, parts: list[SubPrompt]) -> None:
    assert list(parse(text).parts) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("|||", "empty"),
        ("...", "nothing to paint"),
        ("boat | !?", "nothing to paint in '!\\?'"),
        (":2", "nothing to paint"),
        ("boat:0", "leave the part out"),
        ("boat:101", "beyond"),
        ("boat:1e999", "beyond"),
        ("boat:1:1e999", "stop"),
        ("x" * 4001, "4001 characters"),
        ("a|" * 101, "101 parts"),
        ("^ ^", "empty"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        parse(text)


def test_wanted_leaves_weights_and_negative_parts_out() -> None:
    assert parse("a boat:2 | a lake | people:-1").wanted == ("a boat, a lake",)
    assert parse("a boat ^ a lake without people").wanted == ("a boat", "a lake")


def test_what_is_avoided_is_told_of_each_chapter() -> None:
    assert parse("a boat ^ a lake without people, no sun").avoided == ("", "people, sun")
    assert parse("a boat | sun:-1").avoided == ("sun",)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("a beach without people", "a beach | people:-0.5"),
        ("A Beach WITHOUT any People at sunset", "A Beach at sunset | People:-0.5"),
        ("a street with no cars, in winter", "a street, in winter | cars:-0.5"),
        ("a picture with no text on it", "a picture | text:-0.5"),
        ("a boat, no text no watermark", "a boat | text:-0.5 | watermark:-0.5"),
        ("a man with no hat and a big beard", "a man and a big beard | hat:-0.5"),
        (
            "a robot with no name and a horse with no name",
            "a robot and a horse | name:-0.5 | name:-0.5",
        ),
        ("a sky with no clouds and a sun", "a sky and a sun | clouds:-0.5"),
        ("a boat without sails and two rowers", "a boat and two rowers | sails:-0.5"),
        ("three dogs but no cats and birds", "three dogs and birds | cats:-0.5"),
        ("a cup without milk and sugar", "a cup | milk and sugar:-0.5"),
        (
            "a street without any cars and without people",
            "a street | cars:-0.5 | people:-0.5",
        ),
        ("a beach without people and no boats", "a beach | people:-0.5 | boats:-0.5"),
        ("a street without people and with trees", "a street with trees | people:-0.5"),
        (
            "a beach without people, a sunset in red or blue",
            "a beach, a sunset in red or blue | people:-0.5",
        ),
        ("a beach with no people at all please", "a beach | people:-0.5"),
        ("a sunset:2 without people", "a sunset:2 | people:-0.5"),
        ("a red boat but not blue", "a red boat | blue:-0.5"),
        ("a lake but no boats", "a lake | boats:-0.5"),
        ("a beach without people, cars or boats", "a beach | people, cars or boats:-0.5"),
        ("a boat | no text", "a boat | text:-0.5"),
        ("a boat on a lake mostly red", "a boat on a lake | red:1.5"),
        (
            "a forest with a lot of flowers and a castle",
            "a forest and a castle | lots of flowers:1.5",
        ),
        ("a field with plenty of sheep at dawn", "a field at dawn | lots of sheep:1.5"),
        ("a street with a hint of fog", "a street | fog:0.4"),
        ("a house with a little fog", "a house | fog:0.4"),
        ("a house with a little fog in winter", "a house in winter | fog:0.4"),
        ("a boat in the style of watercolor", "a boat | in the style of watercolor:0.5"),
        ("a boat as an oil painting, no text", "a boat | as an oil painting:0.5 | text:-0.5"),
        (
            "a house in the style of frank lloyd wright on a hill",
            "a house on a hill | in the style of frank lloyd wright:0.5",
        ),
        (
            "a pond in the style of monet with a bridge",
            "a pond with a bridge | in the style of monet:0.5",
        ),
        (
            "a house in a victorian style on a hill",
            "a house on a hill | in a victorian style:0.5",
        ),
        ("in watercolor style without people", "in watercolor style | people:-0.5"),
    ],
)
def test_spoken_words_become_weights(text: str, understood: str) -> None:
    prompt = parse(text)
    assert prompt.understood == understood
    assert prompt.text == text
    assert prompt.called == text.partition(" | ")[0]


@pytest.mark.parametrize(
    "text",
    [
        "a little red boat",
        "a mostly red boat",
        "a sign that says no parking",
        "no man's land",
        "no one on the beach",
        "a person dressed as a pirate",
        "a song without",
        "a red boat, not a blue one",
        "a no entry sign",
        "a gate with a no entry sign",
        "a gate with no entry sign",
        "a no frills kitchen",
        "chanel no 5",
        "chanel, no 5",
        "a knight who fears no evil",
        "a place like no other",
        "a ship called no worries",
        "a man dressed as a cartoon character",
        "a woman in an old style dress",
        "a picture in the style section of a newspaper",
        "a lady in her own style",
        "a woman without shoes walking on a beach",
        "a horse without a saddle running through a field",
        "mainly red and blue flowers",
        "a touch of snow on the roof",
        "lots of sheep in a meadow",
    ],
)
def test_words_with_another_meaning_stay(text: str) -> None:
    assert parse(text).parts == (SubPrompt(text),)


def test_what_is_numbered_or_alone_is_taken_word_for_word() -> None:
    assert parse("a beach without people:2").parts == (SubPrompt("a beach without people", 2),)
    assert parse("without you").parts == (SubPrompt("without you"),)
    assert parse("without you").understood == "without you:1"
    assert parse("fog:-1 | no text").parts == (SubPrompt("fog", -1), SubPrompt("text", -0.5))


def test_a_story_has_chapters() -> None:
    story = parse("a lake:2 | a boat ^ the lake at night without people ^ ")
    assert story.chapters == (
        (SubPrompt("a lake", 2), SubPrompt("a boat")),
        (SubPrompt("the lake at night"), SubPrompt("people", -0.5)),
    )
    assert story.called == "a lake, then the lake at night without people"
    assert parse("x^2 and ^_").parts == (SubPrompt("x^2 and ^_"),)
    assert parse(r"a \^ b").parts == (SubPrompt("a ^ b"),)


def test_no_text_names_a_file() -> None:
    for text in ("@/etc/passwd.png", "image=/etc/passwd.png", "a boat | @picture.png"):
        assert [part.text for part in parse(text).parts] == text.split(" | ")


def test_pictures_of_earlier_versions_mean_what_they_meant() -> None:
    """They knew no spoken words: their recipes do not say what was understood."""
    assert again("a red boat", "") == "a red boat"
    assert parse(again("a beach without people", "")).parts == (
        SubPrompt("a beach without people"),
    )
    assert again("a beach without people", "a beach | people:-0.5") == "a beach without people"
    assert again("a beach without people", "a beach | people:-0.7") == "a beach | people:-0.7"
    story = again("a man with no hat and a beard ^ a boat", "a man | hat and a beard:-0.5 ^ a boat")
    assert parse(story).chapters == (
        (SubPrompt("a man"), SubPrompt("hat and a beard", -0.5)),
        (SubPrompt("a boat"),),
    )


@pytest.mark.parametrize(
    "text", ["a ^ b", r"a \^ b", r"a \\^2", "a ^ b without c:2 | d^_", "no ^ way"]
)
def test_a_circumflex_of_earlier_versions_is_text(text: str) -> None:
    assert parse(again(text, "")).chapters == parse(text, spoken=False, story=False).chapters


PIECES = """
    a an the boat lake no not without any but and or with of in on style as oil painting mostly
    lots lot hint little red fog it : :2 :-0.5 2 10:30 | ^ \\^ , ; . ! ^2 ^_ 1e9
"""
WORDS = st.sampled_from(PIECES.split())


@settings(max_examples=500)
@given(st.one_of(st.lists(WORDS, max_size=25).map(" ".join), st.text(max_size=60)))
@example("boat:1 without people")
@example("2 without a")
def test_what_was_understood_means_the_same_when_read_again(text: str) -> None:
    try:
        prompt = parse(text)
    except PromptError:
        return
    assert parse(prompt.understood).chapters == prompt.chapters
    assert parse(prompt.understood).understood == prompt.understood
    assert all(math.isfinite(part.weight) and part.weight for part in prompt.parts)


def test_ten_thousand_mixed_up_prompts_are_read_or_refused() -> None:
    """A fuzz run with a fixed seed: grammar, spoken words and any characters in between."""
    rng = random.Random(4)
    characters = "|^:,;.-+()*\"' \t\n\0aß中🌅٣½\u202e\ud800"
    words = PIECES.split()
    read = refused = 0
    for _ in range(10_000):
        chosen = [
            rng.choice(
                (rng.choice(characters), rng.choice(words), f":{rng.uniform(-200, 200):.3g}")
            )
            for _ in range(rng.randint(0, 30))
        ]
        try:
            prompt = parse(rng.choice(("", " ")).join(chosen))
        except PromptError:
            refused += 1
            continue
        read += 1
        assert all(0 < abs(part.weight) <= 100 for part in prompt.parts)
    assert read > 2000
    assert refused > 2000


@given(st.text(max_size=300))
def test_any_text_is_a_prompt_or_a_prompt_error(text: str) -> None:
    try:
        prompt = parse(text)
    except PromptError:
        return
    assert prompt.parts
    assert all(part.text == part.text.strip() != "" for part in prompt.parts)
    assert all(math.isfinite(part.weight) and part.weight for part in prompt.parts)


@given(
    st.from_regex(r"[A-Za-z]+( [A-Za-z]+){0,3}", fullmatch=True),
    st.floats(-100, 100).filter(bool),
    st.floats(-5, 5),
)
def test_written_weights_and_stops_come_back(text: str, weight: float, stop: float) -> None:
    assert parse(f"{text}:{weight!r}:{stop!r}").parts == (SubPrompt(text, weight, stop),)


@given(st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=6))
def test_parts_keep_their_order(words: list[str]) -> None:
    prompt = parse(" | ".join(words))
    assert isinstance(prompt, Prompt)
    assert [part.text for part in prompt.parts] == words


@pytest.mark.parametrize(
    "text",
    [
        ":" + "1" * 3998 + "x",
        (":" + "1" * 500) * 7 + "x",
        "a:" + "1" * 3990 + "e",
        "a" + " no" * 1300,
    ],
)
def test_long_numbers_are_read_at_once(text: str) -> None:
    begun = time.process_time()
    assert parse(text).parts == (SubPrompt(text),)
    assert time.process_time() - begun < 0.2


def test_the_daemons_side_of_painting_needs_no_torch() -> None:
    code = (
        "import sys, mused.art, mused.art.prompt, mused.art.picture, mused.art.errors;"
        "import mused.art.settings, mused.art.requests, mused.art.worker;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
