"""Serves an ASGI application on a unix socket, inside the daemon's own event loop."""

import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from mused.daemon.errors import ControlError
from mused.daemon.web.address import fitting
from mused.daemon.web.stream import EventStream

LINGER = 2  # seconds that open requests get to finish


@asynccontextmanager
async def serving(app: Starlette, path: Path, stream: EventStream) -> AsyncIterator[None]:
    """Serve `app` on the socket `path` while the context is open; closes `stream` at its end.

    Raises ControlError when another daemon serves there or the socket cannot be made.
    """
    listener = _listen(path)
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=LINGER,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Not server.serve(): that takes over the signals and wakes ten times a second for ever.
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        stream.close()
        await server.shutdown(sockets=[listener])
        _remove(path)


def _listen(path: Path) -> socket.socket:
    """A listening unix socket at `path` that only its owner may use."""
    address = fitting(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_stale(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(address)
            # Nobody can connect before listen(), so there is no moment of wider permissions.
            path.chmod(0o600)
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ControlError(f"cannot make the control socket {path}: {error}") from error
    return listener


def _remove_stale(path: Path) -> None:
    """Remove what a killed daemon left; leave a living one's socket and other files alone."""
    if not path.exists():
        return
    if not path.is_socket():
        raise ControlError(f"{path} is in the way of the control socket and is no socket: move it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        outcome = probe.connect_ex(str(path))
    if outcome != errno.ECONNREFUSED:
        raise ControlError(f"another mused already runs on {path}: stop it first")
    _remove(path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
