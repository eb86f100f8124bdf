"""One turn: from the sound in which the wake phrase was suspected to the end of the command."""

from collections.abc import Callable, Sequence
from uuid import uuid4

from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import FRAME_SECONDS
from mused.daemon.hearing.endpoint import PATIENCE, SHORTEST_SPEECH, Ending, Endpointer
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.levels import Foreground
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import Phrases
from mused.daemon.hearing.recognizer import UNKNOWN, Recognizer
from mused.skills.contract import Word
from mused.skills.router import Expectation

STALLED = 1.5  # seconds of speech without a new word after which it counts as noise


class Turn:
    """Follows a speaker with the whole vocabulary until the endpointer says it is over.

    Opened with the frames `heard` until now, in which the wake phrase is suspected: the command
    recogniser hears it too, its words are taken off afterwards.
    """

    def __init__(
        self,
        model: Model,
        settings: Hearing,
        wake: Phrases,
        heard: Sequence[bytes],
        gate: Gate,
        expects: Callable[[str], Expectation],
    ) -> None:
        self.id = uuid4().hex[:12]
        self.wake_end = 0.0
        """Seconds of the stream at which the wake phrase ended, once that is known."""
        self.foreground: Foreground | None = None
        """Who speaks, where others talk on and on behind."""
        self.instead = ""
        """What the whole vocabulary heard in the place of the wake phrase, once that is known."""
        self._model = model
        self._settings = settings
        self._wake = wake
        self._gate = gate
        self._expects = expects
        self._pauses = PATIENCE[settings.endpointing]
        self._recognizer: Recognizer | None = None
        self._endpoint = self._endpointer(settings.no_speech_timeout)
        self._endpoint.speech, self._endpoint.silence = SHORTEST_SPEECH, gate.silent_for
        self._patience = settings.no_speech_timeout
        self._weighed = ""
        self.waiting = False
        """Whether a command is waited for, after the wake phrase alone."""
        self._words_so_far = 0
        self._stalled_for = 0.0
        self._listen(heard)

    def _endpointer(self, patience: float) -> Endpointer:
        return Endpointer(self._pauses.words, patience, self._settings.longest_utterance)

    def _listen(self, frames: Sequence[bytes]) -> None:
        start = self._gate.now - len(frames) * FRAME_SECONDS
        self._recognizer = Recognizer(self._model, start)
        self._words_so_far, self._stalled_for = 0, 0.0
        for frame in frames:
            self._recognizer.feed(frame)

    def feed(self, frame: bytes) -> Ending | None:
        """Take the next frame, which the gate had; the ending once the speaker has finished."""
        if self._recognizer is not None:
            self._recognizer.feed(frame)
            self._note_progress()
        elif self._gate.open:
            self._listen(self._gate.recent)
        self._weigh(self.text)
        return self._endpoint.feed(FRAME_SECONDS, self._is_speaking())

    def _is_speaking(self) -> bool:
        if not self._gate.speech or self._stalled_for >= STALLED:
            return False
        return self.foreground is None or self._gate.levels.loudness >= self.foreground.floor

    def _note_progress(self) -> None:
        # In noise the last words come and go; only more words than ever are progress.
        words = len(self.text.split())
        progress = words > self._words_so_far
        self._words_so_far = max(words, self._words_so_far)
        # Noise makes the gate flicker, a pause closes it: who speaks after one is a speaker again.
        if progress or not self._gate.open:
            self._stalled_for = 0.0
        elif self._gate.speech:
            self._stalled_for += FRAME_SECONDS

    def _weigh(self, text: str) -> None:
        """Set the pause that ends the turn by what may still follow."""
        if text == self._weighed:
            return
        self._weighed = text
        match self._expects(text):
            case Expectation.NOTHING:
                self._endpoint.end_silence = self._pauses.command
            case Expectation.WORDS:
                self._endpoint.end_silence = self._pauses.words
            case Expectation.FREE_TEXT:
                self._endpoint.end_silence = self._pauses.prompt
            case Expectation.MORE:
                self._endpoint.end_silence = self._pauses.unfinished

    @property
    def text(self) -> str:
        """The command so far, without the wake phrase."""
        words = [] if self._recognizer is None else self._recognizer.text.split()
        return " ".join(word for word in words[self._wake.begins(words) :] if word != UNKNOWN)

    def finish(self) -> tuple[Word, ...]:
        """The command's words, without wake phrase and unknown sounds; empty if there are none."""
        words = () if self._recognizer is None else self._recognizer.finish()
        self._recognizer = None
        texts = [word.text for word in words]
        said = self._wake.begins(texts)
        if not self.waiting:
            at = self._wake.find(texts)
            # Of "her computer" the grammar misses the soft word; an unknown sound may be a noise.
            others = self.foreground is not None
            named = at is not None and (others or all(text == UNKNOWN for text in texts[:at]))
            there = [word.text for word in words if _middle(word) <= self.wake_end]
            self.instead = "" if named else " ".join(text for text in there if text != UNKNOWN)
        if self.foreground is not None:  # others may have named it before
            said = 0
        rest = words[said:] if said else [word for word in words if _middle(word) > self.wake_end]
        return tuple(word for word in self._in_front(rest) if word.text != UNKNOWN)

    def _in_front(self, words: Sequence[Word]) -> Sequence[Word]:
        """The words without those at the ends that others say; within, a soft "a" is the speaker's.

        After a pause others may come first, too; else the wake phrase has.
        """
        if self.foreground is None:
            return words
        ours = [at for at, word in enumerate(words) if self._is_in_front(word)]
        if not ours:
            return ()
        return words[ours[0] if self.waiting else 0 : ours[-1] + 1]

    def _is_in_front(self, word: Word) -> bool:
        levels = self._gate.levels.between(word.start, word.end)
        loudest = float(levels.max(initial=0.0))
        return self.foreground is None or loudest >= self.foreground.floor

    def wait_on(self) -> bool:
        """Wait for a command after the wake phrase alone; False after the no-speech timeout."""
        if self.waiting:
            self._patience -= self._endpoint.elapsed
        self.waiting = True
        self._endpoint = self._endpointer(self._patience)
        return self._patience > 0.0


def _middle(word: Word) -> float:
    return (word.start + word.end) / 2
