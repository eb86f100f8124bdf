"""Where in the picture things stand, swim and hang, and how large they are."""

import random
from dataclasses import dataclass, field

from mused.art.scenes.grouping import Member, is_turned, members
from mused.art.scenes.leeway import USUAL, Leeway
from mused.art.scenes.request import SceneRequest, Subject
from mused.art.scenes.scene import Placed
from mused.art.scenes.words import OBJECTS

WATERS = ("sea", "lake", "river")
FLOATING = ("space", "underwater", "plain")
"""Where nothing stands on the ground."""
HEAVENLY = ("sun", "moon", "stars", "cloud", "rainbow", "lightning", "planet")
"""Objects that stand behind the landscape."""
_SIZE_FACTOR = {"large": 1.25, "small": 0.5, "": 1.0}
_SIDES = ("left", "right")
_ASIDE = 0.2
"""How far from the middle something stands alone at most, where no side was said."""
_CROWD = 5
"""From this number on, things stand in two rows."""
_GROUP_HEIGHT, _GROUP_WIDTH = 0.78, 0.88
"""How much of the picture a thing takes at most together with what is on and by it."""
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
    flip: bool | None = None
    """Whether it faces left, if that is decided."""
    members: list[Member] = field(default_factory=list)
    """What is on and by it."""

    @property
    def left(self) -> float:
        """How far it reaches to the left of its middle, with what is on and by it."""
        half = OBJECTS[self.noun].aspect / 2
        return self.height * max([half, *(m.width / 2 - m.x for m in self.members)])

    @property
    def right(self) -> float:
        """Likewise to the right."""
        half = OBJECTS[self.noun].aspect / 2
        return self.height * max([half, *(m.width / 2 + m.x for m in self.members)])

    @property
    def top(self) -> float:
        """Likewise above its base."""
        return self.height * max([1.0, *(m.y + m.height for m in self.members)])

    @property
    def bottom(self) -> float:
        """Likewise below its base."""
        return self.height * max([0.0, *(-m.y for m in self.members)])

    @property
    def width(self) -> float:
        """Width as a fraction of the shorter side, with what is on and by it."""
        return self.left + self.right

    def at(self, x: float, y: float, rng: random.Random) -> "_Spot":
        """It in its place, from `left` to `right` about x."""
        turned = is_turned(self.noun, rng) if self.flip is None else self.flip
        x += (self.left - self.right) / 2 if self.members else 0.0
        height, colour = self.height, self.colour
        return _Spot(
            Placed(self.noun, x, y, height, colour, turned, self.variant, self.shade), y, self
        )


@dataclass
class _Spot:
    """An object in its place."""

    placed: Placed
    depth: float
    """The lower, the farther away it stands."""
    item: _Item

    def group(self) -> "list[_Spot]":
        """It and what is on and by it."""
        found = [self]
        root, y = self.placed, self.depth
        for member in self.item.members:
            subject, high = member.subject, root.height
            placed = Placed(
                subject.noun,
                root.x + member.x * high,
                root.y - member.y * high,
                member.height * high,
                subject.colour or OBJECTS[subject.noun].colour,
                member.flip,
                subject.variant,
                subject.shade,
                raised=member.raised,
                held=(root.x, root.y),
            )
            found.append(_Spot(placed, y - member.depth * high + 1e-4 * member.order, self.item))
        return found


def place(
    request: SceneRequest,
    landscape: str,
    horizon: float,
    rng: random.Random,
    leeway: Leeway = USUAL,
) -> list[Placed]:
    """Give every copy of every subject its place; from back to front."""
    roots = [subject for subject in request.subjects if not subject.other]
    items = [item for subject in roots for item in _copies(subject, request, rng, leeway)]
    floating = landscape in FLOATING
    sky = [i for i in items if OBJECTS[i.noun].place == "sky" and not floating]
    ground = [i for i in items if not any(i is each for each in sky)]
    rows = _storeys(ground) if floating else _rows(ground)
    spots = [spot for row in rows for spot in _stand(row, landscape, horizon, rng, leeway)]
    below = [spot.placed for spot in spots]
    for row in _rows(sky):
        spots += _hang(row, horizon, below, rng, leeway)
    spots = [each for spot in spots for each in spot.group()]
    spots.sort(key=lambda spot: (spot.placed.noun not in HEAVENLY, spot.depth))
    return [spot.placed for spot in spots]


def _copies(
    subject: Subject, request: SceneRequest, rng: random.Random, leeway: Leeway
) -> list[_Item]:
    """As many items as were asked for, smaller the more there are, with what is on and by them."""
    noun = OBJECTS[subject.noun]
    count = 1 if subject.noun in ("sun", "moon", "stars", "rainbow") else subject.count
    roots = [each for each in request.subjects if not each.other]
    others = sum(min(s.count, 3) for s in roots) - subject.count
    crowd = 1.0 if others <= 0 else 0.82 if subject is roots[0] else 0.66
    height = noun.height * _SIZE_FACTOR[subject.size] * _GROUP_FACTOR[min(count, 7) - 1] * crowd
    height *= 0.62 if subject.position == "back" else 1.0
    height *= 1.0 if subject.size or subject.noun == "face" else leeway.scale
    height = min(height, 0.92, 0.95 / noun.aspect)
    if subject.noun == "stars":
        height = 0.5
    items = [
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
    if any(each.other is subject for each in request.subjects):
        for copy, item in enumerate(items):
            item.flip = is_turned(subject.noun, rng)
            item.members = members(subject, copy, request.subjects, item.flip, rng)
            tall, wide = (item.top + item.bottom) / item.height, item.width / item.height
            item.height = min(1.1 * item.height, _GROUP_HEIGHT / tall, _GROUP_WIDTH / wide)
    return items


def _row(items: list[_Item], rng: random.Random, leeway: Leeway) -> list[float]:
    """Centres from left to right, without overlap as long as there is room."""
    total = sum(item.width for item in items)
    if total > 0.94:
        for item in items:
            item.height *= 0.94 / total
        total = 0.94
    if len(items) == 1 and items[0].position not in _SIDES:
        room = min(0.1, (1.0 - total) / 2)
        reach = max(room, (1.0 - total) / 2 - 0.02)
        aside = rng.uniform(-room, room) + _ASIDE * leeway.aside
        return [0.5 + min(max(aside, -reach), reach)]
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


def _stand(
    items: list[_Item], landscape: str, horizon: float, rng: random.Random, leeway: Leeway
) -> list[_Spot]:
    """Places for what stands on the ground, swims or floats in front of a plain ground."""
    if not items:
        return []
    items = _ordered(items[::-1] if leeway.mirrored else items)
    both = landscape in WATERS and {OBJECTS[i.noun].place == "water" for i in items} == {
        True,
        False,
    }
    placed = []
    for item, x in zip(items, _row(items, rng, leeway), strict=True):
        y = _base(item, landscape, horizon, rng, shared=both)
        y = min(max(y, item.top + 0.04), (0.97 if item.noun != "face" else 1.0) - item.bottom)
        placed.append(item.at(x, y, rng))
    return placed


def _base(
    item: _Item, landscape: str, horizon: float, rng: random.Random, *, shared: bool
) -> float:
    """The height of an item's base in the picture."""
    if landscape in FLOATING:
        lower = {"behind": -0.17, "front": 0.17, "top": -0.23, "bottom": 0.23}
        middle = 0.5 + lower.get(item.depth or item.position, 0.0)
        return 1.0 if item.noun == "face" else middle + item.top / 2 + rng.uniform(-0.04, 0.04)
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
    items: list[_Item], horizon: float, below: list[Placed], rng: random.Random, leeway: Leeway
) -> list[_Spot]:
    """Places for what is in the sky, beside the heads of what stands below."""
    if not items:
        return []
    items = _ordered(items[::-1] if leeway.mirrored else items)
    if below:
        for item in items:
            item.height *= 1.0 if item.noun in ("stars", "rainbow") else 0.62
    centres = _row(items, rng, leeway)
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
            else max(0.04, (horizon - item.top) * 0.5)
        )
        if len(items) > 1 and not row:  # several hang at several heights
            room = 0.12 if item.noun in HEAVENLY else (horizon - item.top) * 0.8
            top = rng.uniform(0.05, max(0.05, room))
        y = horizon + 0.02 if item.noun == "rainbow" else min(top + item.top, 0.96)
        placed.append(item.at(x, y, rng))
    return placed
