"""A training run that can be cut anywhere: seeded steps, checkpoints, exports, a progress bar.

Every step draws its data from a generator seeded with the run's seed and the step's number, so a
run that was cut and resumed ends with the same weights as one that was not.
"""

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Protocol

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mused.art.files import write_atomically
from mused.art.milestones import Milestones
from mused.training.curves import draw_curves, read_log
from mused.training.interrupt import held_back
from mused.training.painter.errors import CheckpointError, PainterTrainingError

LOG = "log.jsonl"


class Task(Protocol):
    """What is trained."""

    settings: Any
    """A frozen dataclass; a resumed run must have the same."""

    def step(self, number: int) -> Mapping[str, float]:
        """Do one step and return the figures worth showing."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on, in plain containers and tensors."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        ...

    def export(self, folder: Path) -> None:
        """Write the weights as they are loaded for painting, and a sheet of samples."""
        ...


def save_checkpoint(task: Task, step: int, path: Path) -> None:
    """Write a checkpoint, whole or not at all. Raises CheckpointError."""
    settings = json.dumps(dataclasses.asdict(task.settings))
    content = {"step": step, "settings": settings, "state": task.state_dict()}
    try:
        write_atomically(path, lambda file: torch.save(content, file))
    except (OSError, RuntimeError) as error:
        raise CheckpointError(f"{path} cannot be written: {error}") from error


def load_checkpoint(task: Task, path: Path) -> int:
    """Restore the task and return the number of steps already done; 0 without a checkpoint.

    It may be of a machine with a GPU where this one has none, or the other way round. Raises
    CheckpointError where it is of a run with other settings, or cannot be read.
    """
    if not path.is_file():
        return 0
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
        before = _completed(json.loads(found["settings"]), task.settings)
        now: dict[str, Any] = _plain(dataclasses.asdict(task.settings))
        _check_length(before, now, int(found["step"]), path)
        _check_settings(before, now, path)
        task.load_state_dict(found["state"])
        return int(found["step"])
    except PainterTrainingError:
        raise
    except Exception as error:  # a damaged file, or one of before, can fail anywhere
        raise CheckpointError(
            f"{path} cannot be gone on with: {str(error).partition(chr(10))[0]}. "
            "Give another folder, or remove it to start over"
        ) from error


def _completed(found: Mapping[str, Any], settings: Any) -> dict[str, Any]:
    """A checkpoint's settings; those that came after it have their defaults, with which it ran."""
    fields = dataclasses.fields(settings)
    defaults = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    completed = {**_plain(defaults), **found}
    for name in found.keys() & {f.name for f in fields}:
        value = getattr(settings, name)
        if dataclasses.is_dataclass(value):
            completed[name] = _completed(found[name], value)
    return completed


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back from JSON: tuples become lists, dataclasses dicts."""
    plain: dict[str, Any] = json.loads(json.dumps(content, default=dataclasses.asdict))
    return plain


def _check_length(before: Mapping[str, Any], now: Mapping[str, Any], done: int, path: Path) -> None:
    """Raise CheckpointError where the run was to be shorter or longer."""
    length, wanted = before.get("steps"), now.get("steps")
    if length == wanted or length is None:
        return
    finished, go_on = (
        ("finished ", "") if done == length else ("", f", or go on with --steps {length}")
    )
    raise CheckpointError(
        f"{path} is of a {finished}run of {length} steps, which cannot become one of {wanted}: the "
        f"learning rate falls over its whole length. Train with another --folder{go_on}"
    )


def _check_settings(before: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    other = [name for name in now if name not in before or before[name] != now[name]]
    if other or before.keys() - now.keys():
        raise CheckpointError(
            f"{path} is of a run with other settings ({', '.join(other) or 'more of them'}): "
            "give another folder, or remove it to start over"
        )


def run(task: Task, steps: int, folder: Path, every_s: float = 120.0) -> None:
    """Train up to `steps` steps in all, resuming from the folder's checkpoint.

    Checkpoints, exports and curves.png into the folder every `every_s` seconds, at the end and on
    Ctrl-C, which takes effect after the step that is under way. Raises CheckpointError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    done = load_checkpoint(task, checkpoint)
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with (
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        _opened(folder / LOG) as log,
        held_back() as interrupt,
    ):
        bar = progress.add_task("training", total=steps, completed=done)
        saved = began = time.monotonic()
        milestones = None if console.is_terminal else Milestones()
        while done < steps and not interrupt.asked:
            figures = task.step(done)
            done += 1
            progress.update(bar, completed=done)
            if done % 20 == 0 or done == steps:
                progress.update(bar, description=_told(figures))
                seconds = round(time.monotonic() - began, 1)
                log.write(json.dumps({"step": done, "s": seconds, **figures}) + "\n")
            if milestones is not None and milestones.passed(done, steps):
                told = f"training: {done} of {steps} steps  {_told(figures)}"
                console.print(told, highlight=False, soft_wrap=True)
            if time.monotonic() - saved > every_s:
                save_checkpoint(task, done, checkpoint)
                log.flush()
                _export(task, folder)
                saved = time.monotonic()
        save_checkpoint(task, done, checkpoint)
        log.flush()
        _export(task, folder)
        interrupt.heed()


def _told(figures: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in figures.items())


def _opened(log: Path) -> IO[str]:
    """Open a log to go on with, on a line of its own where a crash cut the last one."""
    cut = log.is_file() and log.read_bytes()[-1:] not in (b"", b"\n")
    file = log.open("a")
    file.write("\n" if cut else "")
    return file


def _export(task: Task, folder: Path) -> None:
    task.export(folder)
    figures = read_log(folder / LOG)
    if figures:
        curves = draw_curves(figures)
        write_atomically(folder / "curves.png", lambda file: curves.save(file, "PNG"))
