"""From a prompt, or from nothing, to a composed scene."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mused.art.scenes.reading import read_request
from mused.art.scenes.request import BRIDGE, SceneRequest, Subject
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.words import (
    COLOURS,
    HOMES,
    LANDSCAPES,
    OBJECTS,
    STYLES,
    TIMES,
    WEATHERS,
    Place,
)

WATERS = ("sea", "lake", "river")
_FLOATING = ("space", "underwater", "plain")
"""Where nothing stands on the ground."""
HEAVENLY = ("sun", "moon", "stars", "cloud", "rainbow", "lightning", "planet")
"""Objects that stand behind the landscape."""
_BACKDROPS = ("mountains", "hills", "forest", "city")
_DEFAULT_SUBJECTS = ("sailboat", "house", "castle", "tree", "lighthouse", "balloon")
_USUAL: dict[Place, tuple[str, ...]] = {
    "sky": ("hills", "meadow", "field", "sea"),
    "water": ("sea", "lake"),
    "ground": ("hills", "meadow"),
    "table": ("table",),
    "plain": ("plain",),
}
DECK = 0.33
"""How high a bridge carries, of its own height."""
_SIZE_FACTOR = {"large": 1.25, "small": 0.5, "": 1.0}
_SIDES = ("left", "right")
_CROWD = 5
"""From this number on, things stand in two rows."""
_GROUP_FACTOR = (1.0, 0.72, 0.58, 0.5, 0.44, 0.4, 0.36)


@dataclass
class _Item:
    """One copy of a subject while it looks for its place."""

    noun: str
    colour: str
    height: float
    position: str
    variant: str = ""
    shade: str = ""
    depth: str = ""
    """Its row, "behind" or "front", where things stand in two."""

    @property
    def width(self) -> float:
        """Width as a fraction of the shorter side."""
        return self.height * OBJECTS[self.noun].aspect

    def at(self, x: float, y: float, rng: random.Random, *, raised: bool = False) -> Placed:
        """It in its place; clocks, books and the like must not be mirrored."""
        turned = self.noun not in ("clock", "moon", "sun", "book", "church") and rng.random() < 0.4
        height, colour = self.height, self.colour
        return Placed(self.noun, x, y, height, colour, turned, self.variant, self.shade, raised)


def parse_scene(prompt: str, rng: random.Random) -> Scene:
    """The scene a prompt describes, as far as its words are known.

    Unknown words end up in `Scene.unknown`; a prompt that names no object and no landscape
    ("a hand sketch") gets a subject, so that there is something to see.
    """
    request = read_request(prompt)
    chosen = not (request.subjects or request.landscapes or request.time or request.weather)
    if chosen:
        request.subjects.append(Subject(rng.choice(_DEFAULT_SUBJECTS)))
    return replace(arrange(request, rng), chosen=chosen)


def random_scene(rng: random.Random) -> Scene:
    """Any scene: every object equally likely, usual places and natural colours more often."""
    noun = rng.choice(list(OBJECTS.values()))
    natural = rng.random() < 0.5
    subject = Subject(noun.name, "" if natural else rng.choice(list(COLOURS)))
    subject.size = rng.choice(("", "", "", "large", "small"))
    subject.count = rng.choice((1, 1, 1, 1, 2, 3))
    request = SceneRequest([subject] if rng.random() < 0.93 else [])
    if rng.random() < 0.25:
        request.subjects.append(Subject(rng.choice(list(OBJECTS))))
    if rng.random() < 0.55 or not request.subjects:
        request.landscapes.append(rng.choice(list(LANDSCAPES)))
    if rng.random() < 0.2:
        request.landscapes.append(rng.choice(_BACKDROPS))
    request.time = rng.choice(("", "", *TIMES))
    request.weather = rng.choice(("", "", "", "", *WEATHERS))
    request.style = rng.choice(("",) * 12 + tuple(STYLES))
    return arrange(request, rng)


def arrange(request: SceneRequest, rng: random.Random) -> Scene:
    """Choose whatever the request leaves open and give every object its place."""
    landscape, backdrop = _land(request, rng)
    time, weather = _light(request, backdrop, rng)
    request.unknown += _lost(request, landscape, backdrop)
    implied = _implied(request, time)
    request.subjects = subjects = [s for s in request.subjects if s.noun not in implied]
    low = bool(subjects) and all(OBJECTS[s.noun].place == "sky" for s in subjects)
    horizon = _horizon(landscape, low=low) + rng.uniform(-0.03, 0.03)
    items = [item for subject in subjects for item in _copies(subject, request, rng)]
    floating = landscape in _FLOATING
    sky = [i for i in items if OBJECTS[i.noun].place == "sky" and not floating]
    crossing = [i for i in items if i.position == BRIDGE]
    ground = [i for i in items if i not in sky and i not in crossing]
    rows = _storeys(ground) if floating else _rows(ground)
    placed = [p for row in rows for p in _stand(row, landscape, horizon, rng)]
    bridge = next((p for p in placed if p.noun == "bridge"), None)
    if bridge:
        placed += _cross(crossing, bridge, rng)
    below = list(placed)
    for row in _rows(sky):
        placed += _hang(row, horizon, below, rng)
    placed.sort(key=lambda p: (p.noun not in HEAVENLY, p.raised, p.y))
    background = request.background or _contrast(placed, rng)
    return Scene(
        landscape=landscape,
        backdrop=backdrop,
        time=time,
        weather=weather,
        objects=tuple(placed),
        style=request.style,
        background=background if landscape == "plain" else "",
        horizon=horizon,
        seed=_seed(landscape, placed, rng),
        unknown=tuple(dict.fromkeys(request.unknown)),
    )


def _seed(landscape: str, placed: list[Placed], rng: random.Random) -> int:
    """The seed of all details: another sky over another subject, the same in another colour."""
    nouns = [p.noun for p in placed]
    return random.Random(f"{rng.getrandbits(31)} {landscape} {nouns}").getrandbits(31)


def _land(request: SceneRequest, rng: random.Random) -> tuple[str, str]:
    """Foreground and backdrop; boats bring water, a second landscape becomes the backdrop."""
    named = list(request.landscapes)
    nouns = [s.noun for s in request.subjects]
    backdrop = next((name for name in named if name in _BACKDROPS), "")
    front = next((name for name in named if name not in _BACKDROPS), "")
    afloat = next((noun for noun in nouns if OBJECTS[noun].place == "water"), "")
    if not front and afloat:
        front = HOMES.get(afloat) or rng.choice(_USUAL["water"])
        front = "lake" if backdrop else front
    if not front and nouns and not backdrop:
        front = HOMES.get(nouns[0]) or rng.choice(_USUAL[OBJECTS[nouns[0]].place])
    if front in WATERS and "fish" in nouns:
        front = "underwater"
    if front == "city":
        front, backdrop = "road", "city"
    if not front:
        front = _front_of(backdrop, bool(nouns), request.time, rng)
    if front == "forest":
        backdrop = ""
    if not backdrop and front in ("lake", "river"):
        low_sun = request.time in ("sunset", "morning")  # which only hills leave to be seen
        backdrop = "hills" if low_sun else rng.choice(("hills", "forest", "mountains"))
    return front, backdrop


def _lost(request: SceneRequest, landscape: str, backdrop: str) -> list[str]:
    """Landscapes that there is no room for, and an hour and a weather that are not to be seen."""
    shown = {landscape, backdrop, *(WATERS if landscape == "underwater" else ())}
    lost = [name for name in request.landscapes if name not in shown]
    shows_hours = landscape not in ("plain", "table", "space")
    usual = ("", "day", "night" if landscape == "space" else "")
    lost += [] if shows_hours or request.time in usual else [request.time]
    if landscape not in _FLOATING:
        lost += _level(request.subjects)
    outdoors = landscape not in (*_FLOATING, "table")
    lost += [] if outdoors or request.weather in ("", "clear") else [request.weather]
    return lost


def _level(subjects: Sequence[Subject]) -> list[str]:
    """What was said of things that stand on the ground, above or below others."""
    told = []
    for i, subject in enumerate(subjects):
        flies = OBJECTS[subject.noun].place == "sky"
        after = [OBJECTS[other.noun].place for other in subjects[i + 1 :]]
        if subject.position == "top" and after and not flies and subject.noun != "bridge":
            told.append("over")
        if subject.position == "bottom" and after and "sky" not in after:
            told.append("under")
    return told


def _implied(request: SceneRequest, time: str) -> tuple[str, ...]:
    """Nouns that something else already shows: a low sun, the sitter of a portrait."""
    sun = ("sun",) if time in ("sunset", "morning") else ()
    portrait = any(s.noun == "face" for s in request.subjects)
    return (*sun, *(("person", "woman") if portrait else ()))


def _front_of(backdrop: str, occupied: bool, time: str, rng: random.Random) -> str:
    """A foreground for a backdrop that was named alone."""
    if not backdrop:
        return "sea" if time in ("sunset", "morning", "dusk") else rng.choice(("hills", "lake"))
    if backdrop == "city":
        return "road" if occupied else "lake"
    if backdrop == "mountains" and not occupied:
        return rng.choice(("lake", "meadow"))
    return {"hills": "hills", "forest": "forest", "mountains": "meadow"}[backdrop]


def _light(request: SceneRequest, backdrop: str, rng: random.Random) -> tuple[str, str]:
    """Time and weather; moon and stars bring the night, snowmen the snow, a skyline its lamps."""
    nouns = {s.noun for s in request.subjects}
    street = "road" in request.landscapes
    lamps = backdrop == "city" and not (nouns or request.weather or street)
    usual = rng.choice(("dusk", "night")) if lamps else "day"
    time = request.time or ("night" if nouns & {"moon", "stars"} else usual)
    default = "snow" if nouns & {"snowman", "penguin"} else "clear"
    weather = request.weather or ("storm" if "lightning" in nouns else default)
    return time, weather


def _horizon(landscape: str, *, low: bool) -> float:
    """Where sky and land meet, from the top; low when the sky is the subject."""
    if landscape == "table":
        return 0.62
    return 0.74 if low else 0.58 if landscape in WATERS else 0.6


def _copies(subject: Subject, request: SceneRequest, rng: random.Random) -> list[_Item]:
    """As many items as were asked for, smaller the more there are."""
    noun = OBJECTS[subject.noun]
    count = 1 if subject.noun in ("sun", "moon", "stars", "rainbow") else subject.count
    carried = sum(s.count for s in request.subjects if s.position == BRIDGE)
    others = sum(min(s.count, 3) for s in request.subjects) - subject.count
    others -= carried if subject.noun == "bridge" else 0
    crowd = 1.0 if others <= 0 else 0.82 if subject is request.subjects[0] else 0.66
    height = noun.height * _SIZE_FACTOR[subject.size] * _GROUP_FACTOR[min(count, 7) - 1] * crowd
    height *= 0.62 if subject.position == "back" else 1.0
    height = min(height, 0.92, 0.95 / noun.aspect)
    if subject.noun == "stars":
        height = 0.5
    return [
        _Item(
            subject.noun,
            subject.colour or noun.colour,
            height * (rng.uniform(0.88, 1.08) if count > 1 else 1.0),
            subject.position,
            subject.variant,
            subject.shade,
        )
        for _ in range(count)
    ]


def _row(items: list[_Item], rng: random.Random) -> list[float]:
    """Centres from left to right, without overlap as long as there is room."""
    total = sum(item.width for item in items)
    if total > 0.94:
        for item in items:
            item.height *= 0.94 / total
        total = 0.94
    if len(items) == 1 and items[0].position not in _SIDES:
        room = min(0.1, (1.0 - total) / 2)
        return [0.5 + rng.uniform(-room, room)]
    gap = (1.0 - total) / (len(items) + 1)
    centres, at = [], 0.0
    for item in items:
        at += gap
        centres.append(at + item.width / 2 + rng.uniform(-0.25, 0.25) * gap)
        at += item.width
    if len(items) == 1:
        edge = items[0].width / 2 + 0.04
        centres = [max(edge, 0.27) if items[0].position == "left" else min(1 - edge, 0.73)]
    return centres


def _rows(items: list[_Item]) -> list[list[_Item]]:
    """Many things stand in two rows, the far one smaller."""
    if len(items) < _CROWD:
        return [items]
    depth = {"back": 0, "front": 2}
    items = sorted(items, key=lambda item: depth.get(item.position, 1))
    half = len(items) // 2
    far, near = items[:half], items[half:]
    if any(item.position in _SIDES for item in items):  # half of those on either side
        items = _ordered(items)
        far, near = items[1::2], items[::2]
    for item in items:
        item.height *= 1.35
        item.depth = "front"
    for item in far:
        item.height *= 0.8
        item.depth = "behind"
    return [far, near]


def _storeys(items: list[_Item]) -> list[list[_Item]]:
    """Those that float above others, and those others."""
    upper = [item for item in items if item.position == "top"]
    lower = [item for item in items if item.position == "bottom"]
    if not (upper or lower) or len(items) in (len(upper), len(lower)):
        return _rows(items)
    if upper:
        lower = [item for item in items if item not in upper]
    else:
        upper = [item for item in items if item not in lower]
    for position, storey in (("top", upper), ("bottom", lower)):
        for item in storey:
            item.position, item.height = position, min(item.height, 0.44)
    return [upper, lower]


def _ordered(items: list[_Item]) -> list[_Item]:
    """Left before right, as asked."""
    rank = {"left": 0, "right": 2}
    return sorted(items, key=lambda item: rank.get(item.position, 1))


def _stand(items: list[_Item], landscape: str, horizon: float, rng: random.Random) -> list[Placed]:
    """Places for what stands on the ground, swims or floats in front of a plain ground."""
    if not items:
        return []
    items = _ordered(items)
    both = landscape in WATERS and {OBJECTS[i.noun].place == "water" for i in items} == {
        True,
        False,
    }
    placed = []
    for item, x in zip(items, _row(items, rng), strict=True):
        y = _base(item, landscape, horizon, rng, shared=both)
        y = min(max(y, item.height + 0.04), 0.97 if item.noun != "face" else 1.0)
        placed.append(item.at(x, y, rng))
    return placed


def _cross(items: list[_Item], bridge: Placed, rng: random.Random) -> list[Placed]:
    """Places on the deck of a bridge, between its towers."""
    room = 1.1 * bridge.height / max(1, len(items))
    placed = []
    for i, item in enumerate(items):
        width = 0.9 * room / OBJECTS[item.noun].aspect
        item.height = min(item.height, 0.5 * bridge.height, width)
        x = bridge.x + (i - (len(items) - 1) / 2) * room
        y = bridge.y - DECK * bridge.height
        placed.append(item.at(x, y, rng, raised=True))
    return placed


def _base(
    item: _Item, landscape: str, horizon: float, rng: random.Random, *, shared: bool
) -> float:
    """The height of an item's base in the picture."""
    if landscape in _FLOATING:
        lower = {"behind": -0.17, "front": 0.17, "top": -0.23, "bottom": 0.23}
        middle = 0.5 + lower.get(item.depth or item.position, 0.0)
        return 1.0 if item.noun == "face" else middle + item.height / 2 + rng.uniform(-0.04, 0.04)
    room = 1.0 - horizon
    row = {"behind": 0.3, "back": 0.12, "front": 0.85}.get(item.depth or item.position)
    if row is not None:
        return horizon + row * room
    if landscape in WATERS and OBJECTS[item.noun].place != "water" and item.noun != "bridge":
        return rng.uniform(0.86, 0.92)
    if shared:
        return horizon + 0.3 * room
    reach = 0.3 + 0.6 * item.height
    return horizon + room * min(0.85, reach + rng.uniform(-0.06, 0.1))


def _hang(
    items: list[_Item], horizon: float, below: list[Placed], rng: random.Random
) -> list[Placed]:
    """Places for what is in the sky, beside the heads of what stands below."""
    if not items:
        return []
    items = _ordered(items)
    if below:
        for item in items:
            item.height *= 1.0 if item.noun in ("stars", "rainbow") else 0.62
    centres = _row(items, rng)
    alone = len(items) == 1 and items[0].position not in _SIDES
    if below and alone and items[0].noun not in ("stars", "rainbow"):
        tallest = max(below, key=lambda p: p.height)
        centres = [0.2 if tallest.x >= 0.5 else 0.8]
        half = items[0].width / 2 + 0.02
        centres = [min(max(centres[0], half), 1 - half)]
    placed = []
    for item, x in zip(items, centres, strict=True):
        row = 0.34 if item.depth == "front" else 0.0
        top = (
            row + 0.05 + rng.uniform(0.0, 0.06)
            if below or row
            else max(0.04, (horizon - item.height) * 0.5)
        )
        if len(items) > 1 and not row:  # several hang at several heights
            room = 0.12 if item.noun in HEAVENLY else (horizon - item.height) * 0.8
            top = rng.uniform(0.05, max(0.05, room))
        y = horizon + 0.02 if item.noun == "rainbow" else min(top + item.height, 0.96)
        placed.append(item.at(x, y, rng))
    return placed


def _contrast(placed: list[Placed], rng: random.Random) -> str:
    """A background colour that the objects stand off from."""
    mine = [COLOURS[p.colour] for p in placed]
    choices = ["blue", "turquoise", "yellow", "green", "pink", "orange", "cream", "purple"]
    rng.shuffle(choices)

    def distance(name: str) -> int:
        return min(
            (sum(abs(a - b) for a, b in zip(COLOURS[name], c, strict=True)) for c in mine),
            default=999,
        )

    return next((name for name in choices if distance(name) > 180), max(choices, key=distance))
