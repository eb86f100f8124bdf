"""The hearing thread: pulls sound from a source into the listener, whatever happens."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mused.daemon.config import Hearing
from mused.daemon.errors import SourceError
from mused.daemon.hearing.audio import FRAME_BYTES
from mused.daemon.hearing.events import Heard, HearingEvent
from mused.daemon.hearing.listener import Listener
from mused.daemon.hearing.microphone import LONGEST_SILENCE, Microphone
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.source import Lost, Source, StdinSource, WavSource
from mused.skills.contract import Utterance
from mused.skills.router import Expectation

logger = logging.getLogger(__name__)

GRACE = LONGEST_SILENCE + 2.0  # seconds that the next block or attempt may be late

SourceState = Literal["starting", "ok", "retrying", "ended", "failed"]


@dataclass(frozen=True)
class Health:
    """How hearing is at the moment."""

    state: SourceState
    reason: str
    blocks_heard: int
    """Of 20 ms, however many of them came at once."""
    blocks_lost: int
    """Microphone only: blocks of 20 ms that were recorded too late or never came."""
    device: str
    """Microphone only: what the sound server calls it, where that is known."""
    seconds_since_block: float | None
    """None before the first block."""
    alive: bool
    """Whether sound flows, is waited for on standard input, or is tried again on schedule."""


class Ears:
    """Runs `listener` on `source` in a thread of its own.

    `on_state` receives each change of the source's state and its reason, in that thread. No
    exception leaves the thread: it is logged, and the listener goes on with the next block.

    While nobody speaks at a microphone it has that rest between blocks: to wake up for each costs
    more than to listen to it.
    """

    def __init__(
        self,
        source: Source,
        listener: Listener,
        on_state: Callable[[SourceState, str], None] = lambda state, reason: None,
    ) -> None:
        self._source = source
        self._listener = listener
        self._on_state = on_state
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)
        self._state: SourceState = "starting"
        self._reason = ""
        self._heard = 0  # bytes
        self._last_block: float | None = None
        self._sign_due = time.monotonic() + GRACE

    def start(self) -> None:
        """Begin to listen."""
        self._sign_due = time.monotonic() + GRACE
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Close the source and wait for the thread to end."""
        self._source.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the source has ended."""
        self._thread.join(timeout)

    def health(self) -> Health:
        """How hearing is now; from any thread."""
        now = time.monotonic()
        microphone = self._source if isinstance(self._source, Microphone) else None
        waiting = isinstance(self._source, StdinSource) and self._source.waiting
        running = self._thread.is_alive() and (waiting or now <= self._sign_due)
        return Health(
            state=self._state,
            reason=self._reason,
            blocks_heard=-(-self._heard // FRAME_BYTES),
            blocks_lost=microphone.blocks_lost if microphone is not None else 0,
            device=microphone.name if microphone is not None else "",
            seconds_since_block=None if self._last_block is None else now - self._last_block,
            alive=running or self._state == "ended",
        )

    def _run(self) -> None:
        try:
            for block in self._source.blocks():
                if isinstance(block, Lost):
                    self._note_loss(block)
                else:
                    self._hear(block)
            self._guarded(self._listener.flush)
            self._change("ended", "")
        except SourceError as error:
            self._fail(str(error))
        except Exception as error:
            logger.exception("hearing has failed")
            self._fail(repr(error))

    def _fail(self, reason: str) -> None:
        self._guarded(lambda: self._listener.interrupt(reason))
        self._change("failed", reason)

    def _hear(self, block: bytes) -> None:
        self._heard += len(block)
        self._last_block = time.monotonic()
        self._sign_due = self._last_block + GRACE
        self._change("ok", "")
        microphone = self._source if isinstance(self._source, Microphone) else None
        # A file and standard input cannot tell, nor do they hear mused.
        recorded = math.inf if microphone is None else microphone.recorded
        if not self._guarded(lambda: self._listener.feed(block, recorded)):
            self._guarded(lambda: self._listener.interrupt("hearing failed"))
        if microphone is not None:
            microphone.rest(resting=self._listener.resting)

    def _note_loss(self, lost: Lost) -> None:
        self._sign_due = time.monotonic() + lost.retry_in + GRACE
        self._guarded(lambda: self._listener.interrupt(lost.reason))
        self._change("retrying", lost.reason)

    def _guarded(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except Exception:
            logger.exception("some sound was not heard")
            return False
        return True

    def _change(self, state: SourceState, reason: str) -> None:
        if (state, reason) != (self._state, self._reason):
            self._state, self._reason = state, reason
            self._guarded(lambda: self._on_state(state, reason))


def open_source(settings: Hearing) -> Source:
    """The source that the configuration asks for. Raises SourceError for an unusable file."""
    match settings.source:
        case "microphone":
            return Microphone(settings.device)
        case "stdin":
            return StdinSource()
        case file:
            return WavSource(Path(file).expanduser(), realtime=True)


def hear_file(
    file: Path, model: Model, settings: Hearing, expects: Callable[[str], Expectation]
) -> Iterator[Utterance]:
    """The utterances of a WAV file, faster than real time. Raises SourceError and ModelError."""
    heard: list[HearingEvent] = []
    listener = Listener(model, settings, heard.append, expects, "wav")
    for block in WavSource(file).blocks():
        if isinstance(block, bytes):
            listener.feed(block)
        yield from _utterances(heard)
    listener.flush()
    yield from _utterances(heard)


def _utterances(events: list[HearingEvent]) -> Iterator[Utterance]:
    taken = [each for each in events if isinstance(each, Heard)]
    events.clear()
    for each in taken:
        yield each.utterance
