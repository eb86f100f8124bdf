"""``mused queue``: what waits, runs and has been painted, and in which order."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mused.daemon.commands.reach import notices_of, running
from mused.daemon.web.api import RECENT

WIDE = 100_000  # characters


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a job.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, RECENT),
    default=20,
    show_default=True,
    help="How many jobs to show.",
)
@click.pass_context
def queue(ctx: click.Context, as_json: bool, limit: int) -> None:
    """Show the painting jobs, newest first."""
    if ctx.invoked_subcommand is not None:
        return
    jobs = running(ctx.obj).jobs()[:limit]
    if as_json:
        for job in jobs:
            click.echo(json.dumps(job))
        return
    if not jobs:
        click.echo("Nothing has been asked for yet. Try: mused ask 'paint a red boat'")
        return
    table = Table("id", "status", "asked", "prompt", "picture or reason", box=None)
    for job in jobs:
        # A whole path is cut off where it matters; `queue show` has it.
        picture = "/".join(Path(job["picture"] or "").parts[-2:])
        outcome = picture or job["reason"] or ""
        cells = (str(job["id"]), job["status"], _time(job["created"]), job["prompt"], outcome)
        table.add_row(*map(Text, cells))  # a prompt is no markup
    # A file or another program has no right edge.
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    console.print(table)


@queue.command()
@click.argument("job", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def show(ctx: click.Context, job: int, as_json: bool) -> None:
    """Show one job: what was asked, and everything that happened to it."""
    found = running(ctx.obj).job(job)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in _facts(found).items():
        click.echo(f"{name + ':':<12}{value}")
    for notice in notices_of(Path(found["picture"])) if found["picture"] else ():
        click.echo(f"{'note:':<12}{notice}")
    for each in found["history"]:
        reason = f": {each['reason']}" if each["reason"] else ""
        click.echo(f"  {_time(each['at'], seconds=True)}  {each['status']}{reason}")


@queue.command()
@click.argument("job", type=int)
@click.pass_context
def cancel(ctx: click.Context, job: int) -> None:
    """Cancel a queued or running job; a running one keeps its last frame."""
    client = running(ctx.obj)
    if not client.cancel(job):
        status = client.job(job)["status"]  # or an error: there is no such job
        raise click.ClickException(f"job {job} has already ended: it is {status}")
    click.echo(f"job {job} is cancelled")


@queue.command()
@click.argument("job", type=int)
@click.pass_context
def first(ctx: click.Context, job: int) -> None:
    """Move a queued job to the front."""
    running(ctx.obj).first(job)
    click.echo(f"job {job} is painted next")


@queue.command()
@click.argument("job", type=int)
@click.pass_context
def retry(ctx: click.Context, job: int) -> None:
    """Queue a job again that failed or was cancelled."""
    running(ctx.obj).retry(job)
    click.echo(f"job {job} is queued again")


def _facts(job: dict[str, Any]) -> dict[str, Any]:
    """What a reader wants to know of a job, without what it lacks."""
    settings = ", ".join(f"{name} = {value}" for name, value in job["settings"].items())
    facts = {
        "job": job["id"],
        "status": job["status"],
        "prompt": job["prompt"],
        "settings": settings,
        "source": job["source"],
        "asked": _time(job["created"], seconds=True),
        "attempts": job["attempts"],
        "reason": job["reason"],
        "picture": job["picture"],
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _time(at: float, *, seconds: bool = False) -> str:
    local = datetime.fromtimestamp(at).astimezone()
    return f"{local:%d %b %H:%M:%S}" if seconds else f"{local:%d %b %H:%M}"
