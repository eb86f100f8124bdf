"""Earcons through the real player, in the virtual room."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from mused.daemon.config import Speaking
from mused.daemon.events import Bus
from mused.daemon.service.room import Room
from mused.daemon.speaking import tones
from mused.daemon.speaking.earcons import Earcons
from mused.daemon.speaking.voice import Voice

Loud = Callable[[Path], float]
ON = Speaking(earcons=True)


class Table:
    """Earcons, and the windows in which the microphone is to be deaf."""

    def __init__(self, config: Speaking) -> None:
        self.windows: list[tuple[str, float]] = []
        self.earcons = Earcons(config, lambda: self._note("start"), lambda: self._note("end"))

    def _note(self, name: str) -> None:
        self.windows.append((name, time.monotonic()))

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.earcons.run())
        await asyncio.sleep(1.5)  # until the player is warm
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def ends(self, count: int = 1) -> None:
        async with asyncio.timeout(20):
            while [name for name, _ in self.windows].count("end") < count:
                await asyncio.sleep(0.01)


@pytest.fixture
def inside(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


@pytest.mark.parametrize("name", ["wake", "heard", "over", "done", "failed"])
def test_they_are_short_soft_and_end_in_silence(name: tones.Earcon) -> None:
    sound = tones.samples(name)
    assert len(sound) / tones.RATE == pytest.approx(tones.seconds(name), abs=0.01)
    assert tones.seconds(name) < 0.31
    assert 1000 < np.abs(sound).max() < 32767 / 4
    assert abs(int(sound[0])) < 50
    assert abs(int(sound[-1])) < 50


async def test_one_sounds_while_the_microphone_is_deaf(
    inside: Room, tmp_path: Path, loud: Loud
) -> None:
    table = Table(ON)
    async with table.open():
        with inside.recording(tmp_path / "heard.wav"):
            table.earcons.play("wake")
            await table.ends()
    (_, start), (_, end) = table.windows
    assert 0.05 < loud(tmp_path / "heard.wav") <= min(end - start, 0.13)


async def test_the_voice_cuts_it_off(inside: Room) -> None:
    table = Table(ON)
    bus = Bus()
    began: list[float] = []
    voice = Voice(ON, bus, lambda _: began.append(time.monotonic()), earcons=table.earcons)
    async with table.open(), bus.subscribe() as events:
        speaking = asyncio.create_task(voice.run())
        with inside.hung():  # so that it cannot end by itself
            table.earcons.play("heard")
            while not table.windows:
                await asyncio.sleep(0.01)
            voice.say("Hello.")
            await table.ends()
        async with asyncio.timeout(30):
            while (event := await events.get()).kind != "speech.ended":
                pass
        speaking.cancel()
        await asyncio.wait({speaking})
    assert event.data["outcome"] == "said"
    assert began[0] > table.windows[-1][1]


async def test_two_at_once_are_one(inside: Room) -> None:
    table = Table(ON)
    async with table.open():
        table.earcons.play("wake")
        table.earcons.play("heard")
        await table.ends()
        await asyncio.sleep(1.0)
        assert len(table.windows) == 2
        table.earcons.play("heard")
        await table.ends(2)


async def test_without_a_speaker_it_is_told_once(
    inside: Room, caplog: pytest.LogCaptureFixture
) -> None:
    table = Table(ON)
    inside.stop()
    async with table.open():
        for number in (1, 2):
            table.earcons.play("wake")
            await table.ends(number)
            await asyncio.sleep(0.1)
        assert len([each for each in caplog.messages if each.startswith("no earcon")]) == 1
        inside.start()
        await asyncio.sleep(1.0)
        table.earcons.play("wake")
        await table.ends(3)
    assert len([each for each in caplog.messages if each.startswith("no earcon")]) == 1


@pytest.mark.parametrize(
    "config",
    [Speaking(), Speaking(earcons=True, sink="none"), Speaking(earcons=True, enabled=False)],
)
async def test_switched_off_there_is_no_player(config: Speaking) -> None:
    table = Table(config)
    await asyncio.wait_for(table.earcons.run(), 5)
    table.earcons.play("wake")
    assert table.earcons._player._child is None
    assert table.windows == []


async def test_an_announcement_begins_with_its_earcon(
    inside: Room, tmp_path: Path, loud: Loud
) -> None:
    seconds = {}
    for earcons in (False, True):
        bus = Bus()
        voice = Voice(Speaking(earcons=earcons), bus)
        async with bus.subscribe() as events:
            task = asyncio.create_task(voice.run())
            with inside.recording(tmp_path / "heard.wav"):
                voice.say("Ready.", announcement=True, earcon="done")
                async with asyncio.timeout(30):
                    while (await events.get()).kind != "speech.ended":
                        pass
            task.cancel()
            await asyncio.wait({task})
        seconds[earcons] = loud(tmp_path / "heard.wav")
    assert 0.2 < seconds[True] - seconds[False] < 0.6
