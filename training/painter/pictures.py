"""Training pictures: crops of scenes drawn when they are needed, or of the pictures of a folder."""

import logging
import random
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mused.art.errors import PictureError
from mused.art.reading import load_start
from mused.art.scenes.compose import random_scene
from mused.art.scenes.raster import Pixels
from mused.art.scenes.render import render
from mused.training.painter.errors import PainterTrainingError

log = logging.getLogger(__name__)

Draw = Callable[[random.Random, int, int], Tensor]
"""Makes `count` pictures of `side` pixels: float [count, 3, side, side] in [-1, 1]."""

LARGEST = 256
"""Pixels along the squares that pictures of a folder are kept at."""

KEPT = 1024
"""How many of them stay in memory, 192 KiB each."""


def to_tensor(pixels: list[Pixels]) -> Tensor:
    """Pictures of one size as float [B, 3, H, W] in [-1, 1]."""
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def square(path: Path, side: int) -> Tensor:
    """The middle of a picture, [1, 3, side, side] in [-1, 1]. Raises PictureError."""
    return to_tensor([np.asarray(load_start(path, side, side))])


def to_pixels(x: Tensor) -> Pixels:
    """One picture [3, H, W] in [-1, 1] as uint8 [H, W, 3]."""
    array = ((x.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0)
    return np.ascontiguousarray(array.cpu().numpy())


def crops(rng: random.Random, count: int, side: int, per_scene: int = 3) -> Tensor:
    """Crops of `side` pixels from scenes drawn at one to four times that size."""
    found: list[Pixels] = []
    while len(found) < count:
        full = min(256, round(side * rng.choice((1.0, 1.5, 2.0, 3.0, 4.0))))
        pixels = render(random_scene(rng), full, full)
        for _ in range(1 if full == side else min(per_scene, count - len(found))):
            top, left = rng.randint(0, full - side), rng.randint(0, full - side)
            found.append(pixels[top : top + side, left : left + side])
    return to_tensor(found)


class Folder:
    """The pictures below a folder, whatever Pillow reads; those that cannot be read are left out.

    Raises PainterTrainingError where there is none.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise PainterTrainingError(f"There is no folder {path} with pictures to learn from")
        kinds = Image.registered_extensions()
        self.path = path
        self.files = sorted(f for f in path.rglob("*") if f.suffix.lower() in kinds)
        if not self.files:
            raise PainterTrainingError(f"{path} holds no pictures")
        self._bad: set[Path] = set()
        self.read = lru_cache(KEPT)(self._square)
        """A file's picture, a square of LARGEST pixels; None where it cannot be read."""

    def _square(self, file: Path) -> Pixels | None:
        try:
            return np.asarray(load_start(file, LARGEST, LARGEST))
        except PictureError as error:
            if file not in self._bad:
                log.warning("%s", error)
            self._bad.add(file)
            return None

    def pick(self, rng: random.Random) -> tuple[Path, Pixels]:
        """A file and its picture, a square of LARGEST pixels.

        What cannot be read is drawn in vain, not struck off: a resumed run has not met it yet.
        """
        while not self._bad.issuperset(self.files):
            file = rng.choice(self.files)
            if (whole := self.read(file)) is not None:
                return file, whole
        raise PainterTrainingError(f"{self.path} holds no picture that can be read")

    def crops(self, rng: random.Random, count: int, side: int) -> Tensor:
        """Squares from the middle of pictures, whole or cropped; a `Draw`."""
        found: list[Pixels] = []
        while len(found) < count:
            _, whole = self.pick(rng)
            full = rng.randint(min(side, LARGEST), LARGEST)
            top, left = rng.randint(0, LARGEST - full), rng.randint(0, LARGEST - full)
            part = Image.fromarray(whole[top : top + full, left : left + full])
            if rng.random() < 0.5:
                part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            found.append(np.asarray(part.resize((side, side), Image.Resampling.LANCZOS)))
        return to_tensor(found)


def pictures(folder: str) -> Draw:
    """What to learn from: a folder's pictures, or drawn scenes where it is empty."""
    return Folder(Path(folder)).crops if folder else crops


def sheet(rows: list[list[Pixels]]) -> Image.Image:
    """Rows of equally large pictures in one."""
    return Image.fromarray(np.vstack([np.hstack(row) for row in rows]))
