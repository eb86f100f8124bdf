"""Training pictures: whole scenes and crops of larger ones, drawn when they are needed."""

import random

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mused.art.scenes.compose import random_scene
from mused.art.scenes.render import Pixels, render


def to_tensor(pixels: list[Pixels]) -> Tensor:
    """Pictures of one size as float [B, 3, H, W] in [-1, 1]."""
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


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


def sheet(rows: list[list[Pixels]]) -> Image.Image:
    """Rows of equally large pictures in one."""
    return Image.fromarray(np.vstack([np.hstack(row) for row in rows]))
