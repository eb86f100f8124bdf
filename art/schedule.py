"""What holds at each step of a painting: chapter, size, learning rate, anchor."""

from collections.abc import Sequence
from dataclasses import dataclass

from mused.art.settings import Settings

LAST_PART = 0.75
LAST_RATE = 0.1
"""After this part of a chapter's steps the learning rate drops to this factor: details settle."""
STAIRS = 5
"""In how many stairs a fading anchor falls to nothing."""
FLAT = 0.002
"""A loss that falls by less than this part of itself from one span to the next is flat."""


@dataclass(frozen=True)
class Moment:
    """What holds during one step."""

    chapter: int
    small: bool
    """Whether the picture is painted at half its size."""
    learning_rate: float
    stair: int
    """How many of its stairs the anchor has come down."""
    anchor: float
    crossing: float
    """The part of the way to a later chapter's sketch, if it has one, that the latent goes in
    this step: it is there after the first half of the chapter, then CLIP goes on alone."""


def moment(settings: Settings, chapters: int, step: int) -> Moment:
    """Return what holds at a step, counted from 0, of a story with so many chapters."""
    chapter = min(step * chapters // max(settings.steps, 1), chapters - 1)
    begin = chapter_begin(settings, chapters, chapter)
    length = chapter_begin(settings, chapters, chapter + 1) - begin
    share = (step - begin) / max(length, 1)
    late = share >= LAST_PART
    fade = settings.anchor_fade
    stair = min(STAIRS, int(STAIRS * share / fade)) if fade else 0
    return Moment(
        chapter,
        step < settings.progressive * settings.steps,
        settings.rate * (LAST_RATE if late else 1),
        stair,
        settings.hold * (1 - stair / STAIRS),
        1 / left if chapter and (left := (length + 1) // 2 - (step - begin)) > 0 else 0.0,
    )


def chapter_begin(settings: Settings, chapters: int, chapter: int) -> int:
    """Return the first step of a chapter; the steps are shared out evenly."""
    return -(-chapter * settings.steps // chapters)


def is_flat(losses: Sequence[float], patience: int) -> bool:
    """Say whether the last `patience` losses are hardly lower than as many before them."""
    if not patience or len(losses) < 2 * patience:
        return False
    before = sum(losses[-2 * patience : -patience]) / patience
    now = sum(losses[-patience:]) / patience
    return now > before - FLAT * abs(before)
