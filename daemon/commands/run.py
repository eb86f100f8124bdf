"""``mused run`` and ``status``: the daemon in the foreground, and how it is."""

import asyncio
import json
import signal

import click

from mused.daemon import config
from mused.daemon.web.client import Client


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Also log what is heard and said.")
@click.pass_context
def run(ctx: click.Context, verbose: bool) -> None:
    """Run the daemon until Ctrl-C or SIGTERM."""
    # Until the daemon has its own handlers, Ctrl-C ends it at once: a KeyboardInterrupt in the
    # middle of an import can be swallowed.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mused.daemon.main import serve
    from mused.daemon.service.journal import set_up_logging
    from mused.daemon.service.limits import raise_open_files

    set_up_logging(verbose=verbose)
    raise_open_files()
    asyncio.run(serve(config.load(ctx.obj)))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The whole status as one JSON object.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Show how the running daemon is."""
    state = Client(config.load(ctx.obj).control.socket).status()
    if as_json:
        click.echo(json.dumps(state))
        return
    for part, value in state.items():
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        )
        click.echo(f"{part + ':':<12}{shown}")
