"""The voice: says one thing after the other, replies before announcements, and can be hushed."""

import asyncio
import contextlib
import heapq
import itertools
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mused.daemon.config import Speaking
from mused.daemon.errors import SpeakerError, SpeakingError
from mused.daemon.events import Bus
from mused.daemon.health import beat, rest
from mused.daemon.speaking import tones
from mused.daemon.speaking.earcons import Earcons
from mused.daemon.speaking.memory import file_in_memory
from mused.daemon.speaking.player import Player
from mused.daemon.speaking.synthesizer import Synthesizer, speakable
from mused.daemon.speaking.tones import Earcon

log = logging.getLogger(__name__)

MOST_WAITING = 20  # phrases; nobody listens to more
PATIENCE = 180.0  # seconds; the longest phrase takes about 90, renderer and player have limits
GLANCE = 0.1  # seconds between two looks whether somebody still gives a command
AGAIN = 5.0  # seconds until an announcement that failed is tried again, doubled each time
SELDOM = 60.0  # seconds between two tries at most
LATE = 600.0  # seconds after which it is no news any more
NUMBERED = re.compile(r"(\d+)\.wav")

Outcome = Literal["said", "silent", "stopped", "failed"]


@dataclass(frozen=True, order=True)
class Phrase:
    """Something to say; sorts in the order of saying."""

    rank: int
    """0 for a reply, somebody waits for it; 1 for an announcement."""
    number: int
    text: str = field(compare=False)
    turn: str | None = field(compare=False)
    earcon: Earcon | None = field(compare=False, default=None)
    """What sounds before it, where earcons are switched on."""
    then: Callable[[], None] | None = field(compare=False, default=None)
    """Called once all of it was said, or would have been if it had a sound."""
    since: float = field(compare=False, default=0.0)
    """When it was to be said, on the clock of `time.monotonic`."""


class Voice:
    """Used from the event loop's thread only; `run` is its one task.

    `on_start` is called with the text just before a sound can leave the speaker, `on_end` after
    its last sample was heard or it was stopped: between them the microphone hears mused itself.
    While somebody gives a command, `busy` says so, and announcements wait. Those that the speaker
    does not take, be it switched off, are tried again for ten minutes.
    `waiting` outlives this voice: what it leaves unsaid is for the next one, the phrase in hand
    from its beginning.
    """

    def __init__(
        self,
        config: Speaking,
        bus: Bus,
        on_start: Callable[[str], None] = lambda _: None,
        on_end: Callable[[], None] = lambda: None,
        waiting: list[Phrase] | None = None,
        busy: Callable[[], bool] = lambda: False,
        earcons: Earcons | None = None,
    ) -> None:
        self._sink = config.sink if config.enabled else "none"
        self._bus = bus
        self._on_start = on_start
        self._on_end = on_end
        self._busy = busy
        self._config = config
        self._earcons = earcons
        self._synthesizer = Synthesizer(config)
        self._player = Player(config.device)
        self._waiting = [] if waiting is None else waiting
        self._numbers = itertools.count(1 + max((each.number for each in self._waiting), default=0))
        self._wake = asyncio.Event()
        self._speaking: asyncio.Task[None] | None = None
        self._pause = AGAIN
        self._not_before = 0.0
        """When announcements are tried again after one has failed."""
        self.trouble: str | None = None
        """Why the last phrase could not be said; None once one was."""

    @property
    def audible(self) -> bool:
        """Whether what is said goes anywhere."""
        return self._sink != "none"

    @property
    def speaking(self) -> bool:
        """Whether something is being said or waits to be."""
        return self._is_speaking or bool(self._waiting)

    @property
    def _is_speaking(self) -> bool:
        return self._speaking is not None and not self._speaking.done()

    def say(
        self,
        text: str,
        turn: str | None = None,
        *,
        announcement: bool = False,
        earcon: Earcon | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Say `text` as soon as it is its turn; `earcon` and `then` are those of `Phrase`."""
        if not text.strip():
            return
        number, now = next(self._numbers), time.monotonic()
        phrase = Phrase(int(announcement), number, text, turn, earcon, then, now)
        heapq.heappush(self._waiting, phrase)
        if len(self._waiting) > MOST_WAITING:
            last = max(self._waiting)
            self._waiting.remove(last)
            heapq.heapify(self._waiting)
            log.warning("too much to say, dropped one phrase")
        self._wake.set()

    def hush(self) -> bool:
        """Be silent at once and drop what is waiting; False if it was silent already.

        News that wait for the speaker to come back go on waiting: nobody has heard them begin.
        """
        late = self._not_before > time.monotonic()
        kept = [each for each in self._waiting if late and each.rank]
        busy = self._is_speaking or len(kept) < len(self._waiting)
        self._waiting[:] = kept
        heapq.heapify(self._waiting)
        if self._speaking is not None:
            self._speaking.cancel()
        return busy

    async def run(self) -> None:
        """Say what there is to say until cancelled."""
        try:
            while True:
                self._wake.clear()
                if not self._waiting:
                    rest()
                    await self._wake.wait()
                    continue
                if self._waiting[0].rank and (pause := self._until_quiet()):
                    rest()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), pause)
                    continue
                phrase = heapq.heappop(self._waiting)
                beat(PATIENCE)
                self._speaking = asyncio.create_task(self._speak(phrase))
                await asyncio.wait({self._speaking})
                self._speaking = None
        finally:
            if self._speaking is not None:
                if not self._speaking.done() and not self._speaking.cancelling():  # not hushed
                    heapq.heappush(self._waiting, phrase)
                self._speaking.cancel()
                await asyncio.wait({self._speaking})
                self._speaking = None
            await self._player.close()
            await self._synthesizer.close()

    def _until_quiet(self) -> float:
        """Seconds until the next look whether an announcement may be said; 0: now."""
        return GLANCE if self._busy() else max(0.0, self._not_before - time.monotonic())

    async def _speak(self, phrase: Phrase) -> None:
        outcome: Outcome = "silent"
        reason: str | None = None
        self._bus.publish("speech.started", phrase.turn, text=phrase.text)
        try:
            text = speakable(phrase.text)
            if not text:
                reason = "nothing in it has a sound"
            elif not self.audible:
                reason = "the voice is switched off"
            else:
                await self._utter(text, phrase.earcon)
                outcome, self.trouble = "said", None
                self._pause, self._not_before = AGAIN, 0.0
            if phrase.then is not None:
                phrase.then()
        except asyncio.CancelledError:
            outcome = "stopped"
        except (SpeakingError, OSError) as error:
            outcome, reason = "failed", str(error)
            self._complain(reason)
            if isinstance(error, SpeakerError):
                self._keep(phrase)
        self._bus.publish(
            "speech.ended", phrase.turn, text=phrase.text, outcome=outcome, reason=reason
        )

    async def _utter(self, text: str, earcon: Earcon | None) -> None:
        if isinstance(self._sink, Path):
            await self._write(text, self._sink)
            return
        with file_in_memory() as sound:
            try:
                await self._player.prepare()  # starts while the text is rendered
                await self._synthesizer.render(text, sound)
                if earcon is not None and self._config.earcons:
                    tones.put_before(earcon, sound, self._config.volume)
                if self._earcons is not None:
                    await self._earcons.cut()
            except BaseException:
                await self._player.close()
                raise
            self._on_start(text)
            try:
                await self._player.play(sound)
            finally:
                self._on_end()

    async def _write(self, text: str, sink: Path) -> None:
        target = _next_free(sink)
        part = target.with_name(f".{target.name}.part")
        try:
            await self._synthesizer.render(text, part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)

    def _keep(self, phrase: Phrase) -> None:
        """Try an announcement again later; whoever waited for a reply has asked again by then."""
        if not phrase.rank:
            return
        if time.monotonic() - phrase.since > LATE:
            log.error("not said, as the speaker was away too long: %s", phrase.text)
            return
        heapq.heappush(self._waiting, phrase)
        self._not_before = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, SELDOM)

    def _complain(self, reason: str) -> None:
        """Log a lasting trouble once."""
        if reason != self.trouble:
            log.error("cannot speak: %s", reason)
        self.trouble = reason


def _next_free(sink: Path) -> Path:
    sink.mkdir(parents=True, exist_ok=True)
    taken = [NUMBERED.fullmatch(path.name) for path in sink.iterdir()]
    number = 1 + max((int(match[1]) for match in taken if match), default=0)
    return sink / f"{number:03}.wav"
