"""The words the scene painter knows: objects, light, landscapes, colours, sizes, counts, styles.

Plain data, importable without torch and without skia: the speech recogniser takes its vocabulary
from here and the prompt examples are made of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Place = Literal["sky", "water", "ground", "table", "plain"]


@dataclass(frozen=True)
class Noun:
    """One object: what it is called, where it belongs and how large it is as the subject."""

    name: str
    place: Place
    height: float
    """Height as a fraction of the picture's shorter side when the object is the only subject."""
    aspect: float
    """Width divided by height."""
    colour: str
    """The colour it has when the prompt names none."""
    synonyms: tuple[str, ...] = ()


_NOUNS = (
    Noun("sailboat", "water", 0.52, 0.85, "white", ("boat", "sailing boat", "yacht")),
    Noun("ship", "water", 0.42, 1.6, "red", ("steamer", "ferry", "ocean liner")),
    Noun("duck", "water", 0.36, 1.2, "yellow", ("duckling",)),
    Noun("swan", "water", 0.46, 1.1, "white", ("goose",)),
    Noun("whale", "water", 0.36, 1.9, "blue", ("orca",)),
    Noun("fish", "water", 0.36, 1.7, "orange", ("goldfish", "trout", "salmon")),
    Noun("house", "ground", 0.48, 1.05, "cream", ("home", "cottage", "cabin", "hut")),
    Noun("castle", "ground", 0.6, 1.1, "grey", ("fortress", "palace", "chateau")),
    Noun("church", "ground", 0.62, 0.85, "white", ("chapel", "cathedral")),
    Noun("tower", "ground", 0.68, 0.38, "grey", ("stone tower",)),
    Noun("lighthouse", "ground", 0.7, 0.36, "red", ("beacon",)),
    Noun("windmill", "ground", 0.64, 0.8, "white", ("mill",)),
    Noun("barn", "ground", 0.44, 1.25, "red", ("farm", "shed", "stable")),
    Noun("skyscraper", "ground", 0.72, 0.42, "blue", ("building", "office building", "apartment")),
    Noun("bridge", "ground", 0.34, 2.7, "red", ("stone bridge",)),
    Noun("tent", "ground", 0.4, 1.3, "orange", ("camp",)),
    Noun("pyramid", "ground", 0.46, 1.7, "beige"),
    Noun("tree", "ground", 0.64, 0.8, "green", ("oak", "oak tree", "apple tree", "birch")),
    Noun("pine", "ground", 0.66, 0.58, "green", ("pine tree", "fir", "fir tree", "spruce")),
    Noun("palm", "ground", 0.66, 0.8, "green", ("palm tree", "coconut tree")),
    Noun("cactus", "ground", 0.58, 0.6, "green", ("cacti",)),
    Noun("flower", "ground", 0.58, 0.55, "pink", ("daisy", "blossom", "poppy")),
    Noun("tulip", "ground", 0.56, 0.45, "red", ("rose", "lily")),
    Noun("sunflower", "ground", 0.66, 0.55, "yellow", ()),
    Noun("mushroom", "ground", 0.5, 1.0, "red", ("toadstool",)),
    Noun("cat", "ground", 0.56, 0.85, "orange", ("kitten", "kitty")),
    Noun("dog", "ground", 0.5, 1.1, "brown", ("puppy", "hound", "wolf")),
    Noun("horse", "ground", 0.56, 1.15, "brown", ("pony", "stallion")),
    Noun("cow", "ground", 0.48, 1.35, "white", ("bull",)),
    Noun("sheep", "ground", 0.44, 1.25, "white", ("lamb",)),
    Noun("rabbit", "ground", 0.54, 0.7, "grey", ("bunny", "hare")),
    Noun("elephant", "ground", 0.52, 1.3, "grey", ()),
    Noun("bear", "ground", 0.56, 0.8, "brown", ("teddy bear", "teddy")),
    Noun("owl", "ground", 0.56, 0.7, "brown", ()),
    Noun("penguin", "ground", 0.56, 0.65, "black", ()),
    Noun("car", "ground", 0.36, 2.0, "red", ("automobile", "taxi")),
    Noun("bus", "ground", 0.42, 1.8, "yellow", ("van",)),
    Noun("tractor", "ground", 0.46, 1.25, "green", ("truck",)),
    Noun("train", "ground", 0.4, 2.1, "green", ("locomotive", "steam train", "railway")),
    Noun("bicycle", "ground", 0.42, 1.55, "red", ("bike",)),
    Noun("person", "ground", 0.6, 0.42, "blue", ("man", "boy", "child", "figure")),
    Noun("woman", "ground", 0.6, 0.45, "red", ("girl", "lady", "princess")),
    Noun("snowman", "ground", 0.58, 0.65, "white", ()),
    Noun("robot", "ground", 0.58, 0.7, "silver", ("android",)),
    Noun("umbrella", "ground", 0.56, 1.05, "red", ("parasol", "beach umbrella")),
    Noun("rocket", "ground", 0.68, 0.45, "white", ("spaceship", "spacecraft")),
    Noun("rock", "ground", 0.3, 1.6, "grey", ("stone", "boulder")),
    Noun("fire", "ground", 0.46, 0.8, "orange", ("campfire", "flame", "bonfire")),
    Noun("balloon", "sky", 0.6, 0.72, "red", ("hot air balloon", "air balloon")),
    Noun("airplane", "sky", 0.34, 2.0, "white", ("plane", "aeroplane", "aircraft", "jet")),
    Noun("bird", "ground", 0.5, 1.3, "blue", ("sparrow", "robin", "pigeon")),
    Noun("seagull", "sky", 0.3, 2.1, "white", ("gull", "eagle")),
    Noun("butterfly", "sky", 0.46, 1.25, "orange", ("moth",)),
    Noun("kite", "sky", 0.5, 0.7, "red", ()),
    Noun("cloud", "sky", 0.3, 1.9, "white", ()),
    Noun("rainbow", "sky", 0.6, 2.0, "red", ()),
    Noun("lightning", "sky", 0.5, 0.5, "yellow", ("thunder", "lightning bolt")),
    Noun("sun", "sky", 0.34, 1.0, "yellow", ("sunshine",)),
    Noun("moon", "sky", 0.32, 1.0, "cream", ("full moon", "crescent", "crescent moon")),
    Noun("stars", "sky", 0.9, 1.0, "cream", ("starlight", "galaxy")),
    Noun("planet", "sky", 0.44, 1.5, "orange", ("saturn",)),
    Noun("apple", "table", 0.5, 0.95, "red", ()),
    Noun(
        "bowl of apples",
        "table",
        0.48,
        1.35,
        "red",
        ("bowl", "bowl of fruit", "fruit bowl", "fruit"),
    ),
    Noun("pear", "table", 0.54, 0.7, "green", ()),
    Noun("banana", "table", 0.4, 1.35, "yellow", ()),
    Noun("lemon", "table", 0.38, 1.3, "yellow", ()),
    Noun("cherry", "table", 0.46, 0.9, "red", ("berry",)),
    Noun("pumpkin", "table", 0.46, 1.25, "orange", ()),
    Noun("cup", "table", 0.42, 1.2, "blue", ("mug", "cup of tea", "cup of coffee", "teacup")),
    Noun("vase", "table", 0.66, 0.6, "blue", ("vase of flowers", "bouquet")),
    Noun("bottle", "table", 0.62, 0.32, "green", ("wine", "bottle of wine")),
    Noun("candle", "table", 0.58, 0.34, "cream", ()),
    Noun("book", "table", 0.36, 1.6, "blue", ()),
    Noun("cake", "table", 0.48, 1.15, "pink", ("birthday cake",)),
    Noun("guitar", "table", 0.68, 0.42, "brown", ("violin",)),
    Noun("lamp", "table", 0.58, 0.6, "yellow", ("lantern",)),
    Noun("clock", "table", 0.52, 1.0, "white", ("watch",)),
    Noun("face", "plain", 0.8, 0.78, "peach", ("portrait", "head", "smile")),
    Noun("heart", "plain", 0.6, 1.05, "red", ("love",)),
    Noun("star", "plain", 0.62, 1.0, "yellow", ()),
    Noun("circle", "plain", 0.56, 1.0, "red", ("ball", "dot", "disc")),
    Noun("square", "plain", 0.54, 1.0, "blue", ("cube", "box")),
    Noun("triangle", "plain", 0.56, 1.1, "green", ()),
    Noun("cross", "plain", 0.56, 1.0, "red", ()),
)

OBJECTS: Mapping[str, Noun] = {noun.name: noun for noun in _NOUNS}
"""Every object by its canonical name."""

PEOPLE = ("person", "woman")
"""Objects that are dressed and have a face."""

HOMES: Mapping[str, str] = {
    "fish": "underwater",
    "whale": "sea",
    "ship": "sea",
    "pyramid": "desert",
    "cactus": "desert",
    "palm": "beach",
    "skyscraper": "city",
    "lighthouse": "sea",
    "planet": "space",
    "person": "meadow",
    "woman": "meadow",
    "car": "road",
    "bus": "road",
    "bicycle": "road",
    "umbrella": "beach",
    "bridge": "river",
    "penguin": "field",
    "snowman": "field",
}
"""The landscape of an object that is not at home just anywhere of its kind."""

LANDSCAPES: Mapping[str, tuple[str, ...]] = {
    "sea": ("ocean", "waves", "water", "coast", "shore", "harbour", "harbor", "bay"),
    "lake": ("pond",),
    "river": ("stream", "waterfall"),
    "beach": ("sand", "island", "seaside", "tropical"),
    "mountains": ("mountain", "alps", "peak", "peaks", "cliff", "volcano"),
    "hills": ("hill", "countryside", "landscape", "valley", "hillside"),
    "meadow": ("grass", "garden", "park", "pasture", "lawn"),
    "field": ("fields", "wheat", "farmland", "harvest"),
    "forest": ("woods", "wood", "jungle", "woodland"),
    "desert": ("dunes", "dune", "sahara"),
    "city": ("skyline", "city skyline", "street", "skyscrapers", "downtown"),
    "road": ("highway", "path", "lane"),
    "underwater": ("under water", "under the sea", "reef", "aquarium"),
    "space": ("outer space", "universe", "cosmos", "in space"),
    "table": ("still life", "kitchen", "room", "on a table"),
    "plain": ("background",),
}
"""Landscapes by canonical name, with their synonyms."""

TIMES: Mapping[str, tuple[str, ...]] = {
    "day": ("daytime", "noon", "daylight", "afternoon", "summer", "spring"),
    "morning": ("sunrise", "dawn"),
    "sunset": ("evening", "golden hour", "sundown"),
    "dusk": ("twilight",),
    "night": ("midnight", "dark", "moonlight", "starry night", "starry", "moonlit"),
}
WEATHERS: Mapping[str, tuple[str, ...]] = {
    "clear": ("sunny", "bright", "blue sky"),
    "cloudy": ("clouds", "overcast"),
    "rain": ("rainy", "raining", "shower"),
    "snow": ("snowy", "winter", "ice", "frozen", "snowing", "icy"),
    "fog": ("foggy", "mist", "misty", "haze"),
    "storm": ("stormy", "thunderstorm"),
    "autumn": ("fall",),
}

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (214, 48, 44),
    "orange": (240, 132, 36),
    "yellow": (248, 206, 60),
    "green": (64, 150, 66),
    "blue": (48, 104, 204),
    "purple": (128, 66, 170),
    "pink": (242, 130, 172),
    "brown": (136, 86, 50),
    "black": (46, 46, 54),
    "white": (246, 244, 238),
    "grey": (148, 150, 156),
    "gold": (218, 168, 52),
    "silver": (188, 194, 204),
    "turquoise": (52, 186, 190),
    "cream": (244, 228, 190),
    "beige": (224, 190, 128),
    "peach": (244, 196, 160),
}
"""Colours by canonical name as sRGB bytes."""

COLOUR_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "red": ("crimson", "scarlet"),
    "green": ("emerald",),
    "blue": ("azure", "navy"),
    "purple": ("violet", "lilac"),
    "grey": ("gray",),
    "gold": ("golden",),
    "turquoise": ("teal", "cyan"),
}

SIZES: Mapping[str, tuple[str, ...]] = {
    "large": ("big", "huge", "giant", "enormous", "tall"),
    "small": ("little", "tiny", "distant"),
}
COUNTS: Mapping[str, tuple[str, ...]] = {
    "1": ("one", "single", "lonely"),
    "2": ("two", "pair", "couple"),
    "3": ("three", "some", "few"),
    "4": ("four", "several"),
    "5": ("five", "many"),
    "6": ("six", "lots"),
    "7": ("seven", "flock"),
}
POSITIONS: Mapping[str, tuple[str, ...]] = {
    "left": ("on the left",),
    "right": ("on the right",),
    "centre": ("center", "middle"),
    "top": ("above", "over"),
    "bottom": ("under", "below", "beneath"),
    "front": ("in front", "foreground", "close"),
    "back": ("behind", "horizon", "far", "distance"),
}
STYLES: Mapping[str, tuple[str, ...]] = {
    "oil": ("oil painting", "canvas", "brush strokes"),
    "watercolour": ("watercolor", "aquarelle", "wash"),
    "pencil": ("sketch", "drawing", "hand sketch", "pencil drawing", "charcoal"),
    "ink": ("ink drawing", "ink sketch", "pen and ink"),
    "woodcut": ("engraving", "etching"),
    "neon": ("neon light",),
    "blueprint": (),
    "pastel": ("chalk", "crayon", "soft"),
    "pointillism": ("impressionist", "impressionism", "dots", "monet"),
    "mosaic": ("stained glass", "tiles"),
    "pixel art": ("pixel", "pixels", "retro"),
    "swirls": ("van gogh", "expressionist", "swirling"),
    "poster": ("cartoon", "flat", "illustration", "pop art", "comic"),
    "photograph": ("photo", "photographic", "photography", "photorealistic", "realistic"),
}

_FILLERS = """
    a an the of in on at by with and or to from for its near beside next side under below between
    into through along across beyond it is there are as style paint painting picture image art
    artwork scene view print draw generate make me please show beautiful pretty cool nice lovely
    colourful colorful old ancient new modern quiet calm peaceful magical fantasy famous wonderful
    wooden flying sailing standing sitting swimming walking running sleeping floating growing full
    very hand made time light sky air up down that this my your our
"""
COLLECTIVES: Mapping[str, str] = {
    "village": "house",
    "town": "house",
    "orchard": "tree",
    "grove": "pine",
    "fleet": "sailboat",
    "regatta": "sailboat",
}
"""Words that mean several of an object."""

FILLERS: frozenset[str] = frozenset(_FILLERS.split())
"""Words that a prompt may hold and that change nothing in the sketch."""

_IRREGULAR = {
    "fish": "fish",
    "sheep": "sheep",
    "goose": "geese",
    "person": "people",
    "child": "children",
    "wolf": "wolves",
    "cactus": "cacti",
    "aircraft": "aircraft",
    "spacecraft": "spacecraft",
    "stars": "stars",
    "bowl of apples": "bowls of apples",
    "bowl of fruit": "bowls of fruit",
    "vase of flowers": "vases of flowers",
    "bottle of wine": "bottles of wine",
    "cup of tea": "cups of tea",
    "cup of coffee": "cups of coffee",
}


def plural(noun: str) -> str:
    """The English plural of a noun or noun phrase of this vocabulary."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("man"):
        return noun[:-3] + "men"
    if noun.endswith(("s", "sh", "ch", "x")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def _phrases(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Every way to say an entry of the table, mapped to its canonical name."""
    return {phrase: name for name, others in table.items() for phrase in (name, *others)}


_NAMES = {name: noun.synonyms for name, noun in OBJECTS.items()}
SINGULARS: Mapping[str, str] = _phrases(_NAMES)
PLURALS: Mapping[str, str] = {plural(said): name for said, name in SINGULARS.items()}
LANDSCAPE_PHRASES: Mapping[str, str] = _phrases(LANDSCAPES)
TIME_PHRASES: Mapping[str, str] = _phrases(TIMES)
WEATHER_PHRASES: Mapping[str, str] = _phrases(WEATHERS)
COLOUR_PHRASES: Mapping[str, str] = _phrases(
    {name: COLOUR_SYNONYMS.get(name, ()) for name in COLOURS}
)
SIZE_PHRASES: Mapping[str, str] = _phrases(SIZES)
COUNT_PHRASES: Mapping[str, str] = {
    said: number for number, others in COUNTS.items() for said in others
}
POSITION_PHRASES: Mapping[str, str] = _phrases(POSITIONS)
STYLE_PHRASES: Mapping[str, str] = _phrases(STYLES)

PHRASES: frozenset[str] = frozenset(
    phrase
    for table in (
        SINGULARS,
        PLURALS,
        COLLECTIVES,
        LANDSCAPE_PHRASES,
        TIME_PHRASES,
        WEATHER_PHRASES,
        COLOUR_PHRASES,
        SIZE_PHRASES,
        COUNT_PHRASES,
        POSITION_PHRASES,
        STYLE_PHRASES,
    )
    for phrase in table
)
"""Everything that has a meaning in the sketch, of one word or several."""

VOCABULARY: frozenset[str] = FILLERS.union(word for phrase in PHRASES for word in phrase.split())
"""Every single word that the scene painter, its captions and its example prompts use."""
