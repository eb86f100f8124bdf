"""What ``mused paint`` is told while its job waits at the daemon."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.commands import paint_daemon
from mused.daemon.commands.paint_order import Order
from mused.daemon.web.client import Client

ORDER = Order("a boat", asked={})


class Told:
    """Keeps what would be shown."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.pictures: list[Path] = []

    def progress(self, step: int, steps: int, loss: float | None) -> None: ...

    def estimate(self, words: str, seconds: float, step_seconds: float) -> None: ...

    def foretold(self, notices: Sequence[str]) -> None:
        self.notices += notices

    def written(self, path: Path, notices: Sequence[str] = ()) -> None:
        self.pictures.append(path)


class OlderDaemon(Client):
    """Leads to a daemon of before the last update, which tells nothing of a new job."""

    def submit(self, *job: Any) -> dict[str, Any]:
        answer = super().submit(*job)
        del answer["notices"]
        return answer


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("reach", [Client, OlderDaemon])
async def test_a_painters_trouble_is_told_until_the_job_is_painted(
    desk: Any, socket: Path, reach: type[Client]
) -> None:
    told = Told()
    painting = asyncio.create_task(
        asyncio.to_thread(paint_daemon.paint, reach(socket), ORDER, told)
    )
    await until(lambda: desk.bus._queues)
    desk.bus.publish("painter", state="failing", reason="no luck")
    await until(lambda: told.notices)
    job = desk.queue.next()
    desk.bus.publish("painter", state="failing", reason="nor has another")
    desk.queue.done(job, Path("/pictures/boat.png"))
    desk.bus.publish("job.done", job=job.id)
    await painting
    assert told.notices == ["Job 1 waits: no luck."]
    assert told.pictures == [Path("/pictures/boat.png")]
