"""Listening for "stop" while mused itself speaks, when nothing else can be understood.

The voice never pauses for Vosk to end an utterance. So when a partial result has had a stop phrase
for some time, the result is asked for, and its confidence decides.
"""

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import FRAME_SECONDS, frames_in
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import Phrases, stop_phrases
from mused.daemon.hearing.recognizer import Recognizer

STEADY = 0.3  # seconds that a partial result must have the phrase


class StopEar:
    """Recognises the stop phrases and nothing else. Raises ModelError as `Phrases` does."""

    def __init__(self, model: Model, settings: Hearing, gate: Gate) -> None:
        self._model = model
        self._settings = settings
        self._gate = gate
        self._all = self._listen_for(settings.stop_phrases)
        self._phrases = self._all
        self._recognizer: Recognizer | None = None
        self._steady = 0

    def _listen_for(self, phrases: tuple[str, ...]) -> Phrases | None:
        if not phrases:
            return None
        return stop_phrases(self._model, phrases, self._settings.wake_phrases)

    def begin(self, spoken: str) -> None:
        """Listen while `spoken` is said aloud; a phrase that it contains is not listened for."""
        allowed = tuple(
            each for each in self._settings.stop_phrases if each.lower() not in spoken.lower()
        )
        everything = allowed == self._settings.stop_phrases
        self._phrases = self._all if everything else self._listen_for(allowed)
        self._recognizer, self._steady = None, 0

    def feed(self, frame: bytes) -> bool:
        """Take the next frame, which the gate had; True when a stop phrase was said."""
        if self._phrases is None:
            return False
        if self._recognizer is None:
            if self._gate.open:
                self._recognizer = self._begin_segment(self._phrases)
            return False
        ended = self._recognizer.feed(frame) or not self._gate.open
        suspected = self._phrases.find(self._recognizer.text.split()) is not None
        self._steady = self._steady + 1 if suspected else 0
        if not ended and self._steady < frames_in(STEADY):
            return False
        words, self._recognizer, self._steady = self._recognizer.finish(), None, 0
        return self._phrases.judge(words, anywhere=True).accepted

    def _begin_segment(self, phrases: Phrases) -> Recognizer:
        recent = self._gate.recent
        recognizer = phrases.recognizer(self._gate.now - len(recent) * FRAME_SECONDS)
        for frame in recent:
            recognizer.feed(frame)
        return recognizer
