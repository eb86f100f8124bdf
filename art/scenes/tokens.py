"""A prompt as tokens: the longest phrases that the scene painter knows, and single words."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from mused.art.scenes.sayings import PRONOUNS, ROOFS, SAYINGS, SHADES
from mused.art.scenes.words import (
    COLLECTIVES,
    COLOUR_PHRASES,
    COUNT_PHRASES,
    LANDSCAPE_PHRASES,
    PLURALS,
    POSITION_PHRASES,
    SINGULARS,
    SIZE_PHRASES,
    STYLE_PHRASES,
    TIME_PHRASES,
    WEATHER_PHRASES,
)

Kind = Literal[
    "plural",
    "noun",
    "group",
    "colour",
    "shade",
    "count",
    "position",
    "size",
    "weather",
    "time",
    "landscape",
    "style",
]


class Token(NamedTuple):
    """A word or phrase."""

    phrase: str
    kind: Kind | None = None
    """None: it means nothing by itself."""
    name: str = ""
    """Its canonical name."""


# Later tables win where a phrase stands in two of them: "stars" are the sky's, and no shapes.
_TABLES: tuple[tuple[Kind, Mapping[str, str]], ...] = (
    ("plural", PLURALS),
    ("noun", SINGULARS),
    ("group", COLLECTIVES),
    ("colour", COLOUR_PHRASES),
    ("count", COUNT_PHRASES),
    ("position", POSITION_PHRASES),
    ("size", SIZE_PHRASES),
    ("style", STYLE_PHRASES),
    ("time", TIME_PHRASES),
    ("weather", WEATHER_PHRASES),
    ("landscape", LANDSCAPE_PHRASES),
)
_TOKENS: Mapping[str, Token] = {
    phrase: Token(phrase, kind, name) for kind, table in _TABLES for phrase, name in table.items()
} | {word: Token(word, "noun", name) for word, name in (*PRONOUNS.items(), *ROOFS.items())}
MEANINGS: frozenset[str] = frozenset((*_TOKENS, *SAYINGS, *SHADES))
"""Words and phrases with a meaning."""
BREAKS = ",.;:!?()|\u2013\u2014"
"""Marks between words."""
_WORDS = rf"[^\W\d_]+(?:'[^\W\d_]+)?|\d+\w*|[{BREAKS}]"
_LONGEST = max(len(phrase.split()) for phrase in (*_TOKENS, *SAYINGS))


def tokens_of(prompt: str) -> list[Token]:
    """The prompt's tokens, the longest known phrases first; sayings in the painter's own words.

    Marks between words are tokens, too, which no phrase spans.
    """
    words = re.findall(_WORDS, prompt.lower().replace("\u2019", "'"))
    words = [word.removesuffix("'s") for word in words]
    found: list[Token] = []
    at = 0
    while at < len(words):
        phrase = _phrase(words[at : at + _LONGEST])
        length = len(phrase.split())
        after = words[at + length] if at + length < len(words) else ""
        if phrase in SHADES and after in COLOUR_PHRASES:  # "dark blue" says nothing of the night
            found.append(Token(phrase, "shade", SHADES[phrase]))
        elif phrase in SAYINGS:
            found += _said(phrase, coloured=bool(found) and found[-1].kind == "colour")
        else:
            found.append(_TOKENS.get(phrase, Token(phrase)))
        at += length
    return found


def _phrase(words: list[str]) -> str:
    """The longest known phrase that the words begin with, or else the first word."""
    for length in range(len(words), 1, -1):
        phrase = " ".join(words[:length])
        if phrase in SAYINGS or phrase in _TOKENS:
            return phrase
    return words[0]


def _said(phrase: str, *, coloured: bool) -> list[Token]:
    """A saying's tokens; a colour before it goes before the usual one: "a blue school bus"."""
    own = tokens_of(SAYINGS[phrase])
    return [token for token in own if not (coloured and token.kind == "colour")]
