"""Listening for "stop" while mused itself speaks, when nothing else can be understood."""

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import FRAME_SECONDS
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import Phrases
from mused.daemon.hearing.recognizer import Recognizer


class StopEar:
    """Recognises the stop phrases and nothing else. Raises ModelError as `Phrases` does."""

    def __init__(self, model: Model, settings: Hearing, gate: Gate) -> None:
        self._model = model
        self._settings = settings
        self._gate = gate
        self._all = self._phrases(settings.stop_phrases) if settings.stop_phrases else None
        self._phrases_now = self._all
        self._recognizer: Recognizer | None = None

    def _phrases(self, phrases: tuple[str, ...]) -> Phrases:
        return Phrases(self._model, phrases, self._settings.wake_confidence, "the stop phrases")

    def begin(self, spoken: str) -> None:
        """Listen while `spoken` is said aloud; a phrase that it contains is not listened for."""
        allowed = tuple(each for each in self._settings.stop_phrases if each not in spoken.lower())
        if allowed == self._settings.stop_phrases:
            self._phrases_now = self._all
        else:
            self._phrases_now = self._phrases(allowed) if allowed else None
        self._recognizer = None

    def feed(self, frame: bytes) -> bool:
        """Take the next frame, which the gate had; True when a stop phrase was said."""
        if self._phrases_now is None:
            return False
        if self._recognizer is None:
            if self._gate.open:
                self._recognizer = self._begin_segment(self._phrases_now)
            return False
        ended = self._recognizer.feed(frame)
        if not ended and self._gate.open:
            return False
        words, self._recognizer = self._recognizer.finish(), None
        return self._phrases_now.judge(words, whole=True).accepted

    def _begin_segment(self, phrases: Phrases) -> Recognizer:
        recent = self._gate.recent
        recognizer = phrases.recognizer(self._gate.now - len(recent) * FRAME_SECONDS)
        for frame in recent:
            recognizer.feed(frame)
        return recognizer
