"""What the phrases of a prompt ask for: things with their adjectives, land, light and style."""

from collections.abc import Collection
from dataclasses import replace
from itertools import zip_longest

from mused.art.scenes.phrases import IN, Phrase, phrases_of
from mused.art.scenes.positions import Positions
from mused.art.scenes.relations import Relations
from mused.art.scenes.request import SceneRequest, Subject
from mused.art.scenes.sayings import (
    ABSTRACT,
    CLOTHES,
    GENERAL,
    MATERIALS,
    NATURAL,
    OF_THINGS,
    PRONOUNS,
    ROOFS,
    SECOND_COLOURS,
    UNSHOWN,
    VERBS,
    WEAK,
)
from mused.art.scenes.settling import Heard, settle
from mused.art.scenes.subjects import add, shared
from mused.art.scenes.tokens import Token
from mused.art.scenes.words import OBJECTS, PEOPLE, PLURALS

_SOME = 3
"""How many a plural without a number is."""
_BOWLS = ("bowl", "fruit bowl", "bowls", "fruit bowls")
"""Whose colour is their own, and not that of what they hold."""
_LACKING = {"sun": "sun", "moon": "moon", "stars": "stars", "cloud": "clouds", "cloudy": "clouds"}
"""What a sky may lack, by canonical names."""
_VAGUE = ("some", "lots", "few", "several", "many")
_APPOSED = frozenset((",", "but"))
_RELATIVE = ("", "that")
"""Before strange words that may be the verb of what was named: "a cat that purrs on a car"."""
_ARE = frozenset(("is", "are", "was", "were"))
_NOT_ON = frozenset(("under", "below", "beneath", "behind", "beside", "next", "near", "by"))
"""Where what is said to be by a table is not: it is drawn on it."""
_FLYING = frozenset(("flying", "fly", "flies"))


def read_request(prompt: str, avoided: str = "") -> SceneRequest:
    """What the known words of a prompt ask for; unknown words are listed, never an error.

    avoided: names what is not to be seen.
    """
    reader = _Reader()
    for phrase in phrases_of(avoided):
        reader.deny(phrase)
    phrases = phrases_of(prompt)
    for phrase, after in zip_longest(phrases, phrases[1:]):
        reader.read(phrase, after)
    return settle(reader.finish())


class _Reader:
    """Takes in phrases, one after the other."""

    def __init__(self) -> None:
        self.heard = Heard(SceneRequest())
        self._request = self.heard.request
        self._places = Positions()
        self._relations = Relations()
        self._scene = ""
        """Land or "sky" where that was named last, and no subject."""
        self._group: Subject | None = None
        """What was named last where that is many, and no colour was told."""

    def read(self, phrase: Phrase, after: Phrase | None) -> None:
        """Take in a phrase, `after` which another comes."""
        for lead in phrase.leads:
            self._places.lead(lead)
            if lead in _FLYING:
                self.heard.flying = lead
        if phrase.empty:
            self._relations.finish(phrase.leads)
        if phrase.denied:
            self.deny(phrase)
            return
        self._untold(*phrase.untold, *(word for word in phrase.leads if word in UNSHOWN))
        if {"made", "of"} <= {*phrase.leads}:  # "a house made of wood" is no forest
            told = (*phrase.modifiers, *([phrase.head] if phrase.head else ()))
            self._untold(*phrase.colours, *phrase.strange, *(token.phrase for token in told))
            return
        for token in phrase.modifiers:
            self._modify(token, phrase)
        self._name(phrase, after)
        self._untold(*phrase.strange)

    def deny(self, phrase: Phrase) -> None:
        """Take in what is not wanted: only what is in a sky comes unasked."""
        named = (*phrase.modifiers, *([phrase.head] if phrase.head else ()))
        self._request.without |= {_LACKING[token.name] for token in named if token.name in _LACKING}

    def finish(self) -> Heard:
        """All that was heard."""
        self._places.settle()
        return self.heard

    def _name(self, phrase: Phrase, after: Phrase | None) -> None:
        """Take in what a phrase names, if anything."""
        head = phrase.head
        if head and head.kind:
            self._noun(phrase, head, after)
        elif head:
            self._other(phrase, head.phrase)
        elif phrase.modifiers:
            self._scenery(phrase)
        elif not phrase.strange:
            self._bare(phrase, after)
        elif phrase.article not in _RELATIVE or "and" in phrase.leads or not self._request.subjects:
            self._relations.interrupt()

    def _untold(self, *words: str) -> None:
        self._request.unknown += words

    def _modify(self, token: Token, phrase: Phrase) -> None:
        """Hour, weather, style or land."""
        request, name = self._request, token.name
        if token.phrase in OF_THINGS and _is_of_thing(phrase):
            self._untold(token.phrase)
            return
        match token.kind:
            case "landscape":
                self._land(token)
            case "time":
                self._replace(request.time, name, ("", "day"))
                request.time = name
            case "weather" if name != "clear" or not request.weather:
                self._replace(request.weather, name, ("", "clear"))
                request.weather = name
            case "style" if token.phrase not in GENERAL or not request.style:
                self._replace(request.style, name, ("", "photograph", "pencil"))
                request.style = name

    def _replace(self, old: str, new: str, vague: tuple[str, ...]) -> None:
        """Tell what another takes the place of."""
        self._untold(*([old] if old not in (new, *vague) else ()))

    def _land(self, token: Token) -> None:
        request, name = self._request, token.name
        self._places.land()
        if name not in request.landscapes:
            request.landscapes.append(name)
            self.heard.vague |= {name: token.phrase} if token.phrase in MATERIALS else {}
        elif token.phrase not in MATERIALS:
            self.heard.vague.pop(name, None)

    def _scenery(self, phrase: Phrase) -> None:
        """Colours of land, sky or picture."""
        lands = [token.name for token in phrase.modifiers if token.kind == "landscape"]
        if "plain" in lands:
            self._request.background = self._colour(phrase)
        elif lands:
            self._scene = lands[-1]
            if self._request.subjects and phrase.leads[:1] == ["on"]:
                self._request.subjects[-1].related_by = "on"
            if any(token.phrase == "table" for token in phrase.modifiers):
                self._untold(*(lead for lead in phrase.leads if lead in _NOT_ON))
            self._drop(phrase, {colour for land in lands for colour in NATURAL.get(land, ())})
        elif any(token.kind in ("time", "weather") for token in phrase.modifiers):
            self._scene = "sky"
            self.heard.skies += phrase.colours
        else:
            self._drop(phrase)

    def _drop(self, phrase: Phrase, usual: Collection[str] = ()) -> None:
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
        if head.phrase in ROOFS and "on" not in phrase.leads:
            self._untold(head.phrase)
            return
        bare = not (phrase.article or phrase.described)
        verb = head.phrase in VERBS and after is not None and not (after.leads or after.empty)
        if bare and (verb or head.phrase in WEAK):
            count = 1 if head.kind == "noun" else _SOME
            self.heard.weak.append(Subject(head.name, count=count, called=head.phrase))
            return
        if len(phrase.strange) > 1:  # "a red dragon eats cats": it was the dragon's
            phrase = replace(phrase, colours=[], shade="", size="", count=0)
        self._scene = ""
        position, named = self._places.taken(), None
        subjects, all_named = self._request.subjects, []
        many = len(subjects)
        for subject in self._subjects(phrase, head):
            subject.position = position
            named = add(subject, subjects, phrase, after)
            all_named.append(named)
            if named.noun != subject.noun == "face":
                self._untold(subject.called)
        untold = self._relations.name(all_named, phrase.leads)
        self._untold(*(untold if 0 < many < len(subjects) else ()))
        self._places.name(named)
        self._group = named if named and named.count > 1 and not named.colour else None

    def _subjects(self, phrase: Phrase, head: Token) -> list[Subject]:
        """A subject, or one of each colour: "red and green apples"."""
        count, called, name = phrase.count, head.phrase, head.name
        if head.kind != "noun":
            count = count or _SOME
        elif called not in PLURALS and (phrase.article in ("a", "an") or phrase.number in _VAGUE):
            count = 1  # "a two story house", "some fruit"
        subject = Subject(name, "", phrase.size, count or 1, shade=phrase.shade, called=called)
        subject.several = head.kind != "noun" and not phrase.count
        shares = shared(subject, phrase.colours)
        if shares:
            return shares
        subject.colour = self._colour(phrase, name)
        if called in _BOWLS:
            subject.variant, subject.colour = subject.colour, ""
        return [subject]

    def _other(self, phrase: Phrase, word: str) -> None:
        """A head that is no object."""
        if word == "sky":  # "under a red sky" colours no object
            self.heard.skies += phrase.colours
            self.heard.flying = self.heard.flying or ("sky" if IN & {*phrase.leads} else "")
            self._places.name(None)
            self._scene = word
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
        people = [each for each in self._request.subjects if each.noun in PEOPLE]
        if not people or (people[-1].colour and phrase.colours):
            return False
        if phrase.colours:
            people[-1].colour, people[-1].shade = self._colour(phrase), phrase.shade
        return True

    def _bare(self, phrase: Phrase, after: Phrase | None) -> None:
        """Adjectives without a noun: of the next one, of what was last, or of the ground."""
        subjects, leads = self._request.subjects, {*phrase.leads}
        last = subjects[-1] if subjects else None
        if last and phrase.pronoun and phrase.number == "ones":
            self._one_more(last, phrase)
        elif after and after.head and _is_elliptical(phrase, after):  # "one red and two blue boats"
            self._noun(replace(phrase, count=phrase.count or 1), after.head, after)
        elif last and phrase.pronoun and phrase.colours:  # "two cats, one black and one white"
            self._one_more(last, phrase)
        elif self._scene and _ARE & leads:  # "the sky is red"
            self._be(phrase)
        elif last and not phrase.article and (_ARE & leads or (IN & leads and phrase.colours)):
            self._describe(last, phrase)  # "the house is big", "a heart in red"
        elif last and phrase.colours and not last.colour and leads <= _APPOSED:
            self._describe(last, phrase)  # "a cat, black"
        elif phrase.colours:
            self._untold(*([self.heard.colour] if self.heard.colour else ()))
            self.heard.colour = self._colour(phrase)

    def _be(self, phrase: Phrase) -> None:
        """Take in how the sky or the land is."""
        if self._scene == "sky":
            self.heard.skies += phrase.colours
        else:
            self._drop(phrase, NATURAL.get(self._scene, ()))

    def _one_more(self, last: Subject, phrase: Phrase) -> None:
        """One of what was named last, or one more of it: "a red boat and a blue one"."""
        number = max(1, phrase.count)
        colour = self._colour(phrase, last.noun)
        one = Subject(last.noun, colour, phrase.size, number, shade=phrase.shade)
        one.called = last.called
        if self._group and self._group.count > number:
            self._group.count -= number
        elif self._group:
            subjects = self._request.subjects
            subjects[:] = [each for each in subjects if each is not self._group]
            self._group = None
        one.position = self._places.taken()
        self._request.subjects.append(one)
        self._relations.name([one], phrase.leads)
        self._places.name(one)

    def _describe(self, last: Subject, phrase: Phrase) -> None:
        """Give it a colour and a size, if it has none."""
        last.size = last.size or phrase.size
        shares = [] if last.colour else shared(last, phrase.colours)
        if shares:  # "three flowers: red, yellow and blue"
            self._request.subjects[-1:] = shares
        elif last.colour:
            self._untold(*(colour for colour in phrase.colours if colour != last.colour))
        elif phrase.colours:
            last.colour, last.shade = self._colour(phrase, last.noun), phrase.shade


def _is_of_thing(phrase: Phrase) -> bool:
    """Whether it names something that is not drawn: "a dark suit", "with dark hair"."""
    if phrase.head:
        return phrase.head.phrase in CLOTHES
    return bool(phrase.strange and (phrase.article or "with" in phrase.leads))


def _is_elliptical(phrase: Phrase, after: Phrase) -> bool:
    """Whether the noun comes with the next phrase."""
    alike = all(each.colours and (each.article or each.count) for each in (phrase, after))
    return alike and {*after.leads} <= {"and", "or", ","} and bool(after.head and after.head.kind)
