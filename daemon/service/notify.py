"""Tells systemd how the service is (sd_notify(3)); does nothing where nobody asks."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)


def ready(status: str = "") -> None:
    """The service works."""
    _send("READY=1" + (f"\nSTATUS={_line(status)}" if status else ""))


def status(text: str) -> None:
    """What `systemctl status` shows."""
    _send(f"STATUS={_line(text)}")


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


class Watchdog:
    """Reports life twice in each watchdog period, but only while `healthy` says so.

    A hung part must not hide behind a turning event loop, nor a hung loop behind a thread: so
    this runs in the loop and asks.
    """

    def __init__(self, healthy: Callable[[], bool], seconds: float | None = None) -> None:
        self._healthy = healthy
        self._seconds = watchdog_seconds() if seconds is None else seconds

    async def run(self) -> None:
        """Until cancelled; ends at once where no watchdog is set."""
        if self._seconds is None:
            return
        was_healthy = True
        while True:
            is_healthy = self._is_healthy()
            if is_healthy:
                watchdog()
            elif was_healthy:
                logger.error("unhealthy: systemd restarts mused in %g s", self._seconds)
            was_healthy = is_healthy
            await asyncio.sleep(self._seconds / 2)

    def _is_healthy(self) -> bool:
        try:
            return self._healthy()
        except Exception:
            logger.exception("the health check failed")
            return False


def _line(text: str) -> str:
    """One line: a second one would be a command to systemd."""
    return " ".join(text.split())


def _send(message: str) -> None:
    """systemd-python's notify where it is installed, else the same protocol by hand."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    try:
        # PyPI's "systemd" has this name too, but not the C module.
        from systemd._daemon import notify
    except ImportError:
        _send_by_hand(address, message)
    else:
        notify(message)


def _send_by_hand(address: str, message: str) -> None:
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier:
            notifier.sendto(message.encode(), address)
    except OSError as error:
        logger.warning("systemd cannot be notified: %s", error)
