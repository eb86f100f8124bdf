"""What a prompt asks a scene to show, read from the words the scene painter knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mused.art.scenes.sayings import ABSTRACT, MATERIALS, PASSED_OVER, SAYINGS, SHADES, WEAK
from mused.art.scenes.words import (
    COLLECTIVES,
    COLOUR_PHRASES,
    COUNT_PHRASES,
    FILLERS,
    HOMES,
    LANDSCAPE_PHRASES,
    OBJECTS,
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
    "count",
    "position",
    "size",
    "weather",
    "time",
    "landscape",
    "style",
]


BRIDGE = "bridge"
"""The position of what stands on the bridge."""


@dataclass
class Subject:
    """An object with what was said about it."""

    noun: str
    colour: str = ""
    size: str = ""
    count: int = 1
    position: str = ""
    """A key of `words.POSITIONS`, or BRIDGE."""
    variant: str = ""


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
_LONGEST = max(len(phrase.split()) for phrase in (*_PHRASES, *SAYINGS))
_SOME = 3
"""How many a plural without a number is."""
_HELD = {
    "bowl of apples": ("apple", "bowl of apples", "cherry", "circle"),
    "vase": ("flower", "tulip", "sunflower"),
}
"""What is drawn within a vessel already: "an apple in a fruit bowl" is one thing."""
_CARRIED = ("car", "bus", "train", "bicycle", "person", "woman", "tractor", "horse")
"""What may stand on a bridge."""
_ARTICLES = frozenset(("a", "an", "the", "my", "our", "your", "this", "that", "its"))
_JOINTS = frozenset(
    ("and", "with", "of", "full", "on", "by", "near", "beside", "next", "across", "crossing")
)
_TWO = _JOINTS - {"of", "full", "on"} | {*POSITION_PHRASES}
"""Between two nouns these say that both are there, even where they are equal."""
_ONTO = ("on", "over", "across", "crossing")
_FLYING = frozenset(("flying", "fly", "flies", "air"))
_ENDS = frozenset(("", "on", "in", "near", "beside", "by", "with", "under", "from"))
"""What may follow a noun, and no adjective."""
_SHAPES = (
    Subject("circle", "red", "large"),
    Subject("triangle", "yellow"),
    Subject("square", "blue"),
    Subject("circle", "purple", "small"),
    Subject("square", "black", "small"),
)
_Token = tuple[str, Kind | None, str]


def _tokens(prompt: str) -> list[_Token]:
    """The prompt as (words, kind, canonical name), the longest known phrases first."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+", prompt.lower())
    words = [word.removesuffix("'s") for word in words]
    found: list[_Token] = []
    at = 0
    while at < len(words):
        phrase = _phrase(words[at : at + _LONGEST])
        length = len(phrase.split())
        after = words[at + length] if at + length < len(words) else ""
        if phrase in SHADES and after in COLOUR_PHRASES:
            pass  # "dark blue" says nothing of the night
        elif phrase == "oranges" or (
            phrase == "orange" and at and words[at - 1] == "an" and after in _ENDS
        ):
            found += [(phrase, "colour", "orange"), (phrase, *_PHRASES["ball" + phrase[6:]])]
        elif phrase in SAYINGS:
            coloured = bool(found) and found[-1][1] == "colour"
            own = _tokens(SAYINGS[phrase])
            # What a prompt says of a colour goes before what is usual: "a blue school bus".
            found += [token for token in own if not (coloured and token[1] == "colour")]
        else:
            found.append((phrase, *_PHRASES.get(phrase, (None, ""))))
        at += length
    return found


def _phrase(words: list[str]) -> str:
    """The longest known phrase that the words begin with, or else the first word."""
    for length in range(len(words), 1, -1):
        phrase = " ".join(words[:length])
        if phrase in SAYINGS or phrase in _PHRASES:
            return phrase
    return words[0]


class _Reader:
    """Gathers adjectives until their noun comes, and positions for the noun before them."""

    def __init__(self) -> None:
        self.request = SceneRequest()
        self._colour = self._size = self._joint = ""
        self._count = 0
        self._painting = self._inside = self._article = self._flying = False
        self._weak: list[str] = []
        self._abstract: list[str] = []
        self._vague: dict[str, str] = {}

    def _forget(self) -> None:
        self._colour = self._size = self._joint = ""
        self._count = 0
        self._inside = self._article = False

    def _noun(self, name: str, count: int) -> None:
        subjects = self.request.subjects
        subject = Subject(name, self._colour, self._size, self._count or count)
        before = subjects[-1] if subjects else None
        if self._inside and before and before.noun in _HELD.get(name, ()):
            subjects.pop()
            if name == "bowl of apples":  # whose colour is that of its apples
                subject.colour = before.colour
            subjects.append(subject)
        elif self._joint in ("of", "with") and before and name in _HELD.get(before.noun, ()):
            if before.noun == "bowl of apples":
                before.colour = subject.colour or before.colour
        elif not self._said_again(subject):
            if name == "bridge" and before and self._joint in _ONTO:
                before.position = BRIDGE if before.noun in _CARRIED else before.position
            subjects.append(subject)
        self._forget()

    def _said_again(self, subject: Subject) -> bool:
        """Whether it is an earlier subject in other words: "an old house, the cottage"."""
        for other in self.request.subjects:
            if other.noun != subject.noun:
                continue
            told = [bool(s.colour or s.size) for s in (other, subject)]
            if subject.noun == "face" or (self._joint not in _TWO and not all(told)):
                other.colour, other.size = (
                    other.colour or subject.colour,
                    other.size or subject.size,
                )
                other.count = max(other.count, subject.count)
                return True
        return False

    def _landscape(self, name: str, phrase: str) -> None:
        if name == "plain":
            self.request.background = self._colour
        if name not in self.request.landscapes:
            self.request.landscapes.append(name)
            self._vague |= {name: phrase} if phrase in MATERIALS else {}
        elif phrase not in MATERIALS:
            self._vague.pop(name, None)
        self._forget()

    def read(self, phrase: str, kind: Kind | None, name: str) -> None:
        """Take in one token."""
        match kind:
            case "noun" if phrase in WEAK and not (self._article or self._colour or self._size):
                self._weak.append(name)
                self._forget()
            case "noun":
                self._noun(name, 1)
            case "plural" | "group":
                self._noun(name, _SOME)
            case "landscape":
                self._landscape(name, phrase)
            case "position":
                if self.request.subjects:
                    self.request.subjects[-1].position = name
                self._joint = phrase
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
        self._flying |= word in _FLYING or (word == "sky" and self._inside)
        self._article = word in _ARTICLES or (self._article and word not in _JOINTS)
        self._joint = word if word in _JOINTS else self._joint
        if word in ("sky", "light"):  # "under a red sky" colours no object
            self._forget()
        elif word == "painting":
            self._painting = True
        elif word in ("in", "into"):
            self._inside = True
        elif word.isdecimal():
            self._count = max(1, min(int(word), 7))
        elif word in ABSTRACT:
            self._abstract.append(word)
            self._forget()
        elif word not in FILLERS and word not in PASSED_OVER:
            self.request.unknown.append(word)
            self._forget()  # "a green dragon and a fire": the colour was the dragon's

    def finish(self) -> SceneRequest:
        """Return it; a colour left over is the background, a painting is in oil if nothing else."""
        request = self.request
        if self._painting and request.style in ("", "photograph"):
            request.style = "oil"
        if not request.subjects:
            request.subjects = [Subject(name) for name in dict.fromkeys(self._weak)]
        if self._colour and self._inside and request.subjects:  # "a heart in red"
            request.subjects[-1].colour = self._colour
            self._forget()
        self._show_shapes()
        self._settle()
        flat = all(OBJECTS[subject.noun].place == "plain" for subject in request.subjects)
        if self._colour and flat and not request.landscapes:
            request.landscapes.append("plain")
            request.background = self._colour
        faceless = all(subject.noun != "face" for subject in request.subjects)
        if request.subjects and request.weather and flat and faceless and not request.landscapes:
            request.landscapes.append("meadow")  # where a ball can lie in the snow
        return request

    def _show_shapes(self) -> None:
        """Abstract art has a subject only where nothing is named; else the word is not drawn."""
        request = self.request
        if self._abstract and not (request.subjects or request.landscapes):
            request.subjects = [replace(shape) for shape in _SHAPES]
        else:
            request.unknown += self._abstract

    def _settle(self) -> None:
        """Decide what depends on the whole prompt: whose sand it is, and whether birds fly."""
        request = self.request
        for name, phrase in self._vague.items():
            home = HOMES.get(request.subjects[0].noun) if request.subjects else None
            if home in MATERIALS[phrase]:
                request.landscapes = [home if land == name else land for land in request.landscapes]
        nouns = {subject.noun for subject in request.subjects}
        if nouns & {"person", "woman"}:  # "a man's face" is about the face
            request.subjects.sort(key=lambda subject: subject.noun != "face")
        for subject in request.subjects:
            if subject.position == BRIDGE and not request.landscapes:
                request.landscapes = [HOMES["bridge"]]
            if subject.noun == "face" and "person" in nouns:
                subject.variant = "man"
            if subject.noun == "bird" and (self._flying or subject.position == "top"):
                subject.noun = "seagull"


def read_request(prompt: str) -> SceneRequest:
    """What the known words of a prompt ask for; unknown words are listed, never an error."""
    reader = _Reader()
    for token in _tokens(prompt):
        reader.read(*token)
    return reader.finish()
