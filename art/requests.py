"""What the worker may be asked."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mused.art.errors import ArtError
from mused.art.settings import Settings


class RequestError(ArtError):
    """A line from the parent cannot be read as a request."""

    kind = "request"


@dataclass(frozen=True)
class PaintRequest:
    """One request of the parent."""

    job: str
    prompt: str
    settings: Settings
    picture: Path
    preview: Path | None = None
    checkpoint: Path | None = None

    @classmethod
    def read(cls, message: dict[str, Any]) -> "PaintRequest":
        """Read a paint message. Raises RequestError and SettingsError."""
        for name in ("job", "prompt", "picture"):
            if not isinstance(message.get(name), str):
                raise RequestError(f'a paint request needs "{name}" as text')
        settings = message.get("settings") or {}
        if not isinstance(settings, dict):
            raise RequestError('"settings" is not an object')
        paths: Any = {}
        for name in ("picture", "preview", "checkpoint"):
            value = message.get(name)
            if value is not None and not (isinstance(value, str) and Path(value).is_absolute()):
                raise RequestError(f'"{name}" is not an absolute path')
            paths[name] = None if value is None else Path(value)
        checked = Settings.read(settings)
        if checked.seed is None:
            # The same job must find its checkpoint again, so its seed follows from its id.
            digest = hashlib.sha256(message["job"].encode()).digest()
            checked = replace(checked, seed=int.from_bytes(digest[:4]) >> 1)
        return cls(message["job"], message["prompt"], checked, **paths)
