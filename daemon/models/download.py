"""Fetching one large file over HTTP, however bad the line: it goes on where it stopped.

By Range and If-Range (RFC 9110), so that a file that changed in between is begun afresh.
"""

import contextlib
import errno
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from mused import __version__
from mused.daemon.errors import DownloadError
from mused.daemon.models import partial
from mused.daemon.models.partial import Known
from mused.daemon.models.store import check_room, megabytes

Report = Callable[[int, int | None], object]
"""Told how many bytes have come, of how many where that is known."""
Say = Callable[[str], object]

ATTEMPTS = 6
"""How often in a row it is tried without a single byte that is new."""
MOST_REDIRECTS = 10
LONGEST_PAUSE = 30.0
"""Seconds between two attempts; they double from half a second on."""
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be others in a while."""
UNREACHED = (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
"""Why no connection comes about at all, which a few seconds do not heal."""
RESERVE, SHARE = 10**9, 0.05
"""Bytes, and the part of a small disk, that a file of unknown length leaves free."""
LOOK = 2**18
"""Bytes after which it is looked at what is free; less than what a disk of 6 MB leaves free."""
PAGES = (b"<!doctype", b"<html", b"<?xml")
"""How a web page begins, whatever its server calls it."""


@dataclass(frozen=True)
class Patience:
    """When a server counts as stalling; seconds, and bytes a second."""

    connect: float = 15.0
    silence: float = 30.0
    slow_for: float = 60.0
    slowest: float = 1024.0
    pause: float = 0.5


@dataclass(frozen=True)
class Wanted:
    """A file to be fetched."""

    url: str
    part: Path
    """Where what has come is kept."""
    bytes: int | None = None
    is_exact: bool = False
    """Whether it must be so many bytes, or about so many."""


class _AgainError(Exception):
    """This attempt failed, another may not; `after` seconds, where the server says so."""

    def __init__(self, words: str, after: float | None = None) -> None:
        super().__init__(words)
        self.after = after


class _UnreachedError(_AgainError):
    """There is no way to the server: another attempt is of use only where there was one."""


def fetch(wanted: Wanted, report: Report, say: Say, patience: Patience | None = None) -> None:
    """Fetch the file into its part, whole; what is there of it already is not fetched again.

    Raises DownloadError, KeyboardInterrupt and, for the disk, StoreError: the part stays.
    """
    patience = patience or Patience()
    try:
        client = httpx.Client(
            timeout=httpx.Timeout(patience.silence, connect=patience.connect),
            headers={"User-Agent": f"mused/{__version__}", "Accept-Encoding": "identity"},
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise DownloadError(f"the proxy of the environment cannot be used: {error}") from error
    with client:
        failures, most = 0, partial.size(wanted.part)
        begun = most
        while True:
            try:
                _attempt(client, wanted, report, patience)
            except _AgainError as error:
                have = partial.size(wanted.part)
                if isinstance(error, _UnreachedError) and max(have, most) == begun:
                    raise DownloadError(
                        f"{wanted.url}: {error}. Is this machine online?"
                    ) from error
                # Not by what this attempt got: one that begins afresh each time has no end.
                failures, most = (0, have) if have > most else (failures + 1, most)
                if failures >= ATTEMPTS:
                    raise DownloadError(
                        f"{wanted.url}: {error}, {failures} times in a row"
                    ) from error
                pause = min(LONGEST_PAUSE, patience.pause * 2**failures)
                pause = error.after if error.after is not None else pause * random.uniform(0.7, 1)
                say(f"{error}: trying again in {pause:.0f} s")
                time.sleep(pause)
            except OSError as error:
                raise _disk(error, wanted) from error
            else:
                return


def _attempt(client: httpx.Client, wanted: Wanted, report: Report, patience: Patience) -> None:
    """Fetch what is missing. Raises _AgainError where it is worth another attempt, and OSError."""
    known = partial.known(wanted.part, wanted.url)
    if known is not None and known.size == partial.size(wanted.part):
        return
    have = partial.size(wanted.part) if known is not None and known.validator else 0
    headers = {"Range": f"bytes={have}-", "If-Range": known.validator} if have and known else {}
    try:
        with _opened(client, wanted.url, headers) as response:
            start = _start(response, have, wanted)
            known = _said(response, start, wanted)
            missing = (known.size or wanted.bytes or start) - start
            check_room(wanted.part.parent, missing, "the download")
            if not start:
                partial.discard(wanted.part)  # else it could be taken for a part of the new file
            partial.keep(wanted.part, known)
            with wanted.part.open("ab") as file:
                _copy(response, file, known, wanted, _Pace(report, patience))
    except httpx.TimeoutException:
        raise _AgainError("the server does not answer") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise DownloadError(f"{wanted.url} cannot be fetched: {error}") from error
    except (httpx.TransportError, httpx.StreamError) as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise DownloadError(f"{wanted.url} cannot be trusted: {error}") from error
        words = f"the connection failed ({error or type(error).__name__})"
        raise (_UnreachedError if _is_unreached(error) else _AgainError)(words) from error
    size = partial.size(wanted.part)
    if known.size is not None and size < known.size:
        raise _AgainError(f"the server ended after {size} of {known.size} bytes")


def _is_unreached(error: BaseException | None) -> bool:
    """Whether a name has no address, or nobody is at it."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        if isinstance(error, OSError) and error.errno in UNREACHED:
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def _opened(client: httpx.Client, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    """The answer at the end of all redirects. Raises DownloadError where one is not followed."""
    at = httpx.URL(url)
    for _ in range(MOST_REDIRECTS + 1):
        if at.scheme not in ("http", "https"):
            raise DownloadError(f"{at}: only http and https addresses are fetched")
        with client.stream("GET", at, headers=headers) as response:
            if response.next_request is None:
                yield response
                return
            later = response.next_request.url
            if at.scheme == "https" and later.scheme != "https":
                raise DownloadError(f"{at} leads to {later}, which is not encrypted")
            at = later
    raise DownloadError(f"{url} leads from one address to the next without an end")


def _start(response: httpx.Response, have: int, wanted: Wanted) -> int:
    """Where in the file the answer begins. Raises DownloadError and _AgainError."""
    status = response.status_code
    if status == httpx.codes.PARTIAL_CONTENT:
        unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
        first = rest.partition("-")[0]
        if unit == "bytes" and first == str(have) and have:
            return have
        partial.forget(wanted.part)
        raise _AgainError("the server sends another part than it was asked for")
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
        partial.forget(wanted.part)
        raise _AgainError("the file is shorter than it was")
    if status in BUSY:
        after = response.headers.get("Retry-After", "")
        pause = min(float(after), 2 * LONGEST_PAUSE) if after.isdecimal() else None
        raise _AgainError(f"the server is busy ({status} {response.reason_phrase})", pause)
    if status != httpx.codes.OK:
        raise DownloadError(f"{response.url}: {status} {response.reason_phrase}")
    return 0


def _said(response: httpx.Response, start: int, wanted: Wanted) -> Known:
    """What the answer says of the file. Raises DownloadError where it is not the one wanted."""
    headers = response.headers
    if headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadError(f"{response.url} sends the file packed, which cannot be gone on with")
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
        raise DownloadError(f"{response.url} sends a web page, not the file: open it in a browser")
    length = headers.get("Content-Length", "")
    size = start + int(length) if length.isdecimal() else None
    if size is not None and wanted.bytes is not None:
        _check_size(size, wanted, f"{response.url} offers")
    etag = headers.get("ETag", "")
    strong = etag if etag and not etag.startswith("W/") else ""
    return Known(wanted.url, strong or headers.get("Last-Modified", ""), size)


def _copy(
    response: httpx.Response, file: IO[bytes], known: Known, wanted: Wanted, pace: "_Pace"
) -> None:
    have = looked = file.tell()
    for chunk in response.iter_raw():
        if have == 0 and chunk.lstrip().lower().startswith(PAGES):
            partial.forget(wanted.part)
            raise DownloadError(f"{response.url} sends a web page, not the file")
        have += len(chunk)
        if known.size is None and wanted.bytes is not None and have > _most(wanted):
            partial.forget(wanted.part)
            _check_size(have, wanted, f"{response.url} sends at least")
        if known.size is None and have - looked > LOOK:
            looked = have
            _check_reserve(wanted, known, have)
        file.write(chunk)
        pace.look(have, known.size)
    if known.size is None and wanted.bytes is not None:
        _check_size(have, wanted, f"{response.url} sends")


def _check_reserve(wanted: Wanted, known: Known, have: int) -> None:
    """Raise DownloadError where a file without a known end leaves the disk next to nothing."""
    folder = wanted.part.parent
    disk = shutil.disk_usage(folder)
    if disk.free >= min(RESERVE, disk.total * SHARE):
        return
    if not known.validator:
        partial.forget(wanted.part)
    kept = "is kept: the same command goes on from there" if known.validator else "is deleted"
    raise DownloadError(
        f"{wanted.url} does not say how large it is, and after {megabytes(have)} only "
        f"{megabytes(disk.free)} are free in {folder}: make room, or set XDG_DATA_HOME to a "
        f"larger disk. What has come {kept}"
    )


class _Pace:
    """Reports how far it is, and finds out a server that sends next to nothing."""

    def __init__(self, report: Report, patience: Patience) -> None:
        self._report, self._patience = report, patience
        self._since, self._had = time.monotonic(), -1

    def look(self, have: int, size: int | None) -> None:
        """Note that `have` bytes have come. Raises _AgainError where the server stalls."""
        now = time.monotonic()
        if self._had < 0:
            self._had = have
        if now - self._since > self._patience.slow_for:
            if have - self._had < self._patience.slowest * (now - self._since):
                raise _AgainError("the server sends next to nothing")
            self._since, self._had = now, have
        self._report(have, size)


def _check_size(size: int, wanted: Wanted, who: str) -> None:
    assert wanted.bytes is not None
    if wanted.is_exact and size != wanted.bytes:
        raise DownloadError(f"{who} {size} bytes, where {wanted.bytes} are expected: not fetched")
    if size > _most(wanted) or 2 * size < wanted.bytes:
        about = megabytes(wanted.bytes)
        raise DownloadError(f"{who} {size} bytes, where about {about} are expected: not fetched")


def _most(wanted: Wanted) -> int:
    return (wanted.bytes or 0) * (1 if wanted.is_exact else 2)


def _disk(error: OSError, wanted: Wanted) -> DownloadError:
    words = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
    return DownloadError(
        f"{wanted.part} cannot be written: {words or error}. "
        "What has come is kept: the same command goes on from there"
    )
