"""Listening for a few phrases only: grammars with decoys, and judging what came out of them.

Vosk's run-time grammar is a small language model, not a rule, and it finds its phrases in anything.
Words that sound alike or are simply common give other sounds somewhere better to go.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recognizer import Recognizer
from mused.skills.contract import Word

_DECOYS = (
    # near misses of "computer"
    *("commuter", "compute", "computing", "computed", "commute", "company", "compare", "complete"),
    *("pewter", "tutor", "shooter", "scooter", "come here", "come to", "cucumber", "accumulate"),
    # near misses of "stop"
    *("top", "shop", "step", "spot", "stuff", "start", "stay", "shot", "star", "store"),
    # ordinary speech
    *("the", "a", "and", "to", "of", "you", "i", "it", "that", "is", "in", "on", "for", "was"),
    *("yes", "no", "what", "this", "with", "have", "there", "her", "he", "she", "we", "they"),
)
_SIMILAR = 6  # words taken from the model that are spelled like a word of the phrase


@dataclass(frozen=True)
class Judgement:
    """Whether a result is one of the phrases."""

    accepted: bool
    reason: str = ""
    end: float = 0.0
    """Seconds of the stream at which the phrase ended."""


class Phrases:
    """A set of phrases to listen for. Raises ModelError where the model lacks one of the words."""

    def __init__(
        self, model: Model, phrases: Sequence[str], confidence: float, purpose: str
    ) -> None:
        model.check_vocabulary({purpose: phrases})
        self._model = model
        self._confidence = confidence
        self._phrases = sorted(
            {tuple(each.lower().split()) for each in phrases}, key=len, reverse=True
        )
        self._grammar = [*(" ".join(each) for each in self._phrases), *self._decoys()]

    def _decoys(self) -> list[str]:
        wanted = {word for phrase in self._phrases for word in phrase}
        vocabulary = self._model.vocabulary()
        similar = [
            near
            for word in sorted(wanted)
            for near in difflib.get_close_matches(word, vocabulary, n=_SIMILAR + 1)
        ]
        known = [each for each in _DECOYS if not self._model.missing_words(each.split())]
        return [each for each in dict.fromkeys((*known, *similar)) if each not in wanted]

    def recognizer(self, start: float) -> Recognizer:
        """A recogniser of these phrases; `start` as in `Recognizer`."""
        return Recognizer(self._model, start, self._grammar)

    def begins(self, words: Sequence[str]) -> int:
        """How many of the first words are one of the phrases; 0 when they are none."""
        for phrase in self._phrases:
            if tuple(words[: len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def judge(self, words: Sequence[Word], *, whole: bool = False) -> Judgement:
        """Whether `words` begin with a phrase (with `whole`: are one), every word sure enough."""
        length = self.begins([word.text for word in words])
        if not length or (whole and length != len(words)):
            return Judgement(accepted=False, reason="it was something else")
        confidence = min(word.confidence for word in words[:length])
        if confidence < self._confidence:
            reason = f"confidence {confidence:.2f} is below {self._confidence}"
            return Judgement(accepted=False, reason=reason)
        return Judgement(accepted=True, end=words[length - 1].end)
