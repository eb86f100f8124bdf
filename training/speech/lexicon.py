"""How each word is said: what the synthesizers themselves say, alone and inside a sentence.

The union over flite and espeak-ng's accents covers most of how a word varies; no dictionary is
written by hand except for words a synthesizer spells out or misreads.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mused.training.speech.espeak import espeak
from mused.training.speech.everyday_words import KINDS, everyday
from mused.training.speech.festival import flite_phones
from mused.training.speech.phones import spoken
from mused.training.speech.voices import Delivery
from mused.training.speech.word_lists import FUNCTION_WORDS

Pronunciation = tuple[str, ...]
Lexicon = dict[str, tuple[Pronunciation, ...]]

_ACCENTS = ("en-US", "en", "en-GB-scotland")


@dataclass(frozen=True)
class _Carrier:
    """A sentence around a word, and how many phones stand before and after it."""

    text: str
    before: int = 0
    after: int = 0

    def inner(self, phones: Pronunciation) -> Pronunciation:
        """The word out of the sentence."""
        return phones[self.before : len(phones) - self.after]


_ALONE = (_Carrier("{}"),)
_CARRIERS = (*_ALONE, _Carrier("big {} big", 3, 3))
_MORE_CARRIERS = (*_CARRIERS, _Carrier("big {} owl", 3, 2), _Carrier("see {} the big owl", 2, 7))
"""Small words change before a vowel ("an") and where they carry no stress ("for")."""

_EXTRA: Lexicon = {
    "a": (("AH",), ("EY",)),
    "the": (("DH", "AH"), ("DH", "IY"), ("DH", "IH")),
    "am": (("AE", "M"), ("AH", "M"), ("EY", "EH", "M")),
    "pm": (("P", "IY", "EH", "M"),),
    "ok": (("OW", "K", "EY"),),
}
"""Pronunciations added whatever the tools say."""


@cache
def _everyday_words() -> frozenset[str]:
    """Words that sound the same wherever they stand, and are many."""
    return frozenset(word for kind in KINDS for word in everyday(kind))


def _carriers(word: str) -> tuple[_Carrier, ...]:
    if word in _everyday_words():
        return _ALONE
    more = word in FUNCTION_WORDS and word not in _EXTRA
    return _MORE_CARRIERS if more else _CARRIERS


def _by_espeak(word: str) -> set[Pronunciation]:
    engine = espeak()
    return {
        carrier.inner(spoken(engine.synthesize(carrier.text.format(word), accent, Delivery())[1]))
        for accent in _ACCENTS
        for carrier in _carriers(word)
    }


def build_lexicon(words: Iterable[str]) -> Lexicon:
    """Every pronunciation of every word; takes a few ms a word."""
    ordered = sorted(set(words))
    asked = [(word, carrier) for word in ordered for carrier in _carriers(word)]
    by_flite: dict[str, set[Pronunciation]] = defaultdict(set)
    said = flite_phones([carrier.text.format(word) for word, carrier in asked])
    for (word, carrier), phones in zip(asked, said, strict=True):
        by_flite[word].add(carrier.inner(phones))
    return {
        word: tuple(sorted(by_flite[word].union(_by_espeak(word), _EXTRA.get(word, ())) - {()}))
        for word in ordered
    }


def load_or_build(words: Iterable[str], path: Path) -> Lexicon:
    """The lexicon kept in a file of the work folder, rebuilt when the words differ."""
    wanted = sorted(set(words))
    if path.exists():
        kept = json.loads(path.read_text())
        if sorted(kept) == wanted:
            return {w: tuple(tuple(p.split()) for p in kept[w]) for w in wanted}
    lexicon = build_lexicon(wanted)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({w: [" ".join(p) for p in said] for w, said in lexicon.items()}, indent=0)
    )
    return lexicon
