"""How large things are beside each other, and where on them others can stand."""

import math
from collections.abc import Mapping

from mused.art.scenes.words import OBJECTS, PEOPLE

_SIZES: Mapping[float, str] = {
    0.08: "apple, pear, lemon, cherry, banana, butterfly, cup, tulip",
    0.15: "bird, flower, candle, clock, star, heart, cross, mushroom, book",
    0.3: "fish, duck, bottle, cake, rabbit, circle, square, triangle, vase, pumpkin",
    0.5: "cat, owl, seagull, lamp, bowl of apples, sunflower",
    0.8: "dog, penguin, swan, guitar, fire, umbrella, kite",
    1.2: "sheep, bicycle, rock, moon, planet, cloud",
    1.8: "person, woman, snowman, robot, cow, bear, car, horse, cactus, tent",
    3.0: "elephant, tractor, bus, train, whale",
    6.0: "house, barn, palm, bridge, airplane, balloon, sailboat",
    9.0: "tree, pine, church, ship, rocket, windmill",
    15.0: "castle, tower, lighthouse, pyramid",
    40.0: "skyscraper",
}
"""Heights in metres, roughly; those of rocks and clouds are such that things fit on them."""
_METRES: Mapping[str, float] = {
    noun: metres for metres, nouns in _SIZES.items() for noun in nouns.split(", ")
}
_EVENED = 0.42
"""Exponent that brings real proportions nearer to one, so that the smaller is still to be seen."""
_LEAST, _MOST = 0.26, 1.6

TOPS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "sailboat": ((-0.34, 0.2), (0.34, 0.2)),
    "ship": ((-0.36, 0.61), (0.28, 0.61)),
    "duck": ((-0.36, 0.45), (-0.06, 0.45)),
    "swan": ((-0.34, 0.36), (0.0, 0.4)),
    "whale": ((-0.2, 0.5), (0.4, 0.55)),
    "house": ((-0.36, 0.64), (0.0, 0.92), (0.36, 0.64)),
    "castle": ((-0.26, 0.45), (0.26, 0.45)),
    "church": ((0.0, 0.52), (0.34, 0.52)),
    "tower": ((-0.13, 0.95), (0.13, 0.95)),
    "lighthouse": ((-0.02, 0.96), (0.02, 0.96)),
    "windmill": ((-0.02, 0.69), (0.02, 0.69)),
    "barn": ((-0.36, 0.76), (0.0, 0.94), (0.36, 0.76)),
    "skyscraper": ((-0.1, 0.91), (0.1, 0.91)),
    "bridge": ((-0.55, 0.33), (0.55, 0.33)),
    "tent": ((-0.03, 0.92), (0.03, 0.92)),
    "pyramid": ((-0.2, 0.74), (0.0, 0.95), (0.14, 0.72)),
    "tree": ((-0.28, 0.76), (0.0, 0.93), (0.28, 0.78)),
    "pine": ((-0.12, 0.66), (0.0, 0.95), (0.12, 0.66)),
    "palm": ((-0.2, 0.76), (0.08, 0.84), (0.3, 0.74)),
    "cactus": ((-0.02, 0.95), (0.02, 0.95)),
    "flower": ((-0.1, 0.82), (0.1, 0.82)),
    "tulip": ((-0.08, 0.86), (0.08, 0.86)),
    "sunflower": ((-0.1, 0.84), (0.1, 0.84)),
    "mushroom": ((-0.32, 0.82), (0.0, 0.96), (0.32, 0.82)),
    "cat": ((-0.1, 0.86), (0.1, 0.86)),
    "dog": ((-0.3, 0.6), (0.06, 0.62)),
    "horse": ((-0.26, 0.62), (0.06, 0.62)),
    "cow": ((-0.4, 0.78), (0.2, 0.78)),
    "sheep": ((-0.36, 0.86), (0.12, 0.86)),
    "rabbit": ((-0.02, 0.66), (0.02, 0.66)),
    "elephant": ((-0.4, 0.93), (0.1, 0.97)),
    "bear": ((-0.1, 0.93), (0.1, 0.93)),
    "penguin": ((-0.04, 0.95), (0.04, 0.95)),
    "car": ((-0.32, 0.91), (0.12, 0.95)),
    "bus": ((-0.74, 0.97), (0.74, 0.97)),
    "tractor": ((-0.42, 0.97), (0.02, 0.97)),
    "train": ((-0.9, 0.91), (-0.5, 0.91)),
    "bicycle": ((-0.3, 0.85), (-0.16, 0.85)),
    "person": ((0.13, 0.78), (0.15, 0.78)),
    "woman": ((0.12, 0.76), (0.14, 0.76)),
    "snowman": ((-0.08, 0.98), (0.08, 0.98)),
    "robot": ((-0.14, 0.86), (0.14, 0.86)),
    "umbrella": ((-0.2, 0.92), (0.0, 0.97), (0.2, 0.92)),
    "rock": ((-0.22, 0.92), (0.05, 0.98), (0.3, 0.88)),
    "cloud": ((-0.5, 0.68), (0.0, 0.9), (0.5, 0.66)),
    "moon": ((0.02, 0.17), (0.12, 0.17)),
    "planet": ((-0.16, 0.88), (0.0, 0.92), (0.16, 0.88)),
    "apple": ((-0.2, 0.76), (0.2, 0.76)),
    "pumpkin": ((-0.3, 0.78), (0.3, 0.78)),
    "lemon": ((-0.2, 0.86), (0.2, 0.88)),
    "book": ((-0.5, 0.4), (0.5, 0.4)),
    "cake": ((-0.26, 0.7), (0.26, 0.7)),
    "clock": ((-0.08, 0.97), (0.08, 0.97)),
    "star": ((-0.02, 0.94), (0.02, 0.94)),
    "circle": ((-0.06, 0.98), (0.06, 0.98)),
    "square": ((-0.46, 0.99), (0.46, 0.99)),
    "triangle": ((-0.02, 0.95), (0.02, 0.95)),
}
"""Where on an object's drawing others stand: points from left to right, in its own heights."""
SADDLES: Mapping[str, float] = {"horse": 0.36, "cow": 0.42, "elephant": 0.6, "bicycle": 0.26}
"""How high people's feet are who ride on it: behind its body."""
ROOFS: Mapping[str, float] = {
    "tree": 0.44,
    "pine": 0.34,
    "palm": 0.56,
    "umbrella": 0.6,
    "mushroom": 0.44,
    "sunflower": 0.5,
    "bridge": 0.5,
}
"""What others fit under, and how high these may be, of its height; a bridge is then a high one."""


def ratio(noun: str, other: str) -> float:
    """How high one object is drawn beside another, as a share of the other's height."""
    evened = math.pow(_METRES[noun] / _METRES[other], _EVENED)
    return min(max(evened, _LEAST), _MOST)


def is_larger(noun: str, other: str) -> bool:
    """Whether an object is really higher than another."""
    return _METRES.get(noun, 0.0) > _METRES.get(other, 0.0)


def is_like(noun: str, other: str) -> bool:
    """Whether two objects are about equally large, and of the same element."""
    mine, its = _METRES.get(noun, 0.0), _METRES.get(other, 0.0)
    return foot(noun) == foot(other) and max(mine, its) <= 3.5 * min(mine, its)


def is_sized(noun: str) -> bool:
    """Whether an object has a size beside others: light, weather and portraits have none."""
    return noun in _METRES


def rides(noun: str, other: str) -> bool:
    """Whether one sits on the other with its legs behind it."""
    return noun in PEOPLE and other in SADDLES


def foot(noun: str) -> str:
    """What carries an object: "water", "air" or "ground"."""
    place = OBJECTS[noun].place
    if noun == "bridge":
        return "water"
    return {"water": "water", "sky": "air"}.get(place, "ground")
