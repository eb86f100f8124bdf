"""Listening for a few phrases only: grammars with decoys, and judging what came out of them.

Vosk's run-time grammar is a small language model, not a rule, and it finds its phrases in anything.
Words that sound alike or are simply common give other sounds somewhere better to go.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mused.daemon.hearing.model import Model, words_of
from mused.daemon.hearing.recognizer import Recognizer
from mused.skills.contract import Word

ORDINARY = (
    *("the", "a", "and", "to", "of", "you", "i", "it", "that", "is", "in", "on", "for", "was"),
    *("yes", "no", "what", "this", "with", "have", "there", "her", "he", "she", "we", "they"),
    *("my", "your", "our", "his", "an"),
)
STOP_DECOYS = ("shop", "start", "cancer", "candle", "council", *ORDINARY)
"""Sounds like "stop" and "cancel"; with every rhyme of "stop" ("top", "spot") or with "castle" and
"canvas" their own confidence is too low."""
ANSWER_DECOYS = (
    *("stop", "cancel", "guess", "not", "now", "go"),
    *(each for each in ORDINARY if each not in {"there", "of"}),
)
"""Ordinary speech, without "there", which sounds like "yeah", and "know", which is "no"."""
ANSWER_CONFIDENCE = 0.4  # "yes" and "yeah" take from each other's
STOP_CONFIDENCE = 0.6  # a false stop costs a sentence, a missed one costs patience
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


@dataclass(frozen=True)
class Judgement:
    """Whether a result is one of the phrases."""

    accepted: bool
    reason: str = ""
    said: tuple[Word, ...] = ()
    """The words of the phrase."""

    @property
    def begin(self) -> float:
        """Seconds of the stream at which the phrase began."""
        return self.said[0].start if self.said else 0.0

    @property
    def end(self) -> float:
        """Seconds of the stream at which the phrase ended."""
        return self.said[-1].end if self.said else 0.0


class Phrases:
    """A set of phrases to listen for. Raises ModelError where the model lacks one of the words.

    `decoys` the model lacks are left out; Vosk would only warn of them.
    """

    def __init__(
        self,
        model: Model,
        phrases: Sequence[str],
        confidence: float,
        *,
        purpose: str,
        decoys: Sequence[str],
    ) -> None:
        model.check_vocabulary({purpose: phrases})
        self._model = model
        self._confidence = confidence
        self._phrases = sorted({tuple(each.lower().split()) for each in phrases}, key=len)[::-1]
        known = [each for each in decoys if not model.missing_words(each.split())]
        spoken = [" ".join(each) for each in self._phrases]
        self._grammar = list(dict.fromkeys([*spoken, *known]))

    def recognizer(self, start: float) -> Recognizer:
        """A recogniser of these phrases; `start` as in `Recognizer`."""
        return Recognizer(self._model, start, self._grammar)

    def begins(self, words: Sequence[str]) -> int:
        """How many of the first words are one of the phrases; 0 when they are none."""
        for phrase in self._phrases:
            if tuple(words[: len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def find(self, words: Sequence[str]) -> int | None:
        """Where the first phrase begins in the words; None when there is none."""
        return next((at for at in range(len(words)) if self.begins(words[at:])), None)

    def judge(self, words: Sequence[Word], *, anywhere: bool = False) -> Judgement:
        """Whether `words` begin with a phrase (or have one `anywhere`), every word sure enough."""
        texts = [word.text for word in words]
        at = self.find(texts) if anywhere else 0
        said = [] if at is None else words[at : at + self.begins(texts[at:])]
        if not said:
            return Judgement(accepted=False, reason="it was something else")
        confidence = min(word.confidence for word in said)
        if confidence < self._confidence:
            reason = f"confidence {confidence:.2f} is below {self._confidence}"
            return Judgement(accepted=False, reason=reason)
        return Judgement(accepted=True, said=tuple(said))


def wake_phrases(model: Model, phrases: Sequence[str], confidence: float) -> Phrases:
    """Phrases that open a turn, among ordinary words and what the model has that sounds alike."""
    wanted = {" ".join(phrase.lower().split()) for phrase in phrases}
    similar = [near for phrase in sorted(wanted) for near in model.decoys(phrase)]
    decoys = [each for each in (*similar, *ORDINARY) if each not in wanted]
    return Phrases(model, phrases, confidence, purpose="the wake phrases", decoys=decoys)


def stop_phrases(
    model: Model, phrases: Sequence[str], wake: Sequence[str], spoken: str = ""
) -> Phrases:
    """Phrases that interrupt the voice while it says `spoken`, whose words are decoys then.

    (One by one: as whole sentences they would drown the phrases.) People say them after a `wake`
    phrase, too.
    """
    wanted = words_of(phrases)
    own = _WORDS.findall(spoken.lower())
    decoys = [each for each in (*STOP_DECOYS, *wake, *own) if each not in wanted]
    return Phrases(model, phrases, STOP_CONFIDENCE, purpose="the stop phrases", decoys=decoys)


def answer_phrases(model: Model, answers: Sequence[str], wake: Sequence[str]) -> Phrases:
    """Answers to a question; whoever says a `wake` phrase instead wants something else."""
    decoys = [each for each in (*ANSWER_DECOYS, *wake) if each not in answers]
    return Phrases(model, answers, ANSWER_CONFIDENCE, purpose="answers", decoys=decoys)
