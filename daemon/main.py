"""START HERE: the daemon's start-up as a table of contents; its end is the same in reverse."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from typing import Any

from mused.daemon import lock
from mused.daemon.announcer import announce
from mused.daemon.assistant import Assistant
from mused.daemon.attention import Attention
from mused.daemon.config import Config
from mused.daemon.control import DaemonControl
from mused.daemon.events import Bus
from mused.daemon.folders.gallery import Gallery
from mused.daemon.folders.inbox import Inbox
from mused.daemon.jobs.queue import JobQueue
from mused.daemon.jobs.runner import Runner
from mused.daemon.service import notify
from mused.daemon.speaking.voice import Voice
from mused.daemon.web.api import Api, create_app
from mused.daemon.web.server import serving
from mused.skills.registry import load_skills
from mused.skills.router import Router

log = logging.getLogger(__name__)

RESTART_PAUSE = 2.0  # seconds before a part that failed is started again


async def serve(config: Config) -> None:
    """Run every part until SIGTERM, SIGINT or SIGHUP.

    Raises ControlError when the daemon cannot start at all; whatever else goes wrong is logged,
    and the part it happened to is started again.
    """
    stop = _stop_signal()
    async with AsyncExitStack() as parts:
        parts.enter_context(lock.holding(config.state))
        bus = Bus()
        longest = config.painting.longest_queue
        queue = parts.enter_context(closing(JobQueue(config.state / "jobs.sqlite", longest)))
        memory = config.state / "gallery.sqlite"
        gallery = parts.enter_context(closing(Gallery(config.folders, memory, bus)))
        runner = Runner(queue, config, bus)
        attention = Attention(config.hearing, bus)
        voice = Voice(config.speaking, bus, attention.speaking_started, attention.speaking_ended)
        skills = load_skills(config.skills)
        router = Router(skills.working, config.hearing.wake_phrases)
        assistant = Assistant(skills.working, router, runner, queue, voice, bus)
        inbox = Inbox(config.folders, config.state, runner.submit_many, bus)
        control = DaemonControl(config, assistant, runner, queue, inbox, voice, attention, skills)
        watchdog = notify.Watchdog(attention.healthy)

        api = Api(control, bus)
        await parts.enter_async_context(serving(create_app(api), config.control.socket, api.stream))
        for name, run in (
            ("voice", voice.run),
            ("announcer", lambda: announce(bus, voice, pictures=config.folders.announce)),
            ("gallery", gallery.run),
            ("runner", runner.run),
            ("inbox", inbox.run),
            ("watchdog", watchdog.run),
        ):
            await parts.enter_async_context(_running(name, run))
        await parts.enter_async_context(
            attention.listening(assistant.take, voice.hush, router.vocabulary())
        )
        notify.ready(f"hearing: {attention.status()['state']}")
        log.info("ready, listening: %s", attention.status()["state"])
        await stop.wait()
        notify.stopping()
        log.info("stopping")


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # A closed terminal (SIGHUP) must not kill a painting uncheckpointed.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def _running(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Keep a part running while the context is open."""
    task = asyncio.create_task(_kept_running(name, run), name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _kept_running(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await run()
        except Exception:
            log.exception("%s failed; it is started again in %g s", name, RESTART_PAUSE)
            await asyncio.sleep(RESTART_PAUSE)
        else:
            return  # it had nothing to do, like a watchdog that nobody set
