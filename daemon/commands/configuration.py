"""``mused config``: every setting with its meaning and its value, as a file that can be edited."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from mused.daemon import config
from mused.daemon.errors import ConfigError


@click.command("config")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a new file instead of printing.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace an existing file; comments of your own in it are lost.",
)
@click.pass_context
def show_config(ctx: click.Context, output: Path | None, force: bool) -> None:
    """Print the configuration in force as TOML, each setting with its meaning.

    \b
    mused config -o ~/.config/mused/mused.toml     a file to edit
    """
    text = "\n".join(_section(config.load(ctx.obj)))
    if output is None:
        click.echo(text)
        return
    if output.exists() and not force:
        raise ConfigError(f"{output} exists: give another name, or --force to replace it")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}") from error
    click.echo(output)


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
            yield f"# {' '.join(field.description.split()).replace('``', '')}"
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
    # JSON's strings, numbers and booleans are TOML's as well.
    match value:
        case dict():
            pairs = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case Path():
            return json.dumps(str(value), ensure_ascii=False)
        case _:
            return json.dumps(value, ensure_ascii=False)
