"""The real control of a daemon that does not run: its runner never starts a painter."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mused.daemon.assistant import Assistant
from mused.daemon.attention import Attention
from mused.daemon.config import Config, Folders, Hearing, Speaking
from mused.daemon.control import DaemonControl
from mused.daemon.events import Bus
from mused.daemon.folders.gallery import Gallery
from mused.daemon.folders.inbox import Inbox
from mused.daemon.health import Health
from mused.daemon.jobs.queue import JobQueue
from mused.daemon.jobs.runner import Runner
from mused.daemon.speaking.voice import Voice
from mused.daemon.web.api import Api, create_app
from mused.daemon.web.client import Client
from mused.daemon.web.server import serving
from mused.skills.registry import load_skills
from mused.skills.router import Router


@dataclass
class Desk:
    queue: JobQueue
    bus: Bus
    voice: Voice
    runner: Runner
    control: DaemonControl


async def _broken(request: Request) -> Response:
    raise RuntimeError("a secret of the inside")


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "run" / "mused.sock"


@pytest.fixture
def speaking(tmp_path: Path) -> Speaking:
    return Speaking(sink=tmp_path / "said")


@pytest.fixture
async def desk(tmp_path: Path, socket: Path, speaking: Speaking) -> AsyncIterator[Desk]:
    """A desk whose API is served on `socket`."""
    config = Config(
        state=tmp_path / "state",
        hearing=Hearing(enabled=False),
        speaking=speaking,
        folders=Folders(inbox=tmp_path / "inbox", gallery=tmp_path / "gallery"),
    )
    bus, queue = Bus(), JobQueue(tmp_path / "jobs.db")
    voice = Voice(config.speaking, bus)
    runner = Runner(queue, config, bus)
    skills = load_skills()
    attention = Attention(config.hearing, bus, config.state)
    router = Router(skills.working, ["computer"])
    assistant = Assistant(skills.working, router, runner, queue, voice, attention, bus)
    inbox = Inbox(config.folders, config.state, runner.submit_many, bus)
    gallery = Gallery(config.folders, config.state / "gallery.sqlite", bus)
    control = DaemonControl(
        config, assistant, runner, queue, inbox, gallery, voice, attention, skills, Health()
    )
    api = Api(control, bus)
    async with serving(create_app(api, [Route("/broken", _broken)]), socket, api.stream):
        yield Desk(queue, bus, voice, runner, control)
    queue.close()


@pytest.fixture
def client(socket: Path) -> Client:
    return Client(socket, patience=10)
