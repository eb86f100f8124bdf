"""A desk that answers the control API with real skills and a real queue, and paints nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.art.prompt import parse
from mused.daemon.errors import SpeakingError
from mused.daemon.events import Bus
from mused.daemon.jobs.queue import Job, JobQueue
from mused.daemon.web.api import Api, create_app
from mused.daemon.web.client import Client
from mused.daemon.web.server import serving
from mused.skills.contract import Reply, Source


class Desk:
    """Implements `mused.daemon.web.api.Control`."""

    def __init__(self, queue: JobQueue, bus: Bus) -> None:
        self.queue = queue
        self.bus = bus
        self.said: list[str] = []
        self.keys = iter(range(1_000_000))

    def status(self) -> Mapping[str, Any]:
        return {"jobs": len(self.queue.open_jobs()), "gallery": Path("/pictures")}

    async def ask(self, text: str, source: Source) -> Reply:
        self.bus.publish("heard", "turn-1", text=text, source=source)
        if text == "crash":
            raise RuntimeError("a secret of the inside")
        return Reply(f"You said {text}.", understood="?" not in text)

    def say(self, text: str) -> None:
        if text == "loudly":
            raise SpeakingError("the voice is switched off: set [speaking] enabled = true")
        self.said.append(text)

    def jobs(self) -> Sequence[Job]:
        return self.queue.recent()

    def job(self, job: int) -> Job | None:
        return self.queue.get(job)

    def submit(self, prompt: str, settings: Mapping[str, Any]) -> Job:
        parse(prompt)
        return self.queue.add(f"http:{next(self.keys)}", prompt, settings, "cli")

    def cancel(self, job: int) -> bool:
        return self.queue.cancel(job)


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "run" / "mused.sock"


@pytest.fixture
async def desk(tmp_path: Path, socket: Path) -> AsyncIterator[Desk]:
    """A desk whose API is served on `socket`."""
    queue = JobQueue(tmp_path / "jobs.db")
    desk = Desk(queue, Bus())
    api = Api(desk, desk.bus)
    async with serving(create_app(api), socket, api.stream):
        yield desk
    queue.close()


@pytest.fixture
def client(socket: Path) -> Client:
    return Client(socket, patience=10)
