"""Painting with VQGAN-CLIP, usable as a library: `from mused.art import paint`.

Importing this package does not import torch; the names below do, when first asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mused.art.painter import Painter, Progress, Watch, paint

__all__ = ["Painter", "Progress", "Watch", "paint"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from mused.art import painter

        return getattr(painter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
