"""The ways to a picture that are compared, and the pictures they make, kept in a folder."""

import json
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.quality import reference
from benchmarks.quality.prompts import Asked
from mused.art.painter import Painter
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.render import render
from mused.art.settings import Settings


@dataclass(frozen=True)
class Plan:
    """How the pictures are made; all of a folder are made alike."""

    side: int = 128
    """Pixels of the pictures that begin as random codes; the others have the painter's default."""
    steps: int = 60
    cutouts: int = 16

    def noise(self, seed: int) -> Settings:
        """Ours from random codes, as published networks are used: nothing holds the picture."""
        return Settings(
            width=self.side,
            height=self.side,
            steps=self.steps,
            seed=seed,
            start="noise",
            learning_rate=0.1,
            cutouts=self.cutouts,
            anchor=0.0,
            threads=1,
        )


def _scenes(asked: Asked, plan: Plan) -> Image.Image:
    # Another seed than the sketch's: another drawing of the same.
    scene = parse_scene(asked.plain, random.Random(1000 + asked.number))
    side = Settings().width
    return Image.fromarray(render(scene, side, side))


def _sketch(asked: Asked, plan: Plan) -> Image.Image:
    return _painted(asked, Settings(steps=0, seed=asked.number, threads=1))


def _default(asked: Asked, plan: Plan) -> Image.Image:
    return _painted(asked, Settings(seed=asked.number, threads=1))


def _codes(asked: Asked, plan: Plan) -> Image.Image:
    return _painted(asked, Plan(plan.side, 0, plan.cutouts).noise(asked.number))


def _noise(asked: Asked, plan: Plan) -> Image.Image:
    return _painted(asked, plan.noise(asked.number))


def _reference(asked: Asked, plan: Plan) -> Image.Image:
    networks = _painter().networks
    picture = reference.paint(
        networks.vqgan,
        networks.clip,
        asked.text,
        side=plan.side,
        steps=plan.steps,
        n=plan.cutouts,
        seed=asked.number,
    )
    return Image.fromarray((picture * 255).round().byte().permute(1, 2, 0).numpy())


def _painted(asked: Asked, settings: Settings) -> Image.Image:
    return _painter().paint(asked.text, settings).image


ARMS: Mapping[str, Callable[[Asked, Plan], Image.Image]] = {
    "scenes": _scenes,
    "sketch": _sketch,
    "default": _default,
    "codes": _codes,
    "noise": _noise,
    "reference": _reference,
}


@lru_cache(maxsize=1)
def _painter() -> Painter:
    """The shipped painter, loaded once a process."""
    return Painter.load(Settings())


def path_of(folder: Path, arm: str, asked: Asked) -> Path:
    """Where a picture is kept."""
    return folder / arm / f"{asked.number:03}.png"


def missing(folder: Path, arms: Sequence[str], asked: Sequence[Asked]) -> list[tuple[str, Asked]]:
    """The pictures that are still to be made."""
    return [
        (arm, each) for arm in arms for each in asked if not path_of(folder, arm, each).exists()
    ]


def make(
    folder: Path, arms: Sequence[str], asked: Sequence[Asked], plan: Plan, jobs: int
) -> Iterator[str]:
    """Make the pictures that are missing, in so many processes; yields each one's arm.

    One thread a process: the pixels are the same, however many there are. Raises ValueError
    where the folder's pictures were made by another plan or other weights.
    """
    hold_to(folder, plan)
    tasks = [(arm, each, plan, folder) for arm, each in missing(folder, arms, asked)]
    if jobs == 1 or not tasks:
        yield from map(_one, tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin) as pool:
        yield from pool.map(_one, tasks)


def hold_to(folder: Path, plan: Plan) -> None:
    """Note in the folder what its pictures are made with. Raises ValueError: see make."""
    networks = _painter().networks
    used = {
        "plan": asdict(plan),
        "defaults": Settings().plain(),
        "vqgan": networks.vqgan_weights.sha256,
        "clip": networks.clip_weights.sha256,
    }
    note = folder / "plan.json"
    folder.mkdir(parents=True, exist_ok=True)
    if note.exists() and json.loads(note.read_text()) != used:
        raise ValueError(
            f"{folder} holds pictures made in another way ({note}): give another folder, "
            "or remove it"
        )
    note.write_text(json.dumps(used, indent=1))


def _begin() -> None:
    torch.set_num_threads(1)


def _one(task: tuple[str, Asked, Plan, Path]) -> str:
    arm, asked, plan, folder = task
    path = path_of(folder, arm, asked)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    ARMS[arm](asked, plan).save(part, "PNG")
    part.replace(path)
    return arm


def read(folder: Path, arm: str, asked: Asked) -> Tensor:
    """A picture as float [3, H, W] in [0, 1]."""
    with Image.open(path_of(folder, arm, asked)) as image:
        pixels = torch.from_numpy(np.asarray(image.convert("RGB")).copy())
    return pixels.permute(2, 0, 1).float() / 255
