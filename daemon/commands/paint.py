"""``mused paint`` and ``inspect``: a picture without speaking, and how a picture was made."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
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

from mused.art import animation, formats
from mused.art import prompt as prompts
from mused.art.errors import DiskError, PictureError
from mused.art.picture import Picture, Recipe, Settings, read_recipe
from mused.art.progress import Progress as Painted
from mused.art.reading import content_of
from mused.art.sheet import contact_sheet
from mused.daemon import config
from mused.daemon.commands.paint_options import chosen, differing, painting_options
from mused.daemon.errors import ControlError, GoneError, NotRunningError, WorkerError
from mused.daemon.events import Event
from mused.daemon.models import store
from mused.daemon.web.client import Client

EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)
WRITTEN = click.Path(path_type=Path, dir_okay=False)
MOST_VARIATIONS = 64
BACK_WITHIN = 30.0  # seconds that a daemon may be away which restarts or reads its configuration
AWAY_LOOK = 0.2
ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Order:
    """What is to be painted and written."""

    prompt: str
    asked: dict[str, Any]
    """Settings as JSON values."""
    output: Path | None = None
    animation: Path | None = None
    variations: int = 1


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
@click.option("--alone", is_flag=True, help="Paint in this process even if the daemon runs.")
@click.pass_context
def paint(
    ctx: click.Context,
    /,
    prompt: str | None,
    picture: Path | None,
    vary: Path | None,
    alone: bool,
    **given: Any,
) -> None:
    """Paint PROMPT and say where the picture is.

    Parts are separated by |, each may have a weight: "a sunset:2 | a boat | text:-0.5". Words do
    as well: "a beach without people, mostly blue, as an oil painting". "a lake ^ the lake at
    night" is a story, painted one after the other. The daemon paints if it runs and no file is
    named; otherwise this process does.
    """
    settings = config.load(ctx.obj)
    order = _order(prompt, picture, vary, given)
    _check_outputs(order)
    prompts.parse(order.prompt)
    wide = order.output or order.animation or order.variations > 1
    if not (alone or wide) and _painted_by_daemon(settings, order.prompt, order.asked):
        return
    _paint_alone(settings, order)


def _order(
    prompt: str | None, picture: Path | None, vary: Path | None, given: dict[str, Any]
) -> Order:
    output, animation = given.pop("output"), given.pop("animation")
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
        asked = recipe.settings.plain() | start | asked
        prompt = prompt or prompts.again(recipe.prompt, recipe.understood)
    elif prompt is None:
        if picture is None:
            raise click.UsageError("say what to paint, or give a painted picture with --from")
        recipe = read_recipe(picture)
        _tell_changed(recipe)
        # What was left to the machine then may come out otherwise now.
        painted = {"threads": recipe.threads, "precision": recipe.precision}
        other = {"start_picture": None} if "start" in asked else {}
        asked = recipe.settings.plain() | painted | other | asked
        prompt = prompts.again(recipe.prompt, recipe.understood)
        variations = variations or recipe.variations
    elif picture is not None:
        asked |= {"start": "picture", "start_picture": str(picture.absolute())}
    return Order(prompt, asked, output, animation, variations or 1)


def _tell_changed(recipe: Recipe) -> None:
    """Say which pictures the recipe was painted from are not what they were."""
    for name, digest in recipe.files.items():
        path = Path(name)
        with suppress(PictureError):  # then painting says so
            if content_of(path) == digest:
                continue
            click.echo(f"{path} has changed since: the picture will come out otherwise", err=True)


def _check_outputs(order: Order) -> None:
    """Find out before painting what cannot be written after it."""
    if order.output is not None and formats.kind_of(order.output) is None:
        known = ", ".join(formats.FORMATS)
        raise click.BadParameter(f"{order.output} must end in {known}, which can hold the recipe")
    if order.animation is not None:
        if order.variations > 1:
            raise click.UsageError("--animation shows how one picture came about, not variations")
        animation.check(order.animation)
    for path in (order.output, order.animation):
        if path is not None and not path.parent.is_dir():
            raise PictureError(f"{path} cannot be written: there is no folder {path.parent}")


def _painted_by_daemon(settings: config.Config, prompt: str, asked: dict[str, Any]) -> bool:
    client = Client(settings.control.socket)
    try:
        client.status()
    except NotRunningError:
        return False
    with _bar() as advance:
        job = client.submit(prompt, asked)["id"]
        try:
            picture = _await_picture(client, job, advance)
        except KeyboardInterrupt:
            click.echo(f"job {job} goes on; `mused queue cancel {job}` ends it", err=True)
            raise
    _present(picture, read_recipe(picture))
    return True


def _await_picture(client: Client, job: int, advance: Any) -> Path:
    """Follow the job, over restarts and reloads of the daemon, which end its events."""
    away_since = None
    while True:
        try:
            with closing(client.events()) as events:
                away_since = None
                known = client.job(job)
                if known["status"] not in ENDED:
                    _follow(job, events, advance)
                    known = client.job(job)
        except (NotRunningError, GoneError) as error:
            away_since = away_since or time.monotonic()
            if time.monotonic() - away_since > BACK_WITHIN:
                words = f"the daemon ended before job {job} did; it goes on at its next start"
                raise ControlError(words) from error
            time.sleep(AWAY_LOOK)
            continue
        if known["status"] == "done":
            return Path(known["picture"])
        if known["status"] in ENDED:
            reason = known["reason"] or "it was cancelled"
            raise ControlError(f"job {job} was not painted: {reason}")


def _follow(job: int, events: Iterator[Event], advance: Any) -> None:
    """Show how far it is until it or the daemon's events end."""
    for event in events:
        if event.data.get("job") != job:
            continue
        if event.kind == "job.progress":
            advance(event.data["step"], event.data["steps"])
        elif event.kind in ("job.done", "job.failed", "job.cancelled"):
            return


def _paint_alone(settings: config.Config, order: Order) -> None:
    try:
        from mused.art import Painter, Watch
    except ModuleNotFoundError as error:
        raise WorkerError(
            f"painting needs {error.name}, which is not installed: run `make setup`"
        ) from error

    output = order.output or _in_gallery(settings)
    wanted = Settings.read(store.resolved(settings.painting.chosen() | order.asked))
    if wanted.seed is None:
        wanted = replace(wanted, seed=secrets.randbelow(2**31))
    film = animation.Film()
    pictures: list[Picture] = []
    with _bar():
        painter = Painter.load(wanted)
    for number in range(order.variations):
        with _bar() as advance:

            def on_progress(progress: Painted, done: int = number, advance: Any = advance) -> None:
                steps = progress.steps
                advance(done * steps + progress.step, order.variations * steps)
                if order.animation is not None:
                    film.look(progress)

            # Each tries starts of its own.
            one = replace(wanted, seed=((wanted.seed or 0) + number * wanted.sweep) % 2**63)
            picture = painter.paint(order.prompt, one, Watch(on_progress=on_progress))
        # At once: whatever happens to the next ones, this one is there.
        path = _named(output, number + 1) if order.variations > 1 else output
        _present(picture.save(path, free_name=True), picture.recipe)
        pictures.append(picture)
    if order.variations > 1:
        click.echo(contact_sheet(pictures).save(_named(output, "sheet"), free_name=True))
    if order.animation is not None:
        click.echo(film.save(pictures[0], order.animation, free_name=True))


def _in_gallery(settings: config.Config) -> Path:
    output = settings.folders.gallery / time.strftime("%Y%m%d-%H%M%S.png")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(f"the gallery cannot be made: {error}") from error
    return output


def _named(output: Path, what: object) -> Path:
    return output.with_stem(f"{output.stem}-{what}")


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
    read = read_recipe(picture)
    recipe = read.plain()
    if as_json:
        click.echo(json.dumps(recipe))
        return
    recipe["settings"] = differing(read.settings)
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
