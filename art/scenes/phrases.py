"""A prompt cut into phrases, each with a head: "two small red boats", "on a lake", "at night"."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mused.art.scenes.sayings import (
    ABSTRACT,
    CLOTHES,
    DENIALS,
    FRUITS,
    LARGE_NUMBERS,
    PASSED_OVER,
    PICTURES,
)
from mused.art.scenes.tokens import BREAKS, MEANINGS, Token, tokens_of
from mused.art.scenes.words import FILLERS

_ARTICLES = "a an the my our your this that its his her their"
ARTICLES: frozenset[str] = frozenset(_ARTICLES.split())
_BREAKS = frozenset(BREAKS)
_LEADING = """
    and or nor but of in into inside on onto at by with to from for near beside next between through
    along across crossing beyond under below as full filled is are was were be been has have had it
    there them who which where here then so while wears wearing dressed made only just flying
    sailing standing stands floating sitting sits lying lies parked swimming walking running
    sleeping growing fly flies
"""
_LEADS = frozenset(_LEADING.split())
"""What begins a phrase: prepositions, conjunctions and verbs."""
IN = frozenset(("in", "into", "inside"))
_LISTED = ("and", "or", ",")
_HEADS = frozenset(("sky", "light", *PICTURES, *CLOTHES, *ABSTRACT))
_UNDERSTOOD = frozenset(
    (*MEANINGS, *FILLERS, *PASSED_OVER, *ARTICLES, *_LEADS, *_HEADS, *DENIALS, *LARGE_NUMBERS)
)
_MOST_COPIES = 7
"""How many of one thing are drawn."""


@dataclass
class Phrase:
    """Some words about one thing."""

    leads: list[str] = field(default_factory=list)
    """What stands before it: commas, "and", "in", "is", positions."""
    article: str = ""
    colours: list[str] = field(default_factory=list)
    shade: str = ""
    size: str = ""
    count: int = 0
    strange: list[str] = field(default_factory=list)
    """Unknown words."""
    modifiers: list[Token] = field(default_factory=list)
    """Hours, weathers, styles and landscapes."""
    head: Token | None = None
    """A noun or one of a few words with a meaning of their own; None: the phrase names nothing."""
    number: str = ""
    """The word for its count."""
    denied: bool = False
    """Whether it is what is not wanted."""
    untold: list[str] = field(default_factory=list)
    """Words that cannot be shown, though they are known."""

    @property
    def empty(self) -> bool:
        """Whether it has nothing but what leads to it."""
        return not (self.article or self.described or self.strange or self.modifiers or self.head)

    @property
    def pronoun(self) -> bool:
        """Whether it is "a red one" or, perhaps, "one red"."""
        return self.head is None and self.number in ("one", "ones")

    @property
    def described(self) -> bool:
        """Whether it has adjectives."""
        return bool(self.colours or self.shade or self.size or self.count)


def phrases_of(prompt: str) -> list[Phrase]:
    """The phrases of a prompt, none of them empty but the last."""
    tokens = tokens_of(prompt)
    cutter = _Cutter()
    for token, after in zip(tokens, (*tokens[1:], Token("")), strict=False):
        cutter.take(token, after)
    return list(cutter.finish())


def is_understood(phrase: str) -> bool:
    """Say whether a word or phrase has a meaning here, even where the sketch cannot show it."""
    return phrase in _UNDERSTOOD or _is_count(phrase)


def _is_count(word: str) -> bool:
    return word.isdecimal() and len(word) < 4  # a longer one is a year


class _Cutter:
    """Puts tokens into phrases."""

    def __init__(self) -> None:
        self._done: list[Phrase] = []
        self._now = Phrase()

    def take(self, token: Token, after: Token) -> None:
        """Take the next token, `after` which another comes."""
        match token.kind:
            case None:
                self._word(token.phrase, after)
            case "noun" | "plural" | "group":
                self._end(token)
            case "time" | "weather" | "style" | "landscape":
                self._now.modifiers.append(token)
            case "position":
                self._lead(token.phrase)
            case "colour":
                self._colour(token, after)
            case "count":
                self._count(int(token.name), token.phrase)
            case "shade":
                self._now.shade = token.name
            case "size":
                self._now.size = token.name

    def finish(self) -> Iterator[Phrase]:
        """All phrases; the last may be a position and nothing else."""
        yield from (*self._done, self._now)

    def _end(self, head: Token) -> None:
        self._now.head = head
        self._close()

    def _close(self) -> None:
        """Begin another phrase, unless nothing was said in this one."""
        now = self._now
        if now.number == "couple" and not now.head:
            now.head = Token("couple", "plural", "person")
        if not now.empty:
            self._done.append(self._now)
            self._now = Phrase()

    def _lead(self, word: str) -> None:
        self._close()
        self._now.leads.append(word)

    def _word(self, word: str, after: Token) -> None:
        """A word that names nothing that is drawn."""
        now = self._now
        if word in _LISTED and now.colours and after.kind in ("colour", "shade"):
            if "in" in now.leads and word == ",":  # "a man in red, blue sea"
                self._lead(word)
        elif word == "of" and now.number and not (now.colours or now.strange or now.modifiers):
            pass  # "a pair of swans"
        elif word in DENIALS or (word in ("or", "nor") and self._was_denied()):
            self._close()
            self._now.denied = True
        elif word in ARTICLES:
            self._article(word)
        elif word in _BREAKS or word in _LEADS:
            self._lead("," if word in _BREAKS else word)
        elif word in _HEADS:
            self._end(Token(word))
        elif _is_count(word):
            self._count(int(word), word)
        elif word in LARGE_NUMBERS:
            self._count(_MOST_COPIES, word)
            self._now.untold.append(word)
        elif word == "ones":
            now.number = word
        elif word not in FILLERS and word not in PASSED_OVER:
            now.strange.append(word)

    def _was_denied(self) -> bool:
        return self._now.empty and bool(self._done) and self._done[-1].denied

    def _article(self, word: str) -> None:
        denied = self._now.denied and not (self._now.described or self._now.modifiers)
        self._close()  # "I don't want a dog": denied is the dog
        self._now.article = word
        self._now.denied = denied or self._now.denied

    def _count(self, number: int, word: str) -> None:
        if self._now.count and self._now.strange:
            self._close()
        if word == "one" and (self._now.colours or self._now.size):  # "a green one"
            number, word = self._now.count or 1, "ones"
        if number > _MOST_COPIES:
            self._now.untold.append(word)
        self._now.count = max(1, min(number, _MOST_COPIES))
        self._now.number = word

    def _colour(self, token: Token, after: Token) -> None:
        if self._now.colours and (self._now.strange or self._now.modifiers):
            self._close()  # "blue sea white sand"
        now = self._now
        word = after.phrase.partition(" ")[0]
        over = not word or word in _LEADS or word in _BREAKS or after.kind == "position"
        if token.phrase in FRUITS and over and (now.article or now.size):
            now.colours[:] = [token.name]
            self._end(Token("ball", "noun", "circle"))
        else:
            now.colours.append(token.name)
