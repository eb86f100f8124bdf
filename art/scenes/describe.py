"""Captions of scenes, each with the facts it states."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from mused.art.scenes.captions import (
    IN_STYLE,
    IN_WEATHER,
    ON_LAND,
    STYLE_OF,
    WHEN,
    said_as,
    with_article,
)
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.words import (
    COUNTS,
    LANDSCAPES,
    OBJECTS,
    POSITIONS,
    SIZES,
    TIMES,
    WEATHERS,
    plural,
)

Fact = tuple[str, ...]

_BARE = ("stars", "lightning")
_THE = ("sun", "moon")
_LARGE, _SMALL = 1.2, 0.55  # of an object's usual height
_LEFT, _RIGHT = 0.36, 0.64  # of the picture's width, for an object's centre


@dataclass(frozen=True)
class Caption:
    """A text about a scene."""

    text: str
    facts: frozenset[Fact]
    """What the text says; a scene whose facts hold these is described by it as well."""


def facts_of(scene: Scene) -> frozenset[Fact]:
    """Everything that a caption could truly say about a scene."""
    counts = Counter(placed.noun for placed in scene.objects)
    facts: set[Fact] = {("land", scene.landscape), ("time", scene.time), ("weather", scene.weather)}
    facts |= {("land", scene.backdrop)} if scene.backdrop else set()
    facts |= {("style", scene.style)} if scene.style else set()
    facts |= {("background", scene.background)} if scene.background else set()
    facts |= {("noun", noun) for noun in counts}
    facts |= {("count", noun, str(number)) for noun, number in counts.items()}
    facts |= {("colour", placed.noun, placed.colour) for placed in scene.objects}
    for placed in scene.objects:
        if counts[placed.noun] == 1:
            facts |= {("size", placed.noun, _size(placed)), ("place", placed.noun, _side(placed))}
    return frozenset(facts)


def _size(placed: Placed) -> str:
    """A key of SIZES, or nothing where it is of the usual size."""
    share = placed.height / OBJECTS[placed.noun].height
    return "large" if share >= _LARGE else "small" if share <= _SMALL else ""


def _side(placed: Placed) -> str:
    """Left, right or nothing: a key of POSITIONS."""
    return "left" if placed.x <= _LEFT else "right" if placed.x >= _RIGHT else ""


class _Teller:
    """Puts one caption together and keeps account of what it says."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        self.scene = scene
        self.rng = rng
        self.facts: set[Fact] = set()

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def subjects(self) -> list[tuple[str, str]]:
        """Noun phrases with and without their article, the largest object first."""
        counts = Counter(placed.noun for placed in self.scene.objects)
        largest: dict[str, Placed] = {}
        for placed in sorted(self.scene.objects, key=lambda placed: -placed.height):
            largest.setdefault(placed.noun, placed)
        phrases = []
        for i, (noun, placed) in enumerate(largest.items()):
            if self._chance(0.95 if i == 0 else 0.65):
                phrases.append(self._subject(placed, counts[noun]))
        return phrases

    def _subject(self, placed: Placed, count: int) -> tuple[str, str]:
        noun, colour = placed.noun, placed.colour
        kind = OBJECTS[noun]
        said = said_as(self.rng, kind)
        self.facts.add(("noun", noun))
        if noun in _BARE:
            return said, said
        told = colour if self._chance(0.2 if colour == kind.colour else 0.75) else ""
        if told:
            self.facts.add(("colour", noun, colour))
        if count > 1:
            number = COUNTS[str(min(count, 7))][0] if self._chance(0.6) else ""
            if number:
                self.facts.add(("count", noun, str(count)))
            many = " ".join(word for word in (number, told, plural(said)) if word)
            return many, many
        one = " ".join(word for word in (self._size(placed), told, said) if word)
        where = self._side(placed)
        return f"{f'the {one}' if noun in _THE else with_article(one)}{where}", f"{one}{where}"

    def _size(self, placed: Placed) -> str:
        size = _size(placed)
        if not size or not self._chance(0.4):
            return ""
        self.facts.add(("size", placed.noun, size))
        return self.rng.choice((size, *SIZES[size][:2]))

    def _side(self, placed: Placed) -> str:
        side = _side(placed)
        if not side or not self._chance(0.3):
            return ""
        self.facts.add(("place", placed.noun, side))
        return f" {POSITIONS[side][0]}"

    def land(self, needed: bool) -> str:
        """The landscape or the backdrop, as a bare word."""
        scene = self.scene
        if scene.backdrop and self._chance(0.45):
            self.facts.add(("land", scene.backdrop))
            return scene.backdrop
        if scene.landscape == "plain":
            if not (needed or self._chance(0.5)):
                return ""
            self.facts.add(("background", scene.background))
            return f"{scene.background} background"
        if needed or self._chance(0.5):
            self.facts.add(("land", scene.landscape))
            return scene.landscape
        return ""

    def light(self) -> tuple[str, str]:
        """Time and weather, where they are worth saying."""
        scene = self.scene
        time = scene.time if self._chance(0.15 if scene.time == "day" else 0.75) else ""
        weather = scene.weather if self._chance(0.1 if scene.weather == "clear" else 0.75) else ""
        if scene.landscape in ("plain", "space", "underwater", "table"):
            time = weather = ""
        self.facts |= {("time", time)} if time else set()
        self.facts |= {("weather", weather)} if weather else set()
        return time, weather


def describe(scene: Scene, rng: random.Random) -> Caption:
    """One of many true captions, terse or in a sentence."""
    teller = _Teller(scene, rng)
    subjects = teller.subjects()
    land = teller.land(needed=not subjects)
    time, weather = teller.light()
    if rng.random() < 0.3:
        words = [bare for _, bare in subjects]
        words += [_either(rng, land, LANDSCAPES), _either(rng, time, TIMES)]
        words += [_either(rng, weather, WEATHERS)]
        words = [word for word in words if word]
        rng.shuffle(words)
        text = ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]
    else:
        text = " and ".join(said for said, _ in subjects)
        place = ON_LAND.get(land, f"on a {land}") if land else ""
        if not text:
            text, place = place.split(" ", 1)[1], ""
        text = " ".join(
            part for part in (text, place, WHEN.get(time, ""), IN_WEATHER.get(weather, "")) if part
        )
    return Caption(_styled(teller, text), frozenset(teller.facts))


def _either(rng: random.Random, name: str, table: Mapping[str, tuple[str, ...]]) -> str:
    """The name or, less often, one of its synonyms."""
    return rng.choice((name, name, *table[name])) if name in table else name


def _styled(teller: _Teller, text: str) -> str:
    """The text with the scene's style, or now and then with words that add nothing."""
    rng, style = teller.rng, teller.scene.style
    if style and rng.random() < 0.85:
        teller.facts.add(("style", style))
        if rng.random() < 0.6:
            return f"{rng.choice(STYLE_OF[style])} {text}"
        return f"{text} {IN_STYLE[style]}"
    if rng.random() < 0.25:
        return f"{rng.choice(('a picture of', 'an image of'))} {text}"
    return text
