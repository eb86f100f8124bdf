"""The words the bundled recogniser knows.

Everything the built-in skills answer to, what people say to a painter, the painter's own words,
what mused itself says aloud, and ordinary words: without those, every sound would have to be a
command. Words that sound like "computer" are there so that a wake grammar can tell them apart.
"""

from functools import cache

from mused.art.scenes.words import FILLERS
from mused.art.scenes.words import VOCABULARY as PAINTER_WORDS
from mused.training.speech.word_lists import (
    ANNOUNCEMENT_WORDS,
    COMMAND_WORDS,
    DAYS,
    FUNCTION_WORDS,
    MONTHS,
    NEAR_MISSES,
    NUMBERS,
    ORDINALS,
    ORDINARY_WORDS,
    PICTURE_WORDS,
)

_TENS = NUMBERS[20:28]

_SPELLINGS = {
    "color": "colour",
    "colorful": "colourful",
    "watercolor": "watercolour",
    "watercolors": "watercolours",
    "gray": "grey",
    "harbor": "harbour",
    "harbors": "harbours",
    "center": "centre",
    "aeroplane": "airplane",
    "aeroplanes": "airplanes",
    "ok": "okay",
}
"""Spellings of one sound; the language model prefers the second of each pair."""


def preferred_spelling(word: str) -> str:
    """The spelling the recogniser answers with."""
    return _SPELLINGS.get(word, word)


def spoken_number(number: int) -> str:
    """A number from 0 to 100 in words, as the recogniser writes it: "forty two"."""
    if not 0 <= number <= 100:
        raise ValueError(f"{number} is not between 0 and 100")
    if number == 100:
        return "one hundred"
    if number <= 20:
        return NUMBERS[number]
    tens, unit = divmod(number, 10)
    return _TENS[tens - 2] + (f" {NUMBERS[unit]}" if unit else "")


@cache
def prompt_words() -> tuple[str, ...]:
    """Words that carry a picture, sorted: no "of", no "with"."""
    painter = {preferred_spelling(word) for word in PAINTER_WORDS - FILLERS}
    return tuple(sorted(painter | set(PICTURE_WORDS)))


@cache
def vocabulary() -> tuple[str, ...]:
    """All words, sorted, without "[unk]"."""
    lists = (ANNOUNCEMENT_WORDS, COMMAND_WORDS, DAYS, FUNCTION_WORDS, MONTHS, NEAR_MISSES)
    more = (NUMBERS, ORDINALS, ORDINARY_WORDS, PICTURE_WORDS, PAINTER_WORDS)
    words = {word for words in (*lists, *more) for word in words}
    return tuple(sorted(words | _SPELLINGS.keys() | set(_SPELLINGS.values())))
