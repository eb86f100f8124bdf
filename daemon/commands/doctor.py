"""``mused doctor``: what works on this machine, and what to do about the rest."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.markup import escape

from mused.daemon import config
from mused.daemon.service.doctor import run_checks

SIGNS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "failure": "[red]✗[/]"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The findings as a JSON list.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check this machine; exit status 1 when something mused needs is missing."""
    checks = run_checks(config.load(ctx.obj))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in checks], indent=2))
    else:
        console = Console(highlight=False)
        for each in checks:
            console.print(f"{SIGNS[each.level]} [bold]{each.name}[/]  {escape(each.found)}")
            if each.next_step:
                console.print(f"    → {escape(each.next_step)}")
    if any(each.level == "failure" for each in checks):
        raise SystemExit(1)
