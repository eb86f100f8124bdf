"""The things of a prompt: what is one more, part of another, or another in other words."""

from collections.abc import Sequence
from dataclasses import replace

from mused.art.scenes.phrases import ARTICLES, Phrase
from mused.art.scenes.request import Subject
from mused.art.scenes.sayings import PRONOUNS, ROOFS, SECOND_COLOURS, VERBS, WEAK
from mused.art.scenes.vessels import hold
from mused.art.scenes.words import COLLECTIVES, OBJECTS, PEOPLE, POSITION_PHRASES

_ROOFED = ("house", "castle", "church", "tower", "windmill", "barn", "skyscraper")
_PARTS = ("head", "heads", "smile", "smiles")
_PORTRAITS = ("portrait", "portraits")
_BESIDE = frozenset(
    ("and", "with", "on", "by", "near", "beside", "next", "across", "crossing", *POSITION_PHRASES)
)
"""Between two nouns these say that both are there, even where they are equal."""


def add(subject: Subject, subjects: list[Subject], phrase: Phrase, after: Phrase | None) -> Subject:
    """Add what a phrase names, unless it is part of another or another in other words.

    after: the next phrase.

    Returns what it is, or what it is part of.
    """
    leads = {*phrase.leads}
    before = subjects[-1] if subjects else None
    if vessel := hold(subject, subjects, phrase, after):
        return vessel
    if before and "of" in leads and _stands_for(before, subject):
        subjects[-1] = subject
    elif before and not {"and", ","} & leads and _is_part(subject, before):
        return before
    elif again := _said_again(subject, subjects, phrase):
        return again
    else:
        subjects.append(subject)
    return subject


def _said_again(subject: Subject, subjects: Sequence[Subject], phrase: Phrase) -> Subject | None:
    """The earlier subject that it is in other words: "an old house, the cottage"."""
    if subject.called in ROOFS:
        return next((each for each in reversed(subjects) if each.noun in _ROOFED), None)
    definite = phrase.article in ARTICLES - {"a", "an"}
    beside = bool(_BESIDE & {*phrase.leads})
    for other in subjects:
        if other.noun != subject.noun:
            continue
        told = all(s.colour or s.size for s in (other, subject))
        alike = bool({*other.called.split()} & {*subject.called.split()})
        same = definite or alike or other.called in (*PRONOUNS, *WEAK, *VERBS)
        that = definite and alike and not phrase.count  # "and the house is blue"
        if subject.noun == "face" or (same and not told and (that or not beside)):
            if subject.colour and not other.colour:
                other.colour, other.shade = subject.colour, subject.shade
            other.size = other.size or subject.size
            other.count = max(other.count, subject.count)
            return other
    return None


def shared(subject: Subject, colours: Sequence[str]) -> list[Subject]:
    """A group in several colours as several groups, nothing where that cannot be."""
    if not 1 < len(colours) <= subject.count or subject.noun in SECOND_COLOURS:
        return []
    share, rest = divmod(subject.count, len(colours))
    counts = [share + rest] + [share] * (len(colours) - 1)
    return [
        replace(subject, colour=colour, count=count)
        for colour, count in zip(colours, counts, strict=True)
    ]


def _stands_for(before: Subject, subject: Subject) -> bool:
    """Whether it says what that is of: "a portrait of a dog", "a fleet of ships"."""
    if before.called in COLLECTIVES:
        return OBJECTS[before.noun].place == OBJECTS[subject.noun].place
    return before.called in _PORTRAITS and not _sits(subject)


def _is_part(face: Subject, of: Subject) -> bool:
    """Whether a face is not the subject: "a sun with a face", "a crown on his head"."""
    return face.noun == "face" != of.noun and (not _sits(of) or face.called in _PARTS)


def _sits(subject: Subject) -> bool:
    """Whether it has a face that is drawn as such."""
    return subject.noun in ("face", *PEOPLE)
