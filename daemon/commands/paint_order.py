"""What ``mused paint`` is to paint and to write, checked before anything is loaded."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mused.art import animation, formats
from mused.art import prompt as prompts
from mused.art.errors import DiskError, PictureError
from mused.art.picture import Recipe, Settings, read_recipe
from mused.art.reading import content_of, load_start
from mused.daemon.commands.paint_options import chosen
from mused.daemon.models.painted import Network, weights_of

GLANCE = (16, 16)


@dataclass(frozen=True)
class Order:
    """What is to be painted and written."""

    prompt: str
    asked: dict[str, Any]
    """Settings as JSON values."""
    output: Path | None = None
    animation: Path | None = None
    variations: int = 1

    @property
    def names_files(self) -> bool:
        """Whether more is asked for than one picture in the gallery, which a daemon paints."""
        return bool(self.output or self.animation or self.variations > 1)


def order_of(
    prompt: str | None, picture: Path | None, vary: Path | None, given: dict[str, Any]
) -> Order:
    """Return what the arguments ask for. Raises UsageError, ArtError and StoreError."""
    output, film = given.pop("output"), given.pop("animation")
    variations: int | None = given.pop("variations")
    asked = chosen(given)
    begun = "--vary" if vary else "--from" if picture and prompt else None
    if begun and "start" in asked:
        raise click.UsageError(f"--start and {begun} both say what to begin with: take one")
    if vary is not None:
        if picture is not None:
            raise click.UsageError("--from and --vary both name a picture to begin with: take one")
        recipe = read_recipe(vary)
        # Not the first one's seed: that would draw the same cutouts.
        start = {"start": "picture", "start_picture": str(vary.absolute()), "seed": None}
        start |= dict.fromkeys(recipe.settings.chosen_by_start)
        asked = recipe.settings.plain() | _weights(recipe, start | asked) | start | asked
        prompt = prompt or prompts.again(recipe.prompt, recipe.understood)
    elif prompt is None:
        if picture is None:
            raise click.UsageError("say what to paint, or give a painted picture with --from")
        recipe = read_recipe(picture)
        _tell_changed(recipe)
        # What was left to the machine then may come out otherwise now.
        painted = {"threads": recipe.threads, "precision": recipe.precision}
        other: dict[str, Any] = {}
        if "start" in asked:
            other = {"start_picture": None} | dict.fromkeys(recipe.settings.chosen_by_start)
        asked = recipe.settings.plain() | _weights(recipe, asked) | painted | other | asked
        prompt = prompts.again(recipe.prompt, recipe.understood)
        variations = variations or recipe.variations
    elif picture is not None:
        asked |= {"start": "picture", "start_picture": str(picture.absolute())}
    return Order(prompt, asked, output, film, variations or 1)


def _weights(recipe: Recipe, asked: dict[str, Any]) -> dict[str, Any]:
    """The weights that painted, where no others are asked for. Raises StoreError."""
    found: dict[str, Any] = {}
    kinds: tuple[Network, ...] = ("vqgan", "clip", "drafter")
    for kind in kinds if asked.get("start", "draft") == "draft" else kinds[:2]:
        if kind not in asked:
            weights = weights_of(recipe, kind)
            found |= weights.settings
            for words in weights.changed:
                click.echo(f"{words}: the picture will come out otherwise", err=True)
    return found


def _tell_changed(recipe: Recipe) -> None:
    """Say which pictures the recipe was painted from are not what they were."""
    for name, digest in recipe.files.items():
        path = Path(name)
        with suppress(PictureError):  # then painting says so
            if content_of(path) == digest:
                continue
            click.echo(f"{path} has changed since: the picture will come out otherwise", err=True)


def check(order: Order, wanted: Settings) -> None:
    """Find out before painting what cannot be read for it, or written after it."""
    if order.output is not None and formats.kind_of(order.output) is None:
        known = ", ".join(formats.FORMATS)
        words = f"{order.output} must end in {known}, which can hold the recipe"
        raise click.BadParameter(words, param_hint="--output")
    if order.animation is not None:
        if order.variations > 1:
            raise click.UsageError("--animation shows how one picture came about, not variations")
        animation.check(order.animation)
    for path in (order.output, order.animation):
        if path is not None and not path.parent.is_dir():
            raise PictureError(f"{path} cannot be written: there is no folder {path.parent}")
    prompts.parse(order.prompt)
    _check_room(order, wanted)
    for path in wanted.files:
        load_start(path, *GLANCE)


def _check_room(order: Order, wanted: Settings) -> None:
    """Raise DiskError where the pictures cannot be written, or surely will not fit."""
    # As PNG, which is hardly ever larger than its pixels; a film has a few frames more.
    size = (order.variations + 1) * 3 * wanted.width * wanted.height
    for path in (order.output, order.animation):
        if path is None:
            continue
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise DiskError(f"{path} cannot be written: the folder {path.parent} is not yours")
        free = shutil.disk_usage(path.parent).free
        if free < size:
            raise DiskError(
                f"{path} may not fit: {free / 1e6:.1f} MB are free in {path.parent}, about "
                f"{size / 1e6:.1f} MB are needed; make room, or choose another place with -o"
            )
