"""The commands that train the painter's networks, and the one that judges: `mused train …`."""

from collections.abc import Callable
from pathlib import Path

import click

from mused.art.errors import WeightsError
from mused.training.painter.errors import PainterTrainingError


def _folder(name: str) -> Path:
    return Path("painter-training") / name


def _trained(train: Callable[[], None], folder: Path) -> None:
    """Run a training; what it cannot go on with is told without a traceback."""
    try:
        train()
    except (PainterTrainingError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo(f"Stopped; the same command goes on from {folder}.", err=True)
        raise click.exceptions.Exit(130) from None


_STEPS = click.IntRange(min=1)


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=_folder("vqgan"), show_default=True
)
@click.option("--steps", type=_STEPS, default=7000, show_default=True, help="Steps in all.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--threads", type=_STEPS, default=1, show_default=True, help="CPU threads.")
def vqgan(folder: Path, steps: int, seed: int, threads: int) -> None:
    """Train the small VQGAN on drawn scenes; goes on from FOLDER's checkpoint.

    Writes vqgan.safetensors and vqgan.png into FOLDER every two minutes, at the end and on Ctrl-C.
    """
    import torch

    from mused.training.painter.run import run
    from mused.training.painter.vqgan import VQGANTask, VQGANTraining

    torch.set_num_threads(threads)
    _trained(lambda: run(VQGANTask(VQGANTraining(steps=steps, seed=seed)), steps, folder), folder)


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=_folder("clip"), show_default=True
)
@click.option("--steps", type=_STEPS, default=12000, show_default=True, help="Steps in all.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--threads", type=_STEPS, default=1, show_default=True, help="CPU threads.")
@click.option(
    "--vqgan",
    "weights",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A VQGAN's weights: the last third then trains against what painting with it produces.",
)
def clip(folder: Path, steps: int, seed: int, threads: int, weights: Path | None) -> None:
    """Train the small CLIP on captioned scenes; goes on from FOLDER's checkpoint.

    Writes clip.safetensors, clip.txt (how well it tells objects on unseen scenes) and clip.png
    into FOLDER every two minutes, at the end and on Ctrl-C.
    """
    import torch

    from mused.training.painter.clip import CLIPTask, CLIPTraining
    from mused.training.painter.run import run

    torch.set_num_threads(threads)
    settings = CLIPTraining(
        steps=steps,
        seed=seed,
        vqgan=str(weights) if weights else "",
        energy_from=steps * 2 // 3 if weights else steps,
    )
    _trained(lambda: run(CLIPTask(settings), steps, folder), folder)


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=_folder("judge"), show_default=True
)
@click.option("--steps", type=_STEPS, default=7500, show_default=True, help="Steps in all.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--threads", type=_STEPS, default=1, show_default=True, help="CPU threads.")
def judge(folder: Path, steps: int, seed: int, threads: int) -> None:
    """Train the CLIP that judges pictures and never guides one; goes on from FOLDER's checkpoint.

    Writes judge.safetensors and judge.txt (how well it tells objects on unseen scenes) into
    FOLDER every two minutes, at the end and on Ctrl-C.
    """
    import torch

    from mused.training.painter.judge import JudgeTask, JudgeTraining
    from mused.training.painter.run import run

    torch.set_num_threads(threads)
    _trained(lambda: run(JudgeTask(JudgeTraining(steps=steps, seed=seed)), steps, folder), folder)
