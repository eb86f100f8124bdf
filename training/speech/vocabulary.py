"""The words the bundled recogniser knows.

Everything the built-in skills answer to, what people say to a painter, the painter's own words,
what mused itself says aloud, and ordinary words: without those, every sound would have to be a
command. Words that sound like "computer" are there so that a wake grammar can tell them apart.
"""

from functools import cache

from mused.art.scenes.words import FILLERS
from mused.art.scenes.words import VOCABULARY as PAINTER_WORDS
from mused.training.speech.everyday_words import KINDS, everyday
from mused.training.speech.picture_words import (
    DOINGS,
    GROUPS,
    LANDS,
    MANNERS,
    MANY,
    MEDIA,
    PARTS,
    QUALITIES,
    STUFF,
    THINGS,
)
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
    words,
)

_TENS = NUMBERS[20:28]
_SEEN_ING = ("building", "drawing", "king", "ring", "wedding", "duckling", "lightning")

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
    return tuple(sorted(painter.union(PICTURE_WORDS, *PARTS)))


_NO_THINGS = frozenset(
    words(
        """
above afternoon alps back background centre clear daytime distance downtown evening face far few
five flat foreground four front gogh high lots love loves many middle midnight monet morning night
noon one outer over people pop retro saturn several shut single six some still three top two
underwater until used wonderful christmas easter halloween mars photo behind aerial electric beige
cyan azure hot magic fall left right stained moonlit scarlet navy oil acrylic space impressionism
pointillism
"""
    )
)
"""Words of prompts that no article goes before, and that are nothing to be seen."""


@cache
def plurals() -> tuple[str, ...]:
    """Words for more than one thing, sorted."""
    known = set(prompt_words())
    endings = (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("men", "man"))
    made = {
        word
        for word in known
        for ending, single in endings
        if word.endswith(ending) and word.removesuffix(ending) + single in known
    }
    irregular = {"children", "geese", "mice", "people", "feet", "leaves", "wolves", "sheep"}
    return tuple(sorted((made | irregular | set(MANY)) & known - _NO_THINGS))


@cache
def things() -> tuple[str, ...]:
    """Words for one thing, place or being, sorted."""
    others = {*plurals(), *QUALITIES, *STUFF, *DOINGS, *MANNERS, *LANDS, *MEDIA, *_NO_THINGS}
    kept = (set(prompt_words()) - others) | {*THINGS, "stone", "crystal", "square", "orange"}
    doing = {word for word in kept if word.endswith("ing")} - {*THINGS, *_SEEN_ING}
    return tuple(sorted(kept - doing - _NO_THINGS))


@cache
def vocabulary() -> tuple[str, ...]:
    """All words, sorted, without "[unk]"."""
    lists = (ANNOUNCEMENT_WORDS, COMMAND_WORDS, DAYS, FUNCTION_WORDS, MONTHS, NEAR_MISSES)
    more = (NUMBERS, ORDINALS, ORDINARY_WORDS, PICTURE_WORDS, PAINTER_WORDS)
    common = map(everyday, KINDS)
    known = {word for some in (*lists, *more, *PARTS, *common) for word in some}
    return tuple(sorted(known | _SPELLINGS.keys() | set(_SPELLINGS.values())))


@cache
def word_classes() -> dict[str, str]:
    """The class of each word that others of its kind could stand for, such as "<thing>".

    Words that sentences are built with, and those of commands, have none. What goes after "an" is
    told from what goes after "a".
    """
    none = {*COMMAND_WORDS, *FUNCTION_WORDS, *ANNOUNCEMENT_WORDS, *NUMBERS, *ORDINALS, *GROUPS}
    kinds = {
        "<land>": LANDS,
        "<many>": (*plurals(), *everyday("many")),
        "<stuff>": STUFF,
        "<doing>": (*DOINGS, *everyday("doings")),
        "<quality>": (*QUALITIES, *MANNERS, *everyday("qualities")),
        "<thing>": (*things(), *everyday("things")),
        "<idea>": everyday("ideas"),
        "<done>": everyday("done"),
        "<word>": vocabulary(),
    }
    classes: dict[str, str] = {}
    for kind, members in kinds.items():
        for word in set(members) - none - classes.keys():
            vowel = word[0] in "aeiou" and kind in ("<quality>", "<thing>", "<idea>")
            classes[word] = kind.replace("<", "<an ") if vowel else kind
    return classes
