"""Interrupted paintings go on: the loop's state in a file, safe to read back."""

import hashlib
import io
import logging
from pathlib import Path
from typing import Any

import torch

from mused.art.errors import DiskError
from mused.art.files import write_atomically

log = logging.getLogger(__name__)


def write(path: Path, identity: str, state: dict[str, Any]) -> None:
    """Replace the checkpoint at once. Raises DiskError.

    identity: what is painted and how; a checkpoint of anything else is not taken up.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    kept = buffer.getvalue()
    content = {
        "identity": identity,
        "sha256": hashlib.sha256(kept).hexdigest(),
        "state": torch.frombuffer(bytearray(kept), dtype=torch.uint8),
    }
    try:
        write_atomically(path, lambda file: torch.save(content, file))
    except (OSError, RuntimeError) as error:
        raise DiskError(f"The checkpoint {path} cannot be written: {error}") from error


def read(path: Path, identity: str) -> dict[str, Any] | None:
    """Return the state, None where there is none of this painting; says in the log why."""
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["identity"] == identity:
            kept = content["state"].numpy().tobytes()
            # A disk may give back other bytes than it was given, and still a state of sorts.
            if hashlib.sha256(kept).hexdigest() != content["sha256"]:
                raise ValueError("it is damaged")
            state: dict[str, Any] = torch.load(
                io.BytesIO(kept), map_location="cpu", weights_only=True
            )
            return state
    except Exception:
        log.warning("the checkpoint %s cannot be read: starting over", path, exc_info=True)
        return None
    log.warning("the checkpoint %s is of another painting: starting over", path)
    return None
