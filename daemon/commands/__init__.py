"""The command line: one module a group of commands, errors put into words here."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mused import __version__
from mused.art.errors import ArtError
from mused.daemon.commands.lazy import LazyGroup
from mused.daemon.errors import DaemonError
from mused.daemon.installed import set_up
from mused.skills.errors import SkillError

if TYPE_CHECKING:
    from mused.daemon.models.catalogue import Kind

PLACES = {
    "run": "mused.daemon.commands.run:run",
    "demo": "mused.daemon.commands.demo:demo",
    "ask": "mused.daemon.commands.talk:ask",
    "say": "mused.daemon.commands.talk:say",
    "mute": "mused.daemon.commands.talk:mute",
    "unmute": "mused.daemon.commands.talk:unmute",
    "hear": "mused.daemon.commands.talk:hear",
    "paint": "mused.daemon.commands.paint:paint",
    "sheet": "mused.daemon.commands.sheet:sheet",
    "inspect": "mused.daemon.commands.inspect:inspect",
    "sample": "mused.training.painter.look:sample",
    "reconstruct": "mused.training.painter.look:reconstruct",
    "classify": "mused.training.painter.look:classify",
    "scenes": "mused.training.painter.look:scenes",
    "queue": "mused.daemon.commands.queue:queue",
    "status": "mused.daemon.commands.run:status",
    "service": "mused.daemon.commands.service:service",
    "models": "mused.daemon.commands.models:models",
    "doctor": "mused.daemon.commands.doctor:show_doctor",
    "devices": "mused.daemon.commands.devices:show_devices",
    "config": "mused.daemon.commands.configuration:show_config",
    "train": "mused.daemon.commands.train:train",
}


class Mused(LazyGroup):
    """Puts every error raised on purpose into words."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except (ArtError, DaemonError, SkillError) as error:
            raise click.ClickException(str(error)) from error
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "mused":
                raise
            raise click.ClickException(
                f"this needs {error.name}, which is not installed: {set_up()}"
            ) from error
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(0) from None


@click.group(cls=Mused, places=PLACES, context_settings={"help_option_names": ["-h", "--help"]})
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
    ctx.meta["mused.models.find"] = _find_model  # those of training know nothing of the store


def _find_model(model: Path, kind: "Kind") -> Path:
    from mused.daemon.models import store

    return store.resolve(model, kind)
