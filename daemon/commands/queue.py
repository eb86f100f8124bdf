"""``mused queue``: what waits, runs and has been painted."""

import json
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mused.daemon import config
from mused.daemon.web.api import RECENT
from mused.daemon.web.client import Client


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
    """Show the painting jobs, newest first; `mused queue cancel ID` ends one."""
    if ctx.invoked_subcommand is not None:
        return
    jobs = _client(ctx.obj).jobs()[:limit]
    if as_json:
        for job in jobs:
            click.echo(json.dumps(job))
        return
    if not jobs:
        click.echo("Nothing has been asked for yet. Try: mused ask 'paint a red boat'")
        return
    table = Table("id", "status", "asked", "prompt", "picture or reason", box=None)
    for job in jobs:
        asked = datetime.fromtimestamp(job["created"]).astimezone()
        outcome = job["picture"] or job["reason"] or ""
        cells = (str(job["id"]), job["status"], f"{asked:%d %b %H:%M}", job["prompt"], outcome)
        table.add_row(*map(Text, cells))  # a prompt is no markup
    Console().print(table)


@queue.command()
@click.argument("job", type=int)
@click.pass_context
def cancel(ctx: click.Context, job: int) -> None:
    """Cancel a queued or running job; a running one keeps its last frame."""
    if not _client(ctx.obj).cancel(job):
        raise click.ClickException(f"job {job} is not open: it has ended or never existed")
    click.echo(f"job {job} is cancelled")


def _client(file: Path | None) -> Client:
    return Client(config.load(file).control.socket)
