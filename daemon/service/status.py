"""The line that `systemctl status` shows: what mused hears, paints and has waiting."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mused.daemon.events import Bus
from mused.daemon.health import rest
from mused.daemon.jobs.slot import Progress
from mused.daemon.service import notify

EVERY = 3.0  # seconds between two lines at least
LISTENING = "listening"
BUNDLED_MODEL = ", to synthetic voices only: mused models pull vosk-small-en-us"
AT_MOST = 20.0  # seconds; a part that falls silent tells nobody


async def report(bus: Bus, line: Callable[[], str]) -> None:
    """Send `line` whenever something happened, and now and then, until cancelled.

    Also if it is the same: the watchdog's thread may have written over it.
    """
    rest()
    async with bus.subscribe() as events:
        while True:
            notify.status(line())
            await asyncio.sleep(EVERY)  # before the wait: what comes after silence shows at once
            with suppress(TimeoutError):
                async with asyncio.timeout(AT_MOST):
                    await events.get()
            while not events.empty():
                events.get_nowait()


def line(
    hearing: Mapping[str, Any],
    progress: Progress | None,
    waiting: int,
    obstacle: str | None,
    silent: Sequence[str] = (),
) -> str:
    """`hearing` as `Attention.status` gives it, the running job, how many wait behind it.

    `silent` are parts that hang.
    """
    parts = [f"no sign of life from: {', '.join(silent)}"] if silent else []
    words = heard(hearing)
    is_synthetic = words == LISTENING and hearing.get("only_synthetic")
    parts.append(words + (BUNDLED_MODEL if is_synthetic else ""))
    if progress is not None:
        parts.append(f"painting job {progress.job}, {progress.share:.0%}")
    if waiting:
        parts.append(f"{waiting} {'job waits' if waiting == 1 else 'jobs wait'}")
    if obstacle:
        parts.append(obstacle)
    return "; ".join(parts)


def heard(hearing: Mapping[str, Any]) -> str:
    """What it hears, in a few words."""
    words = _state(hearing)
    if not hearing["muted"]:
        return words
    return "muted" if words == LISTENING else f"muted, and {words}"


def _state(hearing: Mapping[str, Any]) -> str:
    reason = hearing.get("reason") or "for no known reason"
    match hearing["state"]:
        case "ok":
            return LISTENING
        case "starting":
            return "about to listen"
        case "retrying":
            return f"no microphone, retrying: {reason}"
        case "ended":
            return "the sound has ended"
        case _:
            return f"not listening: {reason}"
