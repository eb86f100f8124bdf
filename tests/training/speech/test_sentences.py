import random
from collections import Counter
from importlib.metadata import entry_points
from itertools import pairwise

import pytest
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from mused.art.scenes.words import VOCABULARY as PAINTER_WORDS
from mused.training.speech.everyday_words import everyday
from mused.training.speech.prompts import prompt
from mused.training.speech.report import DEMO_PHRASE, FREE_PROMPTS, PHRASES
from mused.training.speech.sentences import (
    almost,
    command,
    made_up_talk,
    ordinary,
    skill_command,
    utterance,
    words_of,
)
from mused.training.speech.skill_sentences import fixed_sentences, skill_sentence
from mused.training.speech.vocabulary import (
    plurals,
    preferred_spelling,
    spoken_number,
    things,
    vocabulary,
)
from mused.training.speech.word_lists import NEAR_MISSES


def test_everything_made_up_is_in_the_vocabulary() -> None:
    rng = random.Random(0)
    known = set(vocabulary())
    for make in (utterance, command, skill_command, prompt, ordinary, almost):
        for _ in range(3000):
            text = make(rng)
            assert set(words_of(text)) <= known, text


def test_made_up_talk_has_no_word_that_is_known() -> None:
    rng = random.Random(3)
    made_up = [word for _ in range(500) for word in made_up_talk(rng).split()]
    assert not set(made_up) & set(vocabulary())
    assert len(set(made_up)) > 0.9 * len(made_up)


def test_prompts_that_measure_are_never_made_up() -> None:
    rng = random.Random(4)
    measured = {" ".join(words_of(text)) for text in FREE_PROMPTS}
    for _ in range(20000):
        text = " ".join(words_of(utterance(rng)))
        assert not any(each in text for each in measured), text


def test_one_thing_has_an_article_and_several_have_a_number() -> None:
    rng = random.Random(5)
    several = (*plurals(), *everyday("many"))
    kinds = dict.fromkeys(things(), "one") | dict.fromkeys(several, "several")
    prompts = [prompt(rng).split() for _ in range(4000)]
    after = Counter((a, kinds.get(b)) for said in prompts for a, b in pairwise(said))
    assert after["a", "one"] > 500
    assert after["a", "several"] < 0.02 * after["a", "one"]
    assert after["three", "several"] > 20
    # "three stone towers" is right, too.
    assert after["three", "one"] < 0.2 * after["three", "several"]


def test_what_the_skills_listen_for_is_in_the_vocabulary() -> None:
    known = set(vocabulary())
    for entry in entry_points(group="mused.skills"):
        for templates in entry.load()().sentences().values():
            for template in templates:
                literal = template.replace("{", "(").replace("}", ")")
                for text in sample_sentence(parse_sentence(literal)):
                    assert set(words_of(text)) - {"prompt"} <= known, (entry.name, text)


def test_the_painters_words_and_the_near_misses_are_in_the_vocabulary() -> None:
    assert set(vocabulary()) >= PAINTER_WORDS
    assert set(vocabulary()) >= set(NEAR_MISSES)
    assert len(vocabulary()) >= 2500


def test_phrases_of_the_manifest_can_be_recognised() -> None:
    for phrase in PHRASES:
        assert set(words_of(phrase)) <= set(vocabulary())
    known = [set(words_of(prompt)) <= set(vocabulary()) for prompt in FREE_PROMPTS]
    assert len(known) / 2 < sum(known) < len(known)


def test_every_intent_of_the_skills_is_as_likely_however_many_words_it_has() -> None:
    rng = random.Random(6)
    said = Counter(skill_sentence(rng) for _ in range(6500))
    # One of 13 intents, of its two templates, of two sentences; "generate" alone has 615.
    assert 100 < said["help"] < 150
    fixed = {text for text in said if "{prompt}" not in text}
    assert fixed <= set(fixed_sentences())
    assert said.keys() > fixed


def test_of_questions_that_sound_alike_the_usual_one_is_the_likelier() -> None:
    rng = random.Random(8)
    said = Counter(skill_command(rng).removeprefix("computer ") for _ in range(6000))
    assert said["what is the date today"] > 2 * said["what is the day today"] > 0
    assert said["what day is it"] > 2 * said["what date is it"] > 0


def test_the_same_seed_says_the_same() -> None:
    first, second = ([utterance(random.Random(7)) for _ in range(20)] for _ in range(2))
    assert first == second


def test_all_kinds_of_sentences_occur() -> None:
    rng = random.Random(1)
    texts = [" ".join(words_of(utterance(rng))) for _ in range(4000)]
    for part in ("computer generate ", "is ready", "o'clock", "never mind", "percent", " of j"):
        assert any(part in text for text in texts), part
    terse = [text for text in texts if text.startswith("generate ") and " a " not in text]
    assert len(terse) > 50


def test_words_are_what_the_recogniser_writes() -> None:
    assert words_of("Computer, it's TWELVE o'clock!") == ("computer", "it's", "twelve", "o'clock")
    assert words_of("a Watercolor in gray [unk]") == ("a", "watercolour", "in", "grey", "[unk]")
    assert " ".join(words_of(DEMO_PHRASE)) == "computer generate a sunset with a boat on a lake"


def test_a_preferred_spelling_is_its_own() -> None:
    for word in vocabulary():
        assert preferred_spelling(preferred_spelling(word)) == preferred_spelling(word)


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "zero"), (12, "twelve"), (20, "twenty"), (21, "twenty one"), (100, "one hundred")],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert spoken_number(number) == words


@pytest.mark.parametrize("number", [-1, 101])
def test_other_numbers_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        spoken_number(number)
