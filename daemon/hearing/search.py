"""The search for a wake phrase, from the opening of the gate until it is found or ruled out."""

from collections.abc import Sequence
from dataclasses import dataclass

from mused.daemon.hearing.audio import FRAME_SECONDS, frames_in
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.levels import Foreground
from mused.daemon.hearing.phrases import Judgement, Phrases
from mused.skills.contract import Word

LONGEST = 6.0  # seconds; from ten on a grammar's search costs more than a core
OVERLAP = 1.0  # seconds of a search that was cut off that the next one hears too
LEAD = 0.1  # seconds before a phrase among others' words: Vosk places it no better
SETTLED = 0.5  # seconds that such a phrase is in the partial result before it is judged


@dataclass(frozen=True)
class Call:
    """What was found to be the wake phrase, or why nothing was."""

    verdict: Judgement
    foreground: Foreground | None = None
    """Who called, where others talked on and on."""


class Search:
    """Hears the frames `heard` so far, and every frame that `feed` takes, for a wake phrase.

    It must begin what is heard, and be louder than the moment before, as a call is after a pause.
    Where others talk on and on there is no pause: there, and where the search began
    `within_speech`, it must stand out by its level.
    """

    def __init__(
        self, phrases: Phrases, gate: Gate, heard: Sequence[bytes], *, within_speech: bool = False
    ) -> None:
        self._phrases = phrases
        self._gate = gate
        self.heard = list(heard)
        """All frames so far."""
        self._within_speech = within_speech
        self.since = gate.now - len(self.heard) * FRAME_SECONDS
        """Seconds of the stream."""
        self._ear = phrases.recognizer(self.since)
        self._named_for = 0.0
        for frame in self.heard:
            self._ear.feed(frame)

    @property
    def is_long(self) -> bool:
        """Whether it must end now."""
        return self._gate.now - self.since >= LONGEST

    @property
    def begins(self) -> bool:
        """Whether the partial result begins with a phrase; anything may still become of it."""
        return not self._within_speech and self._phrases.begins(self._ear.text.split()) > 0

    @property
    def is_cut(self) -> bool:
        """Whether it ends in the midst of talk, and the next search begins there."""
        return self.is_long or self._named_for >= SETTLED

    def feed(self, frame: bytes) -> bool:
        """Take the next frame; True when it is time to judge."""
        self.heard.append(frame)
        ended = self._ear.feed(frame)
        named = self._phrases.find(self._ear.text.split()) is not None and not self.begins
        self._named_for = self._named_for + FRAME_SECONDS if named else 0.0
        return ended or self.is_cut

    def judge(self) -> Call:
        """What was heard in the end; it is spent then."""
        return self._call(self._ear.finish())

    def heard_from(self, call: Call) -> list[bytes]:
        """The frames that a command recogniser must hear of it."""
        if call.foreground is None:
            return self.heard
        return self._since(call.verdict.begin - LEAD)

    def heard_after(self, call: Call) -> list[bytes]:
        """What the next search must hear again: a phrase may have been cut in two, none twice."""
        return self._since(max(call.verdict.end, self._gate.now - OVERLAP))

    def _since(self, seconds: float) -> list[bytes]:
        return self.heard[max(0, frames_in(seconds - self.since)) :]

    def _call(self, words: Sequence[Word]) -> Call:
        found = [self._phrases.judge(words[at:]) for at in range(len(words))]
        levels = self._gate.levels
        first = found[0] if found and not self._within_speech else None
        # A soft word before it may have been too soft for the gate, and for the grammar.
        if first and first.accepted and levels.rises(first.begin, first.end):
            return Call(first)
        named = [each for each in found if each.accepted]
        for verdict in named:
            foreground = levels.foreground(verdict.begin, verdict.end)
            if foreground is not None:
                return Call(verdict, foreground)
        if named:
            reason = "it was hardly louder than what was said before"
            return Call(Judgement(accepted=False, reason=reason, said=named[-1].said))
        return Call(self._phrases.judge(words))
