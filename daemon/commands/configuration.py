"""``mused config``: every setting with its meaning and its value, as a file that can be edited."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from mused.daemon import config


@click.command("config")
@click.pass_context
def show_config(ctx: click.Context) -> None:
    """Print the configuration in force as TOML, each setting with its meaning.

    \b
    mused config > ~/.config/mused/mused.toml     a file to edit
    """
    click.echo("\n".join(_section(config.load(ctx.obj))))


def _section(section: BaseModel, name: str = "") -> Iterator[str]:
    """The section's own keys first: TOML counts what follows a table's header as the table's."""
    nested = {}
    if name:
        yield f"\n[{name}]"
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if isinstance(value, BaseModel | dict):
            nested[key] = value
            continue
        if field.description:
            yield f"# {' '.join(field.description.split())}"
        # TOML has no null: what is unset is shown as a comment.
        yield f"{key} = {_toml(value)}" if value is not None else f"# {key} ="
    for key, value in nested.items():
        if isinstance(value, BaseModel):
            yield from _section(value, f"{name}.{key}" if name else key)
        else:
            yield from _tables(key, value)


def _tables(name: str, tables: dict[str, dict[str, Any]]) -> Iterator[str]:
    for table, values in tables.items():
        yield f"\n[{name}.{json.dumps(table)}]"
        yield from (f"{json.dumps(key)} = {_toml(value)}" for key, value in values.items())


def _toml(value: Any) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's as well.
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
