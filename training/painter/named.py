"""Weights named on the command line: a file, a model by the name it has there, or `shipped`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mused.art.settings import SHIPPED

FIND = "mused.models.find"
"""Where in click's `meta` the command line keeps what finds a model: (name, kind) → its file."""

Find = Callable[[Path, str], Path]


class Weights(click.ParamType[Path]):
    """The path of a weights file, a name of ``mused models list``, or SHIPPED."""

    name = "model"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The file. What a name is looked up with raises its own errors."""
        path = Path(value)
        if str(value) == SHIPPED and not path.exists():
            from mused.art.weights import bundled  # torch, which help does not need

            return bundled(self.kind)
        find: Find | None = ctx.meta.get(FIND) if ctx else None
        if not path.is_file() and find is not None and path.name == str(value):
            path = find(path, self.kind)
        if not path.is_file():
            self.fail(f"there is no file {path}", param, ctx)
        return path
