"""``mused sheet``: the prompts of a file, painted onto one sheet."""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from mused.art import formats
from mused.art.progress import Progress, Watch
from mused.art.settings import Settings
from mused.art.sheet import arranged, save, small
from mused.daemon import config
from mused.daemon.commands.paint_alone import INTERRUPTED, interruptible
from mused.daemon.commands.paint_options import chosen, painting_options
from mused.daemon.commands.paint_shown import foreseen, shown
from mused.daemon.folders.prompt_file import PromptFileError, PromptRequest, read_requests
from mused.daemon.models import store


@click.command()
@click.argument("prompts", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="sheet.png",
    show_default=True,
    help="A PNG, JPEG or WebP file; NAME-2.png if it exists.",
)
@click.option("--columns", type=click.IntRange(1, 20), help="Pictures in a row.")
@painting_options
@click.pass_context
def sheet(
    ctx: click.Context, /, prompts: Path, output: Path, columns: int | None, **given: Any
) -> None:
    """Paint every line of PROMPTS onto one sheet, with the words below the pictures.

    PROMPTS is a file like those of the inbox: a prompt a line, # begins a remark. All are painted
    with one seed. At Ctrl-C the sheet shows them as far as they are; at a second one it ends.
    """
    if formats.kind_of(output) is None:
        raise click.BadParameter(
            f"{output} must end in {', '.join(formats.FORMATS)}", param_hint="--output"
        )
    if not output.parent.is_dir():
        raise click.BadParameter(f"there is no folder {output.parent}", param_hint="--output")
    try:
        requests = read_requests(prompts, prompts.name, (Path("/"),))
    except PromptFileError as error:
        raise PromptFileError(f"{prompts}: {error}") from error
    usual, asked = config.load(ctx.obj).painting.chosen(), chosen(given)
    asked.setdefault("seed", secrets.randbelow(2**31))
    wishes = [
        (each.prompt, Settings.read(store.resolved(usual | each.settings | asked)))
        for each in requests
    ]

    from mused.art import Painter

    done = [0] * len(wishes)
    with shown(as_json=False) as view, interruptible() as stopped:
        view.foretold([*_told(requests, [foreseen(*wish) for wish in wishes])])

        def watch(number: int) -> Watch:
            def on_progress(progress: Progress) -> None:
                done[number] = progress.step
                view.progress(sum(done), len(wishes) * progress.steps, progress.loss)

            return Watch(on_progress=on_progress, cancelled=stopped.is_set)

        pictures = Painter.load(wishes[0][1]).paint_many(wishes, watch)
        images = [small(picture.image) for picture in pictures]
        path = save(arranged(images, [text for text, _ in wishes], columns), output)
        notices = [] if given["seed"] is not None else [f"seed {asked['seed']}"]
        notices += _told(requests, [picture.recipe.notices for picture in pictures])
        unfinished = sum(picture.recipe.stop_reason == "cancelled" for picture in pictures)
        if unfinished:
            notices.append(f"Stopped: {unfinished} of {len(pictures)} pictures are unfinished.")
        view.written(path, notices)
    if unfinished:
        raise SystemExit(INTERRUPTED)


def _told(requests: Sequence[PromptRequest], notices: Sequence[Sequence[str]]) -> Iterator[str]:
    """What the person should know of each picture, by the line that asked for it."""
    for request, told in zip(requests, notices, strict=True):
        place = "" if request.line is None else f"line {request.line}: "
        yield from (place + notice for notice in told)
