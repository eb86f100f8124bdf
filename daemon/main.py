"""START HERE: the daemon's start-up as a table of contents; its end is the same in reverse."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing

from mused.daemon import lock
from mused.daemon.announcer import announce
from mused.daemon.assistant import Assistant
from mused.daemon.attention import Attention, Reactions
from mused.daemon.config import Config
from mused.daemon.control import DaemonControl
from mused.daemon.errors import ConfigError, DaemonError
from mused.daemon.events import Bus
from mused.daemon.folders.gallery import Gallery
from mused.daemon.folders.inbox import Inbox
from mused.daemon.health import Health, heart
from mused.daemon.jobs.queue import JobQueue
from mused.daemon.jobs.runner import Runner
from mused.daemon.parts import running
from mused.daemon.service import notify
from mused.daemon.service.asked import Asked, StoppedError
from mused.daemon.service.status import report
from mused.daemon.speaking.earcons import Earcons
from mused.daemon.speaking.voice import Phrase, Voice
from mused.daemon.web.api import Api, create_app
from mused.daemon.web.server import serving
from mused.skills.registry import Status, load_skills
from mused.skills.router import Router

log = logging.getLogger(__name__)

MOUNTED = ("inbox", "gallery")  # parts that may hang in a mount whose server is gone


async def serve(read: Callable[[], Config]) -> None:
    """Run every part with the configuration that `read` gives, until SIGTERM or SIGINT.

    SIGHUP reads it again; one that cannot be used is logged and the old one stays in force.
    Raises ConfigError or ControlError when the daemon cannot start at all; whatever else goes
    wrong is logged, and the part it happened to is started again.
    """
    asked = Asked()
    config, before = read(), None
    unsaid: list[Phrase] = []
    health = Health(outside=MOUNTED)
    with lock.holding(config.state), notify.watched(health):
        while True:
            try:
                async with AsyncExitStack() as home:
                    async with asked.or_stopped():
                        await home.enter_async_context(_household(config, health, unsaid))
                    notify.ready()
                    log.info("ready")
                    wanted = await _other(config, read, asked)
            except StoppedError:
                log.info("stopping")
                return
            except DaemonError as error:
                if before is None:
                    raise
                log.error("the new configuration is not used, but the old one: %s", error)  # noqa: TRY400 - the reason is in the words
                config, before = before, None
                continue
            if wanted is None:
                return
            config, before = wanted, config


async def _other(config: Config, read: Callable[[], Config], asked: Asked) -> Config | None:
    """Wait for another configuration than `config`; None to stop."""
    while await asked.reload():
        notify.reloading()
        try:
            wanted = read()
            if wanted.state != config.state:
                raise ConfigError("a new `state` folder needs a restart of mused")
            _hold_to_skills(wanted, config)
            if wanted == config:
                log.info("the configuration is read again and has not changed")
                notify.ready()
                continue
        except ConfigError as error:
            log.error("the old configuration stays in force: %s", error)  # noqa: TRY400 - likewise
            notify.ready(f"the old configuration stays in force: {error}")
        else:
            log.info("the configuration is read again")
            return wanted
    log.info("stopping")
    return None


def _hold_to_skills(wanted: Config, config: Config) -> None:
    """Raise ConfigError where the section of a skill has become one that it does not take."""
    if wanted.skills == config.skills:
        return  # skills may take their time to look at the machine
    for entry in load_skills(wanted.skills).entries:
        changed = wanted.skills.get(entry.name) != config.skills.get(entry.name)
        if changed and entry.status is Status.CONFIG_ERROR:
            raise ConfigError(f"[skills.{entry.name}]: {entry.reason}")


@asynccontextmanager
async def _household(config: Config, health: Health, unsaid: list[Phrase]) -> AsyncIterator[None]:
    """All parts, ready while the context is open."""
    async with AsyncExitStack() as parts:
        bus = Bus()
        longest = config.painting.longest_queue
        queue = parts.enter_context(closing(JobQueue(config.state / "jobs.sqlite", longest)))
        memory = config.state / "gallery.sqlite"
        gallery = parts.enter_context(closing(Gallery(config.folders, memory, bus)))
        runner = Runner(queue, config, bus)
        attention = Attention(config.hearing, bus, config.state)
        deaf = (attention.earcon_started, attention.earcon_ended)
        earcons = Earcons(config.speaking, *deaf)
        heard = (attention.speaking_started, attention.speaking_ended)
        voice = Voice(config.speaking, bus, *heard, unsaid, lambda: attention.busy, earcons)
        skills = load_skills(config.skills)
        router = Router(skills.working, config.hearing.wake_phrases)
        assistant = Assistant(skills.working, router, runner, queue, voice, attention, bus)
        inbox = Inbox(config.folders, config.state, runner.submit_many, bus)
        control = DaemonControl(
            config, assistant, runner, queue, inbox, gallery, voice, attention, skills, health
        )

        api = Api(control, bus)
        await parts.enter_async_context(serving(create_app(api), config.control.socket, api.stream))
        run = {
            "event loop": heart,
            "voice": voice.run,
            "earcons": earcons.run,
            "announcer": lambda: announce(bus, voice, pictures=config.folders.announce),
            "gallery": gallery.run,
            "runner": runner.run,
            "inbox": inbox.run,
            "status": lambda: report(bus, control.line),
        }
        end = await parts.enter_async_context(running(run, health))
        async with notify.more_time():
            reactions = Reactions(assistant.take, assistant.answered, voice.hush, earcons.play)
            await parts.enter_async_context(attention.listening(reactions, router))
            parts.enter_context(health.probed("hearing", attention.healthy))
            await health.started()
        # All at once and first of all: the painter needs its time to save where it was.
        parts.callback(end)
        parts.callback(api.stream.close)
        yield
