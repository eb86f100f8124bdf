"""What was got at the first download of a file whose hash nobody states in public.

Later downloads of the same address must be the same file, also after the model was removed.
"""

import contextlib
import fcntl
import hashlib
import json
from pathlib import Path
from typing import Any

from mused.art.files import write_atomically
from mused.daemon import paths
from mused.daemon.errors import BadModelError


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recorded(url: str) -> str | None:
    """The hash of the first download from that address."""
    return _all().get(url)


def record(url: str, sha256: str) -> None:
    """Remember the hash of the first download from that address. Raises OSError."""
    # Another model may be pulled at the same time; no model's own lock has a capital letter.
    with _file().with_name(".Hashes.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = json.dumps({**_all(), url: sha256}, indent=1)
        write_atomically(_file(), lambda file: file.write(text.encode()))


def check(url: str, found: str, wanted: str | None, stated: str) -> None:
    """Raise BadModelError where a file from `url` is not the one that is stated or was seen.

    wanted: the hash stated at `stated`, or None to go by the first download.
    """
    if wanted is not None and found != wanted:
        raise BadModelError(
            f"{url} sends another file than expected: its sha256 is {found}, "
            f"{wanted} is stated by {stated}. It is not kept. "
            f"If you know it to be right, pull it with --sha256 {found}"
        )
    first = recorded(url)
    if wanted is None and first is not None and found != first:
        raise BadModelError(
            f"{url} sends another file than at its first download: its sha256 is {found}, "
            f"it was {first}. It is not kept. "
            f"If you know it to be right, pull it with --sha256 {found}"
        )


def _file() -> Path:
    return paths.models() / ".hashes.json"


def _all() -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        read: Any = json.loads(_file().read_text("utf-8"))
        if isinstance(read, dict):
            return {k: v for k, v in read.items() if isinstance(v, str)}
    return {}
