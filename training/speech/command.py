"""`mused train speech`: the training on the command line."""

from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from mused.art.milestones import Milestones
from mused.training.speech.errors import SpeechTrainingError
from mused.training.speech.pipeline import QUICK, SpeechPlan, Stage, train_speech

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--out",
    type=_FOLDER,
    default="vosk-mused-en",
    help="Where the model goes; nothing but an older model of ours is replaced.",
)
@click.option(
    "--work",
    type=_FOLDER,
    default="speech-training",
    help="Corpus and checkpoints; the same command goes on from here with a run that was cut.",
)
@click.option(
    "--from",
    "begin",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Go on from the network of this model, made here, instead of from chance.",
)
@click.option("--minutes", type=click.FloatRange(min=0.1), help="Train the network about so long.")
@click.option("--steps", type=click.IntRange(min=1), help="Training steps of the network in all.")
@click.option("--quick", is_flag=True, help="A small corpus and few steps.")
@click.option("--seed", type=int, default=1, show_default=True)
def speech(
    out: Path,
    work: Path,
    begin: Path | None,
    minutes: float | None,
    steps: int | None,
    quick: bool,
    seed: int,
) -> None:
    """Train the bundled speech recogniser on synthetic voices.

    Needs espeak-ng, flite and festival with festvox-kallpc16k, festvox-kdlpc16k and
    festvox-us-slt-hts. Nothing is downloaded.
    """
    if minutes is not None and steps is not None:
        raise click.UsageError("give --minutes or --steps, not both")
    plan = replace(QUICK if quick else SpeechPlan(), seed=seed)
    if steps is not None:
        plan = replace(plan, steps=steps)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TextColumn("{task.fields[detail]}"), console=console) as bar:
        tasks = {}
        milestones = None if console.is_terminal else Milestones()

        def watch(stage: Stage) -> None:
            if stage.name not in tasks:
                tasks[stage.name] = bar.add_task(stage.name, total=stage.total, detail="")
            bar.update(tasks[stage.name], completed=stage.done, detail=stage.detail)
            if milestones is not None and milestones.passed(stage.done, stage.total):
                click.echo(f"{stage.name}: {stage.done} of {stage.total} {stage.detail}", err=True)

        try:
            report = train_speech(out, work, plan=plan, minutes=minutes, begin=begin, watch=watch)
        except SpeechTrainingError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt as error:
            message = f"stopped; the same command goes on from {work}"
            raise click.ClickException(message) from error
    for group, figures in report.voices.items():
        click.echo(f"{group}: word error rate {100 * figures.word_error_rate:.1f} %")
    click.echo(f"{out}: {len(report.manifest)} phrases verified (synthetic voices only)")
