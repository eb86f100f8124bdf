"""Painting with VQGAN-CLIP, usable as a library: `from mused.art import paint`.

Importing this package does not import torch; `Painter`, `paint` and `paint_many` do, when
first asked for.
"""

import os
from typing import TYPE_CHECKING

from mused.art.picture import Picture, Recipe
from mused.art.progress import Progress, Watch
from mused.art.settings import Settings

# Threads that spin while they wait make painting many times slower on a machine that does
# anything else besides. Read when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# What CUDA's matrix products need to be deterministic; read when the GPU is first used.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

if TYPE_CHECKING:
    from mused.art.painter import Painter, paint, paint_many

__all__ = ["Painter", "Picture", "Progress", "Recipe", "Settings", "Watch", "paint", "paint_many"]


def __getattr__(name: str) -> object:
    if name in ("Painter", "paint", "paint_many"):
        from mused.art import painter

        return getattr(painter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
