"""Captions of scenes in other words and another order than `mused.art.scenes.describe` gives."""

import random
from collections import Counter
from collections.abc import Mapping

from mused.art.scenes.captions import said_as, with_article
from mused.art.scenes.describe import Caption, Fact
from mused.art.scenes.scene import Scene
from mused.art.scenes.words import COLOUR_SYNONYMS, COUNTS, LANDSCAPES, OBJECTS, plural

_HOURS: Mapping[str, tuple[str, ...]] = {
    "day": ("by day", "in daylight", "at noon", "in the afternoon", "summer", "spring"),
    "morning": ("in the morning", "at dawn", "early morning light", "the sun comes up", "sunrise"),
    "sunset": ("in the evening", "evening", "golden hour", "as the sun goes down", "sunset light"),
    "dusk": ("in the twilight", "twilight", "dusk", "when it gets dark"),
    "night": ("midnight", "by night", "in the dark", "in the moonlight", "a starry night", "night"),
}
_SKIES: Mapping[str, tuple[str, ...]] = {
    "clear": ("bright weather", "sunny", "clear sky", "no clouds"),
    "cloudy": ("grey sky", "overcast", "many clouds", "cloudy weather"),
    "rain": ("it is raining", "rainy weather", "heavy rain", "rain falls", "rain"),
    "snow": ("it is snowing", "winter", "everything is frozen", "snow falls", "snowy weather"),
    "fog": ("misty", "thick fog", "haze", "foggy weather", "mist"),
    "storm": ("a thunderstorm", "stormy weather", "a storm comes up", "stormy"),
    "autumn": ("autumn colours", "in the fall", "autumn"),
}
_MANNERS: Mapping[str, tuple[str, ...]] = {
    "oil": ("oil on canvas", "oil painting", "oil paint", "with brush strokes"),
    "watercolour": ("watercolour", "aquarelle", "watercolor wash", "done in watercolor"),
    "pencil": ("pencil", "charcoal drawing", "drawn by hand", "drawing"),
    "ink": ("ink sketch", "pen and ink", "drawn in ink"),
    "woodcut": ("woodcut", "etching", "engraving"),
    "neon": ("neon", "in neon", "made of neon light"),
    "blueprint": ("blueprint", "drawn as a blueprint"),
    "pastel": ("pastel", "crayon", "chalk", "soft chalk"),
    "pointillism": ("pointillism", "made of dots", "impressionist", "like monet"),
    "mosaic": ("mosaic", "stained glass", "made of tiles"),
    "pixel art": ("pixel art", "retro pixels", "made of pixels"),
    "swirls": ("swirls", "like van gogh", "expressionist", "swirling strokes"),
    "poster": ("poster", "flat illustration", "comic", "pop art", "cartoon"),
    "photograph": ("photograph", "photo", "photorealistic", "realistic", "photography"),
}
_AT: Mapping[str, tuple[str, ...]] = {
    "table": ("on the kitchen table", "still life", "on the table", "in a room"),
    "space": ("out in space", "somewhere in the universe", "outer space"),
    "underwater": ("under the sea", "under water", "down at the reef"),
}
_NEAR = ("by the", "near the", "at the", "with the", "in the", "over the")
_OPENINGS = ("there is", "we see", "here is", "look:", "it shows", "one can see")
_JOINTS = (" beside ", " with ", " near ", ", also ", " next to ", " and also ")


def retell(scene: Scene, rng: random.Random) -> Caption:
    """One of many true captions; light and place may come first, and no "and" joins a list."""
    facts: set[Fact] = set()
    subjects = _subjects(scene, rng, facts)
    land = _land(scene, rng, facts, needed=not subjects)
    light = _light(scene, rng, facts)
    manner = ""
    if scene.style and rng.random() < 0.85:
        facts.add(("style", scene.style))
        manner = rng.choice(_MANNERS[scene.style])
    said = rng.choice(_JOINTS).join(subjects)
    if subjects and rng.random() < 0.4:
        said = f"{rng.choice(_OPENINGS)} {said}"
    if said and land and rng.random() < 0.6:
        said, land = f"{said} {land}", ""
    parts = [part for part in (said, land, *light, manner) if part]
    if rng.random() < 0.5:
        rng.shuffle(parts)
    return Caption(rng.choice((", ", ", ", ". ", " ")).join(parts), frozenset(facts))


def _subjects(scene: Scene, rng: random.Random, facts: set[Fact]) -> list[str]:
    """A noun phrase for each kind of object, the largest most likely and not always first."""
    counts = Counter(placed.noun for placed in scene.objects)
    order = sorted(scene.objects, key=lambda placed: -placed.height)
    colours = {placed.noun: placed.colour for placed in order}
    phrases = [
        _subject(noun, counts[noun], colours[noun], rng, facts)
        for i, noun in enumerate(dict.fromkeys(placed.noun for placed in order))
        if rng.random() < (0.95 if i == 0 else 0.6)
    ]
    if rng.random() < 0.4:
        phrases.reverse()
    return phrases


def _subject(noun: str, count: int, colour: str, rng: random.Random, facts: set[Fact]) -> str:
    kind = OBJECTS[noun]
    said = said_as(rng, kind)
    facts.add(("noun", noun))
    if noun in ("stars", "lightning"):
        return said
    before = after = ""
    if rng.random() < (0.2 if colour == kind.colour else 0.75):
        facts.add(("colour", noun, colour))
        name = rng.choice((colour, colour, *COLOUR_SYNONYMS.get(colour, ())))
        before, after = rng.choice(((f"{name} ", ""), (f"{name} ", ""), ("", f" in {name}")))
    if count > 1:
        number = ""
        if rng.random() < 0.6:
            facts.add(("count", noun, str(count)))
            number = rng.choice(COUNTS[str(min(count, 7))][:2]) + " "
            number = {"pair ": "a pair of ", "couple ": "a couple of "}.get(number, number)
        return f"{number}{before}{plural(said)}{after}"
    whole = f"{before}{said}{after}"
    return rng.choice((with_article(whole), f"the {whole}", f"one {whole}", whole))


def _land(scene: Scene, rng: random.Random, facts: set[Fact], *, needed: bool) -> str:
    """The landscape and what is behind it."""
    parts = []
    if needed or rng.random() < 0.5:
        if scene.landscape == "plain":
            facts.add(("background", scene.background))
            parts.append(
                rng.choice((f"{scene.background} behind it", f"on plain {scene.background}"))
            )
        else:
            facts.add(("land", scene.landscape))
            near = f"{rng.choice(_NEAR)} {rng.choice((scene.landscape, *_ground(scene)))}"
            parts.append(rng.choice(_AT.get(scene.landscape, (near,))))
    if scene.backdrop and rng.random() < 0.45:
        facts.add(("land", scene.backdrop))
        said = rng.choice((scene.backdrop, *LANDSCAPES[scene.backdrop]))
        parts.append(rng.choice((f"{said} behind", f"{said} far away", f"before the {said}")))
    return ", ".join(parts)


def _ground(scene: Scene) -> tuple[str, ...]:
    """Other words for the landscape."""
    return LANDSCAPES[scene.landscape]


def _light(scene: Scene, rng: random.Random, facts: set[Fact]) -> list[str]:
    """Time and weather, where they are worth saying."""
    if scene.landscape in ("plain", "space", "underwater", "table"):
        return []
    parts = []
    if rng.random() < (0.15 if scene.time == "day" else 0.75):
        facts.add(("time", scene.time))
        parts.append(rng.choice(_HOURS[scene.time]))
    if rng.random() < (0.1 if scene.weather == "clear" else 0.75):
        facts.add(("weather", scene.weather))
        parts.append(rng.choice(_SKIES[scene.weather]))
    return parts


def _words() -> frozenset[str]:
    phrases = [
        p for table in (_HOURS, _SKIES, _MANNERS, _AT) for said in table.values() for p in said
    ]
    phrases += [*_NEAR, *_OPENINGS, *_JOINTS, "behind it", "on plain", "far away", "before the"]
    return frozenset(word.strip(",:") for phrase in phrases for word in phrase.split())


WORDS: frozenset[str] = _words() - {""} | {":"}
"""Every word these captions use beside those of the scene painter's vocabulary."""
