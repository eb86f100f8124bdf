"""``mused inspect``: how a picture was made."""

import json
from pathlib import Path

import click

from mused.art.picture import read_recipe
from mused.daemon.commands.paint_options import differing

FAR = "how far CLIP sees it from the words"
HELD = "leaving the {} it began with counts, too, so it may rise"


@click.command()
@click.argument("picture", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="The whole recipe as one JSON object.")
def inspect(picture: Path, as_json: bool) -> None:
    """Show the recipe inside PICTURE: prompt, seed, steps, weights, timing.

    Of the settings those that differ from the defaults; --json has all. The loss is that of the
    first and of the last step.
    """
    read = read_recipe(picture)
    recipe = read.plain()
    if as_json:
        click.echo(json.dumps(recipe))
        return
    recipe["settings"] = differing(read.settings)
    losses = [loss for loss in recipe.pop("losses") if loss is not None]
    notices = recipe.pop("notices")
    for key, value in recipe.items():
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{k} {v}" for k, v in value.items() if v is not None)
        elif isinstance(value, list | tuple):
            shown = ", ".join(map(str, value))
        if shown not in ("", None):
            _tell(key, str(shown))
    if losses:
        of = f"{FAR}; {HELD.format(read.start)}" if read.settings.hold else FAR
        _tell("loss", f"{losses[0]:.4f} → {losses[-1]:.4f} ({of})")
    for notice in notices:
        _tell("notice", notice)


def _tell(key: str, text: str) -> None:
    click.echo(f"{key + ':':<13}{_harmless(text)}")


def _harmless(text: str) -> str:
    """Write out what would steer the terminal: anybody may have made the picture."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
