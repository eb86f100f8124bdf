"""Talks to the running daemon over its control socket."""

import json
import socket
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from mused.daemon.errors import ControlError, GoneError, NotRunningError
from mused.daemon.events import Event
from mused.daemon.web.address import fitting
from mused.daemon.web.stream import HEARTBEAT
from mused.skills.contract import Reply

PATIENCE = 30.0  # seconds; a skill's own deadline is far shorter


class Client:
    """The control API of the daemon on the socket `path`; every method may raise ControlError."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self._path = path
        self._patience = patience

    def status(self) -> dict[str, Any]:
        """How the daemon is."""
        return dict(self._send("GET", "/status"))

    def ask(self, text: str) -> Reply:
        """Hand over an utterance and return what mused answers."""
        return Reply(**self._send("POST", "/utterances", {"text": text}))

    def say(self, text: str) -> None:
        """Have `text` spoken; returns before it is."""
        self._send("POST", "/speech", {"text": text})

    def mute(self, *, on: bool) -> None:
        """Have all sound ignored, or listened to again."""
        self._send("POST", "/mute", {"on": on})

    def jobs(self) -> list[dict[str, Any]]:
        """The newest jobs, newest first."""
        return list(self._send("GET", "/jobs"))

    def job(self, job: int) -> dict[str, Any]:
        """One job and its history."""
        return dict(self._send("GET", f"/jobs/{job}"))

    def submit(self, prompt: str, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Queue a painting and return its job."""
        body = {"prompt": prompt, "settings": dict(settings or {})}
        return dict(self._send("POST", "/jobs", body))

    def cancel(self, job: int) -> bool:
        """Cancel an open job; False when it has ended or never existed."""
        return self._send("DELETE", f"/jobs/{job}", absent=(404, 409)) is not None

    def first(self, job: int) -> None:
        """Have a queued job painted before all others."""
        self._send("POST", f"/jobs/{job}/first", {})

    def retry(self, job: int) -> None:
        """Queue a failed or cancelled job again."""
        self._send("POST", f"/jobs/{job}/retry", {})

    def events(self) -> Generator[Event, None, None]:
        """Events from this call on, until the daemon ends or the generator is closed."""
        lines = self._lines("/events")
        for line in lines:  # once the first comment is here, the daemon has subscribed us
            if line.startswith(":"):
                break
        return _events(lines)

    def _lines(self, path: str) -> Generator[str, None, None]:
        with (
            self._open(timeout=3 * HEARTBEAT) as http,
            self._in_words(3 * HEARTBEAT),
            http.stream("GET", path) as stream,
        ):
            yield from stream.iter_lines()

    def _send(self, method: str, path: str, body: Any = None, absent: tuple[int, ...] = ()) -> Any:
        """The answer's JSON; None for a status in `absent`."""
        with self._in_words(self._patience), self._open(self._patience) as http:
            # A lone surrogate from a terminal has no UTF-8; escaped, the daemon can refuse it.
            content = None if body is None else json.dumps(body)
            headers = {"content-type": "application/json"}
            answer = http.request(method, path, content=content, headers=headers)
        if answer.status_code in absent:
            return None
        if answer.is_error:
            raise ControlError(_error(answer))
        return answer.json()

    def _open(self, timeout: float) -> httpx.Client:
        # Asked first by hand: httpcore leaks its socket when a unix socket refuses it.
        address = fitting(self._path)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.connect(address)
        except PermissionError as error:
            words = f"{self._path} belongs to another user: run this as the user of mused"
            raise ControlError(words) from error
        except OSError as error:
            raise NotRunningError(
                "mused is not running: start it with `mused run`, or as a service with"
                " `systemctl --user start mused`, that of the machine with"
                f" `sudo systemctl start mused` ({self._path}: {error.strerror or error})"
            ) from error
        transport = httpx.HTTPTransport(uds=address, verify=False)  # no TLS here
        return httpx.Client(transport=transport, base_url="http://mused", timeout=timeout)

    @contextmanager
    def _in_words(self, patience: float) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise ControlError(f"mused did not answer within {patience:g} s") from error
        except httpx.TransportError as error:
            raise GoneError(f"mused ended while it was asked: {error}") from error


def _events(lines: Generator[str, None, None]) -> Generator[Event, None, None]:
    with closing(lines):
        for line in lines:
            if line.startswith("data: "):
                yield Event(**json.loads(line.removeprefix("data: ")))


def _error(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"mused answered {answer.status_code}"
