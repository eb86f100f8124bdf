"""The drawing of every object of the vocabulary."""

import random
from collections.abc import Callable, Mapping
from functools import partial

from mused.art.scenes import (
    animals,
    birds,
    buildings,
    figures,
    heavens,
    plants,
    still_life,
    vehicles,
)
from mused.art.scenes.pen import Colour, Pen
from mused.art.scenes.words import COLOURS, OBJECTS

_ROOMS = (animals, birds, buildings, figures, heavens, plants, still_life, vehicles)

Drawing = Callable[[Pen, Colour, random.Random], None]


def _drawing(name: str) -> Drawing:
    """The function of that name in one of the drawing modules."""
    function = name.replace(" ", "_")
    drawing: Drawing = next(getattr(m, function) for m in _ROOMS if hasattr(m, function))
    return drawing


DRAWINGS: Mapping[str, Drawing] = {name: _drawing(name) for name in OBJECTS}
"""How to draw each object; built at import, so that a word without a drawing fails at once."""

VARIANTS: Mapping[tuple[str, str], Drawing] = {
    ("face", "man"): figures.mans_face,
    ("moon", "full"): heavens.full_moon,
    ("bridge", "high"): buildings.high_bridge,
    **{
        ("bowl of apples", name): partial(still_life.coloured_bowl, bowl=colour)
        for name, colour in COLOURS.items()
    },
    ("bowl of apples", "empty"): still_life.empty_bowl,
    **{
        ("bowl of apples", f"empty {name}"): partial(still_life.empty_bowl, bowl=colour)
        for name, colour in COLOURS.items()
    },
    **{
        ("vase", f"{name} {kind}"): partial(still_life.vase_of, kind=kind, tone=colour)
        for name, colour in COLOURS.items()
        for kind in ("flower", "tulip", "sunflower")
    },
}
"""Other drawings of an object, by its name and `Placed.variant`."""


def drawing_of(noun: str, variant: str) -> Drawing:
    """How to draw an object; of a vase each flower may be told: "of red tulip+pink flower"."""
    if noun == "vase" and variant.startswith("of "):
        told = [each.split() for each in variant.removeprefix("of ").split("+")]
        flowers = [(kind, COLOURS[colour]) for colour, kind in told]
        return partial(still_life.vase_of_several, flowers=flowers)
    return VARIANTS.get((noun, variant), DRAWINGS[noun])
