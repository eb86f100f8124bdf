"""How each word is said: what the synthesizers themselves say, alone and inside a sentence.

The union over flite and espeak-ng's accents covers most of how a word varies; no dictionary is
written by hand except for words a synthesizer spells out or misreads.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from mused.training.speech.espeak import espeak
from mused.training.speech.festival import flite_phones
from mused.training.speech.phones import spoken
from mused.training.speech.voices import Delivery

Pronunciation = tuple[str, ...]
Lexicon = dict[str, tuple[Pronunciation, ...]]

_ACCENTS = ("en-US", "en", "en-GB-scotland")
_CARRIER = 3  # phones of "big" on either side of the word

_EXTRA: Lexicon = {
    "a": (("AH",), ("EY",)),
    "the": (("DH", "AH"), ("DH", "IY")),
    "am": (("AE", "M"), ("AH", "M"), ("EY", "EH", "M")),
    "pm": (("P", "IY", "EH", "M"),),
    "ok": (("OW", "K", "EY"),),
}
"""Pronunciations added whatever the tools say."""


def _inner(phones: Pronunciation) -> Pronunciation:
    """The word out of the carrier "big WORD big"."""
    return phones[_CARRIER:-_CARRIER]


def _by_espeak(word: str, accent: str) -> set[Pronunciation]:
    engine = espeak()
    alone = spoken(engine.synthesize(word, accent, Delivery())[1])
    carried = spoken(engine.synthesize(f"big {word} big", accent, Delivery())[1])
    return {alone, _inner(carried)}


def build_lexicon(words: Iterable[str]) -> Lexicon:
    """Every pronunciation of every word; takes a few ms a word."""
    ordered = sorted(set(words))
    alone = flite_phones(ordered)
    carried = flite_phones([f"big {word} big" for word in ordered])
    lexicon: Lexicon = {}
    for word, first, second in zip(ordered, alone, carried, strict=True):
        others = [_by_espeak(word, accent) for accent in _ACCENTS]
        found = {first, _inner(second)}.union(*others, _EXTRA.get(word, ()))
        lexicon[word] = tuple(sorted(found - {()}))
    return lexicon


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
