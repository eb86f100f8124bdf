"""What a prompt leaves open, other from seed to seed: sides, sizes, horizons, hills and colours.

The first seed, 0, has the usual layout. The others follow a Kronecker sequence (Kuipers and
Niederreiter, "Uniform Distribution of Sequences", 1974), in which neighbours are far apart: a few
variations of a prompt differ as much as they can.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mused.art.scenes.request import Subject
from mused.art.scenes.words import OBJECTS

_STEPS = tuple(math.sqrt(prime) for prime in (7, 31, 2, 3, 11, 13))
"""From one seed to the next, in `Leeway`'s order; only the fractions count."""
_PERIOD = 65_521
"""After as many seeds they come again: products with large ones would lose their fractions."""

_BACKDROPS: Mapping[str, tuple[str, ...]] = {
    "hills": ("hills", "mountains", "forest"),
    "meadow": ("hills", "mountains", "forest"),
    "field": ("hills", "forest", "mountains"),
    "sea": ("hills", "mountains"),
    "lake": ("hills", "forest", "mountains"),
    "river": ("hills", "forest", "mountains"),
    "beach": ("hills", "mountains"),
    "road": ("hills", "forest", "mountains"),
    "desert": ("mountains",),
}
"""What may be behind a landscape that is named alone."""
_COLOURS: Mapping[str, str] = {
    "red blue yellow green white black": "car",
    "red blue yellow green white": "bus, bicycle, tractor, cup, book, tent",
    "red blue yellow green purple orange": "balloon, kite, umbrella, circle, square, triangle",
    "red yellow pink purple white orange": "flower, tulip, butterfly",
    "white red blue yellow green": "sailboat",
    "red blue black white": "ship, train",
    "red blue black": "lighthouse",
    "cream white yellow pink beige": "house",
    "grey beige cream": "castle, tower, church",
    "red brown grey": "barn",
    "orange grey black white": "cat",
    "brown black beige grey": "dog, horse",
    "grey brown white": "rabbit",
    "brown black": "bear",
    "blue red yellow brown": "bird",
    "orange blue yellow red": "fish",
    "blue green red black": "person",
    "red blue yellow purple green": "woman",
    "red green yellow": "apple, bowl of apples",
    "blue white red green": "vase",
    "pink white brown yellow": "cake",
    "orange blue purple": "planet",
}
"""Colours that things have as well, with these things."""
_NATURAL: Mapping[str, Sequence[str]] = {
    noun: colours.split() for colours, nouns in _COLOURS.items() for noun in nouns.split(", ")
}
_TELLING = "taxi wolf robin sparrow pigeon goldfish trout salmon poppy daisy sailor love"
_TOLD = frozenset(_TELLING.split())
"""Words that tell a colour."""


@dataclass(frozen=True)
class Leeway:
    """How a scene departs from its usual layout; each of these is from -1 to 1, and 0 is usual."""

    horizon: float = 0.0
    """Higher to lower."""
    aside: float = 0.0
    """What stands alone: from left to right."""
    size: float = 0.0
    palette: float = 0.0
    """The colours of the hour and of the green: cooler to warmer."""
    backdrop: float = 0.0
    hue: float = 0.0
    """The colours of things."""

    @property
    def scale(self) -> float:
        """By how much things are larger than usual."""
        return 1.0 + self.size * (0.15 if self.size < 0 else 0.1)

    @property
    def mirrored(self) -> bool:
        """Whether things stand in the opposite order."""
        return self.aside < 0

    def backdrop_of(self, landscape: str, usual: str, *, low_sun: bool) -> str:
        """What is behind a landscape that is named alone; the usual for a third of the seeds."""
        others = [each for each in _BACKDROPS.get(landscape, ()) if each != usual]
        if low_sun:  # which only hills leave to be seen
            others = [each for each in others if each == "hills"]
        return _pick([usual, *others], self.backdrop)

    def colour_of(self, subject: Subject) -> str:
        """The colour of a thing whose colour was not said."""
        usual = OBJECTS[subject.noun].colour
        natural = _NATURAL.get(subject.noun, ())
        if subject.called in _TOLD or not natural:
            return usual
        apart = 1 + 2 * (sum(map(ord, subject.noun)) % 5)  # a yellow house by a blue car
        return _pick([usual, *(each for each in natural if each != usual)], self.hue * apart)


USUAL = Leeway()


def leeway_of(seed: int) -> Leeway:
    """The departures of a seed."""
    number = seed % _PERIOD
    return Leeway(*(2.0 * ((number * step + 0.5) % 1.0) - 1.0 for step in _STEPS))


def _pick(choices: Sequence[str], departure: float) -> str:
    """The first where there is no departure, and each for as many seeds."""
    return choices[int((departure % 2.0) / 2.0 * len(choices))]
