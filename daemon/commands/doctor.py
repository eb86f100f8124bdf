"""``mused doctor``: what works on this machine, and what to do about the rest."""

import difflib
import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import asdict

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.markup import escape

from mused.daemon.config import Config
from mused.daemon.doctor import checks, daemon
from mused.daemon.doctor.check import Check

SIGNS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "failure": "[red]✗[/]"}

TELLING = 3  # letters; fewer are in nearly every word


class CheckName(click.ParamType[str]):
    """The name of a check; another word for what it looks at is told its name."""

    name = "check"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        if value not in checks.CHECKS:
            word = value.lower()
            shown = checks.ABOUT.items() if len(word) >= TELLING else ()
            near = [name for name, about in shown if word in about.lower()]
            near = near or difflib.get_close_matches(word, checks.CHECKS, n=1)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            names = ", ".join(checks.CHECKS)
            self.fail(f"there is no check {value!r}.{meant} They are: {names}", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin so."""
        return [CompletionItem(name) for name in checks.CHECKS if name.startswith(incomplete)]


def _listed() -> str:
    lines = (f"  {name:<13} {about}" for name, about in checks.ABOUT.items())
    return "\n".join(("\b\nThe checks:", *lines))


@click.command("doctor", epilog=_listed())
@click.option("--json", "as_json", is_flag=True, help="The findings as a JSON list.")
@click.option("--only", multiple=True, type=CheckName(), help="This check alone; may be repeated.")
@click.option("--skip", multiple=True, type=CheckName(), help="All but this; may be repeated.")
@click.option("--play", is_flag=True, help="Make the speaker heard with a quiet tone.")
@click.pass_context
def show_doctor(
    ctx: click.Context, as_json: bool, only: tuple[str, ...], skip: tuple[str, ...], play: bool
) -> None:
    """Check this machine; exit status 1 when something mused needs is missing.

    A second is recorded, a phrase rendered and a picture begun. Nothing is changed or kept.
    """
    logging.getLogger("mused").addHandler(logging.NullHandler())  # findings say it better
    config, first = daemon.configuration(ctx.obj)
    known = checks.AUDIBLE if play else checks.CHECKS
    wanted = [name for name in known if name not in skip and (name in only or not only)]
    chosen = {name: known[name] for name in wanted}
    found = [first, *_watched(config, chosen)]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2))
    else:
        _show(found)
    if any(each.level == "failure" for each in found):
        raise SystemExit(1)


def _watched(config: Config, chosen: Mapping[str, checks.Examine]) -> list[Check]:
    """The findings; on a terminal, what is still looked at is shown meanwhile."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        return checks.run_checks(config, chosen)
    with console.status("looking") as status:
        return checks.run_checks(
            config, chosen, lambda busy: status.update(f"looking at: {', '.join(busy)}")
        )


def _show(found: list[Check]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for each in found:
        console.print(f"{SIGNS[each.level]} [bold]{each.name}[/]  {escape(each.found)}")
        if each.next_step:
            console.print(f"    → {escape(each.next_step)}")
    counts = {level: sum(each.level == level for each in found) for level in SIGNS}
    counted = [
        f"{counts[level]} {level}{'' if counts[level] == 1 else 's'}"
        for level in ("warning", "failure")
    ]
    console.print(", ".join([f"{counts['ok']} ok", *counted]))
