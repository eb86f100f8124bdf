"""``mused train …``: the commands that made the shipped models."""

import importlib

import click

TRAINERS = {
    "speech": "mused.training.speech.command",
    "vae": "mused.training.painter.command",
    "vqvae": "mused.training.painter.command",
    "vqgan": "mused.training.painter.command",
    "transformer": "mused.training.painter.command",
    "enlarger": "mused.training.painter.command",
    "clip": "mused.training.painter.command",
    "judge": "mused.training.painter.command",
}


class Trainers(click.Group):
    """Imports a trainer only when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The trainers' names."""
        return list(TRAINERS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The named trainer's command."""
        if cmd_name not in TRAINERS:
            return None
        command = getattr(importlib.import_module(TRAINERS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Trainers)
def train() -> None:
    """Train the models that ship with mused, or your own.

    Every training is seeded, shows its progress, writes checkpoints and goes on from them after
    Ctrl-C. Those of the painter draw their curves as well, curves.png beside the samples; they run
    on a GPU where there is one, and learn from drawn scenes or from pictures of your own (--data).
    A first look takes minutes:

    \b
    mused scenes scenes                                   pictures that no training sees
    mused train vae --steps 1500 --folder vae             six minutes of one core
    mused reconstruct scenes/*.png --weights vae/vae.safetensors
    """
