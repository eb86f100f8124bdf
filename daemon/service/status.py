"""The line that `systemctl status` shows: what mused hears, paints and has waiting."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from mused.daemon.events import Bus
from mused.daemon.health import rest
from mused.daemon.jobs.slot import Progress
from mused.daemon.service import notify

EVERY = 3.0  # seconds between two lines at least


async def report(bus: Bus, line: Callable[[], str]) -> None:
    """Send `line` whenever something happened and it is another one, until cancelled."""
    rest()
    shown = None
    async with bus.subscribe() as events:
        while True:
            text = line()
            if text != shown:
                notify.status(text)
                shown = text
            await asyncio.sleep(EVERY)  # before the wait: what comes after silence shows at once
            await events.get()
            while not events.empty():
                events.get_nowait()


def line(
    hearing: Mapping[str, Any], progress: Progress | None, waiting: int, obstacle: str | None
) -> str:
    """`hearing` as `Attention.status` gives it, the running job, and how many wait behind it."""
    parts = [_heard(hearing)]
    if progress is not None:
        parts.append(f"painting job {progress.job}, {progress.share:.0%}")
    if waiting:
        parts.append(f"{waiting} {'job waits' if waiting == 1 else 'jobs wait'}")
    if obstacle:
        parts.append(obstacle)
    return "; ".join(parts)


def _heard(hearing: Mapping[str, Any]) -> str:
    reason = hearing.get("reason") or "for no known reason"
    match hearing["state"]:
        case "ok":
            return "listening"
        case "starting":
            return "about to listen"
        case "retrying":
            return f"no microphone, retrying: {reason}"
        case "ended":
            return "the sound has ended"
        case _:
            return f"not listening: {reason}"
