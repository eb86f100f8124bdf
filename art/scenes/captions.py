"""Prompts as people say them, made of the words the scene painter knows."""

import random

from mused.art.scenes.words import (
    COLOUR_SYNONYMS,
    COLOURS,
    COUNTS,
    LANDSCAPES,
    OBJECTS,
    SIZES,
    STYLES,
    TIMES,
    WEATHERS,
    Noun,
    Place,
    plural,
)

ON_LAND: dict[str, str] = {
    "sea": "on the sea",
    "lake": "on a lake",
    "river": "on a river",
    "beach": "on a beach",
    "mountains": "in the mountains",
    "hills": "in the hills",
    "meadow": "in a meadow",
    "field": "in a field",
    "forest": "in a forest",
    "desert": "in the desert",
    "city": "in a city",
    "road": "on a road",
    "underwater": "under water",
    "space": "in space",
    "table": "on a table",
}
WHEN: dict[str, str] = {
    "day": "on a sunny day",
    "morning": "at sunrise",
    "sunset": "at sunset",
    "dusk": "at dusk",
    "night": "at night",
}
IN_WEATHER: dict[str, str] = {
    "clear": "under a blue sky",
    "cloudy": "under clouds",
    "rain": "in the rain",
    "snow": "in the snow",
    "fog": "in the fog",
    "storm": "in a storm",
    "autumn": "in autumn",
}
STYLE_OF: dict[str, tuple[str, ...]] = {
    "oil": ("an oil painting of", "a painting of"),
    "watercolour": ("a watercolour of", "a watercolor painting of"),
    "pencil": ("a pencil drawing of", "a hand sketch of", "a sketch of"),
    "ink": ("an ink drawing of", "an ink sketch of"),
    "woodcut": ("a woodcut of", "an engraving of"),
    "neon": ("a neon picture of",),
    "blueprint": ("a blueprint of",),
    "pastel": ("a pastel of", "a chalk drawing of"),
    "pointillism": ("an impressionist painting of", "a painting in dots of"),
    "mosaic": ("a mosaic of", "a stained glass picture of"),
    "pixel art": ("pixel art of", "a pixel art picture of"),
    "swirls": ("a van gogh painting of", "a swirling painting of"),
    "poster": ("a poster of", "a cartoon of", "an illustration of"),
    "photograph": ("a photo of", "a photograph of", "a realistic picture of"),
}
_HOW = ("beautiful", "cool", "lovely", "old", "colourful", "wooden", "quiet", "magical", "lonely")
_PLACEMENT = ("on the left", "on the right", "in the middle", "in the distance", "in front")
_USUAL: dict[Place, tuple[str, ...]] = {
    "sky": ("sea", "mountains", "hills", "meadow", "city", "field", "desert"),
    "water": ("sea", "lake", "river", "beach"),
    "ground": ("hills", "meadow", "field", "forest", "mountains", "beach", "road", "city"),
    "table": ("table",),
    "plain": ("table", "meadow", "beach"),
}
IN_STYLE: dict[str, str] = {
    "oil": "in oil",
    "watercolour": "in watercolour",
    "pencil": "in pencil",
    "ink": "in ink",
    "woodcut": "as a woodcut",
    "neon": "in neon light",
    "blueprint": "as a blueprint",
    "pastel": "in pastel",
    "pointillism": "in dots",
    "mosaic": "as a mosaic",
    "pixel art": "in pixel art style",
    "swirls": "in the style of van gogh",
    "poster": "as a poster",
    "photograph": "as a photo",
}


_COLOURS = [said for name in COLOURS for said in (name, *COLOUR_SYNONYMS.get(name, ()))]
_SIZES = [said for name, others in SIZES.items() for said in (name, *others)]
_COUNTS = [said for number, others in COUNTS.items() if number != "1" for said in others[:1]]
_TIMES = [said for name, others in TIMES.items() for said in (name, *others)]
_WEATHERS = [said for name, others in WEATHERS.items() for said in (name, *others)]


def with_article(phrase: str) -> str:
    """The phrase after "a" or "an"; mass nouns and plurals are the caller's matter."""
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


def said_as(rng: random.Random, noun: Noun) -> str:
    """One of the names of an object, its canonical one most often."""
    return rng.choice((noun.name, noun.name, *noun.synonyms))


def _subject(rng: random.Random, noun: Noun, article: bool = True) -> str:
    """A noun phrase such as "two red boats" or "a tiny castle"."""
    said = said_as(rng, noun)
    if noun.name in ("stars", "lightning") or said in ("fruit", "sunshine"):
        return said
    colour = rng.choice(_COLOURS) if rng.random() < 0.4 else ""
    size = rng.choice((*_SIZES, *_HOW)) if rng.random() < 0.2 else ""
    described = " ".join(word for word in (size, colour, said) if word)
    if noun.name in ("sun", "moon"):
        return f"the {described}" if article else described
    if rng.random() < 0.15:
        return " ".join(word for word in (rng.choice(_COUNTS), size, colour, plural(said)) if word)
    return with_article(described) if article else described


def _setting(rng: random.Random, noun: Noun) -> str:
    """Where and when: "on a lake at sunset"; may be empty."""
    parts = []
    if rng.random() < 0.6:
        usual = rng.random() < 0.8
        parts.append(ON_LAND[rng.choice(_USUAL[noun.place] if usual else list(ON_LAND))])
    chance = rng.random()
    if chance < 0.4:
        parts.append(rng.choice(list(WHEN.values())))
    elif chance < 0.55:
        parts.append(rng.choice(list(IN_WEATHER.values())))
    elif chance < 0.62:
        parts.append(rng.choice(_PLACEMENT))
    return " ".join(parts)


def _terse(rng: random.Random) -> str:
    """A list of keywords: "sunset, boat and lake"."""
    noun = rng.choice(list(OBJECTS.values()))
    land = rng.choice(_USUAL[noun.place])
    words = [
        rng.choice((rng.choice(_TIMES), rng.choice(_WEATHERS))),
        _subject(rng, noun, article=False),
        rng.choice((land, *LANDSCAPES[land])),
    ]
    rng.shuffle(words)
    words = words[: rng.choice((2, 3, 3))]
    if len(words) == 2:
        return " and ".join(words)
    return rng.choice((f"{words[0]}, {words[1]} and {words[2]}", ", ".join(words)))


def _sentence(rng: random.Random) -> str:
    """One or two subjects and where they are."""
    noun = rng.choice(list(OBJECTS.values()))
    subjects = _subject(rng, noun)
    if rng.random() < 0.25:
        joined = rng.choice(("and", "with", "near", "beside", "under", "behind", "in front of"))
        subjects = f"{subjects} {joined} {_subject(rng, rng.choice(list(OBJECTS.values())))}"
    return " ".join(part for part in (subjects, _setting(rng, noun)) if part)


def _land_view(rng: random.Random) -> str:
    """A landscape without a subject: "a snowy forest at night"."""
    land = rng.choice([n for n in LANDSCAPES if n not in ("plain", "underwater", "space", "table")])
    said = rng.choice((land, *LANDSCAPES[land]))
    article = (
        said if said.endswith(("s", "sand", "water", "grass", "wheat")) else with_article(said)
    )
    return f"{article} {rng.choice((*WHEN.values(), *IN_WEATHER.values()))}"


def random_prompt(rng: random.Random) -> str:
    """A prompt as people say it, from terse keywords to a styled sentence."""
    kind = rng.random()
    if kind < 0.25:
        return _terse(rng)
    body = _land_view(rng) if kind < 0.4 else _sentence(rng)
    style = rng.choice(list(STYLES))
    chance = rng.random()
    if chance < 0.2:
        return f"{rng.choice(STYLE_OF[style])} {body}"
    if chance < 0.35:
        return f"{body} {IN_STYLE[style]}"
    if chance < 0.55:
        return f"{rng.choice(('a painting of', 'a picture of', 'paint', 'an image of'))} {body}"
    return body
