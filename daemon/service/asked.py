"""What is asked of the daemon from outside, by signals: to stop, or to read its configuration."""

import asyncio
import logging
import os
import signal
import threading
from pathlib import Path

from mused.daemon.service import notify

log = logging.getLogger(__name__)

STOP_WITHIN = 4.5  # seconds


class Asked:
    """Takes SIGTERM, SIGINT and SIGHUP over; made in the running event loop.

    SIGTERM and SIGINT stop, and so does SIGHUP where there is a terminal, which then was closed;
    to a service SIGHUP says that the configuration has changed. A second SIGINT ends at once.
    """

    def __init__(self) -> None:
        self._stop = False
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTERM, self._on_stop)
        self._loop.add_signal_handler(signal.SIGINT, self._on_interrupt)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
            hung_up = self._on_stop if _has_terminal() else self._on_reload
            self._loop.add_signal_handler(signal.SIGHUP, hung_up)

    async def reload(self) -> bool:
        """Wait; True to read the configuration again, False to stop."""
        await self._asked.wait()
        if self._stop:
            return False
        self._asked.clear()
        return True

    def _on_stop(self) -> None:
        if not self._stop:
            self._stop = True
            notify.stopping()
            # One more must not kill us in the moment after the loop has given its handlers back.
            self._loop.remove_signal_handler(signal.SIGTERM)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            # A thread that hangs in a dead mount or sound server would be waited for for ever.
            deadline = threading.Timer(STOP_WITHIN, _end)
            deadline.daemon = True
            deadline.start()
        self._asked.set()

    def _on_interrupt(self) -> None:
        self._on_stop()
        self._loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def _on_reload(self) -> None:
        self._asked.set()


def _end() -> None:
    """Everything that must last is in the database or in a checkpoint by now."""
    log.warning("stopped without waiting longer than %g s for parts that hang", STOP_WITHIN)
    logging.shutdown()
    os._exit(0)


def _has_terminal() -> bool:
    """Whether a terminal is ours, whose end would be told by SIGHUP."""
    try:
        Path("/dev/tty").open("rb").close()
    except OSError:
        return False
    return True
