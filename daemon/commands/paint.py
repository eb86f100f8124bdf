"""``mused paint``: a picture without speaking."""

from pathlib import Path
from typing import Any

import click

from mused.art.settings import Settings
from mused.daemon import config
from mused.daemon.commands import paint_alone, paint_daemon
from mused.daemon.commands.paint_options import painting_options
from mused.daemon.commands.paint_order import check, order_of
from mused.daemon.commands.paint_shown import shown
from mused.daemon.models import store

EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)
WRITTEN = click.Path(path_type=Path, dir_okay=False)
MOST_VARIATIONS = 64


@click.command()
@click.argument("prompt", nargs=-1, callback=lambda _, __, words: " ".join(words) or None)
@click.option(
    "-o",
    "--output",
    type=WRITTEN,
    help="PNG, JPEG or WebP file with the recipe in it; NAME-2.png if it exists. Variations are "
    "NAME-1.png and so on, and NAME-sheet.png.",
)
@click.option(
    "--from",
    "picture",
    type=EXISTING,
    help="Begin with this picture; without PROMPT, repeat its recipe, though not what was done "
    "because memory ran short.",
)
@click.option(
    "--vary",
    type=EXISTING,
    help="Begin with this painted picture and follow its recipe with a new seed.",
)
@click.option(
    "--variations",
    type=click.IntRange(1, MOST_VARIATIONS),
    help="Paint so many, with one seed after the other, and a contact sheet of them.",
)
@click.option(
    "--animation", type=WRITTEN, help="Also write how it came about: a .gif, .webp or .mp4 file."
)
@painting_options
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object a line: foretold (what it will not show), estimate (where it takes "
    "long), progress, written.",
)
@click.option("--alone", is_flag=True, help="Paint in this process even if the daemon runs.")
@click.pass_context
def paint(
    ctx: click.Context,
    /,
    prompt: str | None,
    picture: Path | None,
    vary: Path | None,
    alone: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Paint PROMPT and say where the picture is.

    Parts are separated by |, each may have a weight: "a sunset:2 | a boat | text:-0.5". Words do
    as well: "a beach without people, mostly blue, as an oil painting". "a lake ^ the lake at
    night" is a story, painted one after the other. The daemon paints if it runs and no file is
    named; otherwise this process does.
    """
    settings = config.load(ctx.obj)
    order = order_of(prompt, picture, vary, given)
    # Before torch is loaded, which takes seconds.
    chosen = settings.painting.chosen() | order.asked
    check(order, Settings.read(chosen))
    client = None if alone or order.names_files else paint_daemon.running(settings)
    # The daemon may be another user, with other models.
    wanted = Settings.read(chosen if client else store.resolved(chosen))
    with shown(as_json=as_json) as view:
        if client is not None:
            paint_daemon.paint(client, order, view)
        else:
            paint_alone.paint(settings, order, wanted, view)
