"""Things that are on, under, before, behind or beside another, as one group with it.

Lengths are heights of that other thing, x to the right and y up from the middle of its base.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mused.art.scenes.proportions import ROOFS, SADDLES, TOPS, ratio, rides
from mused.art.scenes.request import Relation, Subject
from mused.art.scenes.vessels import mixed
from mused.art.scenes.words import OBJECTS

_SIZES = {"large": 1.3, "small": 0.65, "": 1.0}
_ON_DECK = 0.5
"""How high something on a bridge is at most: lower than its towers."""
_NEARER, _FARTHER = 0.15, 0.07
"""How far before and behind another things stand."""
_HEAP = ((-0.36, 0.38), (0.37, 0.38), (0.0, 0.38), (-0.19, 0.52), (0.2, 0.52), (0.0, 0.6))
"""Where the fruit in a bowl lies."""
_FEW = {1: ((0.0, 0.4),), 2: ((-0.19, 0.4), (0.2, 0.4))}
"""Where one or two lie."""
_FRUIT = 0.37
_LEAST = 0.12
"""How high something on another is at least, and something on that."""
_FINER = 1 / (len(_HEAP) + 1)
"""So much nearer is what is on or in a member to it than the member to what that is on."""


@dataclass(frozen=True)
class Member:
    """One thing by another."""

    subject: Subject
    copy: int
    """Which one of its subject's."""
    height: float
    x: float
    y: float
    depth: float
    """How high in the picture it stands on the ground, or what carries it."""
    order: float = 0
    """Of several at the same depth: those in front have a higher one, what they are on has 0."""
    raised: bool = False
    """Whether it stands on another object."""
    flip: bool = False
    """Whether it faces left."""

    @property
    def width(self) -> float:
        """Its width."""
        return self.height * OBJECTS[self.subject.noun].aspect


def members(
    other: Subject, copy: int, subjects: Sequence[Subject], flip: bool, rng: random.Random
) -> list[Member]:
    """All that is on or by one copy of a subject, and on or by these in turn.

    flip: whether that copy is drawn mirrored.
    """
    found: list[Member] = []
    for relation, put in _PUTTING.items():
        related = _related(other, copy, relation, subjects)
        if not related:
            continue
        for member in put(other.noun, related, flip, rng):
            found.append(member)
            farther = members(member.subject, member.copy, subjects, member.flip, rng)
            found += [_within(member, far) for far in farther]
    return found


def is_turned(noun: str, rng: random.Random) -> bool:
    """Whether something faces left; clocks, books and the like must not be mirrored."""
    return noun not in ("clock", "moon", "sun", "book", "church") and rng.random() < 0.4


def has_room(other: Subject, subjects: Sequence[Subject]) -> bool:
    """Whether all that is to be on or in something fits there, not too small to be seen."""
    inside = _related(other, 0, "in", subjects)
    if inside:
        return len({id(subject) for subject, _ in inside}) <= len(_HEAP)
    related = _related(other, 0, "on", subjects)
    share = ratio(other.noun, other.other.noun) if other.other else 1.0
    return all(share * height >= _LEAST for height in _heights_on(other.noun, related))


def _related(
    other: Subject, copy: int, relation: Relation, subjects: Sequence[Subject]
) -> list[tuple[Subject, int]]:
    """What is on or by one copy of a subject: its share of the copies of others."""
    return [
        (subject, number)
        for subject in subjects
        if subject.other is other and subject.relation == relation
        for number in range(subject.count)
        if number % other.count == copy
    ]


def _within(member: Member, far: Member) -> Member:
    """A member's own member, in the same measure as the first."""
    return replace(
        far,
        height=far.height * member.height,
        x=member.x + far.x * member.height,
        y=member.y + far.y * member.height,
        depth=member.depth + far.depth * member.height,
        order=member.order + far.order * _FINER,
        raised=member.raised or far.raised,
    )


def _natural(noun: str, related: Sequence[tuple[Subject, int]]) -> list[float]:
    """Heights that let the smaller be seen beside the larger."""
    said = (_SIZES[s.size] / _SIZES[s.other.size if s.other else ""] for s, _ in related)
    return [ratio(s.noun, noun) * size for (s, _), size in zip(related, said, strict=True)]


def _widths(related: Sequence[tuple[Subject, int]], heights: Sequence[float]) -> list[float]:
    pairs = zip(related, heights, strict=True)
    return [OBJECTS[subject.noun].aspect * height for (subject, _), height in pairs]


def _row(widths: Sequence[float], left: float, right: float) -> list[float]:
    """Centres side by side between left and right, or about their middle."""
    gap = max(0.0, right - left - sum(widths)) / (len(widths) + 1)
    at = (left + right - sum(widths) - gap * (len(widths) - 1)) / 2
    centres = []
    for width in widths:
        centres.append(at + width / 2)
        at += width + gap
    return centres


def _heights_on(noun: str, related: Sequence[tuple[Subject, int]]) -> list[float]:
    """The heights of all that is on an object, small enough to have room there."""
    top = TOPS[noun]
    room = top[-1][0] - top[0][0]
    heights = _natural(noun, related)
    if noun == "bridge":
        heights = [min(height, _ON_DECK) for height in heights]
    else:
        heights = [
            height * (0.82 if rides(subject.noun, noun) else 1.0)
            for (subject, _), height in zip(related, heights, strict=True)
        ]
        free = len(heights) == 1 or all(rides(subject.noun, noun) for subject, _ in related)
        room = max(1.6 * room, 0.6 * OBJECTS[noun].aspect if free else 0.0)
    share = min(1.0, room / max(sum(_widths(related, heights)), 1e-6))
    return [height * share for height in heights]


def _on(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    top = TOPS[noun]
    if flip:
        top = tuple((-x, y) for x, y in reversed(top))
    heights = _heights_on(noun, related)
    widths = _widths(related, heights)
    found = []
    centres = _row(widths, top[0][0], top[-1][0])
    for (subject, copy), height, width, x in zip(related, heights, widths, centres, strict=True):
        if rides(subject.noun, noun):
            y, order = SADDLES[noun], -1
        else:
            feet = [_level(top, x + share * width) for share in (-0.25, 0.0, 0.25)]
            y, order = sum(feet) / len(feet) - 0.01, 1
        turned = is_turned(subject.noun, rng)
        found.append(Member(subject, copy, height, x, y, 0.0, order, raised=True, flip=turned))
    return found


def _level(top: Sequence[tuple[float, float]], x: float) -> float:
    """The height of a line of points at x; beyond its ends it is level."""
    for (left, low), (right, high) in pairwise(top):
        if x <= right:
            share = max(0.0, (x - left) / max(right - left, 1e-6))
            return low + share * (high - low)
    return top[-1][1]


def _in(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    """Fruit heaped in a bowl, the kinds mixed; as many as it holds where no number was said."""
    fruits = mixed([subject for subject, _ in related], len(_HEAP))
    places = _FEW.get(len(fruits), _HEAP[: len(fruits)])
    order = sorted(range(len(places)), key=lambda i: (-places[i][1], -abs(places[i][0])))
    found = []
    for rank, i in enumerate(order):
        subject, (x, y) = fruits[i], places[i]
        height = _FRUIT * {"lemon": 0.74, "pear": 1.1, "cherry": 0.9}.get(subject.noun, 1.0)
        turned = is_turned(subject.noun, rng)
        found.append(
            Member(subject, 0, height, x, y, 0.0, rank - len(order), raised=True, flip=turned)
        )
    return found


def _under(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    most = ROOFS[noun]
    heights = [min(height, most) for height in _natural(noun, related)]
    room = OBJECTS[noun].aspect * (0.42 if noun == "bridge" else 1.1)
    share = min(1.0, room / max(sum(_widths(related, heights)), 1e-6))
    heights = [height * share for height in heights]
    widths = _widths(related, heights)
    centres = _row(widths, -room / 2, room / 2)
    if len(centres) == 1:  # beside the trunk
        centres = [rng.choice((-1, 1)) * 0.2]
    order = -1 if noun == "bridge" else 1
    return [
        Member(subject, copy, height, x, -0.04, 0.0, order, flip=is_turned(subject.noun, rng))
        for (subject, copy), height, x in zip(related, heights, centres, strict=True)
    ]


def _front(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    heights = [1.12 * height for height in _natural(noun, related)]
    widths, room = _widths(related, heights), OBJECTS[noun].aspect
    if len(widths) == 1:  # which leaves some of the other to be seen
        overlap = min(0.75 * widths[0], 0.4 * room)
        centres = [rng.choice((-1, 1)) * (room / 2 + widths[0] / 2 - overlap)]
    else:
        wide = max(room, 1.04 * sum(widths))
        centres = _row(widths, -wide / 2, wide / 2)
    return [
        Member(subject, copy, height, x, -_NEARER, -_NEARER, flip=is_turned(subject.noun, rng))
        for (subject, copy), height, x in zip(related, heights, centres, strict=True)
    ]


def _behind(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    return _outward(noun, related, rng, scale=0.9, overlap=0.42, away=_FARTHER)


def _beside(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    return _outward(noun, related, rng, scale=1.0, overlap=-0.08, away=-0.02)


def _around(
    noun: str, related: Sequence[tuple[Subject, int]], flip: bool, rng: random.Random
) -> list[Member]:
    return _outward(noun, related, rng, scale=0.8, overlap=0.08, away=2 * _FARTHER)


def _outward(
    noun: str,
    related: Sequence[tuple[Subject, int]],
    rng: random.Random,
    *,
    scale: float,
    overlap: float,
    away: float,
) -> list[Member]:
    """On either side in turn, ever farther out.

    overlap: how much of it is hidden by the other, as a share of its width; away: how far behind.
    """
    heights = [scale * height for height in _natural(noun, related)]
    side = rng.choice((-1, 1))
    edges = {side: OBJECTS[noun].aspect / 2, -side: OBJECTS[noun].aspect / 2}
    found = []
    for (subject, copy), height in zip(related, heights, strict=True):
        width = OBJECTS[subject.noun].aspect * height
        x = side * (edges[side] + width * (0.5 - overlap))
        edges[side] += width * (1.04 - overlap)
        found.append(
            Member(subject, copy, height, x, away, away, flip=is_turned(subject.noun, rng))
        )
        side = -side
    return found


_Put = Callable[[str, Sequence[tuple[Subject, int]], bool, random.Random], list[Member]]
_PUTTING: Mapping[Relation, _Put] = {
    "on": _on,
    "under": _under,
    "front": _front,
    "behind": _behind,
    "beside": _beside,
    "around": _around,
    "in": _in,
}
