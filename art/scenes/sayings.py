"""What people say in other words than the painter's own.

These words are read and never written: captions, and with them what the networks and the speech
recogniser learn, keep to `words.VOCABULARY`.
"""

from collections.abc import Mapping

from mused.art.scenes.words import plural

_NOUNS: Mapping[str, str] = {
    "sailboat": "sail boat, sailing ship, fishing boat, rowing boat, dinghy, schooner",
    "ship": "steamship, steamboat, cruise ship, freighter, vessel",
    "house": "farmhouse, villa, mansion, bungalow, chalet, lodge",
    "castle": "citadel",
    "lighthouse": "light house",
    "skyscraper": "high rise, office tower, office block",
    "tree": "maple, willow, maple tree, willow tree",
    "pine": "christmas tree, conifer",
    "pink tree": "cherry tree, blossoming tree, cherry blossom tree, cherry blossom",
    "flower": "wildflower, wild flower",
    "cat": "pussycat, tabby",
    "horse": "mare, foal",
    "sheep": "ram",
    "red bus": "fire truck, fire engine, double decker",
    "yellow bus": "school bus",
    "white bus": "ambulance, camper van",
    "car": "sports car, racing car, race car",
    "bird": "blackbird, bluebird, songbird",
    "seagull": "sea gull, hawk, falcon",
    "airplane": "airliner",
    "person": "guy, fisherman, sailor, farmer, king, prince, soldier",
    "woman": "queen, mother, bride, dancer, ballerina",
    "face": "self portrait",
}
_OTHERS: Mapping[str, str] = {
    "rain": "rains, it rains, rain falls, rain is falling, falling rain, drizzle, downpour",
    "snow": "snows, it snows, snow falls, snow is falling, falling snow, snowfall, blizzard",
    "storm": "tempest, thunder storm",
    "sunset": "setting sun, sun setting, sun goes down, sun is going down, sun going down, "
    "sun sets, sun is setting, sun set, sunsets, last light",
    "morning": "rising sun, sun rising, sun rises, sun is rising, sun comes up, "
    "sun is coming up, sunrises, daybreak, first light",
    "night": "nightfall, night falls, night time, nighttime",
    "road city": "street, streets, city street, city streets, street scene, avenue, boulevard, "
    "alley",
    "mountains": "mountain range, summit",
    "space stars": "milky way",
    "sea": "seascape",
    "city": "cityscape",
    "hills": "rolling hills",
    "green": "forest green, sea green, lime green, lime",
    "blue": "sky blue, midnight blue, ocean blue, ice blue",
    "red": "blood red, cherry red, maroon",
    "yellow": "lemon yellow",
    "white": "snow white",
    "pink": "magenta",
    "pixel art": "8 bit",
}
_GRAMMAR = """
    i we you he she they us them his her their who which where here then so be been has have had was
    were do does also again just another all out filled crossing
"""
SHADES: frozenset[str] = frozenset(("dark", "light", "bright", "soft", "deep", "pale"))
"""Before a colour these say which shade of it, and nothing of the hour or the style."""
WEAK: frozenset[str] = frozenset(("home", "love"))
"""Nouns only after an article or an adjective: "sailing home" and "I love cats" name none."""
MATERIALS: Mapping[str, tuple[str, ...]] = {
    "sand": ("beach", "desert"),
    "water": ("sea", "lake", "river"),
    "grass": ("meadow", "hills", "field"),
}
"""Words for what several landscapes have; the first is meant where nothing tells."""


def _sayings() -> dict[str, str]:
    """Every saying, nouns in the plural too, mapped to the painter's own words."""
    told: dict[str, str] = {}
    for own, listed in _NOUNS.items():
        *colour, noun = own.split()
        for said in listed.split(", "):
            told[said] = own
            told[plural(said)] = " ".join((*colour, plural(noun)))
    told |= {said: own for own, listed in _OTHERS.items() for said in listed.split(", ")}
    return told


SAYINGS: Mapping[str, str] = _sayings()
"""What people say, in the painter's own words."""
PASSED_OVER: frozenset[str] = frozenset(_GRAMMAR.split())
"""Words of grammar that change nothing in the sketch and need not be told as unknown."""
ABSTRACT: frozenset[str] = frozenset(("abstract", "geometric", "shapes", "forms", "cubism"))
"""Without anything else to be drawn these ask for plain shapes."""
