"""Training the network that enlarges drafts: drawn scenes as a VQGAN shows them small, and large.

Some codes are replaced by any others, as a drafter errs.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mused.art.drafter import Drafter, load_drafter, save_drafter, speaks_for
from mused.art.enlarger import FACTOR, Enlarger, EnlargerConfig
from mused.art.scenes.compose import random_scene
from mused.art.scenes.render import render
from mused.art.weights import load_vqgan
from mused.training.painter.captioned import plainly
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.learner import Learner, precision
from mused.training.painter.pictures import pictures, sheet, to_pixels, to_tensor
from mused.training.painter.vqvae import reconstruction_loss


@dataclass(frozen=True)
class EnlargerTraining:
    """How an enlarger is trained; a resumed run must have the same."""

    vqgan: str
    """Weights of the VQGAN that the drafter speaks for."""
    steps: int = 4_000
    seed: int = 0
    batch: int = 6
    """Pictures; two crops of half the side are taken of each."""
    learning_rate: float = 1.5e-3
    plain: float = 0.7
    """The share of scenes that show one large object in good light."""
    wrong: float = 0.06
    """At most so many codes of a picture are wrong."""
    width: int = 48
    blocks: int = 10
    data: str = ""
    """A folder of pictures; empty: drawn scenes."""


def _digest(drafter: Drafter) -> str:
    """What tells drafters apart; their files differ each time they are written."""
    whole = hashlib.sha256()
    for name, tensor in sorted(drafter.state_dict().items()):
        whole.update(name.encode() + tensor.numpy().tobytes())
    return whole.hexdigest()


class EnlargerTask:
    """The enlarger of a drafter's drafts, and how it learns; the drafter itself stays as it is."""

    def __init__(self, settings: EnlargerTraining, drafter: Path) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.drafter = load_drafter(drafter)
        self.of = {"path": str(drafter), "weights": _digest(self.drafter)}
        self.done = 0
        self.vqgan = load_vqgan(Path(settings.vqgan)).eval()
        if not speaks_for(self.drafter, self.vqgan):
            raise PainterTrainingError(
                f"{drafter} drafts in the codes of another VQGAN than {settings.vqgan}"
            )
        self.draw = pictures(settings.data)
        self.side = self.drafter.config.side * self.vqgan.config.factor
        self.config = EnlargerConfig(settings.width, settings.blocks)
        self.model = Enlarger(self.config)
        self.learner = Learner(self.model, settings.steps, settings.learning_rate)
        self.vqgan.to(self.learner.device)

    def step(self, number: int) -> Mapping[str, float]:
        """One batch of crops."""
        rng = random.Random(f"{self.settings.seed}:{number}")
        large = self._pictures(rng, self.settings.batch)
        x, y = self._crops(rng, self._drafted(rng, large), large.to(self.learner.device))
        with precision(self.learner.device, on_processors=True):
            enlarged = self.model(x)
        loss = reconstruction_loss(enlarged.float(), y)
        self.learner.descend(loss, number)
        self.done = number + 1
        return {"loss": loss.item()}

    def _pictures(self, rng: random.Random, count: int) -> Tensor:
        s, side = self.settings, self.side * FACTOR
        if s.data:
            return self.draw(rng, count, side)
        scenes = [random_scene(rng) for _ in range(count)]
        scenes = [plainly(scene, rng) if rng.random() < s.plain else scene for scene in scenes]
        return to_tensor([render(scene, side, side) for scene in scenes])

    @torch.no_grad()
    def _drafted(self, rng: random.Random, large: Tensor) -> Tensor:
        """The pictures as a drafter could have drafted them, small."""
        small = functional.interpolate(large, (self.side, self.side), mode="area")
        _, codes = self.vqgan.quantize(self.vqgan.encode(small.to(self.learner.device)))
        generator = torch.Generator().manual_seed(rng.getrandbits(62))
        others = torch.randint(self.vqgan.config.n_embed, codes.shape, generator=generator)
        wrong = torch.rand(codes.shape, generator=generator) < rng.uniform(0, self.settings.wrong)
        codes = torch.where(wrong.to(codes.device), others.to(codes.device), codes)
        return self.vqgan.decode(self.vqgan.quantize.lookup(codes)).clamp(-1, 1)

    def _crops(self, rng: random.Random, small: Tensor, large: Tensor) -> tuple[Tensor, Tensor]:
        side = self.side // 2
        crops = []
        for row in (*range(len(small)), *range(len(small))):
            top, left = rng.randint(0, self.side - side), rng.randint(0, self.side - side)
            crops.append((row, top, left))
        x = [small[row, :, t : t + side, a : a + side] for row, t, a in crops]
        grown = [(row, t * FACTOR, a * FACTOR) for row, t, a in crops]
        side *= FACTOR
        y = [large[row, :, t : t + side, a : a + side] for row, t, a in grown]
        return torch.stack(x), torch.stack(y)

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on, and whose drafts it is for."""
        return {**self.learner.state_dict(), "drafter": self.of, "done": self.done}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state. Raises PainterTrainingError where it is for another drafter's drafts.

        What has finished may be: it enlarges the drafts of any drafter of its VQGAN.
        """
        # Checkpoints of before say neither.
        began, done = state.get("drafter", self.of), state.get("done", self.settings.steps)
        if done < self.settings.steps and began["weights"] != self.of["weights"]:
            changed = began["path"] == self.of["path"]
            which = "has changed since" if changed else f"is not {began['path']}, with which"
            finish = "" if changed else f", or finish with --drafter {began['path']}"
            raise PainterTrainingError(
                f"{self.of['path']} {which} this unfinished run began: train for it with another "
                f"--folder{finish}"
            )
        self.learner.load_state_dict(state)
        self.done = done

    @torch.no_grad()
    def export(self, folder: Path) -> None:
        """Write drafter.safetensors, and drafter.png: drafts, those enlarged, the pictures."""
        whole = Drafter(replace(self.drafter.config, enlarger=self.config))
        kept = self.drafter.state_dict()
        kept = {k: v for k, v in kept.items() if not k.startswith("enlarger.")}
        learned = {k: v.cpu() for k, v in self.learner.average.state.items()}
        whole.load_state_dict({**kept, **{f"enlarger.{k}": v for k, v in learned.items()}})
        save_drafter(whole, folder / "drafter.safetensors")
        enlarger = Enlarger(self.config)
        enlarger.load_state_dict(learned)
        large = self._pictures(random.Random(self.settings.seed - 1), 6)
        small = self._drafted(random.Random(0), large).cpu()
        blurred = functional.interpolate(small, scale_factor=FACTOR, mode="bicubic")
        rows = (blurred, enlarger(small), large)
        sheet([[to_pixels(p) for p in row] for row in rows]).save(folder / "drafter.png")
