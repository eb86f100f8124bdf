"""Tells systemd how the service is (sd_notify(3)); does nothing where nobody asks."""

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

from mused.daemon.health import Health

logger = logging.getLogger(__name__)

BUSY = 1.0  # seconds that systemd may be too busy to listen
UNWATCHED = 30.0  # seconds; the watchdog's period where nobody but our log is interested
MORE_TIME = 30.0  # seconds asked for at a time
LONGEST_START = 600.0  # seconds; a big speech model on a slow disk takes minutes


def ready(status: str = "") -> None:
    """The service works."""
    _send("READY=1" + (f"\nSTATUS={_line(status)}" if status else ""))


def status(text: str) -> None:
    """What `systemctl status` shows."""
    _send(f"STATUS={_line(text)}")


def reloading() -> None:
    """The configuration is read again; `ready` ends it."""
    _send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


@asynccontextmanager
async def more_time() -> AsyncIterator[None]:
    """Ask for more time to start while the context is open, up to LONGEST_START."""
    asking = asyncio.create_task(_ask_for_time())
    try:
        yield
    finally:
        asking.cancel()


async def _ask_for_time() -> None:
    for _ in range(round(LONGEST_START / MORE_TIME * 2)):
        _send(f"EXTEND_TIMEOUT_USEC={round(MORE_TIME * 1e6)}")
        await asyncio.sleep(MORE_TIME / 2)


def stopping() -> None:
    """The service is about to end."""
    _send("STOPPING=1")


def watchdog() -> None:
    """The service is alive."""
    _send("WATCHDOG=1")


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds after which systemd takes silence for death; None when it does not watch us."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    watched = environment.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdigit() or int(microseconds) == 0 or watched != str(os.getpid()):
        return None
    return int(microseconds) / 1e6


@contextmanager
def watched(health: Health, seconds: float | None = None) -> Iterator[None]:
    """Report life while the context is open and no part is lost.

    It asks from a thread of its own, so that it can still say which part hangs when that is the
    event loop; `seconds` is the watchdog's period, that of systemd if None.
    """
    period = seconds or watchdog_seconds()
    ended = threading.Event()
    arguments = (health, period or UNWATCHED, ended, period is not None)
    thread = threading.Thread(target=_watch, args=arguments, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(health: Health, period: float, ended: threading.Event, fed: bool) -> None:
    missed: Sequence[str] = ()
    while True:
        try:
            names, lost = health.silent(), health.lost()
        except Exception:
            logger.exception("the health check failed")
            names = lost = ["the health check"]
        if names and names != missed:
            status(f"no sign of life from: {', '.join(names)}")  # until `report` writes again
            then = f"; systemd restarts mused after {period:g} s" if fed and lost else ""
            logger.error("no sign of life from: %s%s", ", ".join(names), then)
        elif missed and not names:
            logger.info("every part gives signs of life again")
        missed = names
        if fed and not lost:
            watchdog()
        if ended.wait(period / 3):
            return


def _line(text: str) -> str:
    """One line: a second one would be a command to systemd."""
    return " ".join(text.split())


def _send(message: str) -> None:
    """The protocol by hand: systemd-python waits for a busy systemd with the GIL held.

    That would stop every thread, the one that hears among them.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier:
            notifier.settimeout(BUSY)
            # Connected, or the wait for a full queue would be a spin: it always looks writable.
            notifier.connect(address)
            notifier.send(message.encode())
    except OSError as error:
        logger.warning("systemd cannot be notified: %s", error)
