"""What has come of a download, in ``NAME.part``, and what is known of it, in ``NAME.part.json``."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mused.art.files import write_atomically


@dataclass(frozen=True)
class Known:
    """What the server said of the file that a part is of."""

    url: str
    validator: str
    """A strong ETag, else the date of its last change; empty: it cannot be gone on with."""
    size: int | None


def size(part: Path) -> int:
    """Bytes that have come."""
    try:
        return part.stat().st_size
    except OSError:
        return 0


def known(part: Path, url: str) -> Known | None:
    """What is known of the part, where it is one of this address."""
    try:
        read: Any = json.loads(_beside(part).read_text("utf-8"))
        found = Known(**read)
    except (OSError, ValueError, TypeError):
        return None
    return found if found.url == url else None


def keep(part: Path, known: Known) -> None:
    """Note what is known of the part. Raises OSError."""
    text = json.dumps(asdict(known))
    write_atomically(_beside(part), lambda file: file.write(text.encode()), durable=False)


def discard(part: Path) -> None:
    """Delete what has come. Raises OSError."""
    part.unlink(missing_ok=True)
    _beside(part).unlink(missing_ok=True)


def forget(part: Path) -> None:
    """Delete what has come, as far as the disk lets us."""
    with contextlib.suppress(OSError):
        discard(part)


def _beside(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
