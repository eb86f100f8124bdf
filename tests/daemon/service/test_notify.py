"""What systemd would receive, read from a real notify socket."""

import asyncio
import itertools
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mused.daemon import health
from mused.daemon.parts import running
from mused.daemon.service import notify

names = itertools.count()


@pytest.fixture(params=["path", "abstract"])
def listener(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    address = str(tmp_path / "notify")
    if request.param == "abstract":
        address = f"@mused-test-{os.getpid()}-{next(names)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(address.replace("@", "\0") if address.startswith("@") else address)
        bound.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield bound


def received(listener: socket.socket) -> list[str]:
    messages = []
    listener.settimeout(0)
    try:
        while True:
            messages.append(listener.recv(4096).decode())
    except BlockingIOError:
        return messages


def test_a_life_in_messages(listener: socket.socket) -> None:
    notify.ready("listening for\n“computer”")
    notify.status("painting")
    notify.watchdog()
    notify.stopping()
    assert received(listener) == [
        "READY=1\nSTATUS=listening for “computer”",
        "STATUS=painting",
        "WATCHDOG=1",
        "STOPPING=1",
    ]


def test_nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.ready()


def test_a_lost_socket_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
    notify.ready()
    assert "systemd cannot be notified" in caplog.text


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdogs_period(environment: dict[str, str], seconds: float | None) -> None:
    assert notify.watchdog_seconds(environment) == seconds


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def test_only_the_healthy_are_reported(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    alive, asked = True, 0

    def voice() -> bool:
        nonlocal asked
        asked += 1
        if asked > 1000:
            raise RuntimeError("a broken check is no health")
        return alive

    parts = health.Health(outside=["inbox"])
    inbox = True
    with (
        parts.probed("inbox", lambda: inbox),
        parts.probed("voice", voice),
        notify.watched(parts, seconds=0.02),
    ):
        await until(lambda: asked >= 4)
        inbox = False
        await until(lambda: "no sign of life from: inbox" in caplog.text)
        received(listener)
        await until(lambda: received(listener)[-1:] == ["WATCHDOG=1"])
        assert "restarts" not in caplog.text
        alive = False
        await until(lambda: "no sign of life from: inbox, voice; systemd" in caplog.text)
        assert received(listener)[-1] == "STATUS=no sign of life from: inbox, voice"
        sick_since = asked
        await until(lambda: asked >= sick_since + 8)
        assert received(listener) == []
        alive = True
        await until(lambda: received(listener)[-1:] == ["WATCHDOG=1"])
        asked = 1000
        await until(lambda: "the health check failed" in caplog.text)


async def test_a_hung_loop_is_told_and_not_reported(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOOP_BEAT", 0.02)
    monkeypatch.setattr(health, "LOOP_PATIENCE", 2.0)
    alive = health.Health()
    with notify.watched(alive, seconds=0.15):
        async with running({"event loop": health.heart}, alive):
            await alive.started()
            await until(lambda: "WATCHDOG=1" in received(listener))
            deadline = time.monotonic() + 20
            while "STATUS=no sign of life from: event loop" not in received(listener):
                assert time.monotonic() < deadline
                time.sleep(0.1)  # noqa: ASYNC251 - the hang under test
            time.sleep(0.2)  # noqa: ASYNC251
            assert received(listener) == []
            await until(lambda: received(listener)[-1:] == ["WATCHDOG=1"])


async def test_a_hung_thread_is_told_and_not_reported(listener: socket.socket) -> None:
    free = threading.Event()

    async def part() -> None:
        health.beat(0.1)
        await asyncio.to_thread(free.wait)  # as in a mount whose server is gone
        health.rest()
        await asyncio.Event().wait()

    alive = health.Health()
    with notify.watched(alive, seconds=0.03):
        async with running({"inbox": part}, alive):
            await until(lambda: "STATUS=no sign of life from: inbox" in received(listener))
            free.set()
            await until(lambda: received(listener)[-1:] == ["WATCHDOG=1"])


async def test_where_nobody_watches_a_hang_is_in_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    parts = health.Health()
    with parts.probed("inbox", lambda: False), notify.watched(parts):
        await until(lambda: "no sign of life from: inbox" in caplog.text)
    assert "restarts" not in caplog.text


async def test_a_long_start_asks_for_time(listener: socket.socket) -> None:
    async with notify.more_time():
        await until(lambda: received(listener)[:1] == ["EXTEND_TIMEOUT_USEC=30000000"])


def test_a_busy_systemd_stops_nobody(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notify, "BUSY", 0.05)
    for _ in range(1000):
        notify.watchdog()
        if "systemd cannot be notified" in caplog.text:
            break
    assert set(received(listener)) == {"WATCHDOG=1"}
    assert "systemd cannot be notified: timed out" in caplog.text


def test_a_reload_tells_when_it_began(listener: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    notify.reloading()
    first, second = received(listener)[0].splitlines()
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_a_busy_systemd_is_waited_for_without_a_spin(listener: socket.socket) -> None:
    def waited() -> float:
        begun = time.monotonic()
        notify.status("one more")
        return time.monotonic() - begun

    busy = time.thread_time()
    assert any(waited() > notify.BUSY / 2 for _ in range(2000)), "the queue was never full"
    assert time.thread_time() - busy < notify.BUSY / 2
    assert received(listener)
