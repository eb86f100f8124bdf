"""What is said of a microphone that goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from mused.daemon import announcer, words
from mused.daemon.announcer import announce
from mused.daemon.config import Speaking
from mused.daemon.events import Bus
from mused.daemon.speaking.voice import Voice

MOMENT = 0.1  # seconds


class Home:
    """A bus whose events are announced, and what was said of them."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.voice = Voice(Speaking(sink="none"), self.bus)
        self.said: list[str] = []

    async def microphone(self, *states: str, wait: float = 0.0) -> None:
        for state in states:
            self.bus.publish("microphone", state=state, reason="")
        await asyncio.sleep(wait)

    async def collect(self) -> None:
        async with self.bus.subscribe() as events:
            while True:
                event = await events.get()
                if event.kind == "speech.started":
                    self.said.append(event.data["text"])


@pytest.fixture
async def home(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    monkeypatch.setattr(announcer, "GONE_FOR", MOMENT)
    monkeypatch.setattr(announcer, "SELDOM", 0.0)
    home = Home()
    work = (home.collect(), home.voice.run(), announce(home.bus, home.voice))
    tasks = {asyncio.create_task(each) for each in work}
    await asyncio.sleep(0)
    yield home
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_microphone_that_stays_away_is_told_once_and_its_return_too(home: Home) -> None:
    await home.microphone("ok", "retrying", "retrying", wait=3 * MOMENT)
    await home.microphone("retrying", wait=3 * MOMENT)
    await home.microphone("ok", "ok", wait=3 * MOMENT)
    assert home.said == [words.CANNOT_HEAR, words.HEARS_AGAIN]


async def test_one_that_is_soon_back_is_no_news(home: Home) -> None:
    for _ in range(3):
        await home.microphone("retrying", "ok", wait=2 * MOMENT)
    assert home.said == []


async def test_a_loose_cable_is_told_of_now_and_then(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcer, "SELDOM", 60.0)
    for _ in range(3):
        await home.microphone("retrying", wait=3 * MOMENT)
        await home.microphone("ok", wait=MOMENT)
    assert home.said == [words.CANNOT_HEAR, words.HEARS_AGAIN]


async def test_hearing_that_cannot_begin_is_told(home: Home) -> None:
    await home.microphone("failed", wait=3 * MOMENT)
    assert home.said == [words.CANNOT_HEAR]
