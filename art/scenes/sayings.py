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
    "green": "sea green",
    "dark green": "forest green",
    "light green": "lime green, lime, mint green",
    "blue": "ocean blue",
    "light blue": "sky blue, ice blue, baby blue",
    "dark blue": "midnight blue, navy blue",
    "red": "cherry red",
    "dark red": "blood red, maroon, burgundy",
    "yellow": "lemon yellow",
    "white": "snow white",
    "pink": "magenta",
    "pixel art": "8 bit",
    "ink": "black and white drawing, black and white sketch, pen and ink drawing",
    "pastel": "chalk drawing",
    "far": "in the background",
    "black": "jet black",
    "orange balls": "oranges",
    "tower": "clock tower",
    "church": "church tower",
    "house": "stone house, tree house",
    "castle": "stone castle",
    "cat": "house cat",
    "robot": "robot dog",
    "rocket": "space ship",
    "snowman": "snow man",
    "sunflower": "sun flower",
    "campfire": "camp fire",
    "heart": "heart of stone, heart of gold",
    "tree": "lemon tree, orange tree, pear tree",
    "trees": "lemon trees, orange trees, pear trees",
    "lamp": "oil lamp",
    "cup": "cup of water, glass of water, glass of milk",
    "bottle": "bottle of water, bottle of milk, bottle of red wine, wine bottle",
    "cloudy": "dark clouds, grey clouds, white clouds",
    "on": "on top of, on the top of, on the back of, on a roof of, on the roof of, on the roofs of"
    ", perched on, perches on, atop, riding on, rides on",
    "on a": "riding a, rides a",
    "on an": "riding an, rides an",
    "on it": "riding it, rides it",
    "on the": "riding the, rides the, riding his, rides his, riding her, rides her",
    "": "depth of field, bird eye view, birds eye view, fish eye lens, soft lighting, soft light, "
    "high quality, best quality, highly detailed, concept art, digital art",
}
_GRAMMAR = """
    i we you they us again do does also another all out nobody nothing can could would like see
    create give let something want i'm than both
"""
SHADES: Mapping[str, str] = {
    "dark": "dark",
    "deep": "dark",
    "light": "light",
    "pale": "light",
    "soft": "light",
    "bright": "",
}
"""Before a colour these say which shade of it, and nothing of the hour or the style."""
SKIES: Mapping[str, tuple[str, str]] = {
    "red": ("sunset", ""),
    "orange": ("sunset", ""),
    "gold": ("sunset", ""),
    "pink": ("dusk", ""),
    "purple": ("dusk", ""),
    "black": ("night", ""),
    "grey": ("", "cloudy"),
    "white": ("", "fog"),
}
"""The hour and the weather that have a sky of this colour; a blue one needs neither."""
NATURAL: Mapping[str, tuple[str, ...]] = {
    "sea": ("blue", "turquoise"),
    "lake": ("blue", "turquoise"),
    "river": ("blue", "turquoise"),
    "beach": ("yellow", "gold", "beige", "white"),
    "mountains": ("grey", "blue"),
    "hills": ("green",),
    "meadow": ("green",),
    "field": ("yellow", "gold"),
    "forest": ("green",),
    "desert": ("yellow", "orange", "gold", "beige"),
    "city": ("grey",),
    "road": ("grey", "black"),
    "underwater": ("blue", "turquoise"),
    "space": ("black", "blue"),
    "table": ("brown",),
}
"""Colours that landscapes have anyway; they cannot have others."""
SECOND_COLOURS: Mapping[str, tuple[str, ...]] = {
    "lighthouse": ("white",),
    "mushroom": ("white",),
    "cow": ("black", "brown"),
    "penguin": ("white",),
}
"""What is drawn in two colours: only one of them can be chosen, the others are always there."""
CLOTHES: frozenset[str] = frozenset(
    ("dress", "gown", "coat", "jacket", "shirt", "sweater", "suit", "robe", "clothes")
)
"""People are drawn in the colour of these."""
OF_THINGS: frozenset[str] = frozenset(("dark", "bright", "winter", "summer", "spring", "fall"))
"""Hours and seasons that may be said of hair and coats, and not of the scene."""
_GENERAL = "drawing sketch photograph photo photographic photography photorealistic realistic"
GENERAL: frozenset[str] = frozenset(_GENERAL.split())
"""Names of styles that give way to others: "a watercolour sketch"."""
PRONOUNS: Mapping[str, str] = {"she": "woman", "he": "person"}
"""Who they are where nobody else is named."""
ROOFS: Mapping[str, str] = {"roof": "house", "rooftop": "house"}
"""What things are on that are on a building, and which one where none is named."""
_DENYING = "without no not never neither except instead rather don't doesn't isn't aren't"
DENIALS: frozenset[str] = frozenset(_DENYING.split())
"""What follows these is not wanted."""
PICTURES: frozenset[str] = frozenset(("painting", "picture", "image", "print", "scene", "view"))
"""What is said before these is said of the picture, not of a thing in it."""
FRUITS: frozenset[str] = frozenset(("orange", "peach"))
"""Colours that are fruit where no noun follows."""
_LARGE = "eight nine ten eleven twelve dozen twenty hundred hundreds thousand thousands"
LARGE_NUMBERS: frozenset[str] = frozenset(_LARGE.split())
"""More than are drawn of one thing."""
UNSHOWN: frozenset[str] = frozenset(("sleeping", "running"))
"""Words of the vocabulary that the drawings do not tell."""
WEAK: frozenset[str] = frozenset(("home", "homes"))
"""Nouns only after an article or an adjective: "sailing home" names none."""
VERBS: frozenset[str] = frozenset(
    ("love", "loves", "watch", "watches", "crosses", "building", "buildings", "smiles")
)
"""Nouns likewise, unless nothing follows: "we love our dog", "they watch the sea"."""
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
