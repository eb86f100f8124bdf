"""Training the small VQGAN on scenes: reconstruction, edges and codes.

The codebook starts from k-means over the latents of a short plain auto-encoder, and codes that
nothing chose for a while move to where latents are (Zeghidour et al., SoundStream, 2021, 3.3).
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mused.art.vqgan import VQGAN, VQGANConfig
from mused.art.weights import save_vqgan
from mused.training.painter.average import Average
from mused.training.painter.pictures import crops, sheet, to_pixels

SHAPE = VQGANConfig(
    ch=64,
    ch_mult=(1,),
    num_res_blocks=1,
    attn_resolutions=(),
    resolution=64,
    z_channels=32,
    embed_dim=32,
    n_embed=1024,
    patch=4,
)
"""The shipped network: f4, so that small things survive the codes."""

SIDES = ((64, 16),) * 4 + ((128, 4),) + ((64, 16),) * 4 + ((128, 4), (256, 1))
"""Sides and batch sizes in turn: attention has to learn every size it will be used at."""


@dataclass(frozen=True)
class VQGANTraining:
    """How the VQGAN is trained; a resumed run must have the same."""

    steps: int = 7000
    seed: int = 0
    learning_rate: float = 1.5e-3
    warm_up: int = 300
    """Steps as a plain auto-encoder, before there is a codebook."""
    revive_every: int = 50
    """Steps after which codes that were never chosen move."""
    sides: tuple[tuple[int, int], ...] = SIDES
    shape: VQGANConfig = SHAPE


def kmeans(points: Tensor, count: int, rounds: int, generator: torch.Generator) -> Tensor:
    """Lloyd's centres of points [N, C]: [count, C]."""
    centres = points[torch.randperm(len(points), generator=generator)[:count]].clone()
    for _ in range(rounds):
        nearest = (centres.square().sum(1) - 2 * points @ centres.T).argmin(1)
        sums = torch.zeros_like(centres).index_add_(0, nearest, points)
        sizes = torch.bincount(nearest, minlength=count)
        used = sizes > 0
        centres[used] = sums[used] / sizes[used, None]
    return centres


def edges(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the right and lower neighbour."""
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def reconstruction_loss(y: Tensor, x: Tensor) -> Tensor:
    """L1 of pixels, of edges and of the picture seen from afar."""
    loss = (y - x).abs().mean()
    for dy, dx in zip(edges(y), edges(x), strict=True):
        loss = loss + 0.8 * (dy - dx).abs().mean()
    far = functional.avg_pool2d(y - x, 4).abs().mean()
    return loss + 0.5 * far


class VQGANTask:
    """The VQGAN, its optimiser and its average."""

    def __init__(self, settings: VQGANTraining) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.model = VQGAN(settings.shape)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), settings.learning_rate, betas=(0.9, 0.98), weight_decay=1e-4
        )
        self.average = Average(self.model)
        self.chosen = torch.zeros(settings.shape.n_embed, dtype=torch.long)

    def _rate(self, number: int) -> float:
        """Linear over the first hundred steps, then a cosine to a fiftieth."""
        s = self.settings
        cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, number / s.steps))
        return s.learning_rate * min(1.0, (number + 1) / 100) * (0.02 + 0.98 * cosine)

    def step(self, number: int) -> Mapping[str, float]:
        """One batch of one size."""
        s = self.settings
        if number == s.warm_up:
            self._start_codebook()
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(number)
        side, count = s.sides[number % len(s.sides)]
        x = crops(random.Random(f"{s.seed}:{number}"), count, side)
        z = self.model.encode(x)
        if number < s.warm_up:
            y, code_loss = self.model.decode(z), z.square().mean() * 1e-3
        else:
            z_q, indices = self.model.quantize(z)
            codes = self.model.quantize.lookup(indices)
            code_loss = (codes - z.detach()).square().mean() + 0.25 * (
                codes.detach() - z
            ).square().mean()
            y = self.model.decode(z_q)
            self.chosen += torch.bincount(indices.flatten(), minlength=len(self.chosen))
        loss = reconstruction_loss(y, x) + code_loss
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub lacks it
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        used = int((self.chosen > 0).sum())
        if number > s.warm_up and number % s.revive_every == 0 and number < 0.9 * s.steps:
            self._revive(z.detach(), number)
        self.average.follow(self.model, number)
        error = functional.mse_loss(y.detach().clamp(-1, 1), x).item()
        return {"loss": loss.item(), "psnr": -10 * math.log10(error / 4 + 1e-9), "codes": used}

    @torch.no_grad()
    def _start_codebook(self) -> None:
        """Replace the random codes by the centres of real latents."""
        s = self.settings
        rng = random.Random(f"{s.seed}:kmeans")
        side, count = s.sides[0]
        latents = [self.model.encode(crops(rng, count, side)) for _ in range(8)]
        points = torch.cat([z.permute(0, 2, 3, 1).flatten(0, 2) for z in latents])
        generator = torch.Generator().manual_seed(s.seed)
        centres = kmeans(points, s.shape.n_embed, 8, generator)
        self.model.codebook.copy_(centres)
        self.average.state["quantize.embedding.weight"].copy_(centres)

    @torch.no_grad()
    def _revive(self, z: Tensor, number: int) -> None:
        """Move codes nobody chose to random latents of the batch."""
        dead = (self.chosen == 0).nonzero().flatten()
        points = z.permute(0, 2, 3, 1).flatten(0, 2)
        generator = torch.Generator().manual_seed(self.settings.seed + number)
        places = torch.randint(len(points), (len(dead),), generator=generator)
        self.model.codebook[dead] = points[places]
        self.average.state["quantize.embedding.weight"][dead] = points[places]
        self.chosen.zero_()

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state,
            "chosen": self.chosen,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.state = dict(state["average"])
        self.chosen = state["chosen"]

    @torch.no_grad()
    def export(self, folder: Path) -> None:
        """Write vqgan.safetensors and vqgan.png: pictures above their reconstructions."""
        model = VQGAN(self.settings.shape)
        model.load_state_dict(self.average.state)
        save_vqgan(model.eval(), folder / "vqgan.safetensors")
        rows = []
        for name in ("a", "b"):
            x = crops(random.Random(f"shown {name}"), 8, 128, per_scene=1)
            z_q, _ = model.quantize(model.encode(x))
            rows += [[to_pixels(p) for p in x], [to_pixels(p) for p in model.decode(z_q)]]
        sheet(rows).save(folder / "vqgan.png")
