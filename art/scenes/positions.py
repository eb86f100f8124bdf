"""Whose a position is: of what was named before it, or, in a fresh clause, of what comes."""

from mused.art.scenes.request import Subject
from mused.art.scenes.words import POSITION_PHRASES

_RELATIVE = frozenset(("above", "over", "under", "below", "beneath", "behind", "in front"))
"""To something, which comes first: "behind the house a tree"."""
_AFTER = frozenset(("left", "right", "close"))
"""Only of what was named before: they are verbs as well."""


class Positions:
    """Follows what is named and what stands between."""

    def __init__(self) -> None:
        self._last: Subject | None = None
        """What was named last, where that was a subject."""
        self._land = False
        """Whether land was."""
        self._fresh = False
        """Whether a clause has begun since."""
        self._waiting = ""
        """A position, a key of `words.POSITIONS`, that was said in a fresh clause."""
        self._beside = False
        """Whether what it is a position to is still to come."""

    def lead(self, word: str) -> None:
        """Take what stands before a phrase."""
        if word == ",":
            self.settle()
            self._fresh = True
        elif word in ("it", "them"):
            self._beside = False
        elif word in POSITION_PHRASES:
            self._position(word)

    def _position(self, word: str) -> None:
        position = POSITION_PHRASES[word]
        if self._land and not self._fresh and position in ("front", "back"):
            return  # "a house with mountains in the background, a car": it is the mountains'
        named = self._last and not self._last.position and not self._fresh
        self._waiting, self._beside = position, word in _RELATIVE and not named
        if named or word in _AFTER:
            self.settle()

    def settle(self) -> None:
        """Nothing more comes that could have the position: it is that of what was named last."""
        if self._waiting and self._last and not self._last.position:
            self._last.position = self._waiting
        self._waiting = ""

    def taken(self) -> str:
        """The position of what is named now."""
        position = "" if self._beside else self._waiting
        self._waiting = self._waiting if self._beside else ""
        return position

    def name(self, subject: Subject | None) -> None:
        """That subject was named; "a cat, under a tree" leaves the position to the cat."""
        if not self._beside:
            self._last = subject
        self._beside, self._land, self._fresh = False, False, False

    def land(self) -> None:
        """Land was named."""
        if not self._beside:
            self.settle()
            self._last = None
        self._beside, self._land, self._fresh = False, True, False
