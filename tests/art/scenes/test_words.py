"""The vocabulary is one the painter can read, and every example is made of it."""

import random
import subprocess
import sys

import pytest

from mused.art.scenes.captions import random_prompt
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.sayings import SAYINGS, UNSHOWN
from mused.art.scenes.words import (
    FILLERS,
    OBJECTS,
    PHRASES,
    PLURALS,
    SINGULARS,
    STYLES,
    VOCABULARY,
    plural,
)


def unknown_of(prompt: str) -> tuple[str, ...]:
    return parse_scene(prompt, random.Random(1)).unknown


def test_every_phrase_of_the_vocabulary_is_known_to_the_parser() -> None:
    untold = {phrase for phrase in (*PHRASES, *FILLERS) if unknown_of(phrase)}
    assert untold == {"flying", *UNSHOWN}


def test_a_word_known_only_within_phrases_is_told_as_unknown_by_itself() -> None:
    alone = VOCABULARY - PHRASES - FILLERS
    assert {"coffee", "tea", "glass", "coconut", "pen", "office", "birthday", "steam"} <= alone
    assert {word for word in alone if unknown_of(word) != (word,)} == set()


@pytest.mark.parametrize("said", sorted(SAYINGS))
def test_every_saying_is_read_as_the_painters_own_words(said: str) -> None:
    scene, own = (parse_scene(words, random.Random(2)) for words in (said, SAYINGS[said]))
    assert scene == own
    assert scene.unknown == ()


def test_captions_keep_their_own_words() -> None:
    assert PHRASES & set(SAYINGS) == {"street"}  # captions say it of a city


def test_there_are_enough_words_to_ask_for() -> None:
    assert len(OBJECTS) >= 40
    assert len(VOCABULARY - FILLERS) >= 300
    assert len(STYLES) >= 12


@pytest.mark.parametrize("said", sorted(SINGULARS))
def test_every_name_of_an_object_puts_it_into_the_scene(said: str) -> None:
    nouns = {placed.noun for placed in parse_scene(said, random.Random(2)).objects}
    assert SINGULARS[said] in nouns


def test_every_plural_gives_several() -> None:
    one_of_a_kind = {"sun", "moon", "stars", "rainbow"}
    for said, noun in PLURALS.items():
        if noun in one_of_a_kind or said in SINGULARS or said in ("clouds", "dots", "skyscrapers"):
            continue
        placed = parse_scene(said, random.Random(3)).objects
        assert len([p for p in placed if p.noun == noun]) == 3, said


def test_plurals_are_english() -> None:
    assert [plural(w) for w in ("cherry", "bus", "fish", "woman", "church", "boy")] == [
        "cherries",
        "buses",
        "fish",
        "women",
        "churches",
        "boys",
    ]


def test_example_prompts_keep_to_the_vocabulary_and_repeat_by_seed() -> None:
    prompts = [random_prompt(random.Random(i)) for i in range(2000)]
    assert prompts == [random_prompt(random.Random(i)) for i in range(2000)]
    assert {word for p in prompts for word in p.replace(",", "").split()} <= VOCABULARY
    assert len(set(prompts)) > 1800


def test_words_and_captions_need_neither_torch_nor_skia() -> None:
    code = (
        "import sys, mused.art.scenes.captions, mused.art.scenes.compose\n"
        "import mused.art.scenes.describe\n"
        "print([m for m in ('torch', 'skia', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_words_in_any_order_make_a_scene() -> None:
    words = [*sorted(PHRASES | FILLERS | set(SAYINGS)), "7", "zeppelin", "one", "not", ",", "is"]
    rng = random.Random(0)
    for _ in range(2000):
        prompt = " ".join(rng.choices(words, k=rng.randint(1, 8)))
        scene = parse_scene(prompt, rng)
        assert len(scene.objects) <= 35, prompt
        told = {word for phrase in scene.unknown for word in phrase.split()}
        assert told <= {*prompt.split(), *VOCABULARY, "couple"}, prompt
