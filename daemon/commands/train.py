"""``mused train …``: the commands that made the shipped models."""

import click

from mused.daemon.commands.lazy import LazyGroup

PLACES = {
    "speech": "mused.training.speech.command:speech",
    "vae": "mused.training.painter.command:vae",
    "vqvae": "mused.training.painter.command:vqvae",
    "vqgan": "mused.training.painter.command:vqgan",
    "transformer": "mused.training.painter.command:transformer",
    "enlarger": "mused.training.painter.command:enlarger",
    "clip": "mused.training.painter.command:clip",
    "judge": "mused.training.painter.command:judge",
}


@click.group(cls=LazyGroup, places=PLACES)
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
