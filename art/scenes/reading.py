"""Reading a prompt: adjectives wait for their noun, positions go to the noun before them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mused.art.scenes.request import BRIDGE, SceneRequest, Subject
from mused.art.scenes.sayings import (
    ABSTRACT,
    CLOTHES,
    MATERIALS,
    NATURAL,
    NEGATIONS,
    PASSED_OVER,
    PRONOUNS,
    SECOND_COLOURS,
    UNSHOWN,
    WEAK,
)
from mused.art.scenes.settling import Heard, settle
from mused.art.scenes.tokens import Token, tokens_of
from mused.art.scenes.words import FILLERS, OBJECTS, POSITION_PHRASES

_SOME = 3
"""How many a plural without a number is."""
_HELD = {
    "bowl of apples": ("apple", "bowl of apples", "cherry", "circle"),
    "vase": ("flower", "tulip", "sunflower"),
}
"""What is drawn within a vessel already: "an apple in a fruit bowl" is one thing."""
_CARRIED = ("car", "bus", "train", "bicycle", "person", "woman", "tractor", "horse")
"""What may stand on a bridge."""
_ARTICLES = frozenset(("a", "an", "the", "my", "our", "your", "this", "that", "its"))
_JOINTS = frozenset(
    ("and", "with", "of", "full", "on", "by", "near", "beside", "next", "across", "crossing")
)
_TWO = _JOINTS - {"of", "full", "on"} | {*POSITION_PHRASES}
"""Between two nouns these say that both are there, even where they are equal."""
_ONTO = ("on", "over", "across", "crossing")
_FLYING = frozenset(("flying", "fly", "flies", "air"))
_DRESSED = ("person", "woman")
_PICTURES = ("painting", "picture", "image", "print", "scene", "view")
_BOWLS = ("bowl", "fruit bowl", "bowls", "fruit bowls")
"""Whose colour is their own, and not that of what they hold."""
_OF = ("of", "with")
_CONTRARY = frozenset(("but", "just", "only", "on", "in", "with", "by", "near", "beside"))
"""After these a denial is over: "no red, but a boat"."""


def read_request(prompt: str) -> SceneRequest:
    """What the known words of a prompt ask for; unknown words are listed, never an error."""
    reader = _Reader()
    for token in tokens_of(prompt):
        reader.read(token)
    return settle(reader.heard())


@dataclass
class _Adjectives:
    """What was said before a noun that has not come yet."""

    colours: list[str] = field(default_factory=list)
    shade: str = ""
    size: str = ""
    count: int = 0


class _Reader:
    """Takes in tokens, one after the other."""

    def __init__(self) -> None:
        self._request = SceneRequest()
        self._heard = Heard(self._request)
        self._waiting = _Adjectives()
        self._joint = ""
        self._inside = self._article = self._negated = self._denied = self._sky = False
        self._before = Token("")

    def read(self, token: Token) -> None:
        """Take in one token."""
        if self._denies(token):
            return
        self._before, before = token, self._before
        match token.kind:
            case None if token.phrase == "of" and _is_picture(before):
                self._drop()  # "a black and white photo of a cat": they are not the cat's
            case None:
                self._other(token.phrase)
            case "noun" | "plural" | "group":
                self._noun(token)
            case "landscape":
                self._landscape(token)
            case "position":
                if self._request.subjects:
                    self._request.subjects[-1].position = token.name
                self._joint = token.phrase
            case "time" | "weather" | "style":
                self._light(token.kind, token.name)
            case "colour":
                self._waiting.colours.append(token.name)
            case "shade" | "size":
                setattr(self._waiting, token.kind, token.name)
            case "count":
                self._waiting.count = int(token.name)

    def _light(self, kind: Literal["time", "weather", "style"], name: str) -> None:
        if name != "photograph" or not self._request.style:  # "an oil painting, realistic"
            setattr(self._request, kind, name)
            self._inside = False  # "in the blue night": it was in that, whatever comes

    def heard(self) -> Heard:
        """All of it; a colour left over is the last subject's after "in", else the ground's."""
        waiting, subjects = self._waiting, self._request.subjects or self._heard.weak
        if self._inside and subjects and waiting.colours:  # "a heart in red"
            subjects[-1].colour, subjects[-1].shade = self._colour(), waiting.shade
        elif self._sky:  # "the sky is red"
            self._heard.skies += waiting.colours
        else:
            self._heard.colour = self._colour()
        return self._heard

    def _denies(self, token: Token) -> bool:
        """Whether this is what "without" or "no" takes away: all up to a noun, known or not."""
        word, kind = token.phrase, token.kind
        if word in NEGATIONS or (self._denied and word in ("or", "nor")):
            self._negated = True
            return True
        self._denied = False
        if not self._negated or word in _ARTICLES:
            return False
        if word in _CONTRARY:
            self._negated = False
        elif kind is None or kind in ("noun", "plural", "group", "landscape", "time", "weather"):
            self._negated, self._denied = False, True
            return True
        return self._negated

    def _forget(self) -> None:
        self._waiting = _Adjectives()
        self._joint = ""
        self._inside = self._article = False

    def _untold(self, *words: str) -> None:
        self._request.unknown += words

    def _drop(self, usual: Sequence[str] = ()) -> None:
        """Forget adjectives of what cannot have them; colours that it has anyway are not told."""
        waiting = self._waiting
        lost = [colour for colour in waiting.colours if colour not in usual]
        self._untold(*([waiting.shade] if waiting.shade else ()), *lost)
        self._forget()

    def _colour(self, noun: str = "") -> str:
        """The one colour to draw of those that wait; the others are told, but for usual ones."""
        colours = self._waiting.colours
        if not colours:
            return ""
        usual = OBJECTS[noun].colour if noun else ""
        chosen = usual if usual in colours else colours[0]
        shown = (chosen, *SECOND_COLOURS.get(noun, ()))
        self._untold(*(colour for colour in colours if colour not in shown))
        return chosen

    def _noun(self, token: Token) -> None:
        waiting = self._waiting
        bare = not (self._article or waiting.colours or waiting.size)
        if token.phrase in WEAK and token.kind == "noun" and bare:
            self._heard.weak.append(Subject(token.name))
        else:
            count = waiting.count or (1 if token.kind == "noun" else _SOME)
            colour = self._colour(token.name)
            subject = Subject(token.name, colour, waiting.size, count, shade=waiting.shade)
            if token.phrase in _BOWLS:
                subject.variant, subject.colour = colour, ""
            self._subject(subject)
        self._forget()

    def _subject(self, subject: Subject) -> None:
        """Add it, unless it is part of another or another in other words."""
        subjects = self._request.subjects
        before = subjects[-1] if subjects else None
        if self._inside and before and before.noun in _HELD.get(subject.noun, ()):
            subjects[-1] = subject
            _hold(subject, before)
        elif self._joint in _OF and before and subject.noun in _HELD.get(before.noun, ()):
            _hold(before, subject)
        elif not self._said_again(subject):
            if subject.noun == "bridge" and before and self._joint in _ONTO:
                before.position = BRIDGE if before.noun in _CARRIED else before.position
            subjects.append(subject)

    def _said_again(self, subject: Subject) -> bool:
        """Whether it is an earlier subject in other words: "an old house, the cottage"."""
        for other in self._request.subjects:
            if other.noun != subject.noun:
                continue
            told = [bool(s.colour or s.size) for s in (other, subject)]
            if subject.noun == "face" or (self._joint not in _TWO and not all(told)):
                if subject.colour and not other.colour:
                    other.colour, other.shade = subject.colour, subject.shade
                other.size = other.size or subject.size
                other.count = max(other.count, subject.count)
                return True
        return False

    def _landscape(self, token: Token) -> None:
        request, name = self._request, token.name
        if name == "plain":
            request.background = self._colour()
        if name not in request.landscapes:
            request.landscapes.append(name)
            self._heard.vague |= {name: token.phrase} if token.phrase in MATERIALS else {}
        elif token.phrase not in MATERIALS:
            self._heard.vague.pop(name, None)
        self._drop((request.background, *NATURAL.get(name, ())))

    def _other(self, word: str) -> None:
        """A word that means nothing by itself."""
        heard = self._heard
        if word in _FLYING or (word == "sky" and self._inside):
            heard.flying = word
        self._article = word in _ARTICLES or (self._article and word not in _JOINTS)
        self._joint = word if word in _JOINTS else self._joint
        if word == "sky":  # "under a red sky" colours no object
            heard.skies += self._waiting.colours
            self._sky = not self._waiting.colours
            self._forget()
        elif word == "light":
            self._drop()
        elif word == "painting":
            heard.painting = True
        elif word in ("in", "into"):
            self._inside = True
        elif word.isdecimal():
            self._waiting.count = max(1, min(int(word), 7))
        elif word in PRONOUNS:
            heard.weak.append(Subject(PRONOUNS[word]))
        elif word in CLOTHES and self._dress():
            self._forget()
        elif word in ABSTRACT:
            heard.abstract.append(word)
            self._drop()
        elif word in UNSHOWN:
            self._untold(word)
        elif word not in FILLERS and word not in PASSED_OVER:
            self._untold(word)
            self._forget()  # "a green dragon and a fire": the colour was the dragon's

    def _dress(self) -> bool:
        """Give the colour of clothes to who wears them, the last person named."""
        named = (*self._heard.weak, *self._request.subjects)
        wearer = next((each for each in reversed(named) if each.noun in _DRESSED), None)
        if wearer is None or (wearer.colour and self._waiting.colours):
            return False
        if self._waiting.colours:
            wearer.colour, wearer.shade = self._colour(), self._waiting.shade
        return True


def _is_picture(token: Token) -> bool:
    """Whether what was said before is said of the picture, and not of a thing in it."""
    return token.kind == "style" or token.phrase in _PICTURES


def _hold(vessel: Subject, held: Subject) -> None:
    """Put fruit into a bowl, whose colour is then the fruit's, or flowers into a vase."""
    if vessel.noun != "vase":
        vessel.variant = vessel.variant or vessel.colour
        vessel.colour, vessel.shade = held.colour, held.shade
    elif held.colour or held.noun != "flower":
        vessel.variant = f"{held.colour or OBJECTS[held.noun].colour} {held.noun}"
