"""Finds the running daemon for the commands that ask it something."""

import tomllib
from contextlib import suppress
from pathlib import Path

import click
from pydantic import ValidationError

from mused.art.errors import PictureError
from mused.art.picture import read_recipe
from mused.daemon import config, paths
from mused.daemon.config import ControlSocket
from mused.daemon.errors import ConfigError
from mused.daemon.web.client import Client


def running(file: Path | None) -> Client:
    """The daemon that the configuration in `file`, or in its usual place, leads to.

    A daemon keeps running when its configuration is spoilt, and must then still be asked: where
    all of it cannot be read, what it says of the socket is enough.
    """
    try:
        return Client(config.load(file).control.socket)
    except ConfigError as error:
        click.echo(f"Warning: {error}", err=True)
    used = file or next((each for each in paths.config_files() if paths.exists(each)), None)
    control = ControlSocket()
    with suppress(OSError, ValueError, KeyError, TypeError, ValidationError):
        table = tomllib.loads(used.read_text(encoding="utf-8")) if used else {}
        control = ControlSocket(socket=table["control"]["socket"])
    return Client(control.socket)


def notices_of(picture: Path) -> tuple[str, ...]:
    """What the person should know of it, where the daemon's user lets this one look."""
    try:
        return read_recipe(picture).notices
    except PictureError:
        return ()
