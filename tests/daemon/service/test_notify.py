"""What systemd would receive, read from a real notify socket."""

import asyncio
import itertools
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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


@pytest.fixture(params=["systemd-python", "by hand"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "systemd-python":
        pytest.importorskip("systemd._daemon")
    else:
        monkeypatch.setitem(sys.modules, "systemd._daemon", None)
    return str(request.param)


def received(listener: socket.socket) -> list[str]:
    messages = []
    listener.settimeout(0)
    try:
        while True:
            messages.append(listener.recv(4096).decode())
    except BlockingIOError:
        return messages


@pytest.mark.usefixtures("way")
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


@pytest.mark.usefixtures("way")
def test_nobody_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.ready()


def test_a_lost_socket_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "systemd._daemon", None)
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
    healthy, asked = True, 0

    def health() -> bool:
        nonlocal asked
        asked += 1
        if asked > 1000:
            raise RuntimeError("a broken check is no health")
        return healthy

    task = asyncio.create_task(notify.Watchdog(health, seconds=0.01).run())
    await until(lambda: asked >= 4)
    healthy = False
    await until(lambda: "unhealthy" in caplog.text)
    assert len(received(listener)) >= 4
    sick_since = asked
    await until(lambda: asked >= sick_since + 4)
    assert received(listener) == []
    healthy = True
    await until(lambda: bool(received(listener)))
    asked = 1000
    await until(lambda: "the health check failed" in caplog.text)
    task.cancel()
    assert caplog.text.count("unhealthy") == 2


async def test_a_hung_loop_is_not_reported(listener: socket.socket) -> None:
    task = asyncio.create_task(notify.Watchdog(lambda: True, seconds=0.01).run())
    await until(lambda: bool(received(listener)))
    received(listener)
    time.sleep(0.1)  # noqa: ASYNC251 - the hang under test
    assert received(listener) == []
    await until(lambda: bool(received(listener)))
    task.cancel()


async def test_without_a_watchdog_it_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    await asyncio.wait_for(notify.Watchdog(lambda: True).run(), 1)
