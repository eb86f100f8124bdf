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
    listed = leads <= _LISTING and last.noun != "vase" and bool(inside)
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
    """What was named last and goes into a vessel: in a vase there is one kind."""
    found: list[Subject] = []
    for subject in reversed(subjects):
        if subject.noun not in _HELD[vessel.noun] or subject.other:
            break
        found.insert(0, subject)
    return found[-1:] if vessel.noun == "vase" else found


def fill(subjects: list[Subject]) -> None:
    """Let vessels show what they hold: flowers, and apples of one colour, are drawn with them."""
    for vessel in [*subjects]:
        held = _held(vessel, subjects)
        drawn = held and (vessel.noun == "vase" or len(held) == 1)
        if drawn and held[-1].noun in (*_HELD["vase"], *_LIKE_APPLES):
            _show(vessel, held[-1])
            subjects[:] = [each for each in subjects if not any(each is old for old in held)]


def _show(vessel: Subject, held: Subject) -> None:
    """Give a bowl the colour of its fruit, or a vase its flowers."""
    if vessel.noun != "vase":
        vessel.variant = vessel.variant or vessel.colour
        vessel.colour, vessel.shade = held.colour, held.shade
    elif held.colour or held.noun != "flower":
        vessel.variant = f"{held.colour or OBJECTS[held.noun].colour} {held.noun}"
