"""What words sound like, and which sound alike: for any wake phrase and any model's words.

espeak-ng, which is here for the voice, tells the pronunciations, and reads every language that is
written in Latin letters as if it were English. Without it, and in other scripts, letters stand in
for phones. Words are compared by an edit distance whose costs follow how phones are made.
"""

import logging
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

Costs = npt.NDArray[np.float32]
Codes = npt.NDArray[np.intp]

PATIENCE = 10.0  # seconds for espeak-ng, which takes half a millisecond a word
SHORTLIST = 120  # words of each kind whose pronunciation is asked for, whatever the model's size
WORDS, PAIRS = 16, 8  # decoys of a phrase; twice as many cost wakes over noise
SAME = 0.5  # nearer words are spelled otherwise or have two sounds ("read"): they would cost wakes
_ALIKE = ("pb", "tdɾ", "kɡgcq", "fv", "θð", "szʃʒ", "mnŋ", "lɹr", "jyw", "hx")  # noqa: RUF001 - IPA, and plain letters
_VOWELS_ALIKE = ("iɪᵻy", "uʊ", "əʌɐɚɜᵻ", "ɑɔɒao", "eɛæ")  # noqa: RUF001
_VOWELS = frozenset("".join(_VOWELS_ALIKE))


def pronounce(words: Sequence[str]) -> list[str]:
    """The phones of each word in IPA, one letter a phone.

    Their spelling without espeak-ng, or where one is in another script, whose letters it would
    call by their names.
    """
    if not all(map(_is_latin, words)):
        return list(words)
    try:
        done = subprocess.run(
            ["espeak-ng", "-q", "--ipa", "-v", "en-us", "--stdin"],
            input="\n\n".join(words),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=True,
        )
        said = [_phones(line) for line in done.stdout.splitlines() if line.strip()]
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        logger.debug("words are compared by their spelling: %s", error)
        return list(words)
    return said if len(said) == len(words) else list(words)


def _phones(ipa: str) -> str:
    return "".join(each for each in ipa if unicodedata.category(each) == "Ll")


def _is_latin(word: str) -> bool:
    return all(unicodedata.name(each, "").startswith("LATIN") for each in word if each.isalpha())


def nearest(word: str, vocabulary: Sequence[str], count: int) -> list[str]:
    """Those `count` words that sound most like `word`, the nearest first."""
    if not vocabulary:
        return []
    some = _shortlist(word, vocabulary)
    target, *said = pronounce([word, *some])
    return _sorted(some, prefix_costs(said, target)[:, -1])[:count]


def decoys(
    phrase: str, vocabulary: Sequence[str], words: int = WORDS, pairs: int = PAIRS
) -> list[str]:
    """What is easily taken for `phrase`: single `words` and `pairs`, the nearest of each.

    No word that sounds the very same, which would take half the phrase's confidence.
    """
    parts = phrase.split()
    some = _shortlist("".join(parts), vocabulary) if vocabulary else []
    said = pronounce([*parts, *some])
    spoken, said = said[: len(parts)], said[len(parts) :]
    same = np.min([prefix_costs(said, each)[:, -1] for each in spoken], axis=0) <= SAME
    kept = [at for at in range(len(some)) if not same[at]]
    some, said = [*parts, *(some[at] for at in kept)], [*spoken, *(said[at] for at in kept)]
    target = "".join(spoken)
    beginning = prefix_costs(said, target)
    end = prefix_costs([each[::-1] for each in said], target[::-1])[:, ::-1]
    near = [each for each in _sorted(some, beginning[:, -1]) if each not in parts]
    return [*near[:words], *_pairs(some, beginning, end, phrase, pairs)]


def _pairs(
    words: Sequence[str], beginning: Costs, end: Costs, phrase: str, count: int
) -> list[str]:
    """Two words that together sound like the phrase, each of them at most twice."""
    found: dict[tuple[str, str], float] = {}
    for cut in range(1, beginning.shape[1] - 1):
        for first in np.argsort(beginning[:, cut], kind="stable")[:count]:
            for second in np.argsort(end[:, cut], kind="stable")[:count]:
                pair = words[first], words[second]
                distance = float(beginning[first, cut] + end[second, cut])
                found[pair] = min(distance, found.get(pair, distance))
    firsts, seconds = Counter[str](), Counter[str]()
    chosen: list[str] = []
    for first_word, second_word in sorted(found, key=lambda pair: (found[pair], pair)):
        text = f"{first_word} {second_word}"
        if f"{text} ".startswith(f"{phrase} ") or found[first_word, second_word] <= SAME:
            continue
        if firsts[first_word] < 2 and seconds[second_word] < 2 and len(chosen) < count:
            firsts[first_word] += 1
            seconds[second_word] += 1
            chosen.append(text)
    return chosen


def prefix_costs(words: Sequence[str], target: str) -> Costs:
    """Edit distance of each word to each beginning of `target`, shape (words, target + 1)."""
    spelled = np.array([*words, target])
    letters = sorted({"\0", *target, *"".join(words)})
    codes = np.searchsorted([ord(each) for each in letters], spelled.view(np.uint32))
    # Of every letter for those of `target` only: some scripts have thousands.
    swap = np.array([[_swap(a, b) for b in target] for a in letters], dtype=np.float32)
    drop = np.array([_drop(each) for each in letters], dtype=np.float32)
    codes = codes.reshape(len(spelled), -1)
    lengths, missed = np.char.str_len(spelled)[:-1], drop[codes[-1, : len(target)]]
    row = np.tile(np.cumsum([0.0, *missed], dtype=np.float32), (len(words), 1))
    result = row.copy()
    for at in range(int(max(lengths, default=0))):
        row = _next_row(row, codes[:-1, at], missed, swap, drop)
        result[lengths == at + 1] = row[lengths == at + 1]
    return result


def _next_row(row: Costs, codes: Codes, missed: Costs, swap: Costs, drop: Costs) -> Costs:
    """`swap` is of each letter for each of the target's, shape (letters, target)."""
    new = np.empty_like(row)
    new[:, 0] = row[:, 0] + drop[codes]
    for at, cost in enumerate(missed):
        kept = np.minimum(row[:, at] + swap[codes, at], row[:, at + 1] + drop[codes])
        new[:, at + 1] = np.minimum(kept, new[:, at] + cost)
    return new


def _swap(a: str, b: str) -> float:
    """What it costs to hear one phone for another."""
    if a == b:
        return 0.0
    if any(a in some and b in some for some in _VOWELS_ALIKE):
        return 0.25
    if any(a in some and b in some for some in _ALIKE) or {a, b} <= _VOWELS:
        return 0.5
    return 1.2 if (a in _VOWELS) != (b in _VOWELS) else 0.9


def _drop(phone: str) -> float:
    """What it costs to hear a phone that is not there, or to miss one."""
    return 0.6 if phone in "əɐᵻhjɹ" else 0.8


def _shortlist(phrase: str, vocabulary: Sequence[str]) -> list[str]:
    """Words spelled like the phrase, its beginning or its end, for espeak-ng to tell apart."""
    vocabulary = [word for word in vocabulary if len(word) <= len(phrase) + 3] or vocabulary
    beginning = prefix_costs(vocabulary, phrase)
    end = prefix_costs([word[::-1] for word in vocabulary], phrase[::-1])
    lengths = np.arange(1, len(phrase) + 1)
    scores = (
        beginning[:, -1],
        (beginning[:, 1:] / lengths).min(axis=1),
        (end[:, 1:] / lengths).min(axis=1),
    )
    chosen = [np.argsort(each, kind="stable")[:SHORTLIST] for each in scores]
    some = dict.fromkeys(vocabulary[at] for at in np.concatenate(chosen))
    return [word for word in some if _is_latin(word) == _is_latin(phrase)]


def _sorted(words: Sequence[str], distances: Costs) -> list[str]:
    return [words[at] for at in np.argsort(distances, kind="stable")]
