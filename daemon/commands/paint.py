"""``mused paint`` and ``inspect``: a picture without speaking, and how a picture was made."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from mused.art import prompt as prompts
from mused.art.errors import DiskError, PictureError
from mused.art.picture import Recipe, Settings, read_recipe
from mused.daemon import config
from mused.daemon.errors import ControlError, NotRunningError, WorkerError
from mused.daemon.events import Event
from mused.daemon.web.client import Client


class Size(click.ParamType[tuple[int, int]]):
    """``WIDTHxHEIGHT`` in pixels."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Width and height."""
        if isinstance(value, tuple):
            return value
        width, x, height = str(value).lower().partition("x")
        if not (x and width.isdecimal() and height.isdecimal()):
            self.fail(f"{value!r} is not WIDTHxHEIGHT, for example 256x192", param, ctx)
        return int(width), int(height)


@click.command()
@click.argument("prompt", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="PNG file; NAME-2.png if it exists.",
)
@click.option("--seed", type=int, help="The same seed paints the same picture.")
@click.option("--steps", type=int, help="Optimisation steps; 0 shows the start.")
@click.option("--size", type=Size(), help="Pixels, for example 256x192.")
@click.option("--start", type=click.Choice(["sketch", "noise"]), help="What the loop begins with.")
@click.option(
    "--from",
    "picture",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Begin with this picture; without PROMPT, repeat its recipe.",
)
@click.option("--alone", is_flag=True, help="Paint in this process even if the daemon runs.")
@click.pass_context
def paint(
    ctx: click.Context, /, prompt: str | None, picture: Path | None, alone: bool, **given: Any
) -> None:
    """Paint PROMPT and say where the picture is.

    Parts are separated by |, each may have a weight: "a sunset:2 | a boat | text:-0.5".
    The daemon paints if it runs and no output file is named; otherwise this process does.
    """
    settings = config.load(ctx.obj)
    output: Path | None = given.pop("output")
    if output is not None and output.suffix.lower() != ".png":
        raise click.BadParameter(f"{output} must end in .png, which can hold the recipe")
    asked = {key: value for key, value in given.items() if value is not None}
    if "size" in asked:
        asked["width"], asked["height"] = asked.pop("size")
    if prompt is None:
        if picture is None:
            raise click.UsageError("say what to paint, or give a painted picture with --from")
        recipe = read_recipe(picture)
        # What was left to the machine then may come out otherwise now.
        painted = {"threads": recipe.threads, "precision": recipe.precision}
        prompt, asked = recipe.prompt, recipe.settings.plain() | painted | asked
    elif picture is not None:
        asked |= {"start": "picture", "start_picture": str(picture.absolute())}
    prompts.parse(prompt)
    if not (alone or output) and _painted_by_daemon(settings, prompt, asked):
        return
    _paint_alone(settings, prompt, asked, output)


def _painted_by_daemon(settings: config.Config, prompt: str, asked: dict[str, Any]) -> bool:
    client = Client(settings.control.socket)
    try:
        client.status()
    except NotRunningError:
        return False
    with closing(client.events()) as events, _bar() as advance:
        job = client.submit(prompt, asked)["id"]
        try:
            picture = _await_picture(job, events, advance)
        except KeyboardInterrupt:
            click.echo(f"job {job} goes on; `mused queue cancel {job}` ends it", err=True)
            raise
    _present(picture, read_recipe(picture))
    return True


def _await_picture(job: int, events: Iterator[Event], advance: Any) -> Path:
    for event in events:
        if event.data.get("job") != job:
            continue
        match event.kind:
            case "job.progress":
                advance(event.data["step"], event.data["steps"])
            case "job.done":
                return Path(event.data["picture"])
            case "job.failed" | "job.cancelled":
                reason = event.data.get("reason", "it was cancelled")
                raise ControlError(f"job {job} was not painted: {reason}")
    raise ControlError(f"the daemon ended before job {job} did; it goes on at its next start")


def _paint_alone(
    settings: config.Config, prompt: str, asked: dict[str, Any], output: Path | None
) -> None:
    try:
        from mused.art import Watch
        from mused.art import paint as paint_picture
    except ModuleNotFoundError as error:
        raise WorkerError(
            f"painting needs {error.name}, which is not installed: run `make setup`"
        ) from error

    asked = settings.painting.chosen() | asked
    if output is None:
        output = settings.folders.gallery / time.strftime("%Y%m%d-%H%M%S.png")
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DiskError(f"the gallery cannot be made: {error}") from error
    elif not output.parent.is_dir():
        raise PictureError(f"{output} cannot be written: there is no folder {output.parent}")
    with _bar() as advance:
        watch = Watch(on_progress=lambda progress: advance(progress.step, progress.steps))
        picture = paint_picture(prompt, Settings.read(asked), watch)
    _present(picture.save(output, free_name=True), picture.recipe)


def _present(path: Path, recipe: Recipe) -> None:
    for notice in recipe.notices:
        click.echo(notice, err=True)
    click.echo(path)


@contextmanager
def _bar() -> Iterator[Any]:
    """A progress bar on standard error, so that standard output holds the path alone."""
    columns = (
        SpinnerColumn(),
        TextColumn("painting"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("painting", total=None)
        yield lambda step, steps: progress.update(task, completed=step, total=steps)


@click.command()
@click.argument("picture", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="The whole recipe as one JSON object.")
def inspect(picture: Path, as_json: bool) -> None:
    """Show the recipe inside PICTURE: prompt, seed, steps, weights, timing."""
    recipe = read_recipe(picture).plain()
    if as_json:
        click.echo(json.dumps(recipe))
        return
    losses = [loss for loss in recipe.pop("losses") if loss is not None]
    for key, value in recipe.items():
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{k} {v}" for k, v in value.items() if v is not None)
        elif isinstance(value, list | tuple):
            shown = ", ".join(map(str, value))
        if shown not in ("", None):
            click.echo(f"{key + ':':<13}{shown}")
    if losses:
        click.echo(f"{'loss:':<13}{losses[0]:.4f} → {losses[-1]:.4f}")
