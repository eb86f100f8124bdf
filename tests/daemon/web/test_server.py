"""The life of the control socket."""

import asyncio
import os
import signal
import socket as sockets
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from mused.daemon.errors import ControlError, GoneError
from mused.daemon.events import Bus
from mused.daemon.web.client import Client
from mused.daemon.web.server import serving
from mused.daemon.web.stream import EventStream


async def serve_once(path: Path) -> None:
    async with serving(Starlette(), path, EventStream(Bus())):
        pass


async def test_only_the_owner_may_use_it(desk: Any, socket: Path) -> None:
    assert socket.stat().st_mode & 0o777 == 0o600
    assert socket.parent.stat().st_mode & 0o777 == 0o700


async def test_an_existing_folder_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    await serve_once(tmp_path / "mused.sock")
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert not list(tmp_path.iterdir())


async def test_signals_stay_with_the_daemon(tmp_path: Path) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serving(Starlette(), tmp_path / "s", EventStream(Bus())):
        now = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    assert now == before


async def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mused.sock"
    with sockets.socket(sockets.AF_UNIX) as dead:
        dead.bind(str(path))
    await serve_once(path)
    assert not path.exists()


async def test_a_living_daemon_is_left_alone(desk: Any, socket: Path, client: Client) -> None:
    with pytest.raises(ControlError, match="another mused already runs"):
        await serve_once(socket)
    assert await asyncio.to_thread(client.status)


async def test_a_file_in_the_way_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "mused.sock"
    path.write_text("mine")
    with pytest.raises(ControlError, match="is no socket: move it"):
        await serve_once(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["x" * 120, "file/mused.sock"])
async def test_an_impossible_place_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ControlError, match="the control socket"):
        await serve_once(tmp_path / name)


async def test_ending_does_not_wait_for_listeners(tmp_path: Path) -> None:
    path, bus = tmp_path / "mused.sock", Bus()
    stream = EventStream(bus)
    app = Starlette()
    app.add_route("/events", stream.respond)
    async with serving(app, path, stream):
        events = await asyncio.to_thread(Client(path).events)
        begin = time.perf_counter()
    assert time.perf_counter() - begin < 1
    assert await asyncio.to_thread(list, events) == []


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="mused is not running: start it with `mused run`"):
        Client(tmp_path / "mused.sock").status()
    with pytest.raises(ControlError, match="mused is not running"):
        next(Client(tmp_path / "mused.sock").events())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_users_daemon() -> None:
    path = Path("/tmp") / f"mused-test-{os.getpid()}.sock"
    with sockets.socket(sockets.AF_UNIX) as listener:
        listener.bind(str(path))
        try:
            path.chmod(0o600)
            listener.listen()
            client = Client(path)
            os.seteuid(65534)
            with pytest.raises(ControlError, match="belongs to another user"):
                client.status()
        finally:
            os.seteuid(0)
            path.unlink()


def test_a_daemon_that_dies_or_hangs_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "mused.sock"
    with sockets.socket(sockets.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer_and_die() -> None:
            for _ in range(2):  # the client looks before it asks
                connection, _ = listener.accept()
                connection.recv(100)
                connection.close()

        dying = threading.Thread(target=answer_and_die)
        dying.start()
        with pytest.raises(GoneError, match="mused ended while it was asked"):
            Client(path).status()
        dying.join()
        with pytest.raises(ControlError, match=r"mused did not answer within 0\.05 s"):
            Client(path, patience=0.05).status()
