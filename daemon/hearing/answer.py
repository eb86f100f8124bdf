"""Listening for a yes or no to a question that mused has just asked, with no wake phrase."""

from collections.abc import Sequence
from enum import Enum

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import FRAME_SECONDS, frames_in
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import Phrases, answer_phrases
from mused.daemon.hearing.recognizer import UNKNOWN, Recognizer
from mused.skills.contract import Word

WITHIN = 6.0  # seconds in which an answer must begin
LONGEST = 3.0  # seconds an answer may last
NOISE = 0.6  # seconds below which an unknown sound is not taken for words
PAUSE = 0.4  # seconds of silence that end it
NEEDED = ("yes", "no")
_YES = (
    *("yes", "yeah", "yep", "yes please", "right", "that's right", "that is right", "correct"),
    *("that is correct", "sure", "okay", "do it", "i did"),
)
_NO = (
    *("no", "nope", "no thanks", "no thank you", "wrong", "that's wrong", "that is wrong"),
    *("not that", "i did not", "never mind"),
)


class Answer(Enum):
    """What was answered."""

    YES = "yes"
    NO = "no"
    OTHER = "something else was said"
    NOTHING = "the question was not answered"
    WAKE = "a wake phrase was said instead"


class AnswerEar:
    """Recognises one answer, of yes and no in the forms that the model knows."""

    def __init__(self, model: Model, settings: Hearing, gate: Gate) -> None:
        self._gate = gate
        self.missing = model.missing_words(NEEDED)
        """Words without which nothing can be answered."""
        self._yes = _known(model, _YES)
        self._no = _known(model, _NO)
        answers, wake = (*self._yes, *self._no), settings.wake_phrases
        self._phrases: Phrases = answer_phrases(model, answers, wake)
        self._wake = wake
        self._recognizer: Recognizer | None = None
        self._left = 0
        self.heard: list[bytes] = []
        """The frames of the answer so far."""

    def begin(self) -> None:
        """A question was asked: listen from now on."""
        self.end()
        self._left = frames_in(WITHIN)

    def end(self) -> None:
        """Forget what was heard so far, the recogniser included."""
        self._recognizer, self.heard = None, []

    def feed(self, frame: bytes) -> Answer | None:
        """Take the next frame, which the gate had; the answer once there is one.

        That is after `WITHIN` and `LONGEST` seconds at the latest.
        """
        self._left -= 1
        if self._recognizer is None:
            if self._gate.speech:
                self._recognizer = self._begin_segment()
            return Answer.NOTHING if self._left <= 0 else None
        self.heard.append(frame)
        self._recognizer.feed(frame)
        if self._begins_with_wake(self._recognizer.text.split()):
            return Answer.WAKE
        if len(self.heard) >= frames_in(LONGEST):
            return Answer.OTHER
        if self._gate.silent_for < PAUSE:
            return None
        words, self._recognizer = self._recognizer.finish(), None
        return self._meaning(words)

    def _begin_segment(self) -> Recognizer:
        self.heard = self._gate.recent
        recognizer = self._phrases.recognizer(self._gate.now - len(self.heard) * FRAME_SECONDS)
        for frame in self.heard:
            recognizer.feed(frame)
        return recognizer

    def _begins_with_wake(self, words: Sequence[str]) -> bool:
        return any(list(words[: len(each)]) == each for each in map(str.split, self._wake))

    def _meaning(self, words: Sequence[Word]) -> Answer | None:
        """What an utterance answers; None where it was a noise."""
        if all(word.text == UNKNOWN for word in words):
            lasted = sum(word.end - word.start for word in words)
            return None if lasted < NOISE else Answer.OTHER
        meanings = set()
        while words:
            said = self._phrases.judge(words).said
            meanings.add(" ".join(word.text for word in said))
            words = words[len(said) :] if said else ()
        if meanings <= self._yes:
            return Answer.YES
        return Answer.NO if meanings <= self._no else Answer.OTHER


def _known(model: Model, phrases: Sequence[str]) -> frozenset[str]:
    return frozenset(each for each in phrases if not model.missing_words(each.split()))
