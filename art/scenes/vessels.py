"""Fruit in bowls and flowers in vases: "red and green apples in a blue bowl" is one thing."""

from collections.abc import Sequence

from mused.art.scenes.phrases import IN, Phrase
from mused.art.scenes.request import Subject
from mused.art.scenes.words import OBJECTS, POSITION_PHRASES

_LIKE_APPLES = ("apple", "bowl of apples", "circle")
"""What a bowl of apples is drawn for, in the colour of these."""
_HELD = {
    "bowl of apples": (*_LIKE_APPLES, "cherry", "pear", "lemon", "banana"),
    "vase": ("flower", "tulip", "sunflower"),
}
"""What may be in a vessel."""
_FULL = ("bowl of apples", "bowls of apples")
"""Names of vessels that tell what is in them."""
_FRUIT_BOWLS = ("fruit bowl", "fruit bowls")
"""In which an apple is not alone."""
_BUNCH, _HEAP = 5, 6
"""How many flowers there are in a vase, and apples in a bowl."""
_OF = frozenset(("of", "with"))
_LISTING = frozenset(("and", ","))
_IT = frozenset(("it", "them"))
_PLACES = frozenset(("on", "onto", "by", "near", "beside", "next", "between", *POSITION_PHRASES))
"""What says where something is that is in no vessel."""


def hold(
    subject: Subject, subjects: list[Subject], phrase: Phrase, after: Phrase | None
) -> Subject | None:
    """Add a vessel for what was named last, or what is in the vessel that was.

    after: what follows the phrase of the subject.

    Returns the vessel; nothing is added where it is neither.
    """
    leads, last = {*phrase.leads}, subjects[-1] if subjects else None
    if last and IN & leads and last.noun in _HELD.get(subject.noun, ()):
        for held in _listed_last(subjects, subject):
            _put(held, subject, "in")
        subjects.append(subject)
        return subject
    if not last or subject.noun not in _HELD.get(last.noun, ()):
        return None
    inside = _held(last, subjects)
    if leads <= _LISTING and not inside and last.called in _FULL and not phrase.article:
        inside = [Subject("apple", last.colour, count=3, several=True, called="apples")]
        last.colour = ""
        _put(inside[0], last, "of")
        subjects.insert(-1, inside[0])
    listed = leads <= _LISTING and bool(inside) and not _is_elsewhere(last, inside, after)
    if _OF & leads or (listed and bool(phrase.article) == (inside[-1].count == 1)):
        _put(subject, last, "of" if _OF & leads else inside[-1].related_by)
        subjects.insert(-1, subject)
        return last
    return None


def _is_elsewhere(vessel: Subject, inside: Sequence[Subject], after: Phrase | None) -> bool:
    """Whether what is listed after a vessel has a place of its own: "and lemons on the table".

    That is the vessel's, unless it is by the vessel, in "a bowl of pears and lemons on the table".
    """
    if after is None or _LISTING & {*after.leads} or not _PLACES & {*after.leads}:
        return False
    its = after.article == "the" and after.head is not None and after.head.name == vessel.noun
    return its or bool(_IT & {*after.leads}) or inside[-1].related_by == "in"


def _held(vessel: Subject, subjects: Sequence[Subject]) -> list[Subject]:
    """What is in a vessel."""
    return [each for each in subjects if each.other is vessel and each.relation == "in"]


def _put(held: Subject, vessel: Subject, word: str) -> None:
    held.relation, held.other, held.related_by = "in", vessel, word
    vessel.position, held.position = vessel.position or held.position, ""


def _listed_last(subjects: Sequence[Subject], vessel: Subject) -> list[Subject]:
    """What was named last and goes into a vessel."""
    found: list[Subject] = []
    for subject in reversed(subjects):
        apart = subject.other or (found and subject.related_by)  # "lemons on a table and apples"
        if subject.noun not in _HELD[vessel.noun] or apart:
            break
        found.insert(0, subject)
    return found


def fill(subjects: list[Subject]) -> None:
    """Let vessels show what they hold: flowers and apples that fill a bowl are drawn with them."""
    for vessel in [*subjects]:
        held = _held(vessel, subjects)
        if held and (vessel.noun == "vase" or (len(held) == 1 and _fills(held[0], vessel))):
            _show(vessel, held)
            subjects[:] = [each for each in subjects if not any(each is old for old in held)]


def _fills(held: Subject, vessel: Subject) -> bool:
    """Whether a bowl of apples is drawn for it: for apples of no number, or for many."""
    if held.noun not in _LIKE_APPLES:
        return False
    among = held.count == 1 and vessel.called in _FRUIT_BOWLS  # "an apple in a fruit bowl"
    return held.several or held.count >= _HEAP or held.noun == vessel.noun or among


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
