"""A file server of the test's own, as bad as servers are, and a home to install models in."""

import contextlib
import ssl
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.hearing.model import BUNDLED
from mused.daemon.models import install, store
from mused.daemon.models.catalogue import Entry


@dataclass
class Server:
    """What it serves, and how badly; its answers are real HTTP/1.1 over a real socket."""

    content: bytes = b""
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    """False ignores every Range."""
    type: str = "application/octet-stream"
    cuts: list[int] = field(default_factory=list)
    """After so many bytes of each next answer the connection is cut."""
    stalls: list[int] = field(default_factory=list)
    """After so many bytes of each next answer nothing comes any more."""
    drips: bool = False
    """A byte every 50 ms."""
    claims: int | None = None
    """The Content-Length it tells."""
    chunked: bool = False
    """No Content-Length is told."""
    statuses: list[int] = field(default_factory=list)
    """What the next answers are instead of the file."""
    retry_after: str | None = None
    leads_to: str | None = None
    wrong_part: bool = False
    scheme: str = "http"
    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    """The headers of every request."""
    leave: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/file"

    @property
    def ranges_asked(self) -> list[str | None]:
        return [headers.get("range") for headers in self.asked]


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, plan: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plan = plan

    def handle_error(self, *_: object) -> None:
        """A client that ends the connection is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        plan = self.server.plan
        headers = {name.lower(): value for name, value in self.headers.items()}
        plan.asked.append(headers)
        self.close_connection = True
        start = self._start(headers)
        if plan.statuses:
            self._head(plan.statuses.pop(0), {"Retry-After": plan.retry_after})
        elif plan.leads_to is not None:
            self._head(302, {"Location": plan.leads_to})
        elif start >= len(plan.content) > 0:
            self._head(416, {})
        else:
            self._file(start)

    def _start(self, headers: dict[str, str]) -> int:
        plan = self.server.plan
        wanted = headers.get("range", "")
        is_current = headers.get("if-range") in (plan.etag, plan.modified)
        if not (plan.ranges and wanted and is_current):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _head(self, status: int, headers: dict[str, str | None]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _file(self, start: int) -> None:
        plan = self.server.plan
        body, end = plan.content[start:], len(plan.content)
        first = start + 7 if plan.wrong_part else start
        length = str(len(body) if plan.claims is None else plan.claims)
        headers = {
            "Content-Range": f"bytes {first}-{end - 1}/{end}" if start else None,
            "ETag": plan.etag,
            "Last-Modified": plan.modified,
            "Content-Type": plan.type,
            "Content-Length": None if plan.chunked else length,
        }
        self._head(206 if start else 200, headers)
        if plan.stalls:
            self.wfile.write(body[: plan.stalls.pop(0)])
            self.wfile.flush()
            plan.leave.wait(20)
        elif plan.drips:
            for byte in body:
                self.wfile.write(bytes([byte]))
                if plan.leave.wait(0.05):
                    return
        else:
            self.wfile.write(body[: plan.cuts.pop(0)] if plan.cuts else body)


@contextlib.contextmanager
def serving(server: Server, certificate: Path | None = None) -> Iterator[None]:
    """Serve while the context is open, encrypted with a certificate and key in one file."""
    http = _Http(server)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        http.socket = context.wrap_socket(http.socket, server_side=True)
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.leave.set()
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    with serving(server):
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that 127.0.0.1 signed itself, and its key."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", file, "-out", f"{file}.crt"),
        ],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[Server]:
    server = Server(scheme="https")
    with serving(server, certificate):
        yield server


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where models are installed."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data" / "mused" / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def vosk_zip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bundled model as Vosk's are published: a zip with one folder."""
    path = tmp_path_factory.mktemp("zip") / "vosk.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(BUNDLED.rglob("*")):
            archive.write(file, Path("vosk-model-tiny-0.1") / file.relative_to(BUNDLED))
    return path.read_bytes()


@pytest.fixture
def pull(server: Any, models: Path) -> Callable[..., store.Installed]:
    """Pulls what the server has."""

    def pull(kind: Any = None, **known: Any) -> store.Installed:
        entry = Entry("mine", kind, server.url, **known)
        return install.pull(entry, lambda *_: None, said.append)

    said: list[str] = []
    pull.said = said  # type: ignore[attr-defined]
    return pull


def left(models: Path) -> set[str]:
    """What lies in the folder of models but locks."""
    return {each.name for each in models.iterdir() if each.suffix != ".lock"}
