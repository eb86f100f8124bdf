"""``mused run`` and ``status``: the daemon in the foreground, and how it is."""

import asyncio
import faulthandler
import json
import os
import signal
import sys

import click

from mused.daemon import config
from mused.daemon.commands.reach import running
from mused.daemon.commands.status_shown import lines
from mused.daemon.errors import ConfigError, DaemonError


class _Misconfigured(click.ClickException):
    """Trying again is of no use: the units know this exit status."""

    exit_code = os.EX_CONFIG


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Also log what is heard and said.")
@click.pass_context
def run(ctx: click.Context, verbose: bool) -> None:
    """Run the daemon until Ctrl-C or SIGTERM."""
    from mused.daemon.service.asked import hold_signals

    # Before the imports: they start threads, and may swallow a KeyboardInterrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    hold_signals()
    from mused.daemon.main import serve
    from mused.daemon.service import notify
    from mused.daemon.service.journal import set_up_logging
    from mused.daemon.service.limits import raise_open_files

    set_up_logging(verbose=verbose)
    # A watchdog ends a daemon that hangs by SIGABRT: then the log has where it hung.
    if sys.stderr is not None:
        faulthandler.enable()
    try:
        raise_open_files()
        asyncio.run(serve(lambda: config.load(ctx.obj)))
    except DaemonError as error:
        notify.status(f"cannot start: {error}")
        if isinstance(error, ConfigError):
            raise _Misconfigured(str(error)) from error
        raise


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The whole status as one JSON object.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Show how the running daemon is."""
    state = running(ctx.obj).status()
    if as_json:
        click.echo(json.dumps(state))
        return
    for line in lines(state):
        click.echo(line)
