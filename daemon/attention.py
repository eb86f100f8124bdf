"""Joins hearing to the rest: the hearing thread's events become events of the bus and turns."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from mused.art.files import write_atomically
from mused.daemon import paths
from mused.daemon.config import Hearing
from mused.daemon.errors import HearingError
from mused.daemon.events import Bus
from mused.daemon.hearing.ears import Ears, SourceState, open_source
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
from mused.daemon.hearing.listener import Listener
from mused.daemon.hearing.model import Model
from mused.daemon.speaking.tones import Earcon
from mused.skills.contract import Source, Utterance
from mused.skills.router import Router

log = logging.getLogger(__name__)

STOP_PATIENCE = 1.5  # seconds; a dead sound server may hold the thread for ever

WITH_HINT = 3  # unknown words, not counting triggers, for which the nearest are looked up

UNKNOWN = "the Vosk model does not know"
MARK = "muted"  # a file of the state folder that is there while mused is muted

BUNDLED_MODEL = (
    "only the bundled Vosk model is used, which understands synthetic voices and hardly people: "
    '`mused models pull vosk-small-en-us`, then set [hearing] model = "vosk-small-en-us"'
)
NO_UNKNOWN = (
    "the Vosk model has no word such as [unk] for what is none of its words: any speech may be "
    "taken for the wake phrase; take another model"
)


@dataclass(frozen=True)
class Reactions:
    """What is done about what is heard."""

    take: Callable[[Utterance], Coroutine[Any, Any, Any]]
    """Answers an utterance."""
    answered: Callable[[Utterance, bool], Coroutine[Any, Any, Any]]
    """Goes on with one that was in doubt, now that there was a yes or no."""
    hush: Callable[[], object]
    """Silences the voice."""
    beep: Callable[[Earcon], object]


class Attention:
    """The ears of the daemon; used from the event loop's thread only.

    A model or source that cannot be used is a status, not an end: the inbox goes on.
    """

    def __init__(self, settings: Hearing, bus: Bus, state: Path) -> None:
        self._settings = settings
        self._bus = bus
        self._mark = state / MARK
        self._muted = paths.exists(self._mark)
        self._forgotten = ""
        self._unheard: list[str] = []
        self._listener: Listener | None = None
        self._ears: Ears | None = None
        self._model: Model | None = None
        self._problem = "" if settings.enabled else "switched off in the configuration"
        self._turns: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def listening(
        self,
        reactions: Reactions,
        router: Router,
    ) -> AsyncIterator[None]:
        """Listen while the context is open, for what `router` can use."""
        if self._settings.enabled:
            loop = asyncio.get_running_loop()

            def on_event(event: HearingEvent) -> None:
                loop.call_soon_threadsafe(self._on_event, event, reactions)

            def on_state(state: SourceState, reason: str) -> None:
                loop.call_soon_threadsafe(self._on_state, state, reason)

            try:
                await asyncio.to_thread(self._open, on_event, on_state, router)
            except HearingError as error:
                self._problem = str(error)
                log.error("cannot listen: %s", error)  # noqa: TRY400 - the reason is in the words
                self._bus.publish("microphone", state="failed", reason=str(error))
            else:
                self._have_muted()  # somebody may have switched it meanwhile
                await asyncio.to_thread(self._warn, router)
        try:
            yield
        finally:
            if self._ears is not None:
                await asyncio.to_thread(self._ears.stop, STOP_PATIENCE)
            for turn in self._turns:
                turn.cancel()

    def _open(
        self,
        on_event: Callable[[HearingEvent], None],
        on_state: Callable[[SourceState, str], None],
        router: Router,
    ) -> None:
        source: Source = "wav"
        if self._settings.source in {"microphone", "stdin"}:
            source = "microphone" if self._settings.source == "microphone" else "stdin"
        self._model = Model(self._settings.model)
        triggers = sorted(router.triggers())
        if self._model.missing_words(triggers) == triggers:
            self._model.check_vocabulary({"the trigger words": triggers})
        self._listener = Listener(self._model, self._settings, on_event, router.expects, source)
        if self._muted:
            self._listener.mute()
        self._ears = Ears(open_source(self._settings), self._listener, on_state)
        self._ears.start()

    def _warn(self, router: Router) -> None:
        # No reason to refuse: what begins with other triggers works, and so do other skills.
        assert self._model is not None
        triggers = sorted(router.triggers())
        if missing := self._model.missing_words(triggers):
            words = self._named(missing, len(missing))
            self._unheard.append(
                f"{UNKNOWN} trigger words: {words}; only sentences with other ones are heard"
            )
        others = sorted(router.vocabulary().difference(triggers))
        if missing := self._model.missing_words(others):
            words = self._named(missing, WITH_HINT)
            self._unheard.append(f"{UNKNOWN} words of the skills: {words}")
        for note in self._notes():
            log.warning("%s", note)

    def _named(self, words: Sequence[str], hints: int) -> str:
        """The words, the first of them with others that sound like them."""
        assert self._model is not None
        near = [self._model.like(word) for word in words[:hints]]
        like = [f" (like {' or '.join(each)})" if each else "" for each in near]
        return ", ".join(map("".join, zip_longest(words, like, fillvalue="")))

    @property
    def _only_synthetic(self) -> bool:
        """Whether people speak to a model that does not understand them."""
        bundled = self._model is not None and self._model.is_bundled
        return bundled and self._settings.source == "microphone"

    def speaking_started(self, text: str) -> None:
        """The voice starts: from now on the microphone hears mused itself."""
        if self._listener is not None:
            self._listener.speaking_started(text)

    def speaking_ended(self) -> None:
        """The voice has ended."""
        if self._listener is not None:
            self._listener.speaking_ended()

    def earcon_started(self) -> None:
        """An earcon sounds: nothing can be heard, but what was begun goes on."""
        if self._listener is not None:
            self._listener.earcon_started()

    def earcon_ended(self) -> None:
        """It has ended."""
        if self._listener is not None:
            self._listener.earcon_ended()

    def doubts(self, utterance: Utterance) -> bool:
        """Whether the speaker should be asked if that was meant, and could answer."""
        return (
            utterance.source == "microphone"
            and utterance.confidence < self._settings.ask_below
            and self._listener is not None
            and not self._listener.unanswerable
        )

    def expect_answer(self, utterance: Utterance) -> None:
        """It was asked whether `utterance` was meant: listen for yes or no for some seconds."""
        if self._listener is not None:
            self._listener.expect_answer(utterance)

    @property
    def busy(self) -> bool:
        """Whether somebody gives a command."""
        return self._listener is not None and self._listener.busy

    @property
    def muted(self) -> bool:
        """Whether all sound is ignored."""
        return self._muted

    def mute(self, *, on: bool) -> bool:
        """Ignore all sound, or listen again; False where that changes nothing.

        Remembered in a file of the state folder: nobody who switched it off is heard because of
        a restart.
        """
        if on == self._muted:
            return False
        self._muted = on
        self._have_muted()
        self._forgotten = ""
        try:
            if on:
                self._mark.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._mark, lambda _: None)
            else:
                self._mark.unlink(missing_ok=True)
        except OSError as error:
            self._forgotten = (
                f"a restart will forget that mused was {'' if on else 'un'}muted: {error}"
            )
            log.warning("%s", self._forgotten)
        log.info("muted" if on else "no longer muted")
        self._bus.publish("mute", on=on)
        return True

    def _have_muted(self) -> None:
        if self._listener is not None and self._listener.muted != self._muted:
            (self._listener.mute if self._muted else self._listener.unmute)()

    def healthy(self) -> bool:
        """Whether sound flows or is tried again on schedule, or neither can be hoped for."""
        if self._ears is None:
            return True
        health = self._ears.health()
        return health.alive or health.state == "failed"

    def status(self) -> Mapping[str, Any]:
        """Source, model and how many blocks of 20 ms were heard and lost."""
        if self._ears is None or self._model is None:
            state = "off" if self._problem else "starting"  # the model is being loaded
            reason = self._problem or self._forgotten
            return {"state": state, "reason": reason, "muted": self._muted}
        health = self._ears.health()
        status = {
            "state": health.state,
            "reason": health.reason,
            "muted": self._muted,
            "source": self._settings.source,
            "device": health.device,
            "model": self._model.folder.name,
            "blocks_heard": health.blocks_heard,
            "blocks_lost": health.blocks_lost,
            "only_synthetic": self._only_synthetic,
        }
        if notes := self._notes():
            status["note"] = "; ".join(notes)
        return status

    def _notes(self) -> list[str]:
        """What is to be known of the model and of the last switch."""
        notes = [self._unanswerable(), *self._unheard, self._forgotten]
        if self._model is not None and self._model.unknown is None:
            notes.append(NO_UNKNOWN)
        if self._only_synthetic:
            notes.append(BUNDLED_MODEL)
        return [note for note in notes if note]

    def _unanswerable(self) -> str:
        if self._listener is None or not self._settings.ask_below:
            return ""
        missing = ", ".join(self._listener.unanswerable)
        return f"nothing is asked back: {UNKNOWN} {missing}" if missing else ""

    def _on_event(self, event: HearingEvent, reactions: Reactions) -> None:
        match event:
            case Woke(turn, at):
                self._bus.publish("wake", turn, at=at)
            case Waiting(turn):
                self._bus.publish("waiting", turn)
                reactions.beep("wake")
            case Partial(turn, text):
                self._bus.publish("partial", turn, text=text)
            case Dropped(turn, reason, in_vain):
                self._bus.publish("dropped", turn, reason=reason)
                if in_vain:  # who heard that it waits must hear that it does not any more
                    reactions.beep("over")
            case Heard(utterance):
                reactions.beep("heard")
                self._begin(reactions.take(utterance), utterance.turn)
            case Answered(utterance, yes):
                self._begin(reactions.answered(utterance, yes), utterance.turn)
            case StopWord(at, command):
                self._bus.publish("interrupted", command.turn if command else None, at=at)
                reactions.hush()
                if command is not None:
                    self._begin(reactions.take(command), command.turn)

    def _begin(self, answering: Coroutine[Any, Any, Any], turn: str) -> None:
        task = asyncio.create_task(answering, name=f"turn {turn}")
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)

    def _on_state(self, state: SourceState, reason: str) -> None:
        level = logging.INFO if state in {"ok", "ended"} else logging.WARNING
        log.log(level, "%s: %s%s", self._settings.source, state, f", {reason}" if reason else "")
        self._bus.publish("microphone", state=state, reason=reason)
