"""Signs of life: who must give them when, and what keeps running."""

import asyncio
import math
import time

import pytest

from mused.daemon.health import MOMENT, PATIENCE, Health, beat, heart, rest
from mused.daemon.parts import running


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_is_silent_only_after_what_it_promised() -> None:
    clock = Clock()
    health = Health(clock=clock)
    with health.part("runner"):
        beat(180)
        clock.now = 180
        assert health.silent() == []
        clock.now = 180.1
        assert health.silent() == ["runner"]
        beat()
        assert health.silent() == []
        rest()
        clock.now = 1e9
        assert health.silent() == []
    assert health.silent() == []


def test_a_part_that_never_began_is_silent_too() -> None:
    clock = Clock()
    health = Health(clock=clock)
    with health.part("inbox"):
        clock.now = PATIENCE + 1
        assert health.silent() == ["inbox"]


def test_parts_do_not_speak_for_each_other() -> None:
    clock = Clock()
    health = Health(clock=clock)
    with health.part("inbox"), health.part("voice"):
        clock.now = PATIENCE + 1
        rest()
        assert health.silent() == ["inbox"]


def test_outside_of_a_part_nothing_is_said() -> None:
    beat()
    rest()


def test_a_part_may_keep_its_own_account() -> None:
    health = Health()
    alive = True
    with health.probed("hearing", lambda: alive):
        assert health.silent() == []
        alive = False
        assert health.silent() == ["hearing"]
    assert health.silent() == []


async def test_started_when_each_has_given_a_sign_from_wherever_it_works() -> None:
    health = Health()
    slow = asyncio.Event()

    async def inbox() -> None:
        await slow.wait()
        await asyncio.to_thread(beat, math.inf)
        await asyncio.Event().wait()

    async with running({"inbox": inbox, "event loop": heart}, health):
        started = asyncio.create_task(health.started())
        done, _ = await asyncio.wait({started}, timeout=0.1)
        assert not done
        slow.set()
        await asyncio.wait_for(started, 5)


async def test_a_part_that_never_gives_a_sign_has_not_started() -> None:
    async def dumb() -> None:
        await asyncio.Event().wait()

    health = Health()
    async with running({"inbox": dumb}, health):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(health.started(), 0.1)


async def test_what_hangs_outside_is_told_and_neither_awaited_nor_mourned() -> None:
    health = Health(outside=["inbox"])

    async def hang() -> None:
        await asyncio.Event().wait()

    async with running({"inbox": hang, "voice": heart}, health):
        begun = time.monotonic()
        await asyncio.wait_for(health.started(), 5)
        assert time.monotonic() - begun >= MOMENT
    clock = Clock()
    health = Health(outside=["inbox"], clock=clock)
    with health.part("inbox"), health.part("voice"):
        rest()
        clock.now = PATIENCE + 1
        assert (health.silent(), health.lost()) == (["inbox"], [])
    with health.part("inbox"), health.part("voice"):
        clock.now += PATIENCE + 1
        assert (health.silent(), health.lost()) == (["inbox", "voice"], ["voice"])


async def test_a_failed_part_lives_and_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mused.daemon.parts.RESTART_PAUSE", 0.01)
    health, runs = Health(), 0

    async def part() -> None:
        nonlocal runs
        runs += 1
        raise OSError("no such device")

    async with running({"voice": part}, health):
        await asyncio.wait_for(health.started(), 5)
        while runs < 3:
            await asyncio.sleep(0.001)
        assert health.silent() == []
    assert "voice failed; it is started again" in caplog.text


async def test_ending_twice_lets_a_part_end_in_peace() -> None:
    ended = False

    async def part() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            ended = True

    async with running({"runner": part}, Health()) as end:
        await asyncio.sleep(0)
        end()
    assert ended
