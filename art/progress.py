"""What a caller sees of a painting under way, and how it stops one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mused.art.picture import Picture


@dataclass(frozen=True)
class Progress:
    """How far a painting is."""

    step: int
    steps: int
    loss: float
    seconds_left: float | None
    """None until the first step was timed."""
    image: Image.Image | None
    """The frame before this step, where a preview was due."""
    picture: Callable[[], Picture]
    """Makes the same frame with the recipe of this step, at any time and from any thread."""


@dataclass(frozen=True)
class Watch:
    """What a caller wants to see of a painting, and how it stops one."""

    on_start: Callable[[int], None] = lambda step: None
    """Told once, before the first step, how many were done before an interruption."""
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_picture: Callable[[Picture], None] = lambda picture: None
    """Told the picture as soon as it is there, which may be before others of its batch are."""
    cancelled: Callable[[], bool] = lambda: False
    """Asked between the parts of every step."""
    leaving: Callable[[], bool] = lambda: False
    """Whether a cancelled painting is to be taken up again from its checkpoint."""
    preview_seconds: float | None = None
    """How often a Progress carries an image; None: never."""
    checkpoint: Path | None = None
    """Where the state is kept, and taken up again when it is of the same painting."""
    checkpoint_seconds: float = 2.0
    job: str | None = None
    """Written into the recipe."""
