"""A small language model: Witten-Bell n-grams of words and, behind them, of word classes.

Smoothing: Chen and Goodman, "An empirical study of smoothing techniques for language modeling"
(1998), 2.5, in back-off form. Classes: Brown et al., "Class-based n-gram models of natural
language" (1992). Pruning by the weighted difference of Seymore and Rosenfeld, "Scalable backoff
language models" (1996).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

History = tuple[str, ...]
START, END = "<s>", "</s>"
_SELDOM = 2  # what made-up text says once is chance


@dataclass(frozen=True)
class LanguageModel:
    """Probabilities per history; what has none there is looked up in an ever shorter history.

    The words of a class stand together: a history holds a probability of the class, and beside it
    those of words that are likelier there than the class tells.
    """

    order: int
    probabilities: dict[History, dict[str, float]]
    backoff: dict[History, float]
    classes: Mapping[str, str] = field(default_factory=dict)
    """The class of a word that has one."""
    members: dict[str, dict[str, float]] = field(default_factory=dict)
    """The words of a class and how likely each is, sum 1."""

    def probability(self, history: Sequence[str], word: str) -> float:
        """p(word | history), following the back-off where needed; 0 for a word never heard of."""
        weight = 1.0
        group = self.classes.get(word, "")
        share = self.members[group][word] if group else 0.0
        for tail in self.tails(history):
            known = self.probabilities.get(tail)
            if known is None:
                continue
            if word in known:
                return weight * known[word]
            if group in known:
                return weight * known[group] * share
            weight *= self.backoff[tail]
        return 0.0

    def words(self) -> set[str]:
        """Everything that may be said, the end of a sentence included."""
        told = {word for known in self.probabilities.values() for word in known}
        return (told - self.members.keys()).union(*self.members.values())

    def tails(self, history: Sequence[str]) -> Iterator[History]:
        """The history, at most order - 1 words of it, ever shorter ends, the last word's class."""
        return _tails(history, self.order, self.classes)


def _tails(history: Sequence[str], order: int, classes: Mapping[str, str]) -> Iterator[History]:
    for start in range(max(0, len(history) - order + 1), len(history)):
        yield tuple(history[start:])
    if history and history[-1] in classes:
        yield (classes[history[-1]],)
    yield ()


def _counts(
    sentences: Iterable[Sequence[str]], order: int, classes: Mapping[str, str]
) -> dict[History, Counter[str]]:
    """How often each word follows each history."""
    counts: dict[History, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        padded = [START, *sentence, END]
        for at in range(1, len(padded)):
            for history in _tails(padded[max(0, at + 1 - order) : at], order, classes):
                counts[history][padded[at]] += 1
    return counts


def estimate(
    sentences: Iterable[Sequence[str]],
    words: Iterable[str],
    *,
    order: int = 3,
    floor: float = 0.5,
    gain: float = 1.0,
    extra: Mapping[str, float] | None = None,
    classes: Mapping[str, str] | None = None,
) -> LanguageModel:
    """The model of some sentences in which every one of `words` is possible anywhere.

    `floor` is added to every word's count, `extra` to some; `classes` names the class of words that
    have one. What follows words is kept where it adds `gain` nats or more to the likelihood of the
    sentences; what follows a class, or a word without one, always, and how sentences begin.
    """
    classes = classes or {}
    counts = _counts(sentences, order, classes)
    unigrams: dict[str, float] = {word: counts[()][word] + floor for word in words}
    unigrams[END] = float(counts[()][END])
    for word, mass in (extra or {}).items():
        unigrams[word] = unigrams.get(word, 0.0) + mass
    model = _Estimate(unigrams, order, classes)
    for history in sorted(counts, key=lambda h: (len(h), bool(h) and h[0] in classes, h)):
        if history:
            model.add(history, counts[history], gain)
    return LanguageModel(order, model.probabilities, model.backoff, classes, model.members)


class _Estimate:
    """A model in the making. A token is a class, or a word without one."""

    def __init__(
        self, unigrams: Mapping[str, float], order: int, classes: Mapping[str, str]
    ) -> None:
        total = sum(unigrams.values())
        self.order = order
        self.classes = classes
        self.masses: dict[History, dict[str, float]] = {(): defaultdict(float)}
        """Of each kept token, a class with all its words."""
        self.members: dict[str, dict[str, float]] = defaultdict(dict)
        for word, count in unigrams.items():
            self.masses[()][classes.get(word, word)] += count / total
        for word, group in classes.items():
            self.members[group][word] = unigrams[word] / total / self.masses[()][group]
        self.probabilities: dict[History, dict[str, float]] = {(): dict(self.masses[()])}
        self.backoff: dict[History, float] = {(): 1.0}

    def add(self, history: History, seen: Counter[str], gain: float) -> None:
        """Keep of a history's successors what tells more than shorter histories do."""
        shorter = [t for t in _tails(history, self.order, self.classes) if t != history]
        tokens: Counter[str] = Counter()
        for word, count in seen.items():
            tokens[self.classes.get(word, word)] += count
        total, kinds = sum(tokens.values()), len(tokens)
        lower = {token: self._mass(shorter, token) for token in tokens}
        masses = {t: (n + kinds * lower[t]) / (total + kinds) for t, n in tokens.items()}
        single = self._singled_out(seen, tokens, masses, lower, shorter, gain)
        needed = {self.classes[word] for word in single}
        whole = history[:-1] in ((), (START,)) and history[-1] not in self.classes
        kept = {
            token: mass
            for token, mass in masses.items()
            if whole or token in needed or tokens[token] * math.log(mass / lower[token]) >= gain
        }
        if not kept:
            return
        covered = sum(lower[token] for token in kept)
        left = max(1e-6, 1 - sum(kept.values()))
        self.masses[history] = kept
        self.backoff[history] = min(1.0, left / max(1e-6, 1 - covered))
        rest, others = dict(kept), dict.fromkeys(kept, 1.0)
        for word, probability in single.items():
            rest[self.classes[word]] -= probability
            others[self.classes[word]] -= self.members[self.classes[word]][word]
        spread = {t: max(1e-9, rest[t]) / max(1e-9, others[t]) for t in kept}
        self.probabilities[history] = {**spread, **single}

    def _singled_out(
        self,
        seen: Counter[str],
        tokens: Counter[str],
        masses: Mapping[str, float],
        lower: Mapping[str, float],
        shorter: Sequence[History],
        gain: float,
    ) -> dict[str, float]:
        """Probabilities of words that are likelier here than their class tells."""
        found = {}
        kinds = Counter(self.classes[word] for word in seen if word in self.classes)
        for word, count in seen.items():
            group = self.classes.get(word)
            if group is None or count < _SELDOM:
                continue
            below = self._probability(shorter, word, group)
            share = (count + kinds[group] * below / lower[group]) / (tokens[group] + kinds[group])
            otherwise = max(below, masses[group] * self.members[group][word])
            if count * math.log(masses[group] * share / otherwise) >= gain:
                found[word] = masses[group] * share
        return found

    def _mass(self, tails: Iterable[History], token: str) -> float:
        weight = 1.0
        for tail in tails:
            if tail in self.masses:
                if token in self.masses[tail]:
                    return weight * self.masses[tail][token]
                weight *= self.backoff[tail]
        return 0.0

    def _probability(self, tails: Iterable[History], word: str, group: str) -> float:
        weight = 1.0
        for tail in tails:
            known = self.probabilities.get(tail, {})
            if word in known:
                return weight * known[word]
            if group in known:
                return weight * known[group] * self.members[group][word]
            weight *= self.backoff.get(tail, 1.0)
        return 0.0
