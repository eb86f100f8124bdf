"""The command line: one module a group of commands, errors put into words here."""

import sys
from pathlib import Path
from typing import Any

import click

from mused import __version__
from mused.art.errors import ArtError
from mused.daemon.errors import DaemonError
from mused.skills.errors import SkillError


class Mused(click.Group):
    """Turns every error that mused raises on purpose into one line and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except (ArtError, DaemonError, SkillError) as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(0) from None


@click.group(cls=Mused, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mused")
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; the default is ~/.config/mused/mused.toml.",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Speak, and it paints: a voice assistant that never leaves the house.

    \b
    mused demo                     try everything, with no microphone and no GPU
    mused run                      the daemon, in the foreground
    mused ask "paint a red boat"   what you would say, typed
    mused paint "a red boat"       a picture, with or without the daemon
    mused doctor                   what works on this machine, and what to do about the rest
    """
    ctx.obj = config


def _add_commands() -> None:
    from mused.daemon.commands import configuration, demo, doctor, paint, queue, run, talk, train

    commands = (
        run.run,
        demo.demo,
        talk.ask,
        talk.say,
        talk.hear,
        paint.paint,
        paint.inspect,
        queue.queue,
        run.status,
        doctor.doctor,
        configuration.show_config,
        train.train,
    )
    for command in commands:
        main.add_command(command)


_add_commands()
