"""The prompt grammar: what to paint, part by part, each with a weight.

    a sunset                              one part, weight 1
    a sunset:2 | boat | watermark:-0.5    three parts, the first twice as strong, the last avoided
    a sunset:2:0.4                        no closer to the sunset than a distance of 0.4

    a lake ^ the lake at night            a story: painted towards the first, then the second
    a \\^ b                                one part with a "^" in its text
    a beach without people                the words of speech work as well: see spoken.py

A number counts as weight or stop only where it is glued to its colon at the end of a part and
is no piece of a number itself, so that "study: blue", "at 10:30" and "in 16:9" stay text. A part
with a number is taken word for word. No text names a file: pictures to paint towards are a
setting.
"""

import math
import re
import unicodedata
from dataclasses import dataclass, field

from mused.art.errors import PromptError
from mused.art.spoken import understand

LONGEST = 4000
"""Characters a prompt may have; CLIP reads only the first dozens of words anyway."""

MOST_PARTS = 100
HEAVIEST = 100.0

# "x^2" and "^_^" are text.
_STORY = re.compile(r"(?<!\\)\^(?![\d_])")
_NEEDS_ESCAPE = re.compile(r"(?<=\\)\^|\^(?![\d_])")
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
# A digit before the colon makes "10:30" a time of day, not ten with the weight thirty.
_WEIGHTED = re.compile(
    rf"(?P<text>.*?(?<!\d))\s*:(?P<weight>{_NUMBER})(?::(?P<stop>{_NUMBER}))?", re.DOTALL
)


@dataclass(frozen=True)
class SubPrompt:
    """One part of a prompt."""

    text: str
    weight: float = 1.0
    """How strongly the picture is pulled to the text; below zero it is pushed away."""
    stop: float = -math.inf
    """The spherical distance (0 to π²/2, times the sign of the weight) at which pulling ends."""
    numbered: bool = field(default=False, compare=False)
    """Whether the weight was given as a number, which makes the text literal."""


@dataclass(frozen=True)
class Prompt:
    """A prompt as given and as understood."""

    text: str
    called: str
    """What the picture is called aloud: the heaviest words as given, without numbers."""
    chapters: tuple[tuple[SubPrompt, ...], ...]
    """What is painted one after the other; mostly it is one chapter."""

    @property
    def parts(self) -> tuple[SubPrompt, ...]:
        """The parts of all chapters."""
        return tuple(part for chapter in self.chapters for part in chapter)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The texts to be painted in each chapter, without weights and what is to be avoided."""
        return tuple(
            ", ".join(part.text for part in chapter if part.weight > 0) for chapter in self.chapters
        )

    @property
    def avoided(self) -> tuple[str, ...]:
        """What is to be avoided in each chapter, without weights."""
        return tuple(
            ", ".join(part.text for part in chapter if part.weight < 0) for chapter in self.chapters
        )

    @property
    def word_for_word(self) -> tuple[str, ...]:
        """Parts that avoid in words ("no boat") and are text, as nothing else is to be painted."""
        return tuple(
            part.text
            for part in self.parts
            if part == SubPrompt(part.text)
            and not part.numbered
            and all(weight < 0 for _, weight in understand(part.text))
        )

    @property
    def understood(self) -> str:
        """What was understood, in the grammar; read again, it means the same."""
        return " ^ ".join(" | ".join(map(_written, chapter)) for chapter in self.chapters)


def parse(text: str, *, spoken: bool = True, story: bool = True) -> Prompt:
    """Read a prompt. Raises PromptError, whose text may be shown or spoken as it is.

    spoken: whether "without people" is understood; story: whether "^" begins a chapter. Otherwise
    they are text.
    """
    plain = _plain(text)
    if len(plain) > LONGEST:
        raise PromptError(f"The prompt has {len(plain)} characters; at most {LONGEST} are read.")
    pieces = [
        [piece.strip() for piece in chapter.split("|") if piece.strip()]
        for chapter in (_STORY.split(plain) if story else [plain])
    ]
    if story:
        pieces = [[piece.replace(r"\^", "^") for piece in chapter] for chapter in pieces]
    given = [[_part(piece) for piece in chapter] for chapter in pieces if chapter]
    if not given:
        raise PromptError("The prompt is empty. Say what to paint, for example: a red boat.")
    chapters = tuple(_understood(chapter) if spoken else tuple(chapter) for chapter in given)
    count = sum(map(len, chapters))
    if count > MOST_PARTS:
        raise PromptError(f"The prompt has {count} parts; at most {MOST_PARTS} are read.")
    heaviest = (max(chapter, key=lambda part: part.weight).text for chapter in given)
    return Prompt(plain, ", then ".join(heaviest), chapters)


def again(text: str, understood: str) -> str:
    """Return a text that is read today as it was when a picture of it was painted.

    understood: as in that picture's recipe; empty in those of versions that knew no spoken words.
    """
    today = parse(text)
    if today.understood == understood:
        return text
    then = parse(understood or text, spoken=False, story=bool(understood))
    return text if today.chapters == then.chapters else then.understood


def words_of(text: str) -> list[str]:
    """Return the words of a text without marks."""
    return re.findall(r"[^\W_]+", text)


def _plain(text: str) -> str:
    """Collapse white space and drop control characters, which no model reads."""
    kept = (" " if c.isspace() or unicodedata.category(c)[0] == "C" else c for c in text)
    return " ".join("".join(kept).split())


def _part(piece: str) -> SubPrompt:
    """Read a part as it is written."""
    match = _WEIGHTED.fullmatch(piece)
    if match is None:
        return _checked(SubPrompt(piece), piece)
    weight = float(match["weight"])
    stop = -math.inf if match["stop"] is None else float(match["stop"])
    return _checked(SubPrompt(match["text"].strip(), weight, stop, numbered=True), piece)


def _understood(chapter: list[SubPrompt]) -> tuple[SubPrompt, ...]:
    """Read the words of speech in a chapter's parts, as long as something is left to paint."""
    parts = [each for part in chapter for each in _spoken(part)]
    if any(part.weight > 0 or part.numbered for part in parts):
        return tuple(parts)
    return tuple(chapter)


def _spoken(part: SubPrompt) -> list[SubPrompt]:
    if part.numbered:
        return [part]
    # What is left of "a sunset:2 without people" has its number at the end.
    return [
        _part(text) if weight == 1 else SubPrompt(text, weight)
        for text, weight in understand(part.text)
    ]


def _written(part: SubPrompt) -> str:
    """Write a part so that it is read as this one."""
    plain = part == SubPrompt(part.text) and not _WEIGHTED.fullmatch(part.text)
    text = _NEEDS_ESCAPE.sub(r"\^", part.text)
    if plain and understand(part.text) == [(part.text, 1.0)]:
        return text
    # A digit glued to the colon would be read as a time of day.
    glue = " :" if part.text[-1].isdecimal() else ":"
    numbers = [part.weight] if part.stop == -math.inf else [part.weight, part.stop]
    return text + glue + ":".join(repr(number).removesuffix(".0") for number in numbers)


def _checked(part: SubPrompt, piece: str) -> SubPrompt:
    # Letters, numbers and pictographs can be painted; punctuation alone cannot.
    if not any(
        unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "So" for c in part.text
    ):
        raise PromptError(f"There is nothing to paint in {piece!r}. Say it in words.")
    if part.weight == 0:
        raise PromptError(f"The weight 0 in {piece!r} does nothing: leave the part out.")
    if not abs(part.weight) <= HEAVIEST:
        raise PromptError(f"The weight in {piece!r} is beyond ±{HEAVIEST:g}.")
    if part.stop == math.inf:
        raise PromptError(f"The stop in {piece!r} is too large to be a distance.")
    return part
