"""Checkpoints of interrupted paintings: one that cannot be read only costs its steps."""

from pathlib import Path
from random import Random
from typing import Any

import torch

from benchmarks.fuzz.checkpoints import GoesOff, bomb, repacked, saved
from benchmarks.fuzz.mutate import damaged
from benchmarks.fuzz.networks import tiny_clip, tiny_vqgan
from benchmarks.fuzz.values import value
from mused.art.painter import Painter
from mused.art.picture import Weights
from mused.art.progress import Watch
from mused.art.settings import Settings

WORDS = "a red boat"
SETTINGS = Settings(
    width=32, height=32, steps=4, seed=1, start="noise", cutouts=2, average=0.9, anchor=0.5
)


class Resumes:
    """What a power cut, a full disk or another version of mused leaves of a checkpoint."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        nameless = Weights("x", "0" * 64)
        self.painter = Painter(tiny_vqgan(), tiny_clip(words=WORDS), nameless, nameless)
        kept = folder / "kept.ckpt"
        self.painter.paint(WORDS, SETTINGS, Watch(checkpoint=kept, checkpoint_seconds=0))
        self.whole = kept.read_bytes()
        self.content: dict[str, Any] = torch.load(kept, weights_only=True)
        kept.unlink()

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a checkpoint with something wrong."""
        kind = random.randrange(3)
        if kind == 0:
            return damaged(self.whole, random), ".ckpt"
        if kind == 1:
            return repacked(self.whole, random), ".ckpt"
        # The right identity, and something else where the state was.
        name = random.choice(["sha256", "state"])
        other = random.choice((bomb(random), value(random), GoesOff(print, "x")))
        return saved({**self.content, name: other}), ".ckpt"

    def attempt(self, path: Path) -> None:
        """Paint on from it."""
        picture = self.painter.paint(WORDS, SETTINGS, Watch(checkpoint=path))
        assert picture.recipe.steps_done >= SETTINGS.steps
