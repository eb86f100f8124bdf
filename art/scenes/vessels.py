"""Fruit in bowls and flowers in vases: "red and green apples in a blue bowl" is one thing."""

from collections.abc import Sequence

from mused.art.scenes.phrases import IN, Phrase
from mused.art.scenes.request import Subject
from mused.art.scenes.words import OBJECTS

_LIKE_APPLES = ("apple", "bowl of apples", "circle")
"""What a bowl of apples is drawn for, in the colour of these."""
_HELD = {
    "bowl of apples": (*_LIKE_APPLES, "cherry", "pear", "lemon", "banana"),
    "vase": ("flower", "tulip", "sunflower"),
}
"""What may be in a vessel."""
_FULL = ("bowl of apples", "bowls of apples")
"""Names of vessels that tell what is in them."""
_BUNCH = 5
"""How many flowers there are in a vase."""
_OF = frozenset(("of", "with"))
_LISTING = frozenset(("and", ","))


def hold(subject: Subject, subjects: list[Subject], phrase: Phrase) -> Subject | None:
    """Add a vessel for what was named last, or what is in the vessel that was.

    Returns the vessel; nothing is added where it is neither.
    """
    leads, last = {*phrase.leads}, subjects[-1] if subjects else None
    if last and IN & leads and last.noun in _HELD.get(subject.noun, ()):
        for held in _listed_last(subjects, subject):
            _put(held, subject)
        subjects.append(subject)
        return subject
    if not last or subject.noun not in _HELD.get(last.noun, ()):
        return None
    inside = _held(last, subjects)
    if leads <= _LISTING and not inside and last.called in _FULL and not phrase.article:
        inside = [Subject("apple", last.colour, count=3, several=True, called="apples")]
        last.colour = ""
        _put(inside[0], last)
        subjects.insert(-1, inside[0])
    listed = leads <= _LISTING and bool(inside)
    if _OF & leads or (listed and bool(phrase.article) == (inside[-1].count == 1)):
        _put(subject, last)
        subjects.insert(-1, subject)
        return last
    return None


def _held(vessel: Subject, subjects: Sequence[Subject]) -> list[Subject]:
    """What is in a vessel."""
    return [each for each in subjects if each.other is vessel and each.relation == "in"]


def _put(held: Subject, vessel: Subject) -> None:
    held.relation, held.other, held.related_by = "in", vessel, "in"
    vessel.position, held.position = vessel.position or held.position, ""


def _listed_last(subjects: Sequence[Subject], vessel: Subject) -> list[Subject]:
    """What was named last and goes into a vessel."""
    found: list[Subject] = []
    for subject in reversed(subjects):
        if subject.noun not in _HELD[vessel.noun] or subject.other:
            break
        found.insert(0, subject)
    return found


def fill(subjects: list[Subject]) -> None:
    """Let vessels show what they hold: flowers and apples of one colour are drawn with them."""
    for vessel in [*subjects]:
        held = _held(vessel, subjects)
        alike = len(held) == 1 and held[0].noun in _LIKE_APPLES
        if held and (alike or vessel.noun == "vase"):
            _show(vessel, held)
            subjects[:] = [each for each in subjects if not any(each is old for old in held)]


def _show(vessel: Subject, held: Sequence[Subject]) -> None:
    """Give a bowl the colour of its fruit, or a vase its flowers."""
    first = held[0]
    if vessel.noun != "vase":
        vessel.variant = vessel.variant or vessel.colour
        vessel.colour, vessel.shade = first.colour, first.shade
    elif len(held) > 1 or (first.count < _BUNCH and not first.several):
        copies = [each for each in held for _ in range(each.count)]
        vessel.variant = "of " + "+".join(map(_flower, mixed(copies, _BUNCH)))
    elif first.colour or first.noun != "flower":
        vessel.variant = _flower(first)


def _flower(subject: Subject) -> str:
    return f"{subject.colour or OBJECTS[subject.noun].colour} {subject.noun}"


def mixed(copies: Sequence[Subject], room: int) -> list[Subject]:
    """The kinds in turn, so many that there is no more room where there are several of one.

    copies: each subject as often as it was asked for.
    """
    apart = {id(each): each for each in copies}.values()
    kinds = [[each] * sum(each is copy for copy in copies) for each in apart]
    several = [kind for kind in kinds if kind[0].several]
    left = room - sum(len(kind) for kind in kinds if not kind[0].several)
    for i, kind in enumerate(several):
        share, rest = divmod(max(0, left), len(several))
        kind[:] = [kind[0]] * max(1, share + (i < rest))
    return [kind[i] for i in range(room) for kind in kinds if i < len(kind)][:room]
