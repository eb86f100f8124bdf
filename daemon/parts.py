"""Keeps the daemon's parts running: one that fails is logged and started again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mused.daemon.health import Health, beat

log = logging.getLogger(__name__)

RESTART_PAUSE = 2.0  # seconds before a part that failed is started again

Run = Callable[[], Coroutine[Any, Any, None]]


@asynccontextmanager
async def running(parts: Mapping[str, Run], health: Health) -> AsyncIterator[Callable[[], None]]:
    """Keep the parts running while the context is open; gives what begins to end them earlier."""
    tasks = [
        asyncio.create_task(_kept_running(name, run, health), name=name)
        for name, run in parts.items()
    ]

    await asyncio.sleep(0)  # from here on `health` knows every part, and waits for its first sign

    def end() -> None:
        for task in tasks:
            if not task.cancelling():  # a second time would cut short how it ends
                task.cancel()

    try:
        yield end
    finally:
        end()
        await asyncio.wait(tasks)


async def _kept_running(name: str, run: Run, health: Health) -> None:
    with health.part(name):
        while True:
            try:
                await run()
            except Exception:
                log.exception("%s failed; it is started again in %g s", name, RESTART_PAUSE)
                beat()
                await asyncio.sleep(RESTART_PAUSE)
            else:
                return  # it had nothing to do
