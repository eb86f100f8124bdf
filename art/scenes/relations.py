"""Which thing is on, under, before, behind or beside which: "a cat on a car before a house"."""

from collections.abc import Mapping, Sequence
from typing import Literal

from mused.art.scenes.grouping import has_room
from mused.art.scenes.placing import FLOATING
from mused.art.scenes.proportions import ROOFS, TOPS, foot, is_larger, is_like, is_sized
from mused.art.scenes.request import Relation, Subject
from mused.art.scenes.words import PEOPLE

_WORDS: Mapping[str, Relation | Literal["in", "over"]] = {
    "on": "on",
    "onto": "on",
    "in": "in",
    "into": "in",
    "inside": "in",
    "over": "over",
    "above": "over",
    "across": "over",
    "crossing": "over",
    "under": "under",
    "below": "under",
    "beneath": "under",
    "in front": "front",
    "behind": "behind",
    "beside": "beside",
    "next": "beside",
    "near": "beside",
    "by": "beside",
    "between": "around",
}
_TOLD = frozenset(("on", "onto", "in", "into", "inside", "between", "through"))
"""Without the others the sketch is still true: things are beside each other, or far and near."""
_MOUNTED = ("tree", "pine", "palm", "sailboat", "ship")
"""What is in these is drawn on them."""
_CARRIED = ("car", "bus", "train", "bicycle", "tractor", "horse", *PEOPLE)
"""What goes over a bridge and does not fly."""
_ONLY_POSITION = {"front": "front", "behind": "back", "under": "bottom"}
"""The position that was read from the same word as a relation."""
_PERCHED = ("butterfly", "seagull")
"""What flies and may sit."""
_LISTING = frozenset(("and", ",", "with"))
_IT = frozenset(("it", "them"))
_MOST_LINKS = 2
"""How many things are on or by one another in a row, less one."""


class Relations:
    """Follows what is named and what is said between."""

    def __init__(self) -> None:
        self._last: list[Subject] = []
        """What was named last: several, where "and" or "with" joins them."""
        self._it: Subject | None = None
        """What "it" is: of a house with a tree the house, else what was named before the last."""
        self._base: tuple[str, Subject] | None = None
        """In "on a car a cat" the "on" and the car, until the cat is named."""
        self._bound = False
        """Whether what was named last is what something else is on or by."""
        self._strange = False
        """Whether what was said last is not drawn."""
        self._between: Subject | None = None
        """In "a house between a tree and a rock" the house, until the rock is named."""

    def name(self, named: Sequence[Subject], leads: Sequence[str]) -> list[str]:
        """Take what is named next, behind its leading words; return those that are not shown."""
        leads = self._look_back(leads)
        word = next((lead for lead in reversed(leads) if lead in _WORDS), "")
        first, base, related = named[0], self._base, False
        self._base = None
        own = bool(self._last) and self._last[-1] is first
        strange, self._strange = self._strange and "," not in leads, False
        middle, self._between = self._between, None
        if word and self._last and _IT & {*leads}:  # "and behind it a tree"
            related = _relate(named, word, self._last[0])
            self._bound = False
        elif word == "between" and self._last and not own:
            middle = self._last[-1]
            related = [_note(each, word, middle) for each in named] == [True] * len(named)
            self._between, self._bound = middle if related else None, True
        elif middle and "and" in leads:
            related = _note(first, "between", middle)
            self._bound = True
        elif self._last and _WORDS.get(word) == "under" and foot(first.noun) == "air":
            return []  # "a house under the moon": what follows is said of the house
        elif word and self._last and not own and "and" not in leads:
            related = _relate(self._last, word, first)
            self._bound = True
        elif word:  # "on a car a cat", "behind the house a tree"
            self._base = None if strange else (word, first)
            self._bound = False
        else:
            related = base is not None and "and" not in leads and _relate(named, *base)
            joined = bool(leads) and {*leads} <= _LISTING
            if joined and not (self._bound or related):
                if self._last and ("with" in leads or len(self._last) == 1):
                    self._it = self._last[-1]
                self._last += [each for each in named if not any(each is old for old in self._last)]
                return []
            self._bound = False
        self._it = self._last[-1] if self._last else None
        self._last = list(named)
        return [lead for lead in leads if lead in _TOLD and not (related and lead == word)]

    def interrupt(self) -> None:
        """Something was named that is not drawn: what follows is not said of what came before."""
        self._last, self._it, self._base = [], None, None
        self._strange = True

    def finish(self, leads: Sequence[str]) -> None:
        """Nothing more is named: "a house with a tree behind it"."""
        self._look_back(leads)

    def _look_back(self, leads: Sequence[str]) -> list[str]:
        """Take in "a house with a tree behind it"; return what is said after that."""
        words = list(leads)
        if not (self._last and words and words[0] in _WORDS):
            return words
        end = next((i for i, word in enumerate(words) if word in _IT), 0)
        if not end or _LISTING & {*words[:end]}:
            return words
        rest = words[end + 1 :]
        if self._it:
            _relate(self._last[-1:], words[0], self._it)
        elif not _LISTING & {*rest}:  # "a house, behind it a tree"
            return words
        return rest


def _relate(subjects: Sequence[Subject], word: str, other: Subject) -> bool:
    """Note how the last of the subjects is to the other, and those that are listed with it.

    Returns whether there is such a relation.
    """
    standing = [s for s in subjects if foot(s.noun) != "air" or s.noun in _PERCHED]
    subjects = standing or subjects  # "a girl with a balloon under a tree"
    nearest = subjects[-1]
    among = any(other is each for each in subjects)  # "a car and a cat on the car"
    for subject in () if among else subjects[:-1]:
        fits = _WORDS[word] == "under" or not is_larger(subject.noun, other.noun)
        if is_like(subject.noun, nearest.noun) and fits:
            _note(subject, word, other)
    return _note(nearest, word, other)


def _note(subject: Subject, word: str, other: Subject) -> bool:
    if subject.other is other:
        return True
    kind: Relation | Literal["in", "over"] = _WORDS[word]
    if kind == "over" and other.noun == "bridge" and subject.noun in _CARRIED:
        kind = "on"
    elif kind == "over" and word in ("over", "above") and subject.noun in ROOFS:
        subject, other, kind = other, subject, "under"
    elif kind == "in" and other.noun in _MOUNTED:
        kind = "on"
    if kind == "in" or kind == "over":
        return False
    if subject.other or subject is other or _depends(other, subject):
        return False
    subject.relation, subject.other, subject.related_by = kind, other, word
    return True


def _depends(subject: Subject, other: Subject) -> bool:
    """Whether its place is found by that of the other."""
    return subject.other is not None and (subject.other is other or _depends(subject.other, other))


def honour(subjects: Sequence[Subject], landscape: str) -> list[str]:
    """Keep the relations that can be drawn in that landscape; return the words of the others."""
    untold = []
    for subject in subjects:  # before any is measured
        if subject.other and not (is_sized(subject.noun) and is_sized(subject.other.noun)):
            untold += _part(subject)
    for subject in sorted(subjects, key=_links):  # what others are on before these
        if subject.other and not _is_possible(subject, subjects, landscape):
            untold += _part(subject)
    for subject in subjects:
        if subject.other and subject.relation:
            _pass_position(subject, subject.other)
            if subject.noun == "seagull":  # which is drawn with spread wings
                subject.noun, subject.colour = "bird", subject.colour or "white"
            if subject.other.noun == "bridge" and subject.relation == "under":
                subject.other.variant = "high"
            if subject.relation == "under":
                _lift_balloons(subjects)
            if subject.relation == "in" and not subject.other.variant.startswith("empty"):
                subject.other.variant = f"empty {subject.other.variant}".strip()
    return untold


def _part(subject: Subject) -> list[str]:
    """Take a relation away; return its word where that is to be told."""
    word, told = subject.related_by, subject.related_by in _TOLD or subject.relation == "in"
    subject.relation, subject.other = None, None
    return [word] if told else []


def _is_possible(subject: Subject, subjects: Sequence[Subject], landscape: str) -> bool:
    """Whether a relation of things that have sizes can be drawn."""
    other = subject.other
    if (
        other is None
        or not any(other is each for each in subjects)
        or _links(subject) > _MOST_LINKS
    ):
        return False
    mine, its = foot(subject.noun), foot(other.noun)
    match subject.relation:
        case "on":
            stands = mine != "air" or subject.noun in _PERCHED
            return stands and other.noun in TOPS and has_room(other, subjects)
        case "under":
            fits = mine == its if other.noun == "bridge" else mine == "ground"
            return fits and other.noun in ROOFS and landscape not in FLOATING
        case "in":
            return has_room(other, subjects)
        case "around":
            alike = (s for s in subjects if s.other is other and s.relation == "around")
            return mine == its != "air" and sum(s.count for s in alike) > 1
        case _:
            return mine == its != "air"


def _lift_balloons(subjects: Sequence[Subject]) -> None:
    """Of a girl with a balloon under a tree the girl is under the tree."""
    for subject in subjects:
        if subject.position == "bottom" and foot(subject.noun) == "air":
            subject.position = ""


def _links(subject: Subject) -> int:
    return 1 + _links(subject.other) if subject.other else 0


def _pass_position(subject: Subject, other: Subject) -> None:
    """Where it is in the picture is where the other is, if that was not said."""
    position, subject.position = subject.position, ""
    if subject.relation == "under" and other.position == "top":  # "an umbrella over a cat"
        other.position = ""
    if position != _ONLY_POSITION.get(subject.relation or ""):
        root = other
        while root.other:
            root = root.other
        root.position = root.position or position
