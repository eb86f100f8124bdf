"""The prompt grammar: what to paint, part by part, each with a weight.

    a sunset                              one part, weight 1
    a sunset:2 | boat | watermark:-0.5    three parts, the first twice as strong, the last avoided
    a sunset:2:0.4                        no closer to the sunset than a distance of 0.4

A number counts as weight or stop only where it is glued to its colon at the end of a part and
is no piece of a number itself, so that "study: blue", "at 10:30" and "in 16:9" stay text.
"""

import math
import re
import unicodedata
from dataclasses import dataclass

from mused.art.errors import PromptError

LONGEST = 4000
"""Characters a prompt may have; CLIP reads only the first dozens of words anyway."""

HEAVIEST = 100.0

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


@dataclass(frozen=True)
class Prompt:
    """A prompt as given and as understood."""

    text: str
    parts: tuple[SubPrompt, ...]

    @property
    def wanted(self) -> str:
        """The texts to be painted, without weights and without what is to be avoided."""
        return ", ".join(part.text for part in self.parts if part.weight > 0)


def parse(text: str) -> Prompt:
    """Read a prompt. Raises PromptError, whose text may be shown or spoken as it is."""
    plain = _plain(text)
    if len(plain) > LONGEST:
        raise PromptError(f"The prompt has {len(plain)} characters; at most {LONGEST} are read.")
    parts = tuple(_part(piece.strip()) for piece in plain.split("|") if piece.strip())
    if not parts:
        raise PromptError("The prompt is empty. Say what to paint, for example: a red boat.")
    return Prompt(plain, parts)


def _plain(text: str) -> str:
    """Collapse white space and drop control characters, which no model reads."""
    kept = (" " if c.isspace() or unicodedata.category(c)[0] == "C" else c for c in text)
    return " ".join("".join(kept).split())


def _part(piece: str) -> SubPrompt:
    match = _WEIGHTED.fullmatch(piece)
    if match is None:
        return _checked(SubPrompt(piece), piece)
    weight = float(match["weight"])
    stop = -math.inf if match["stop"] is None else float(match["stop"])
    return _checked(SubPrompt(match["text"].strip(), weight, stop), piece)


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
