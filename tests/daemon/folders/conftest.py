"""What the folder tests share: waiting for facts, and reading the bus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import Recipe, Weights
from mused.art.settings import Settings
from mused.daemon.config import Folders
from mused.daemon.events import Bus
from mused.daemon.folders.inbox import Inbox, Submit
from mused.daemon.jobs.queue import Job, JobQueue


class Notes(Bus):
    """A bus that also keeps what was published."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, Any]] = []

    def publish(self, kind: Any, turn: str | None = None, **data: Any) -> Any:
        self.told.append({"kind": kind, **data})
        return super().publish(kind, turn, **data)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def until() -> Callable[..., Any]:
    """``await until(fact)`` returns once ``fact()`` is true, within 10 s."""

    async def wait(fact: Callable[[], object], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not fact():
                await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def running() -> Callable[..., Any]:
    """``async with running(coroutine)`` runs it in the background and ends it."""

    @contextlib.asynccontextmanager
    async def run(coroutine: Any) -> AsyncIterator["asyncio.Task[None]"]:
        task = asyncio.create_task(coroutine)
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return run


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    """A recipe of a 16-pixel picture for the job with this key."""

    def make(job: str | None, prompt: str = "a boat") -> Recipe:
        none = Weights("none", "0")
        return Recipe(
            prompt, Settings(width=16, height=16), 16, 16, 1, "finished", none, none,
            "cpu", "float32", 1, job=job,
        )  # fmt: skip

    return make


@pytest.fixture
def inbox_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


class Drop:
    """An inbox with the queue behind it."""

    def __init__(self, folder: Path, notes: Any) -> None:
        self.folder = folder
        self.notes = notes
        self.state = folder.parent / "state"
        self.queue = JobQueue(folder.parent / "jobs.sqlite")
        self.inbox = self.make()

    def make(
        self, submit: Submit | None = None, state: Path | None = None, **settings: Any
    ) -> Inbox:
        """Another inbox for the same folder."""
        folders = Folders(inbox=self.folder, gallery=self.folder.parent, **settings)
        return Inbox(folders, state or self.state, submit or self.queue.add_many, self.notes)

    async def settle(self) -> None:
        """Scan until nothing is left to wait for."""
        async with asyncio.timeout(10):
            while (pause := await self.inbox.scan()) is not None:
                await asyncio.sleep(pause)
        self.inbox._watch.close()

    def jobs(self) -> list[Job]:
        return self.queue.recent(10_000)[::-1]

    def prompts(self) -> list[str]:
        return [job.prompt for job in self.jobs()]

    def names(self, place: str) -> list[str]:
        return sorted(path.name for path in (self.folder / place).iterdir())

    def claimed(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("work/*/*/*"))


@pytest.fixture
def drop(inbox_folder: Path, notes: Any) -> Drop:
    return Drop(inbox_folder, notes)
