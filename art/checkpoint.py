"""Interrupted paintings go on: the loop's state in a file, safe to read back."""

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
    content = {"identity": identity, "state": state}
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
            state: dict[str, Any] = content["state"]
            return state
    except Exception:
        log.warning("the checkpoint %s cannot be read: starting over", path, exc_info=True)
        return None
    log.warning("the checkpoint %s is of another painting: starting over", path)
    return None
