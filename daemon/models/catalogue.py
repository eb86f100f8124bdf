"""The models that can be pulled by name: ``catalogue.toml`` beside this file."""

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from mused.daemon.errors import StoreError

Kind = Literal["vosk", "vqgan", "clip"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAME = re.compile(r"(?!.*\.(ckpt|pth?|safetensors|zip)$)[a-z0-9][a-z0-9._-]{0,63}")
"""What a model may be called: never like a file, a path or what is hidden."""


@dataclass(frozen=True)
class Entry:
    """A model that somebody publishes."""

    name: str
    kind: Kind | None
    """None: it is found out from the file."""
    url: str
    use: str = ""
    """What it is for."""
    bytes: int | None = None
    """Size of the file: exact where the hash is known, else about right."""
    licence: str = ""
    page: str = ""
    """Where its makers describe it."""
    sha256: str | None = None
    """None: nobody states it in public."""
    stated: str = ""
    """The public page that states the hash."""


@cache
def catalogue() -> dict[str, Entry]:
    """The entries by name, in the order of the file."""
    text = resources.files("mused.daemon.models").joinpath("catalogue.toml").read_text("utf-8")
    return {name: _entry(name, values) for name, values in tomllib.loads(text).items()}


def _entry(name: str, values: dict[str, Any]) -> Entry:
    known = values["sha256"] != "unknown"
    return Entry(name, **{**values, "sha256": values["sha256"] if known else None})


def entry(name: str) -> Entry:
    """The entry of that name. Raises StoreError with a near one."""
    try:
        return catalogue()[name]
    except KeyError:
        near = difflib.get_close_matches(name, catalogue(), n=1)
        hint = f"did you mean {near[0]}?" if near else "`mused models list` shows what there is"
        raise StoreError(f"there is no model {name!r}: {hint}") from None


def check_name(name: str) -> str:
    """Return the name. Raises StoreError where none may be called so."""
    if not NAME.fullmatch(name):
        raise StoreError(
            f"{name!r} cannot be a model's name: "
            "take lower-case letters, digits, '.', '_' and '-', "
            "and no file's suffix"
        )
    return name
