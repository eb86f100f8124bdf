"""The commands that train the painter's networks, and the one that judges: `mused train …`."""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mused.art.errors import WeightsError
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.named import Weights

_WRITTEN = (".safetensors", ".png", ".txt")
_STEPS = click.IntRange(min=1)

_data = click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Learn from the pictures below this folder instead of drawn scenes.",
)

_captioned_data = click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Learn from the pictures below this folder and their captions instead of drawn scenes: "
    "beside boat.jpg those in boat.txt, one a line.",
)

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@dataclass(frozen=True)
class Course:
    """What the options that all trainings share say."""

    folder: Path
    steps: int
    seed: int
    threads: int


def _trainer(steps: int, seed: int = 0) -> Callable[[Callable[..., None]], click.Command]:
    """A command whose function takes a Course and the values of its own options."""

    def made(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def command(folder: Path, steps: int, seed: int, threads: int, **own: Any) -> None:
            function(Course(folder, steps, seed, threads), **own)

        folder = Path("painter-training") / function.__name__
        for option in (
            click.option(
                "--threads", type=_STEPS, default=1, show_default=True, help="CPU threads."
            ),
            click.option(
                "--seed",
                type=int,
                default=seed,
                show_default=True,
                help="Another seed, other scenes and other first weights.",
            ),
            click.option(
                "--steps",
                type=_STEPS,
                default=steps,
                show_default=True,
                help="Steps in all; a run that has begun keeps its number.",
            ),
            click.option(
                "--folder",
                type=click.Path(path_type=Path),
                default=folder,
                show_default=True,
                help="Where weights, sheets, curves.png and the checkpoint go, every two minutes, "
                "at the end and on Ctrl-C. The same command goes on from there.",
            ),
        ):
            command = option(command)
        return click.command()(command)

    return made


def _train(course: Course, make: Callable[[], Any]) -> None:
    """Run a training; what it cannot go on with is told without a traceback."""
    import torch

    from mused.training.painter.run import run

    torch.set_num_threads(course.threads)
    # Past mused's NullHandler; this one looks up sys.stderr, which the bar redirects above itself.
    if logging.lastResort:
        logging.getLogger("mused").addHandler(logging.lastResort)
    try:
        run(make(), course.steps, course.folder)
        written = sorted(path.name for path in course.folder.iterdir() if path.suffix in _WRITTEN)
        click.echo(f"Trained; {course.folder} holds {', '.join(written)}.")
    except (PainterTrainingError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{course.folder} cannot be written: {error}") from error
    except KeyboardInterrupt:
        click.echo(f"Stopped; the same command goes on from {course.folder}.", err=True)
        raise click.exceptions.Exit(130) from None


def _warm_up(steps: int) -> int:
    """Steps before there is a codebook: of a short trial, too, most must have one."""
    return min(300, steps // 10)


@_trainer(steps=8000)
@_data
def vae(course: Course, data: Path | None) -> None:
    """Train a variational auto-encoder (VAE).

    Kingma and Welling, 2013: a picture becomes a normal distribution over 128 numbers, and what is
    drawn from the standard normal becomes a picture. Half an hour of one core. Writes
    vae.safetensors and vae.png: pictures, reconstructions, samples.

    \b
    mused train vae
    mused sample painter-training/vae/vae.safetensors
    mused reconstruct photo.jpg --weights painter-training/vae/vae.safetensors
    """
    from mused.training.painter.vae import VAETask, VAETraining

    settings = VAETraining(steps=course.steps, seed=course.seed, data=str(data or ""))
    _train(course, lambda: VAETask(settings))


@_trainer(steps=7000)
@_data
@click.option(
    "--ema", is_flag=True, help="Codes follow the latents by moving averages, not by a loss."
)
def vqvae(course: Course, data: Path | None, ema: bool) -> None:
    """Train a vector-quantised auto-encoder (VQ-VAE).

    Van den Oord et al., 2017: each 4 x 4 pixels become one of 1024 codes, which is far sharper
    than a VAE, but there is nothing yet to sample from. 40 minutes of one core. Writes
    vqvae.safetensors and vqvae.png: pictures above their reconstructions, twice.

    \b
    mused train vqvae --ema
    mused reconstruct photo.jpg --weights painter-training/vqvae/vqvae.safetensors
    mused paint "a red boat" --vqgan painter-training/vqvae/vqvae.safetensors
    """
    from mused.training.painter.vqvae import VQVAETask, VQVAETraining

    settings = VQVAETraining(
        steps=course.steps,
        seed=course.seed,
        warm_up=_warm_up(course.steps),
        ema=ema,
        data=str(data or ""),
    )
    _train(course, lambda: VQVAETask(settings))


@_trainer(steps=7000)
@_data
@click.option(
    "--from",
    "begin",
    type=Weights("vqgan"),
    help="Go on from this VQGAN, `shipped`, a name or a file, instead of from nothing. Its codes "
    "stay, so that what drafts in them still can; with another --seed than it learned with.",
)
@click.option(
    "--clip",
    type=Weights("clip"),
    help="A CLIP (ResNet) whose features are compared, too: `shipped`, a model's name or a file.",
)
@click.option(
    "--adversary-from",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="The part of the steps after which a patch discriminator joins in; 1: never.",
)
def vqgan(
    course: Course,
    data: Path | None,
    begin: Path | None,
    clip: Path | None,
    adversary_from: float,
) -> None:
    """Train a VQ-VAE that is judged by others (VQGAN).

    Esser, Rombach and Ommer, 2021: a discriminator and the features of another network, here a
    CLIP's, say whether what comes back looks right. Without the options that add them it is a
    VQ-VAE; the shipped one began so and went on with a CLIP's features alone. 40 minutes of one
    core without, an hour with both. Writes vqgan.safetensors and vqgan.png: pictures above their
    reconstructions, twice.

    \b
    mused train vqgan --clip shipped
    mused train vqgan --from shipped --clip shipped --steps 6000 --seed 4 --data my-pictures
    mused reconstruct photo.jpg --weights painter-training/vqgan/vqgan.safetensors
    mused train transformer --vqgan painter-training/vqgan/vqgan.safetensors
    """
    from mused.training.painter.vqgan import VQGANTask, VQGANTraining

    settings = VQGANTraining(
        steps=course.steps,
        seed=course.seed,
        warm_up=0 if begin else _warm_up(course.steps),
        data=str(data or ""),
        begin=str(begin or ""),
        clip=str(clip or ""),
        adversary_from=adversary_from,
    )
    _train(course, lambda: VQGANTask(settings))


@_trainer(steps=5_000)
@_captioned_data
@click.option(
    "--vqgan",
    "weights",
    type=Weights("vqgan"),
    help="The VQGAN whose codes it learns, a model's name or a file; default: the shipped.",
)
@click.option(
    "--from",
    "begin",
    type=Weights("drafter"),
    help="Go on from this drafter, `shipped` or a file, instead of from nothing, which learns new "
    "words beside its own; with another --seed than it learned with, or it sees the same scenes.",
)
@click.option("--no-captions", is_flag=True, help="Learn pictures alone, as where there are none.")
def transformer(
    course: Course,
    data: Path | None,
    weights: Path | None,
    begin: Path | None,
    no_captions: bool,
) -> None:
    """Train a transformer over a VQGAN's codes, a drafter.

    Esser, Rombach and Ommer, 2021: it learns which code follows after a caption and the codes
    before, and so drafts pictures, without a caption as well. Under two hours of one core. Writes
    drafter.safetensors and drafter.png: two drafts of a few captions.

    \b
    mused train transformer
    mused sample painter-training/transformer/drafter.safetensors "a red boat on a lake"
    mused paint "a boat" --start draft --drafter painter-training/transformer/drafter.safetensors
    """
    from mused.art.weights import bundled
    from mused.training.painter.own import has_captions
    from mused.training.painter.transformer import TransformerTask, TransformerTraining

    def task() -> TransformerTask:
        settings = TransformerTraining(
            vqgan=str(weights or bundled("vqgan")),
            steps=course.steps,
            seed=course.seed,
            captions=not no_captions and (data is None or has_captions(data)),
            data=str(data or ""),
            begin=str(begin or ""),
        )
        return TransformerTask(settings)

    _train(course, task)


@_trainer(steps=4_000)
@_data
@click.option(
    "--drafter",
    type=Weights("drafter"),
    help="The drafter it is for, a file; default: `shipped`. A finished run can be given "
    "another one of the same VQGAN, an unfinished one cannot.",
)
@click.option(
    "--vqgan",
    "weights",
    type=Weights("vqgan"),
    help="The VQGAN whose codes that drafts, a model's name or a file; default: the shipped.",
)
def enlarger(
    course: Course,
    data: Path | None,
    drafter: Path | None,
    weights: Path | None,
) -> None:
    """Train what makes drafts four times as large.

    Lim et al., 2017 (EDSR): a residual network adds to a draft of 64 pixels what it lacks at 256.
    40 minutes of one core. Writes drafter.safetensors, the drafter with its enlarger, and
    drafter.png: drafts, those enlarged, and the pictures.

    \b
    mused train enlarger --drafter painter-training/transformer/drafter.safetensors
    mused sample painter-training/enlarger/drafter.safetensors "a red boat on a lake"
    """
    from mused.art.weights import bundled
    from mused.training.painter.enlarger import EnlargerTask, EnlargerTraining

    settings = EnlargerTraining(
        vqgan=str(weights or bundled("vqgan")),
        steps=course.steps,
        seed=course.seed,
        data=str(data or ""),
    )
    path = drafter or bundled("drafter")
    _train(course, lambda: EnlargerTask(settings, path))


@_trainer(steps=12_000)
@_captioned_data
@click.option(
    "--vqgan",
    "weights",
    type=Weights("vqgan"),
    help="`shipped`, a VQGAN's name or its file: the last third then trains against what painting "
    "with it produces, without which it guides to coloured noise.",
)
@click.option(
    "--from",
    "begin",
    type=Weights("clip"),
    help="Go on from this CLIP, `shipped`, a name or a file, which learns new words beside its "
    "own; with another --seed than it learned with.",
)
def clip(
    course: Course,
    data: Path | None,
    weights: Path | None,
    begin: Path | None,
) -> None:
    """Train what compares pictures with captions (CLIP).

    Radford et al., 2021: a picture and its own caption become near each other, and far from all
    others of the batch; so it guides the painting. Over an hour of one core. Writes
    clip.safetensors, clip.txt (how well it tells objects on unseen scenes, or captions of the tenth
    of your pictures that it keeps out) and, with --vqgan, clip.png: what was painted to deceive it.

    \b
    mused train clip --vqgan shipped
    mused classify photo.jpg --labels "boat, castle" --clip painter-training/clip/clip.safetensors
    mused paint "a red boat" --clip painter-training/clip/clip.safetensors
    """
    from mused.training.painter.clip import CLIPTask, CLIPTraining

    settings = CLIPTraining(
        steps=course.steps,
        seed=course.seed,
        vqgan=str(weights) if weights else "",
        energy_from=course.steps * 2 // 3 if weights else course.steps,
        data=str(data or ""),
        begin=str(begin or ""),
    )
    _train(course, lambda: CLIPTask(settings))


@_trainer(steps=7500, seed=1)
@click.option(
    "--from",
    "begin",
    type=_file,
    help="Go on from this judge, a file, which learns new words beside its own; with another "
    "--seed than it or the guide learned with, or it sees the same scenes.",
)
def judge(course: Course, begin: Path | None) -> None:
    """Train a CLIP that judges pictures and never guides one.

    Another network, other words and other disturbances than the guide's, for `python -m
    benchmarks.quality`: what guided a picture cannot say how good it is. Writes judge.safetensors
    and judge.txt: how well it tells objects on unseen scenes.

    \b
    mused train judge --from benchmarks/quality/judge.safetensors --steps 2500 --seed 11
    """
    from mused.training.painter.judge import JudgeTask, JudgeTraining

    settings = JudgeTraining(steps=course.steps, seed=course.seed, begin=str(begin or ""))
    _train(course, lambda: JudgeTask(settings))
