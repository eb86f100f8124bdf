"""Endpointing: decides when the speaker has finished, from (seconds, is_speech) alone."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Patience:
    """The pauses, in seconds, after which a speaker has finished."""

    command: float
    """After a whole command."""
    words: float
    """After words that are no command yet."""
    prompt: float
    """After a prompt that may be whole."""
    unfinished: float
    """Within a prompt that cannot end so: people think while they describe a picture."""


PATIENCE = {
    "quick": Patience(0.2, 0.5, 0.45, 1.0),
    "normal": Patience(0.35, 0.8, 0.7, 1.6),
    "patient": Patience(0.8, 1.6, 2.0, 3.0),
}
SHORTEST_SPEECH = 0.06  # a click is not the beginning of an utterance


class Ending(Enum):
    """Why an utterance is over."""

    SILENCE = "silence"
    NO_SPEECH = "nothing was said"
    TOO_LONG = "longest utterance reached"


@dataclass
class Endpointer:
    """Times one utterance; all in seconds."""

    end_silence: float
    """May change as the words come in."""
    no_speech_timeout: float
    longest_utterance: float
    elapsed: float = 0.0
    speech: float = 0.0
    silence: float = 0.0
    """Length of the pause that is going on."""

    @property
    def begun(self) -> bool:
        """Whether enough speech was heard to be an utterance."""
        return self.speech >= SHORTEST_SPEECH

    def feed(self, seconds: float, is_speech: bool) -> Ending | None:
        """Take the next `seconds` of sound; the ending once there is one."""
        self.elapsed += seconds
        if is_speech:
            self.speech += seconds
            self.silence = 0.0
        else:
            self.silence += seconds
        return self._ending()

    def _ending(self) -> Ending | None:
        # Sums of 0.02 miss a round limit by a rounding error, hence the half millisecond.
        if self.begun and self.silence >= self.end_silence - 5e-4:
            return Ending.SILENCE
        if not self.begun and self.elapsed >= self.no_speech_timeout - 5e-4:
            return Ending.NO_SPEECH
        if self.elapsed >= self.longest_utterance - 5e-4:
            return Ending.TOO_LONG
        return None
