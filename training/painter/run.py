"""A training run that can be cut anywhere: seeded steps, checkpoints, exports, a progress bar.

Every step draws its data from a generator seeded with the run's seed and the step's number, so a
run that was cut and resumed ends with the same weights as one that was not.
"""

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mused.training.interrupt import held_back
from mused.training.painter.errors import CheckpointError


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
    """Write a checkpoint, whole or not at all."""
    part = path.with_suffix(".part")
    settings = json.dumps(dataclasses.asdict(task.settings))
    torch.save({"step": step, "settings": settings, "state": task.state_dict()}, part)
    part.replace(path)


def load_checkpoint(task: Task, path: Path) -> int:
    """Restore the task and return the number of steps already done; 0 without a checkpoint.

    Raises CheckpointError where the checkpoint is of a run with other settings.
    """
    if not path.is_file():
        return 0
    found = torch.load(path, weights_only=True)
    if json.loads(found["settings"]) != json.loads(json.dumps(dataclasses.asdict(task.settings))):
        raise CheckpointError(
            f"{path} is of a run with other settings: "
            "give another folder, or remove it to start over"
        )
    task.load_state_dict(found["state"])
    return int(found["step"])


def run(task: Task, steps: int, folder: Path, every_s: float = 120.0) -> None:
    """Train up to `steps` steps in all, resuming from the folder's checkpoint.

    Checkpoints and exports into the folder every `every_s` seconds, at the end and on Ctrl-C,
    which takes effect after the step that is under way. Raises CheckpointError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.pt"
    done = load_checkpoint(task, checkpoint)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with (
        Progress(*columns) as progress,
        (folder / "log.jsonl").open("a") as log,
        held_back() as interrupt,
    ):
        bar = progress.add_task("training", total=steps, completed=done)
        saved = began = time.monotonic()
        while done < steps and not interrupt.asked:
            figures = task.step(done)
            done += 1
            if done % 20 == 0 or done == steps:
                shown = "  ".join(f"{k} {v:.4g}" for k, v in figures.items())
                progress.update(bar, completed=done, description=shown)
                seconds = round(time.monotonic() - began, 1)
                log.write(json.dumps({"step": done, "s": seconds, **figures}) + "\n")
            if time.monotonic() - saved > every_s:
                save_checkpoint(task, done, checkpoint)
                task.export(folder)
                log.flush()
                saved = time.monotonic()
        save_checkpoint(task, done, checkpoint)
        task.export(folder)
        interrupt.heed()
