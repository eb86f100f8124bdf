"""From a stream of sound to utterances: the wake phrase, the command, and silence while we speak.

Time is counted in samples, never read from a clock: the same sound gives the same events, from a
file as fast as the machine can or from a microphone. Only what happens beside the sound, as that
mused begins to speak, is placed by a clock, and only where the sound says when it was recorded.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from statistics import fmean
from uuid import uuid4

from mused.daemon.config import Hearing
from mused.daemon.hearing.answer import Answer, AnswerEar
from mused.daemon.hearing.audio import FRAME_BYTES, FRAME_SECONDS, frames_in
from mused.daemon.hearing.endpoint import Ending
from mused.daemon.hearing.events import (
    Answered,
    Dropped,
    Heard,
    HearingEvent,
    Partial,
    StopWord,
    Waiting,
    Woke,
)
from mused.daemon.hearing.gate import Gate
from mused.daemon.hearing.memory import Housekeeper
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.phrases import wake_phrases
from mused.daemon.hearing.search import Search
from mused.daemon.hearing.stop import StopEar
from mused.daemon.hearing.turn import Turn
from mused.skills.contract import Source, Utterance, Word
from mused.skills.router import Expectation

logger = logging.getLogger(__name__)

TAIL = 0.3  # seconds of echo after the voice has ended
EARCON_TAIL = 0.15  # likewise of an earcon, which is short and soft
LONGEST_EARCON = 1.0  # seconds; nothing makes mused deaf for longer without speaking
LAST_SILENCE = 0.3  # seconds; Vosk loses a last word that nothing follows
LONGEST_VOICE = 300.0  # seconds; a voice that was never said to have ended is over then
REFRACTORY = 0.6  # seconds after an utterance in which a wake phrase is its echo


class State(Enum):
    """What the next frame of sound is for; the diagram is above `Listener._step`."""

    ASLEEP = "asleep"
    ALERT = "alert"
    PROVISIONAL = "provisional"
    LISTENING = "listening"
    SPEAKING = "speaking"
    ANSWERING = "answering"
    MUTED = "muted"


class Listener:
    """Turns sound into events, which `on_event` receives in the thread that feeds.

    `expects` says what may follow the words so far, which decides how long a pause may be.

    `feed`, `flush` and `interrupt` belong to one thread; the other methods may be called from any
    and take effect with the sound that is recorded from then on, `mute` at once. Raises ModelError
    where the model lacks a word of the wake or stop phrases.
    """

    def __init__(
        self,
        model: Model,
        settings: Hearing,
        on_event: Callable[[HearingEvent], None],
        expects: Callable[[str], Expectation],
        source: Source = "microphone",
    ) -> None:
        self._model = model
        self._settings = settings
        self._on_event = on_event
        self._source = source
        self._expects = expects
        self._gate = Gate(settings.energy_floor)
        self._wake = wake_phrases(model, settings.wake_phrases, settings.wake_confidence)
        self._stop = StopEar(model, settings, self._gate)
        self._answer = AnswerEar(model, settings, self._gate)
        self._search: Search | None = None  # in ALERT and PROVISIONAL
        self._searched = 0.0  # seconds of the stream at which the last one began
        self._cut_off: list[bytes] | None = None  # what the next search must hear again
        self._amid_talk = 0.0  # seconds of the stream before which no search begins with a word
        self._memory = Housekeeper()
        self._turn: Turn | None = None
        self._shown = ""
        self._voice: str | None = None  # what mused is saying
        self._tail = 0
        self._voice_ends = 0.0  # at the latest, in seconds of the stream
        self._rested = 0.0  # seconds of the stream before which no wake phrase may begin
        self._deaf = 0  # frames that an earcon still sounds
        self._question: Utterance | None = None  # whether it was meant, mused asks
        self._muted = False
        self._orders: deque[tuple[float, Callable[[], None]]] = deque()
        self._rest = bytearray()
        self.state = State.ASLEEP

    @property
    def busy(self) -> bool:
        """Whether someone gives a command or is asked something: no moment to speak."""
        return self._turn is not None or self._question is not None

    @property
    def unanswerable(self) -> list[str]:
        """Words that the model lacks, so that no question can be answered."""
        return self._answer.missing

    @property
    def resting(self) -> bool:
        """Whether nobody speaks and nothing is awaited."""
        return self.state in {State.ASLEEP, State.MUTED}

    @property
    def muted(self) -> bool:
        """Whether all sound is ignored."""
        return self._muted

    def mute(self) -> None:
        """Ignore all sound."""
        self._muted = True
        self._orders.appendleft((-math.inf, lambda: self._settle("muted")))

    def unmute(self) -> None:
        """Listen again."""
        self._muted = False
        self._order(lambda: self._settle(""))

    def speaking_started(self, text: str) -> None:
        """Listen for what may interrupt only, while `text` is said aloud."""
        self._order(lambda: self._begin_speaking(text))

    def speaking_ended(self) -> None:
        """Listen normally again once the echo has died away."""
        self._order(self._end_speaking)

    def earcon_started(self) -> None:
        """Hear nothing while an earcon sounds; a turn goes on."""
        self._order(lambda: self._be_deaf(LONGEST_EARCON))

    def earcon_ended(self) -> None:
        """Hear again once the earcon's echo has died away."""
        self._order(lambda: self._be_deaf(min(EARCON_TAIL, self._deaf * FRAME_SECONDS)))

    def expect_answer(self, utterance: Utterance) -> None:
        """A question about an utterance was asked: listen for yes or no once its echo is over."""
        self._question = utterance  # at once: an announcement must not come between
        self._order(lambda: self._await_answer(utterance))

    def _order(self, action: Callable[[], None]) -> None:
        self._orders.append((time.monotonic(), action))

    def feed(self, block: bytes, recorded: float = math.inf) -> None:
        """Take 16-bit mono sound at 16 kHz, in blocks of any length.

        `recorded` is when its last sample was, by `time.monotonic`: where hearing lags behind, it
        is deaf to what mused said and to nothing else. Without, it is just now.
        """
        self._rest += block
        whole = len(self._rest) - len(self._rest) % FRAME_BYTES
        sound, self._rest = bytes(self._rest[:whole]), self._rest[whole:]
        for at in range(0, whole, FRAME_BYTES):
            later = (whole - at) // FRAME_BYTES - 1
            self._step(sound[at : at + FRAME_BYTES], recorded - later * FRAME_SECONDS)

    def flush(self) -> None:
        """The sound is over: end an open turn with what was said."""
        self.feed(bytes(FRAME_BYTES * frames_in(LAST_SILENCE)))
        self._rest.clear()
        if self.state in {State.ALERT, State.PROVISIONAL}:
            self._judge_wake()
        self._conclude(patient=False)
        self._settle(Ending.NO_SPEECH.value)

    def interrupt(self, reason: str) -> None:
        """There is a gap in the sound: drop an open turn and begin anew."""
        self._rest.clear()
        self._settle(reason)

    # ASLEEP             ─ gate opens ─────────────────────────▶ ALERT
    # ALERT              ─ partial is a call, see `Search` ────▶ PROVISIONAL  Woke
    # ALERT, PROVISIONAL ─ final is one and is sure ───────────▶ LISTENING
    # ALERT, PROVISIONAL ─ final is none ──────────────────────▶ ASLEEP       Dropped
    # ALERT              ─ still searching after a while ──────▶ ASLEEP
    # LISTENING          ─ endpoint ───────────────────────────▶ ASLEEP       Heard
    # LISTENING          ─ endpoint after the wake phrase alone ▶ LISTENING    Waiting
    # LISTENING          ─ nothing said in time ───────────────▶ ASLEEP       Dropped
    # LISTENING          ─ it was no call, see `_is_no_call` ──▶ ASLEEP       Dropped
    # any but MUTED      ─ speaking_started ───────────────────▶ SPEAKING     Dropped
    # SPEAKING           ─ speaking_ended or never, echo over ─▶ ASLEEP, or
    #                      after a question ───────────────────▶ ANSWERING
    # ANSWERING          ─ yes or no ──────────────────────────▶ ASLEEP       Answered
    # ANSWERING          ─ something else or 6 + 3 s are over ─▶ ASLEEP       Dropped
    # ANSWERING          ─ partial begins with a wake phrase ──▶ ALERT        Dropped
    # any                ─ mute ───────────────────────────────▶ MUTED        Dropped
    # MUTED              ─ unmute ─────────────────────────────▶ ASLEEP or SPEAKING
    # In any state frames in which an earcon sounds, for a second at most, are silence.
    def _step(self, frame: bytes, recorded: float) -> None:
        while self._orders and self._orders[0][0] <= recorded:
            self._orders.popleft()[1]()
        if self._deaf:
            self._deaf -= 1
            frame = bytes(FRAME_BYTES)
            self._gate.pass_over()
        else:
            self._gate.feed(frame)
        match self.state:
            case State.ASLEEP:
                self._doze(frame)
            case State.ALERT:
                self._listen_for_wake(frame)
            case State.PROVISIONAL:
                self._follow_provisionally(frame)
            case State.LISTENING:
                self._follow(frame)
            case State.SPEAKING:
                self._listen_for_stop(frame)
            case State.ANSWERING:
                self._listen_for_answer(frame)
            case State.MUTED:
                pass

    def _doze(self, frame: bytes) -> None:
        cut_off, self._cut_off = self._cut_off, None
        if not self._gate.open:
            self._memory.tidy(self._gate.now, self._searched)
        elif cut_off is not None:
            self._become_alert([*cut_off, frame], within_speech=True)
        else:
            within_speech = self._gate.now < self._amid_talk
            self._become_alert(self._gate.recent, within_speech=within_speech)

    def _become_alert(self, heard: Sequence[bytes], *, within_speech: bool = False) -> None:
        self._search = Search(self._wake, self._gate, heard, within_speech=within_speech)
        self._searched = self._search.since
        self.state = State.ALERT

    def _listen_for_wake(self, frame: bytes) -> None:
        assert self._search is not None
        ended = self._search.feed(frame)
        if self._search.begins:
            self._open_turn(self._search.heard)
        if ended or not self._gate.open:
            self._judge_wake()

    def _open_turn(self, heard: Sequence[bytes]) -> None:
        # The command recogniser catches up on the whole sound at once, but nothing may act on it
        # before the wake phrase is final: partial results find it in any speech.
        self._turn = Turn(self._model, self._settings, self._wake, heard, self._gate, self._expects)
        self._shown = ""
        self.state = State.PROVISIONAL
        self._on_event(Woke(self._turn.id, self._gate.now))

    def _judge_wake(self) -> None:
        search, self._search = self._search, None
        assert search is not None
        call = search.judge()
        verdict = call.verdict
        logger.debug("wake result: %s", call)
        self._cut_off = search.heard_after(call) if search.is_cut else None
        if not verdict.accepted:
            self._drop(verdict.reason)
            return
        if verdict.begin < self._rested:
            self._drop("it came at once after another utterance")
            return
        if self._turn is None:
            self._open_turn(search.heard_from(call))
        if self._turn is not None:
            self._turn.wake_end, self._turn.foreground = verdict.end, call.foreground
        self._cut_off = None
        self.state = State.LISTENING

    def _follow_provisionally(self, frame: bytes) -> None:
        assert self._search is not None
        ending = self._feed_turn(frame)
        if self._search.feed(frame) or ending:
            self._judge_wake()
        if ending:
            self._conclude()

    def _follow(self, frame: bytes) -> None:
        if self._feed_turn(frame):
            self._conclude()

    def _feed_turn(self, frame: bytes) -> Ending | None:
        if self._turn is None:
            return None
        ending = self._turn.feed(frame)
        text = self._turn.text
        if text != self._shown:
            self._shown = text
            self._on_event(Partial(self._turn.id, text))
        return ending

    def _conclude(self, *, patient: bool = True) -> None:
        if self._turn is None:
            return
        words = self._turn.finish()
        if words and self._turn.foreground is not None:  # others go on, in the middle of a word
            self._amid_talk = self._gate.now + REFRACTORY
        if words and self._is_no_call(self._turn, words):
            self._gate.forget()  # it was searched for the wake phrase
            self._drop(f'the whole vocabulary heard "{self._turn.instead}", and no command')
            return
        if words:
            utterance = _utterance(words, self._turn.id, self._source)
            self._turn, self.state = None, State.ASLEEP
            self._rested = utterance.end + REFRACTORY
            self._gate.forget()  # or the last words would be searched for the wake phrase
            self._on_event(Heard(utterance))
            return
        is_news = not self._turn.waiting
        if not (patient and self._turn.wait_on()):
            self._drop(Ending.NO_SPEECH.value)
        elif is_news:
            self._on_event(Waiting(self._turn.id))

    def _is_no_call(self, turn: Turn, words: Sequence[Word]) -> bool:
        """Whether it was neither the wake phrase nor a command after all: "compute the …"."""
        said = " ".join(word.text for word in words)
        return bool(turn.instead) and self._expects(said) is Expectation.WORDS

    def _drop(self, reason: str) -> None:
        turn, self._turn, self.state = self._turn, None, State.ASLEEP
        if turn is not None:
            self._on_event(Dropped(turn.id, reason, turn.waiting))

    def _begin_speaking(self, text: str) -> None:
        self._voice, self._tail = text, 0
        self._voice_ends = self._gate.now + LONGEST_VOICE
        self._stop.begin(text)
        self._settle("mused began to speak")

    def _end_speaking(self) -> None:
        if self._voice is not None:
            self._tail = frames_in(TAIL)

    def _listen_for_stop(self, frame: bytes) -> None:
        if said := self._stop.feed(frame):
            utterance = _utterance(said, uuid4().hex[:12], self._source)
            is_command = utterance.text in self._settings.interrupting_commands
            self._on_event(StopWord(self._gate.now, utterance if is_command else None))
        if not self._tail and self._gate.now >= self._voice_ends:
            logger.warning("the voice was never said to have ended; listening again")
            self._end_speaking()
        if self._tail:
            self._tail -= 1
            if not self._tail:
                self._rest_from_speaking()

    def _rest_from_speaking(self) -> None:
        question, self._voice, self._question = self._question, None, None
        self._settle("")
        if question is not None:
            self._question = question
            self._begin_answering()

    def _await_answer(self, question: Utterance) -> None:
        """Begin to, unless the voice has not ended; its end begins it then."""
        if self._question is not question or self._voice is not None:
            return
        if self._muted or self._turn is not None:
            self._drop_question("somebody gave a command")
        elif self.state is not State.ANSWERING:
            self._begin_answering()

    def _begin_answering(self) -> None:
        self._answer.begin()
        self.state = State.ANSWERING

    def _listen_for_answer(self, frame: bytes) -> None:
        answer = self._answer.feed(frame)
        match answer:
            case None:
                return
            case Answer.YES | Answer.NO if self._question is not None:
                question, self._question = self._question, None
                self._on_event(Answered(question, yes=answer is Answer.YES))
            case _:
                self._drop_question(answer.value)
        self._gate.forget()  # the answer is no beginning of a command
        self.state = State.ASLEEP
        heard = self._answer.heard
        self._answer.end()
        if answer is Answer.WAKE:
            self._become_alert(heard)

    def _drop_question(self, reason: str) -> None:
        question, self._question = self._question, None
        if question is not None:
            self._on_event(Dropped(question.turn, reason))

    def _be_deaf(self, seconds: float) -> None:
        self._deaf = frames_in(seconds)

    def _settle(self, reason: str) -> None:
        """Forget the sound so far, take the state the switches ask for and drop the turn."""
        self._drop_question(reason)
        turn, self._turn = self._turn, None
        self._search = self._cut_off = None
        self._stop.pause()
        self._answer.end()
        self._gate.forget()
        if self._muted:
            self.state = State.MUTED
        else:
            self.state = State.ASLEEP if self._voice is None else State.SPEAKING
        if turn is not None:
            self._on_event(Dropped(turn.id, reason))


def _utterance(words: Sequence[Word], turn: str, source: Source) -> Utterance:
    return Utterance(
        text=" ".join(word.text for word in words),
        source=source,
        turn=turn,
        confidence=fmean(word.confidence for word in words),
        start=words[0].start,
        end=words[-1].end,
        words=tuple(words),
    )
