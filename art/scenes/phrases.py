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
from mused.art.scenes.tokens import BREAKS, Token, tokens_of
from mused.art.scenes.words import FILLERS

_ARTICLES = "a an the my our your this that its his her their"
ARTICLES: frozenset[str] = frozenset(_ARTICLES.split())
_BREAKS = frozenset(BREAKS)
_LEADING = """
    and or nor but of in into inside on onto at by with to from for near beside next between through
    along across crossing beyond under below as full filled is are was were be been has have had it
    there them who which where here then so while wears wearing dressed made only just flying
    sailing standing floating sitting swimming walking running sleeping growing fly flies
"""
_LEADS = frozenset(_LEADING.split())
"""What begins a phrase: prepositions, conjunctions and verbs."""
_LISTED = ("and", "or", ",")
_HEADS = frozenset(("sky", "light", *PICTURES, *CLOTHES, *ABSTRACT))
_MOST = 7
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
    pronoun: bool = False
    """Whether it is "a red one"."""
    denied: bool = False
    """Whether it is what is not wanted."""
    untold: list[str] = field(default_factory=list)
    """Words that cannot be shown, though they are known."""

    @property
    def empty(self) -> bool:
        """Whether it has nothing but what leads to it."""
        return not (self.article or self.described or self.strange or self.modifiers or self.head)

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


class _Cutter:
    """Puts tokens into phrases."""

    def __init__(self) -> None:
        self._done: list[Phrase] = []
        self._now = Phrase()

    def take(self, token: Token, after: Token) -> None:
        """Take the next token, `after` which another comes."""
        now = self._now
        match token.kind:
            case None:
                self._word(token.phrase, after)
            case "noun" | "plural" | "group":
                now.head = token
                self._close()
            case "time" | "weather" | "style" | "landscape":
                now.modifiers.append(token)
            case "position":
                self._lead(token.phrase)
            case "colour":
                if now.colours and (now.strange or now.modifiers):
                    self._close()  # "blue sea white sand"
                self._now.colours.append(token.name)
                if token.phrase in FRUITS and self._ends(after):
                    self._fruit()
            case "count":
                self._count(int(token.name))
                self._now.pronoun = token.phrase == "one" and self._ends(after)
            case "shade" | "size":
                setattr(now, token.kind, token.name)

    def finish(self) -> Iterator[Phrase]:
        """All phrases; the last may be a position and nothing else."""
        yield from (*self._done, self._now)

    def _close(self) -> None:
        """Begin another phrase, unless nothing was said in this one."""
        if not self._now.empty:
            self._done.append(self._now)
            self._now = Phrase()

    def _lead(self, word: str) -> None:
        self._close()
        self._now.leads.append(word)

    def _word(self, word: str, after: Token) -> None:
        """A word that names nothing that is drawn."""
        now = self._now
        if word in _LISTED and now.colours and after.kind in ("colour", "shade"):
            if "in" in now.leads and word == ",":
                self._lead(word)
        elif word in DENIALS or (word in ("or", "nor") and self._was_denied()):
            self._close()
            self._now.denied = True
        elif word in ARTICLES:
            self._article(word)
        elif word in _BREAKS or word in _LEADS:
            self._lead("," if word in _BREAKS else word)
        elif word in _HEADS:
            now.head = Token(word)
            self._close()
        elif word.isdecimal() and len(word) < 4:  # a longer one is a year
            self._count(int(word))
        elif word in LARGE_NUMBERS:
            now.untold.append(word)
            now.count = _MOST
        elif word not in FILLERS and word not in PASSED_OVER:
            now.strange.append(word)

    def _was_denied(self) -> bool:
        return self._now.empty and bool(self._done) and self._done[-1].denied

    def _article(self, word: str) -> None:
        denied = self._now.denied and not (self._now.described or self._now.modifiers)
        self._close()  # "I don't want a dog": denied is the dog
        self._now.article = word
        self._now.denied = denied or self._now.denied

    def _count(self, number: int) -> None:
        if self._now.count and self._now.strange:
            self._close()
        if number > _MOST:
            self._now.untold.append(str(number))
        self._now.count = max(1, min(number, _MOST))

    def _ends(self, after: Token) -> bool:
        """Whether the phrase ends before `after`, which may be nothing."""
        word = after.phrase.partition(" ")[0]
        over = not word or word in _LEADS or word in _BREAKS or after.kind == "position"
        return over and bool(self._now.article or self._now.size)

    def _fruit(self) -> None:
        """An orange is a ball of this colour."""
        self._now.colours[:] = self._now.colours[-1:]
        self._now.head = Token("ball", "noun", "circle")
        self._close()
