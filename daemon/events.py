"""The daemon's events: one bus, many listeners, nobody waits for a slow one."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal[
    "wake",  # a provisional turn opened
    "waiting",  # after the wake phrase alone, for a command
    "partial",  # text so far
    "dropped",  # the turn was not for us: reason
    "heard",  # an utterance: text, confidence, source
    "intent",  # skill, intent, slots
    "reply",  # text, understood
    "job.queued",  # job, prompt
    "job.started",  # job, prompt, attempt
    "job.progress",  # job, step, steps, loss, seconds_left
    "job.retried",  # job, reason
    "job.postponed",  # job, reason: the disk refuses, and every job waits until it does no more
    "job.done",  # job, picture
    "job.failed",  # job, reason
    "job.cancelled",  # job
    "painter",  # state: failing to start, or ok again; reason
    "picture",  # in the gallery: picture, prompt, job, stop_reason, missed, unknown words not told
    "pictures.missed",  # painted while mused was off: count, prompts; of the last prompt, unknown
    "inbox.refused",  # file, reason
    "speech.started",  # text
    "speech.ended",  # text, outcome
    "microphone",  # state, reason
    "mute",  # on: whether all sound is ignored from now on
    "interrupted",  # at: a stop phrase was said, a turn only where it was a command
]

BACKLOG = 1000  # events a listener may lag behind before its oldest are dropped


@dataclass(frozen=True)
class Event:
    """Something that happened, `at` seconds since the epoch."""

    kind: Kind
    data: Mapping[str, Any] = field(default_factory=dict)
    turn: str | None = None
    at: float = field(default_factory=time.time)

    def as_dict(self) -> dict[str, Any]:
        """The event as plain data for JSON."""
        return asdict(self)


class Bus:
    """Publishes events to every open subscription; used from the event loop's thread only."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Event]] = set()

    def publish(self, kind: Kind, turn: str | None = None, **data: Any) -> Event:
        """Hand a new event to every subscriber without waiting for any."""
        event = Event(kind, data, turn)
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)
        return event

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Event]]:
        """A queue that receives every event published while the context is open."""
        queue: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)
