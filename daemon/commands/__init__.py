"""The command line: one module a group of commands, errors put into words here."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mused import __version__
from mused.art.errors import ArtError
from mused.daemon.errors import DaemonError
from mused.skills.errors import SkillError

if TYPE_CHECKING:
    from mused.daemon.models.catalogue import Kind

# Where the commands are, beside this file or, as those of training, elsewhere.
COMMANDS = {
    "run": "run:run",
    "demo": "demo:demo",
    "ask": "talk:ask",
    "say": "talk:say",
    "mute": "talk:mute",
    "unmute": "talk:unmute",
    "hear": "talk:hear",
    "paint": "paint:paint",
    "sheet": "sheet:sheet",
    "inspect": "inspect:inspect",
    "sample": "mused.training.painter.look:sample",
    "reconstruct": "mused.training.painter.look:reconstruct",
    "classify": "mused.training.painter.look:classify",
    "scenes": "mused.training.painter.look:scenes",
    "queue": "queue:queue",
    "status": "run:status",
    "service": "service:service",
    "models": "models:models",
    "doctor": "doctor:show_doctor",
    "devices": "devices:show_devices",
    "config": "configuration:show_config",
    "train": "train:train",
}


class Mused(click.Group):
    """Imports a command when it is named, and puts every error raised on purpose into words."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The named command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        whole = module if module.startswith("mused.") else f"{__name__}.{module}"
        command = getattr(importlib.import_module(whole), name)
        assert isinstance(command, click.Command)
        return command

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
                f"this needs {error.name}, which is not installed: run `make setup`"
            ) from error
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
    ctx.meta["mused.models.find"] = _find_model  # those of training know nothing of the store


def _find_model(model: Path, kind: "Kind") -> Path:
    from mused.daemon.models import store

    return store.resolve(model, kind)
