"""The ways to a picture that are compared, and the pictures they make, kept in a folder."""

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.quality import reference
from benchmarks.quality.prompts import Asked
from mused.art import scenes
from mused.art.painter import Painter
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.render import render
from mused.art.settings import BUNDLED, WORTH_HOLDING, FreshStart, Settings
from mused.art.weights import sha256

NOTE = "plan.json"
"""Tells what a folder's pictures were made with."""
STARTS: tuple[str, ...] = get_args(FreshStart)
"""What the program can begin a picture with, from words alone."""
DRAFTER = BUNDLED / "drafter.safetensors"
BUDGETS = (15, 30, 60)
"""Seconds on two cores."""


@dataclass(frozen=True)
class Plan:
    """How the pictures are made; all of a folder are made alike."""

    side: int = 128
    """Pixels of the pictures that nothing holds to their start; the others have the painter's
    default."""
    steps: int = 60
    cutouts: int = 16
    seed: int | None = None
    """Of all pictures; None: the prompt's number."""
    budgets: tuple[int, ...] = ()
    """The steps that fit into each of BUDGETS on this machine, where that is compared."""

    def seed_of(self, asked: Asked) -> int:
        """The seed of a prompt's pictures."""
        return asked.number if self.seed is None else self.seed

    def settings(self, start: str, asked: Asked) -> Settings:
        """How the program paints from a start with its defaults.

        Where the start shows nothing worth holding, published networks are the measure: equal
        steps and cutouts as the reference.
        """
        begin: Any = {"start": start, "seed": self.seed_of(asked), "threads": 1}
        if start in WORTH_HOLDING:
            return Settings(**begin)
        free: Any = {
            "steps": self.steps,
            "cutouts": self.cutouts,
            "learning_rate": 0.1,
            "anchor": 0.0,
        }
        return Settings(width=self.side, height=self.side, **free, **begin)


Way = Callable[[Asked, Plan], Image.Image]


def _scenes(asked: Asked, plan: Plan) -> Image.Image:
    # Another seed than the sketch's: another drawing of the same.
    scene = parse_scene(asked.plain, random.Random(1000 + plan.seed_of(asked)))
    side = Settings().width
    return Image.fromarray(render(scene, side, side))


def _reference(asked: Asked, plan: Plan) -> Image.Image:
    networks = _painter().networks
    picture = reference.paint(
        networks.vqgan,
        networks.clip,
        asked.text,
        side=plan.side,
        steps=plan.steps,
        n=plan.cutouts,
        seed=plan.seed_of(asked),
    )
    return Image.fromarray((picture * 255).round().byte().permute(1, 2, 0).numpy())


def _refined(start: str) -> Way:
    return lambda asked, plan: _painted(asked, plan.settings(start, asked))


def _alone(start: str) -> Way:
    return lambda asked, plan: _painted(asked, replace(plan.settings(start, asked), steps=0))


def _within(start: Any, number: int) -> Way:
    def paint(asked: Asked, plan: Plan) -> Image.Image:
        seed, steps = plan.seed_of(asked), plan.budgets[number]
        return _painted(asked, Settings(start=start, seed=seed, steps=steps, threads=1))

    return paint


def _painted(asked: Asked, settings: Settings) -> Image.Image:
    return _painter().paint(asked.text, settings).image


WITHIN = {
    f"{start}-{seconds}s": _within(start, number)
    for start in STARTS
    for number, seconds in enumerate(BUDGETS)
}
SAME_AS = {
    f"default{budget}": f"{Settings().start}{budget}"
    for budget in ("", *(f"-{seconds}s" for seconds in BUDGETS))
}
"""`mused paint` with its default settings is one of the starts."""
OWN: Mapping[str, Way] = {
    **{start: _refined(start) for start in STARTS},
    **{f"{start}-alone": _alone(start) for start in STARTS},
    **WITHIN,
}
ARMS: Mapping[str, Way] = {
    "scenes": _scenes,
    **{name: OWN[start] for name, start in SAME_AS.items()},
    **OWN,
    "reference": _reference,
}
UNUSUAL = ("pixels", "gradient") if DRAFTER.exists() else ("pixels", "gradient", "draft")
"""Starts that are noise by another name, or need what is not there."""
BUDGETED = frozenset(arm for arm in ARMS if SAME_AS.get(arm, arm) in WITHIN)
USUAL = tuple(arm for arm in ARMS if arm not in BUDGETED and not arm.startswith(UNUSUAL))
"""Those that are made unless others are named."""


@lru_cache(maxsize=1)
def _painter() -> Painter:
    """The shipped painter, loaded once a process."""
    return Painter.load(Settings())


def path_of(folder: Path, arm: str, asked: Asked) -> Path:
    """Where a picture is kept."""
    return folder / SAME_AS.get(arm, arm) / f"{asked.number:03}.png"


def missing(folder: Path, arms: Sequence[str], asked: Sequence[Asked]) -> list[tuple[str, Asked]]:
    """The pictures that are still to be made, none of them twice."""
    once = dict.fromkeys(SAME_AS.get(arm, arm) for arm in arms)
    return [
        (arm, each) for arm in once for each in asked if not path_of(folder, arm, each).exists()
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
    """Note in the folder what its pictures are made with. Raises ValueError: see make.

    Budgets may come later: no picture was made with them before.
    """
    note, used = folder / NOTE, _made_with(plan)
    folder.mkdir(parents=True, exist_ok=True)
    if note.exists():
        noted = json.loads(note.read_text())
        before = noted | {"plan": noted["plan"] | {"budgets": budgets_of(folder) or plan.budgets}}
        before = json.loads(json.dumps(before))
        other = [name for name in used if before.get(name) != used[name]]
        if other:
            raise ValueError(
                f"{folder} holds pictures made in another way ({note} tells other "
                f"{', '.join(other)}, or none): give another folder, or remove it"
            )
    note.write_text(json.dumps(used, indent=1))


def _made_with(plan: Plan) -> dict[str, Any]:
    """All that the pictures depend on, but for the painter's loop itself, as JSON values."""
    networks = _painter().networks
    usual = [Settings(start=start) for start in get_args(FreshStart)]
    used = {
        "plan": asdict(plan),
        "defaults": Settings().plain(),
        # What the settings leave to the start, as numbers.
        "by start": {each.start: [each.rate, each.hold] for each in usual},
        "scenes": _scene_painter(),
        "vqgan": networks.vqgan_weights.sha256,
        "clip": networks.clip_weights.sha256,
        "drafter": sha256(DRAFTER) if DRAFTER.exists() else "",
    }
    plain: dict[str, Any] = json.loads(json.dumps(used))
    return plain


def _scene_painter() -> str:
    """The SHA-256 of the scene painter's source: it draws sketches, and reads what is asked for."""
    whole = hashlib.sha256()
    for path in sorted(Path(scenes.__path__[0]).glob("*.py")):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def budgets_of(folder: Path) -> tuple[int, ...]:
    """The steps that were measured when the folder was begun; none where there are none."""
    note = folder / NOTE
    plan = json.loads(note.read_text())["plan"] if note.exists() else {}
    return tuple(plan.get("budgets", ()))


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
