"""``mused models``: pulls, imports, lists and removes models for hearing and painting."""

import dataclasses
import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from mused.daemon import config
from mused.daemon.errors import StoreError
from mused.daemon.models import hashes, install, store, uses
from mused.daemon.models.catalogue import Entry, catalogue, check_name, entry
from mused.daemon.models.download import Report, Say
from mused.daemon.models.store import Installed, megabytes

PLAIN_EVERY = 10  # percent between two lines where there is no terminal


@click.group()
def models() -> None:
    """Models for hearing and painting that others publish, or of your own.

    \b
    mused models list                          what there is, and what is here
    mused models pull vosk-small-en-us         hear people, not synthetic voices only
    mused models pull vqgan-f16-16384 clip-vit-b32
    mused models import ./last.ckpt --name mine
    """


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a model.")
@click.pass_context
def show_list(ctx: click.Context, as_json: bool) -> None:
    """List the models that can be pulled and those that are installed."""
    settings, here = config.load(ctx.obj), store.installed()
    names = [*catalogue(), *(name for name in here if name not in catalogue())]
    rows = [_facts(name, here.get(name), settings) for name in names]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    table = Table("model", "kind", "size", "here", "for", box=None)
    for row in rows:
        state = "in use" if row["used_by"] else "installed" if row["path"] else ""
        size = megabytes(row["bytes"]) if row["bytes"] else ""
        table.add_row(*map(Text, (row["name"], row["kind"], size, state, row["use"])))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show all that is known of one model."""
    here = store.find(name)
    if here is None:
        entry(name)
    facts = _facts(name, here, config.load(ctx.obj))
    if as_json:
        click.echo(json.dumps(facts))
        return
    for key, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        if key == "bytes" and value:
            shown = megabytes(value)
        if shown:
            click.echo(f"{key.replace('_', ' ') + ':':<14}{shown}")
    click.echo(f"{'next:':<14}{uses.how_to_use(here) if here else f'mused models pull {name}'}")


def _facts(name: str, here: Installed | None, settings: config.Config) -> dict[str, Any]:
    known = catalogue().get(name)
    stated = known.sha256 if known else None
    first = hashes.recorded(known.url) if known else None
    return {
        "name": name,
        "kind": here.kind if here else known.kind if known else "",
        "use": known.use if known else "",
        "bytes": here.bytes if here else known.bytes if known else None,
        "licence": known.licence if known else "",
        "page": known.page if known else "",
        "source": here.source if here else known.url if known else "",
        "sha256": (here.sha256 if here else "") or stated or first or "unknown",
        "stated_by": known.stated if known else "",
        "installed": here.installed if here else "",
        "path": str(here.path) if here else "",
        "used_by": uses.users(here, settings) if here else [],
    }


@models.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--url", help="Pull NAME from this address: a zip with a Vosk model, or weights.")
@click.option("--sha256", help="The hash its file must have, instead of the one that is known.")
@click.option("--again", is_flag=True, help="Pull it afresh where it is installed.")
@click.pass_context
def pull(
    ctx: click.Context, names: tuple[str, ...], url: str | None, sha256: str | None, again: bool
) -> None:
    """Download models by NAME, check and install them; an interrupted pull is gone on with.

    Proxies are taken from the environment (HTTPS_PROXY, NO_PROXY).
    """
    if (url or sha256) and len(names) > 1:
        raise click.UsageError("--url and --sha256 are of one model: give one NAME")
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise click.BadParameter("a sha256 is 64 hexadecimal digits", param_hint="--sha256")
    wanted = [_wanted(name, url, sha256) for name in names]  # all, before the first is pulled
    settings = config.load(ctx.obj)
    for each in wanted:
        here = store.find(each.name)
        if here is not None and not again:
            click.echo(f"{each.name} is installed already; --again pulls it afresh")
            continue
        with _stoppable(each.name), _progress(each.name) as (report, say):
            model = install.pull(each, report, say)
        _present(model, settings)


def _wanted(name: str, url: str | None, sha256: str | None) -> Entry:
    known = Entry(check_name(name), None, url) if url else entry(name)
    if sha256 is None:
        return known
    return dataclasses.replace(known, sha256=sha256.lower(), bytes=None, stated="--sha256")


@models.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--name", help="What to call it; the file's own name if not given.")
@click.option("--again", is_flag=True, help="Replace a model of that name.")
@click.pass_context
def import_own(ctx: click.Context, path: Path, name: str | None, again: bool) -> None:
    """Check and install a model of your own: weights (.ckpt, .pt, .safetensors) or a Vosk model.

    PATH is copied. A Vosk model may be a folder or a zip.
    """
    name = check_name(name or _name_of(path))
    if store.find(name) is not None and not again:
        raise StoreError(f"a model {name} is installed: --again replaces it, --name keeps both")
    model = install.take(path, name, lambda words: click.echo(words, err=True))
    _present(model, config.load(ctx.obj))


def _name_of(path: Path) -> str:
    stem = path.absolute().name if path.is_dir() else path.stem
    return re.sub("[^a-z0-9._-]+", "-", stem.lower()).strip("-._")


@models.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Even if the configuration uses it.")
@click.pass_context
def remove(ctx: click.Context, name: str, yes: bool, force: bool) -> None:
    """Remove an installed model, or what an interrupted pull has left of it."""
    model = store.find(name)
    part = install.part_of(check_name(name))
    if model is None and not part.exists():
        raise StoreError(f"there is no installed model {name}: `mused models list` shows them")
    used = uses.users(model, config.load(ctx.obj)) if model else []
    if used and not force:
        raise StoreError(f"{' and '.join(used)} uses {name}: change that first, or --force")
    size = megabytes(model.bytes if model else part.stat().st_size)
    if not yes:
        click.confirm(f"Remove {name}, {size}?", abort=True)
    install.forget(name, model)
    click.echo(f"{name} is removed, {size} are free again")


def _present(model: Installed, settings: config.Config) -> None:
    click.echo(f"{model.name} is installed: {model.path}")
    if used := uses.users(model, settings):
        click.echo(f"{' and '.join(used)} uses it: restart mused")
    else:
        click.echo(f"use it: {uses.how_to_use(model)}")


@contextmanager
def _stoppable(name: str) -> Iterator[None]:
    """Say what stays when a pull is stopped, by Ctrl-C or SIGTERM."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        part = install.part_of(name)
        size = part.stat().st_size if part.exists() else 0
        words = (
            f"stopped; {megabytes(size)} of {name} are kept, the same command goes on from there"
        )
        raise click.ClickException(words) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(name: str) -> Iterator[tuple[Report, Say]]:
    """How far a download is, on standard error: a bar in a terminal, else a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plainly(name), lambda words: click.echo(words, err=True)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield (
            lambda have, size: bar.update(task, completed=have, total=size),
            lambda words: bar.console.print(words, markup=False, highlight=False),
        )


def _plainly(name: str) -> Callable[[int, int | None], None]:
    said = -1

    def report(have: int, size: int | None) -> None:
        nonlocal said
        # Where the size is unknown, a line for every hundred megabytes.
        step = 100 * have // size // PLAIN_EVERY if size else have // 10**8
        if step != said:
            said = step
            of = f" of {megabytes(size)}" if size else ""
            click.echo(f"{name}: {megabytes(have)}{of}", err=True)

    return report
