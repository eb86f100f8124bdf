"""What a prompt asks a scene to show, read from the words the scene painter knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mused.art.scenes.words import (
    COLLECTIVES,
    COLOUR_PHRASES,
    COUNT_PHRASES,
    LANDSCAPE_PHRASES,
    OBJECTS,
    PLURALS,
    POSITION_PHRASES,
    SINGULARS,
    SIZE_PHRASES,
    STYLE_PHRASES,
    TIME_PHRASES,
    VOCABULARY,
    WEATHER_PHRASES,
)

Kind = Literal[
    "plural",
    "noun",
    "group",
    "colour",
    "count",
    "position",
    "size",
    "weather",
    "time",
    "landscape",
    "style",
]


@dataclass
class Subject:
    """An object with what was said about it."""

    noun: str
    colour: str = ""
    size: str = ""
    count: int = 1
    position: str = ""


@dataclass
class SceneRequest:
    """The meaning of a prompt; whatever was not said is left empty."""

    subjects: list[Subject] = field(default_factory=list)
    landscapes: list[str] = field(default_factory=list)
    time: str = ""
    weather: str = ""
    style: str = ""
    background: str = ""
    unknown: list[str] = field(default_factory=list)


# Later tables win where a phrase stands in two of them: "trees" is a forest, "stars" are the sky's.
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
_PHRASES: dict[str, tuple[Kind, str]] = {
    phrase: (kind, name) for kind, table in _TABLES for phrase, name in table.items()
}
_LONGEST = max(len(phrase.split()) for phrase in _PHRASES)
_SOME = 3
"""How many a plural without a number is."""
_HELD = {
    "bowl of apples": ("apple", "bowl of apples"),
    "vase": ("flower", "tulip", "sunflower"),
}
"""What is drawn within a vessel already: "an apple in a fruit bowl" is one thing."""


def _tokens(prompt: str) -> list[tuple[str, Kind | None, str]]:
    """The prompt as (words, kind, canonical name), the longest known phrases first."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+", prompt.lower())
    found: list[tuple[str, Kind | None, str]] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + length])
            if phrase in _PHRASES:
                found.append((phrase, *_PHRASES[phrase]))
                break
        else:
            length = 1
            found.append((words[at], None, ""))
        at += length
    return found


class _Reader:
    """Gathers adjectives until their noun comes, and positions for the noun before them."""

    def __init__(self) -> None:
        self.request = SceneRequest()
        self._colour = self._size = ""
        self._count = 0
        self._painting = self._inside = False

    def _forget(self) -> None:
        self._colour = self._size = ""
        self._count = 0
        self._inside = False

    def _noun(self, name: str, count: int) -> None:
        subject = Subject(name, self._colour, self._size, self._count or count)
        before = self.request.subjects[-1] if self.request.subjects else None
        if self._inside and before and before.noun in _HELD.get(name, ()):
            self.request.subjects.pop()
            if name == "bowl of apples":  # whose colour is that of its apples
                subject.colour = before.colour
        self.request.subjects.append(subject)
        self._forget()

    def _landscape(self, name: str) -> None:
        if name == "plain":
            self.request.background = self._colour
        if name not in self.request.landscapes:
            self.request.landscapes.append(name)
        self._forget()

    def read(self, phrase: str, kind: Kind | None, name: str) -> None:
        """Take in one token."""
        match kind:
            case "noun":
                self._noun(name, 1)
            case "plural" | "group":
                self._noun(name, _SOME)
            case "landscape":
                self._landscape(name)
            case "position":
                if self.request.subjects:
                    self.request.subjects[-1].position = name
            case "style" if name == "photograph" and self.request.style:
                pass  # "an oil painting, realistic" stays one
            case "time" | "weather" | "style":
                setattr(self.request, kind, name)
                self._inside = False  # "in the blue night": it was in that, whatever comes
            case None:
                self._other(phrase)
            case _:
                self._adjective(kind, name)

    def _adjective(self, kind: Kind, name: str) -> None:
        """Colours, sizes and numbers wait for their noun."""
        if kind == "colour":
            self._colour = name
        elif kind == "size":
            self._size = name
        else:
            self._count = int(name)

    def _other(self, word: str) -> None:
        if word in ("sky", "light"):  # "under a red sky" colours no object
            self._forget()
        elif word == "painting":
            self._painting = True
        elif word in ("in", "into"):
            self._inside = True
        elif word.isdecimal():
            self._count = max(1, min(int(word), 7))
        elif word not in VOCABULARY:
            self.request.unknown.append(word)
            self._forget()  # "a green dragon and a fire": the colour was the dragon's

    def finish(self) -> SceneRequest:
        """Return it; a colour left over is the background, a painting is in oil if nothing else."""
        if self._painting and self.request.style in ("", "photograph"):
            self.request.style = "oil"
        if self._colour and self._inside and self.request.subjects:  # "a heart in red"
            self.request.subjects[-1].colour = self._colour
            self._forget()
        flat = all(OBJECTS[subject.noun].place == "plain" for subject in self.request.subjects)
        if self._colour and flat and not self.request.landscapes:
            self.request.landscapes.append("plain")
            self.request.background = self._colour
        return self.request


def read_request(prompt: str) -> SceneRequest:
    """What the known words of a prompt ask for; unknown words are listed, never an error."""
    reader = _Reader()
    for token in _tokens(prompt):
        reader.read(*token)
    return reader.finish()
