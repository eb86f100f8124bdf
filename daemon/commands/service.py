"""``mused service``: install, remove and look after mused as a service of systemd."""

import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from mused.daemon import config, paths
from mused.daemon.commands.status_shown import lines
from mused.daemon.errors import DaemonError, ServiceError
from mused.daemon.service.install import (
    CONFIGURATION,
    UNIT,
    Scope,
    check,
    check_installation,
    check_systemd,
    installation,
    removal,
)
from mused.daemon.service.steps import answer, take
from mused.daemon.service.unit import DROP_INS, DropIn, configuration, fitting_drop_in, own_command
from mused.daemon.web.client import Client

NOT_ACTIVE, NOT_INSTALLED = 3, 4  # as systemctl has them
LINGER = Path("/var/lib/systemd/linger")
ASKED = ("LoadState", "ActiveState", "SubState", "StatusText", "NRestarts", "Result", "MainPID")

system_option = click.option(
    "--system", is_flag=True, help="The service of the machine, instead of the user's own."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show every file and command, and change nothing."
)


@click.group()
def service() -> None:
    """Run mused always, as a service of systemd.

    \b
    mused service install               for you: speaks through your sound server
    sudo /opt/mused/bin/mused service install --system
                                        for the machine: a user of its own, no network
    mused service status                is it running, and what does it do?
    mused service logs -f               what it says
    """


@service.command()
@system_option
@click.option(
    "--drop-in",
    type=click.Choice([*DROP_INS, "none"]),
    help="With --system, what to close for this machine; chosen by its GPU if not given.",
)
@click.option(
    "--linger/--no-linger",
    default=None,
    help="Keep a user's service running when nobody is logged in; asked if not given.",
)
@dry_run_option
@click.pass_context
def install(
    ctx: click.Context, system: bool, drop_in: str | None, linger: bool | None, dry_run: bool
) -> None:
    """Install this mused as a service and start it; may be repeated, after an update for example.

    A service uses the configuration file that `mused --config FILE service install` names. Your
    own changes to the unit belong into `systemctl --user edit mused`; they are kept.

    \b
    --drop-in cpu-only     system service: the sound card and no GPU
              nvidia, amd  the sound card and that GPU
              inbox-only   no device at all: paints what is put into its inbox, on the CPU
    """
    scope = Scope(system)
    if drop_in and not system:
        raise click.UsageError("--drop-in belongs to --system: a user's service has no devices")
    if linger and system:
        raise click.UsageError("the system service needs no --linger: it starts with the machine")
    command = [*own_command(), *(["--config", str(ctx.obj.absolute())] if ctx.obj else [])]
    try:
        check(scope)
        check_installation(scope, command)
    except ServiceError as error:
        if not dry_run:
            raise
        click.echo(f"Warning: here it would be refused: {error}", err=True)
    chosen = _drop_in(drop_in) if system else None
    lingers = not system and _wants_linger(linger, dry_run)
    take(installation(scope, command, chosen, linger=lingers), click.echo, dry_run=dry_run)
    if chosen == "inbox-only" and not dry_run:
        _tell_of_ears(ctx.obj or CONFIGURATION)
    if not dry_run:
        click.echo(f"mused runs; `mused service status{scope.option}` shows how it is")


@service.command()
@system_option
@dry_run_option
def uninstall(system: bool, dry_run: bool) -> None:
    """Stop the service and take it away; pictures, queue and configuration stay."""
    scope = Scope(system)
    if not dry_run:
        check(scope)
    take(removal(scope), click.echo, dry_run=dry_run)
    if system:
        click.echo(f"Left: /var/lib/mused, /var/cache/mused, {CONFIGURATION}, the user mused")
    else:
        click.echo(f"Left: {paths.pictures()}, {paths.inbox()}, {paths.state()}; lingering")


@service.command()
@system_option
@click.pass_context
def status(ctx: click.Context, system: bool) -> None:
    """Show the service and the daemon in it; exits with 3 if it does not run, 4 if it is not there.

    The first lines are systemd's, the others what `mused status` says.
    """
    scope = Scope(system)
    unit = _shown(scope)
    if unit["LoadState"] != "loaded":
        click.echo(f"mused is not installed as a service: mused service install{scope.option}")
        raise SystemExit(NOT_INSTALLED)
    rows = {
        "unit": str(scope.unit),
        "state": f"{unit['ActiveState']} ({unit['SubState']}), process {unit['MainPID']}",
        "says": unit["StatusText"] or "-",
        "restarts": f"{unit['NRestarts']}, last result: {unit['Result']}",
    }
    if not system:
        rows["lingering"] = "yes" if _lingers() else "no: it ends with your last login"
    for line in lines(rows | _daemon(ctx.obj or _configuration(scope))):
        click.echo(line)
    if unit["ActiveState"] not in ("active", "reloading"):
        click.echo(f"`mused service logs{scope.option}` tells why")
        raise SystemExit(NOT_ACTIVE)


@service.command()
@system_option
@click.option("-f", "--follow", is_flag=True, help="Go on showing what is added.")
@click.option("-n", "--lines", type=click.IntRange(0), default=50, show_default=True)
def logs(system: bool, follow: bool, lines: int) -> None:
    """Show the service's log.

    What one turn, job or skill said: journalctl --user MUSED_JOB=3 (MUSED_TURN, MUSED_SKILL).
    """
    check_systemd()
    command = ["journalctl", *([] if system else ["--user"]), "-u", UNIT, "-n", str(lines)]
    try:
        done = subprocess.run([*command, *(["-f"] if follow else [])], check=False)
    except FileNotFoundError as error:
        raise ServiceError("there is no journalctl: systemd is not installed here") from error
    except KeyboardInterrupt:
        return
    raise SystemExit(done.returncode)


def _drop_in(asked: str | None) -> DropIn | None:
    if asked is None:
        chosen = fitting_drop_in()
        click.echo(f"the drop-in for this machine: {chosen} (another one: --drop-in)")
        return chosen
    return next((each for each in DROP_INS if each == asked), None)


def _tell_of_ears(file: Path) -> None:
    """A configuration that was there before is kept, and may want what has no device now."""
    if config.load(file).hearing.enabled:
        click.echo(
            f"{file} was there before and lets mused hear, which it cannot without devices: "
            "write `enabled = false` into its [hearing] and [speaking]"
        )


def _wants_linger(asked: bool | None, dry_run: bool) -> bool:
    if asked is None and not dry_run and sys.stdin.isatty() and not _lingers():
        return click.confirm("Keep mused running when you are not logged in?", default=True)
    return asked is not False


def _lingers() -> bool:
    return (LINGER / pwd.getpwuid(os.getuid()).pw_name).exists()


def _shown(scope: Scope) -> dict[str, str]:
    command = (*scope.systemctl, "show", UNIT, "-p", ",".join(ASKED))
    text = answer(command)
    if text is None:
        raise ServiceError("systemd cannot be asked: does it run here, and for this user?")
    return dict(line.partition("=")[::2] for line in text.splitlines())


def _configuration(scope: Scope) -> Path | None:
    """The file that the service reads."""
    named = configuration(scope.unit.read_text()) if scope.unit.exists() else None
    return named or (CONFIGURATION if scope.system and CONFIGURATION.exists() else None)


def _daemon(file: Path | None) -> dict[str, Any]:
    """What the daemon says itself, as far as this user may ask."""
    try:
        return dict(Client(config.load(file).control.socket, patience=5).status())
    except DaemonError as error:
        return {"daemon": str(error)}
