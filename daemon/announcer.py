"""Says aloud what happens without being asked: pictures that appear, jobs that fail, deafness."""

import asyncio
import math

from mused.daemon import words
from mused.daemon.events import Bus, Event
from mused.daemon.health import rest
from mused.daemon.speaking.tones import Earcon
from mused.daemon.speaking.voice import Voice

GONE_FOR = 5.0  # seconds; most microphones are back sooner
SELDOM = 600.0  # seconds; a loose cable need not be told of each time


def announcement(event: Event) -> str | None:
    """The sentence for an event, or None where silence is better."""
    match event.kind:
        case "picture" if event.data["stop_reason"] != "cancelled" and not event.data["missed"]:
            return words.ready(event.data["prompt"], event.data["unknown"])
        case "pictures.missed":
            return words.ready_meanwhile(**event.data)
        case "job.failed":
            return words.failed(event.data["prompt"], event.data["reason"])
        case "job.retried":
            return words.PAINTER_RETRIES
        case "painter" if event.data["state"] == "failing":
            return words.PAINTER_FAILS
        case _:
            return None


def earcon(event: Event) -> Earcon | None:
    """What sounds before the sentence for an event."""
    match event.kind:
        case "picture" | "pictures.missed":
            return "done"
        case "job.failed" | "painter":
            return "failed"
        case _:
            return None


class Deafness:
    """Says once that nothing can be heard, where that lasts, and that it is over."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._loop = asyncio.get_running_loop()
        self._soon: asyncio.TimerHandle | None = None
        self._told = False
        self._told_at = -math.inf

    def note(self, state: str) -> None:
        """Take the state of the microphone after a change."""
        if state in {"retrying", "failed"}:
            if self._soon is None and not self._told:
                again = self._told_at + SELDOM - self._loop.time()
                self._soon = self._loop.call_later(max(GONE_FOR, again), self._tell)
            return
        self.close()
        if self._told:
            self._told = False
            self._voice.say(words.HEARS_AGAIN, announcement=True)

    def close(self) -> None:
        """Say nothing more of the present deafness."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def _tell(self) -> None:
        self._soon, self._told, self._told_at = None, True, self._loop.time()
        self._voice.say(words.CANNOT_HEAR, announcement=True, earcon="failed")


async def announce(bus: Bus, voice: Voice, *, pictures: bool = True) -> None:
    """Speak about events until cancelled; `pictures` False keeps quiet about new pictures."""
    deafness = Deafness(voice)
    async with bus.subscribe() as events:
        rest()
        try:
            while True:
                event = await events.get()
                if event.kind == "microphone":
                    deafness.note(event.data["state"])
                if event.kind in {"picture", "pictures.missed"} and not pictures:
                    continue
                sentence = announcement(event)
                if sentence:
                    voice.say(sentence, event.turn, announcement=True, earcon=earcon(event))
        finally:
            deafness.close()
