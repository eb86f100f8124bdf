"""A small language model: interpolated Witten-Bell n-grams in back-off form.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1998), 2.5.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

History = tuple[str, ...]
START, END = "<s>", "</s>"


@dataclass(frozen=True)
class LanguageModel:
    """Probabilities per history; a word without one is looked up in the history's tail."""

    order: int
    probabilities: dict[History, dict[str, float]]
    backoff: dict[History, float]

    def probability(self, history: Sequence[str], word: str) -> float:
        """p(word | history), following the back-off where needed; 0 for a word never heard of."""
        tail = tuple(history[len(history) - self.order + 1 :] if self.order > 1 else ())
        weight = 1.0
        while True:
            if tail in self.probabilities:
                known = self.probabilities[tail].get(word)
                if known is not None:
                    return weight * known
                weight *= self.backoff[tail]
            if not tail:
                return 0.0
            tail = tail[1:]


def _counts(sentences: Iterable[Sequence[str]], order: int) -> dict[History, Counter[str]]:
    counts: dict[History, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        padded = [START, *sentence, END]
        for at in range(1, len(padded)):
            for length in range(min(order, at + 1)):
                counts[tuple(padded[at - length : at])][padded[at]] += 1
    return counts


def estimate(
    sentences: Iterable[Sequence[str]],
    words: Iterable[str],
    *,
    order: int = 3,
    floor: float = 0.5,
    cutoff: int = 2,
    extra: dict[str, float] | None = None,
) -> LanguageModel:
    """The model of some sentences in which every one of `words` has a unigram.

    `floor` is added to every unigram count, `extra` to some; n-grams beyond bigrams that were seen
    less than `cutoff` times are left out.
    """
    counts = _counts(sentences, order)
    unigrams: dict[str, float] = {word: counts[()][word] + floor for word in words}
    unigrams[END] = float(counts[()][END])
    for word, mass in (extra or {}).items():
        unigrams[word] = unigrams.get(word, 0.0) + mass
    total = sum(unigrams.values())
    model = LanguageModel(order, {(): {w: c / total for w, c in unigrams.items()}}, {(): 1.0})
    for history in sorted(counts, key=len):
        if not history:
            continue
        seen = counts[history]
        kinds, tokens = len(seen), sum(seen.values())
        kept = {w: c for w, c in seen.items() if len(history) < 2 or c >= cutoff}
        if not kept:
            continue
        smoothed = {
            w: (c + kinds * model.probability(history[1:], w)) / (tokens + kinds)
            for w, c in kept.items()
        }
        covered = sum(model.probability(history[1:], w) for w in kept)
        left = max(1e-6, 1 - sum(smoothed.values()))
        model.probabilities[history] = smoothed
        model.backoff[history] = min(1.0, left / max(1e-6, 1 - covered))
    return model
