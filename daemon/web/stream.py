"""The bus as server-sent events (WHATWG HTML, "Server-sent events")."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mused.daemon.events import Bus, Event

HEARTBEAT = 15.0  # seconds of silence after which a comment shows that the stream is alive


class EventStream:
    """Streams every event of `bus` to any number of listeners until it is closed."""

    def __init__(self, bus: Bus, heartbeat: float = HEARTBEAT) -> None:
        self._bus = bus
        self._heartbeat = heartbeat
        self._closed = asyncio.Event()

    def close(self) -> None:
        """End all streams: a server waits for its open connections."""
        self._closed.set()

    async def respond(self, request: Request) -> Response:
        """The handler: one listener's stream."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._lines(), media_type="text/event-stream", headers=headers)

    async def _lines(self) -> AsyncIterator[str]:
        closed = asyncio.ensure_future(self._closed.wait())
        async with self._bus.subscribe() as events:
            yield ": listening\n\n"
            waiting = asyncio.ensure_future(events.get())
            try:
                while not self._closed.is_set():
                    await asyncio.wait(
                        {closed, waiting},
                        timeout=self._heartbeat,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    if waiting.done():
                        yield _line(waiting.result())
                        waiting = asyncio.ensure_future(events.get())
                    else:
                        yield ": alive\n\n"
            finally:
                closed.cancel()
                waiting.cancel()


def _line(event: Event) -> str:
    # json.dumps escapes line ends, so the data is one line.
    return f"event: {event.kind}\ndata: {json.dumps(event.as_dict(), default=str)}\n\n"
