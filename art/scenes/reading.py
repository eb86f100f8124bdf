"""What the phrases of a prompt ask for: subjects with their adjectives, land, light and style."""

from dataclasses import replace
from itertools import zip_longest

from mused.art.scenes.phrases import ARTICLES, Phrase, phrases_of
from mused.art.scenes.positions import Positions
from mused.art.scenes.request import BRIDGE, SceneRequest, Subject
from mused.art.scenes.sayings import (
    ABSTRACT,
    CLOTHES,
    MATERIALS,
    NATURAL,
    PRONOUNS,
    SECOND_COLOURS,
    UNSHOWN,
    VERBS,
    WEAK,
)
from mused.art.scenes.settling import Heard, settle
from mused.art.scenes.tokens import Token
from mused.art.scenes.words import OBJECTS, POSITION_PHRASES

_SOME = 3
"""How many a plural without a number is."""
_HELD = {
    "bowl of apples": ("apple", "bowl of apples", "cherry", "circle", "pear", "lemon"),
    "vase": ("flower", "tulip", "sunflower"),
}
"""What is drawn within a vessel already: "an apple in a fruit bowl" is one thing."""
_BOWLS = ("bowl", "fruit bowl", "bowls", "fruit bowls")
"""Whose colour is their own, and not that of what they hold."""
_CARRIED = ("car", "bus", "train", "bicycle", "person", "woman", "tractor", "horse")
"""What may stand on a bridge."""
_DRESSED = ("person", "woman")
_PORTRAITS = ("portrait", "portraits")
_BESIDE = frozenset(
    ("and", "with", "by", "near", "beside", "next", "across", "crossing", *POSITION_PHRASES)
)
"""Between two nouns these say that both are there, even where they are equal."""
_ONTO = frozenset(("on", "over", "across", "crossing"))
_IN = frozenset(("in", "into", "inside"))
_OF = frozenset(("of", "with"))
_ARE = frozenset(("is", "are", "was", "were"))
_FLYING = frozenset(("flying", "fly", "flies"))


def read_request(prompt: str) -> SceneRequest:
    """What the known words of a prompt ask for; unknown words are listed, never an error."""
    reader = _Reader()
    phrases = phrases_of(prompt)
    for phrase, after in zip_longest(phrases, phrases[1:]):
        reader.read(phrase, after)
    return settle(reader.finish())


class _Reader:
    """Takes in phrases, one after the other."""

    def __init__(self) -> None:
        self.heard = Heard(SceneRequest())
        self._request = self.heard.request
        self._called: list[str] = []
        """What each subject was called."""
        self._places = Positions()
        self._sky = False
        """Whether the sky was named last."""

    def read(self, phrase: Phrase, after: Phrase | None) -> None:
        """Take in a phrase, `after` which another comes."""
        for lead in phrase.leads:
            self._places.lead(lead)
            if lead in _FLYING:
                self.heard.flying = lead
        if phrase.denied:
            return
        self._untold(*phrase.untold, *(word for word in phrase.leads if word in UNSHOWN))
        if {"made", "of"} <= {*phrase.leads}:  # "a house made of wood" is no forest
            told = (*phrase.modifiers, *([phrase.head] if phrase.head else ()))
            self._untold(*phrase.colours, *phrase.strange, *(token.phrase for token in told))
            return
        for token in phrase.modifiers:
            self._modify(token)
        self._name(phrase, after)
        self._untold(*phrase.strange)

    def finish(self) -> Heard:
        """All that was heard."""
        self._places.settle()
        return self.heard

    def _name(self, phrase: Phrase, after: Phrase | None) -> None:
        """Take in what a phrase names, if anything."""
        head, sky = phrase.head, self._sky
        self._sky = False
        if head and head.kind:
            self._noun(phrase, head, after)
        elif head:
            self._other(phrase, head.phrase)
        elif phrase.modifiers:
            self._scenery(phrase)
        elif phrase.colours and sky and _ARE & {*phrase.leads}:  # "the sky is red"
            self.heard.skies += phrase.colours
        elif not phrase.strange:
            self._bare(phrase, after)

    def _untold(self, *words: str) -> None:
        self._request.unknown += words

    def _modify(self, token: Token) -> None:
        """Hour, weather, style or land."""
        request, name = self._request, token.name
        if token.kind == "landscape":
            self._places.land()
            if name not in request.landscapes:
                request.landscapes.append(name)
                self.heard.vague |= {name: token.phrase} if token.phrase in MATERIALS else {}
            elif token.phrase not in MATERIALS:
                self.heard.vague.pop(name, None)
        elif not (name == "photograph" and request.style):  # "an oil painting, realistic"
            setattr(request, str(token.kind), name)

    def _scenery(self, phrase: Phrase) -> None:
        """Colours of land, sky or picture."""
        lands = [token.name for token in phrase.modifiers if token.kind == "landscape"]
        if "plain" in lands:
            self._request.background = self._colour(phrase)
        elif lands:
            usual = {colour for land in lands for colour in NATURAL.get(land, ())}
            self._drop(phrase, usual)
        elif any(token.kind in ("time", "weather") for token in phrase.modifiers):
            self.heard.skies += phrase.colours
        else:
            self._drop(phrase)

    def _drop(self, phrase: Phrase, usual: set[str] | frozenset[str] = frozenset()) -> None:
        """Tell the colours of what cannot have them."""
        if any(colour not in usual for colour in phrase.colours):
            self._untold(*([phrase.shade] if phrase.shade else ()))
        self._untold(*(colour for colour in phrase.colours if colour not in usual))

    def _colour(self, phrase: Phrase, noun: str = "") -> str:
        """The one colour to draw of several; the others are told, but for usual ones."""
        colours = phrase.colours
        if not colours:
            return ""
        usual = OBJECTS[noun].colour if noun else ""
        chosen = usual if usual in colours else colours[0]
        shown = (chosen, *SECOND_COLOURS.get(noun, ()))
        self._untold(*(colour for colour in colours if colour not in shown))
        return chosen

    def _noun(self, phrase: Phrase, head: Token, after: Phrase | None) -> None:
        if head.phrase in PRONOUNS and self._request.subjects:
            return
        bare = not (phrase.article or phrase.described)
        verb = head.phrase in VERBS and after is not None and not (after.leads or after.empty)
        if bare and (verb or head.phrase in WEAK):
            self.heard.weak.append(Subject(head.name, count=1 if head.kind == "noun" else _SOME))
            return
        if len(phrase.strange) > 1:  # "a red dragon eats cats": it was the dragon's
            phrase = replace(phrase, colours=[], shade="", size="", count=0)
        position, named = self._places.taken(), None
        for subject in self._subjects(phrase, head):
            subject.position = position
            named = self._subject(subject, phrase, head.phrase)
        self._places.name(named)

    def _subjects(self, phrase: Phrase, head: Token) -> list[Subject]:
        """A subject, or one of each colour: "red and green apples"."""
        count = phrase.count or (1 if head.kind == "noun" else _SOME)
        colours, name = phrase.colours, head.name
        if 1 < len(colours) <= count and name not in SECOND_COLOURS:
            shares = [count // len(colours)] * len(colours)
            shares[0] += count - sum(shares)
            return [
                Subject(name, colour, phrase.size, share)
                for colour, share in zip(colours, shares, strict=True)
            ]
        subject = Subject(name, self._colour(phrase, name), phrase.size, count, shade=phrase.shade)
        if head.phrase in _BOWLS:
            subject.variant, subject.colour = subject.colour, ""
        return [subject]

    def _subject(self, subject: Subject, phrase: Phrase, called: str) -> Subject:
        """Add it, unless it is part of another or another in other words; returns what it is."""
        subjects, leads = self._request.subjects, {*phrase.leads}
        before = subjects[-1] if subjects else None
        if before and _IN & leads and before.noun in _HELD.get(subject.noun, ()):
            subjects[-1], self._called[-1] = subject, called
            _hold(subject, before)
        elif before and _OF & leads and subject.noun in _HELD.get(before.noun, ()):
            _hold(before, subject)
            return before
        elif before and "of" in leads and self._called[-1] in _PORTRAITS and not _sits(subject):
            subjects[-1], self._called[-1] = subject, called  # "a portrait of a dog"
        elif before and "with" in leads and subject.noun == "face" and not _sits(before):
            self._untold(called)  # "a sun with a face"
        elif again := self._said_again(subject, phrase, called):
            return again
        else:
            if subject.noun == "bridge" and before and _ONTO & leads:
                before.position = BRIDGE if before.noun in _CARRIED else before.position
            subjects.append(subject)
            self._called.append(called)
        return subject

    def _said_again(self, subject: Subject, phrase: Phrase, called: str) -> Subject | None:
        """The earlier subject that it is in other words: "an old house, the cottage"."""
        definite = phrase.article in ARTICLES - {"a", "an"}
        beside = bool(_BESIDE & {*phrase.leads})
        for other, name in zip(self._request.subjects, self._called, strict=True):
            if other.noun != subject.noun:
                continue
            told = all(s.colour or s.size for s in (other, subject))
            same = (
                definite
                or name in (*PRONOUNS, *WEAK, *VERBS)
                or bool({*name.split()} & {*called.split()})
            )
            if subject.noun == "face" or (same and not beside and not told):
                if subject.colour and not other.colour:
                    other.colour, other.shade = subject.colour, subject.shade
                other.size = other.size or subject.size
                other.count = max(other.count, subject.count)
                return other
        return None

    def _other(self, phrase: Phrase, word: str) -> None:
        """A head that is no object."""
        if word == "sky":  # "under a red sky" colours no object
            self.heard.skies += phrase.colours
            self.heard.flying = self.heard.flying or ("sky" if _IN & {*phrase.leads} else "")
            self._places.name(None)
            self._sky = True
        elif word in CLOTHES and self._dress(phrase):
            pass
        elif word in CLOTHES:
            self._untold(word)
        else:
            self.heard.painting |= word == "painting"
            self.heard.abstract += [word] if word in ABSTRACT else []
            self._drop(phrase)

    def _dress(self, phrase: Phrase) -> bool:
        """Give the colour of clothes to who wears them, the last person named."""
        people = [each for each in self._request.subjects if each.noun in _DRESSED]
        if not people or (people[-1].colour and phrase.colours):
            return False
        if phrase.colours:
            people[-1].colour, people[-1].shade = self._colour(phrase), phrase.shade
        return True

    def _bare(self, phrase: Phrase, after: Phrase | None) -> None:
        """Adjectives without a noun: of the next one, of the last one, or of the ground."""
        subjects, leads = self._request.subjects, {*phrase.leads}
        if subjects and phrase.pronoun and phrase.colours:  # "and a red one"
            called = self._called[-1]
            self._subject(_another(subjects[-1], phrase), replace(phrase, leads=["and"]), called)
        elif after and after.head and _is_elliptical(phrase, after):  # "one red and two blue boats"
            self._noun(replace(phrase, count=phrase.count or 1), after.head, after)
        elif subjects and phrase.colours and (_IN | _ARE) & leads and not phrase.article:
            subjects[-1].colour = self._colour(phrase, subjects[-1].noun)
            subjects[-1].shade = phrase.shade
        elif subjects and phrase.colours and not subjects[-1].colour and leads <= {","}:
            subjects[-1].colour = self._colour(phrase, subjects[-1].noun)  # "a cat, black"
        elif phrase.colours:
            self._untold(*([self.heard.colour] if self.heard.colour else ()))
            self.heard.colour = self._colour(phrase)


def _is_elliptical(phrase: Phrase, after: Phrase) -> bool:
    """Whether the noun comes with the next phrase."""
    alike = all(each.colours and (each.article or each.count) for each in (phrase, after))
    return alike and {*after.leads} <= {"and", "or", ","} and bool(after.head and after.head.kind)


def _another(subject: Subject, phrase: Phrase) -> Subject:
    """One more of the same, in another colour."""
    return Subject(subject.noun, phrase.colours[0], phrase.size, 1, shade=phrase.shade)


def _sits(subject: Subject) -> bool:
    """Whether it has a face that is drawn as such."""
    return subject.noun in ("face", *_DRESSED)


def _hold(vessel: Subject, held: Subject) -> None:
    """Put fruit into a bowl, whose colour is then the fruit's, or flowers into a vase."""
    if vessel.noun != "vase":
        vessel.variant = vessel.variant or vessel.colour
        usual = "" if held.noun in ("bowl of apples", "apple", "circle") else held.noun
        vessel.colour = held.colour or (OBJECTS[usual].colour if usual else "")
        vessel.shade = held.shade
    elif held.colour or held.noun != "flower":
        vessel.variant = f"{held.colour or OBJECTS[held.noun].colour} {held.noun}"
