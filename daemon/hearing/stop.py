"""Listening for "stop" and "cancel" while mused itself speaks, when nothing else is understood.

The voice never pauses for Vosk to end an utterance. So when a partial result has had a phrase for
some time, the result is asked for, and its confidence decides.
"""

from collections.abc import Sequence

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import FRAME_SECONDS, frames_in
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import Phrases, stop_phrases
from mused.daemon.hearing.recognizer import Recognizer
from mused.daemon.hearing.search import LONGEST as LONGEST_SEARCH
from mused.skills.contract import Word

STEADY = 0.3  # seconds that a partial result must have the phrase


class StopEar:
    """Recognises what may interrupt the voice. Raises ModelError as `Phrases` does."""

    def __init__(self, model: Model, settings: Hearing, gate: Gate) -> None:
        self._model = model
        self._gate = gate
        self._wake = settings.wake_phrases
        self._texts = (*settings.stop_phrases, *settings.interrupting_commands)
        self._phrases = self._listen_for(self._texts, "")
        self._recognizer: Recognizer | None = None
        self._steady = 0
        self._searching_since = 0.0

    def _listen_for(self, texts: Sequence[str], spoken: str) -> Phrases | None:
        return stop_phrases(self._model, texts, self._wake, spoken) if texts else None

    def begin(self, spoken: str) -> None:
        """Listen while `spoken` is said aloud; a phrase that it contains is not listened for."""
        allowed = tuple(each for each in self._texts if each not in spoken.lower())
        self._phrases = self._listen_for(allowed, spoken)
        self.pause()

    def pause(self) -> None:
        """Forget what was heard so far, the recogniser included."""
        self._recognizer, self._steady = None, 0

    def feed(self, frame: bytes) -> tuple[Word, ...]:
        """Take the next frame, which the gate had; the words of a phrase once it was said.

        Deaf from then until `begin`: the voice is silenced, and nothing is to be done twice.
        """
        if self._phrases is None:
            return ()
        if self._recognizer is None:
            if self._gate.open:
                self._recognizer = self._begin_segment(self._phrases)
            return ()
        searched_enough = self._gate.now - self._searching_since >= LONGEST_SEARCH
        ended = self._recognizer.feed(frame) or searched_enough or not self._gate.open
        suspected = self._phrases.find(self._recognizer.text.split()) is not None
        self._steady = self._steady + 1 if suspected else 0
        if not ended and self._steady < frames_in(STEADY):
            return ()
        words, self._recognizer, self._steady = self._recognizer.finish(), None, 0
        judgement = self._phrases.judge(words, anywhere=True)
        if judgement.accepted:
            self._phrases = None
        return judgement.said

    def _begin_segment(self, phrases: Phrases) -> Recognizer:
        recent = self._gate.recent
        self._searching_since = self._gate.now - len(recent) * FRAME_SECONDS
        recognizer = phrases.recognizer(self._searching_since)
        for frame in recent:
            recognizer.feed(frame)
        return recognizer
