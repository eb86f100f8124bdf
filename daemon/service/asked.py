"""What is asked of the daemon from outside, by signals: to stop, or to read its configuration."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from mused.daemon.child import SIGNALS
from mused.daemon.service import notify

log = logging.getLogger(__name__)

STOP_WITHIN = 4.5  # seconds


def hold_signals() -> None:
    """Keep signals for `Asked`; before anything starts a thread, which could be killed by one."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


class StoppedError(Exception):
    """To stop was asked for in the middle of something else."""


class Asked:
    """Takes SIGTERM, SIGINT and SIGHUP, which are held; made in the running event loop.

    SIGTERM and SIGINT stop, and so does SIGHUP where there is a terminal, which then was closed;
    to a service SIGHUP says that the configuration has changed. A second SIGINT ends at once.
    A thread waits for them: a loop that hangs in a dead mount cannot even be interrupted.
    """

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._wait, name="signals", daemon=True).start()

    async def reload(self) -> bool:
        """Wait; True to read the configuration again, False to stop."""
        await self._asked.wait()
        self._asked.clear()
        return not self._stop.is_set()

    @asynccontextmanager
    async def or_stopped(self) -> AsyncIterator[None]:
        """Cancel what is awaited inside when asked to stop; then raises StoppedError."""
        stopped = asyncio.create_task(self._stop.wait())
        try:
            async with asyncio.timeout(None) as patience:

                def give_up(_: object) -> None:
                    with suppress(RuntimeError):  # it is over
                        patience.reschedule(self._loop.time())

                stopped.add_done_callback(give_up)
                yield
        except TimeoutError as error:
            if patience.expired():
                raise StoppedError from error
            raise
        finally:
            stopped.cancel()

    def _wait(self) -> None:
        hung_up_stops, interrupted, stopping = _has_terminal(), False, False
        taken = set(SIGNALS)
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # as nohup wants it
            taken.remove(signal.SIGHUP)
        while True:
            number = signal.sigwait(taken)
            if number == signal.SIGINT and interrupted:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
                signal.raise_signal(number)
            interrupted |= number == signal.SIGINT
            if number == signal.SIGHUP and not hung_up_stops:
                self._tell(self._asked)
            elif not stopping:
                stopping = True
                # A thread or a loop that hangs would be waited for for ever.
                deadline = threading.Timer(STOP_WITHIN, _end)
                deadline.daemon = True
                deadline.start()
                notify.stopping()
                self._tell(self._stop, self._asked)

    def _tell(self, *events: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop has ended
            for event in events:
                self._loop.call_soon_threadsafe(event.set)


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
