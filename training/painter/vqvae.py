"""The VQ-VAE of van den Oord et al., "Neural Discrete Representation Learning" (2017).

The latent of every cell is replaced by the nearest code, whose gradient is copied straight
through. Codes follow the latents by a loss with stop-gradients (equation 3), or by moving
averages (appendix A.1). The codebook starts from k-means over the latents of a short plain
auto-encoder, and codes that nothing chose for a while move to where latents are (Zeghidour et
al., SoundStream, 2021, 3.3).
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
from mused.art.weights import load_vqgan, save_vqgan
from mused.training.painter.learner import Learner, precision
from mused.training.painter.pictures import pictures, sheet, to_pixels

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

COMMITMENT = 0.25
"""Beta of equation 3."""
DECAY = 0.99
"""Gamma of appendix A.1."""


@dataclass(frozen=True)
class VQVAETraining:
    """How a VQ-VAE is trained; a resumed run must have the same."""

    steps: int = 7000
    seed: int = 0
    learning_rate: float = 1.5e-3
    warm_up: int = 300
    """Steps as a plain auto-encoder, before there is a codebook."""
    revive_every: int = 50
    """Steps after which codes that were never chosen move."""
    ema: bool = False
    """Whether codes follow by moving averages instead of by a loss."""
    data: str = ""
    """A folder of pictures; empty: drawn scenes."""
    begin: str = ""
    """A VQGAN to go on from, whose codes stay as they are; empty: from nothing."""
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


class VQVAETask:
    """Encoder, codebook and decoder, and how they learn."""

    name = "vqvae"

    def __init__(self, settings: VQVAETraining) -> None:
        torch.manual_seed(settings.seed)
        self.settings: Any = settings
        self.draw = pictures(settings.data)
        self.model = self._beginning()
        self.learner = Learner(self.model, settings.steps, settings.learning_rate)
        where, codes = self.learner.device, self.model.config.n_embed
        self.chosen = torch.zeros(codes, dtype=torch.long, device=where)
        self.followers = torch.ones(codes, device=where)
        """With moving averages: how many latents each code stands for."""
        self.sums = self.model.codebook.detach().clone()

    def _beginning(self) -> VQGAN:
        if not self.settings.begin:
            return VQGAN(self.settings.shape)
        model = load_vqgan(Path(self.settings.begin)).requires_grad_()
        # What drafts in its codes, and was not asked, must be understood as before.
        model.codebook.requires_grad = False
        return model.train()

    def step(self, number: int) -> Mapping[str, float]:
        """One batch of one size."""
        s = self.settings
        if number == s.warm_up and not s.begin:
            self._start_codebook()
        side, count = s.sides[number % len(s.sides)]
        x = self.draw(random.Random(f"{s.seed}:{number}"), count, side).to(self.learner.device)
        with precision(self.learner.device):
            z = self.model.encode(x)
            if number < s.warm_up:
                y, code_loss = self.model.decode(z), z.square().mean() * 1e-3
            else:
                y, code_loss = self._coded(z)
        y = y.float()
        judged, figures = self.judged(x, y, number)
        loss = reconstruction_loss(y, x) + code_loss + judged
        self.learner.descend(loss, number)
        used = int((self.chosen > 0).sum())
        if number > s.warm_up and number % s.revive_every == 0 and number < 0.9 * s.steps:
            self._revive(z.detach().float(), number)
        error = functional.mse_loss(y.detach().clamp(-1, 1), x).item()
        psnr = -10 * math.log10(error / 4 + 1e-9)
        return {"loss": loss.item(), "psnr": psnr, "codes": used, **figures}

    def judged(self, x: Tensor, y: Tensor, number: int) -> tuple[Tensor, Mapping[str, float]]:
        """What others say of reconstructions y of pictures x: nobody is asked by a VQ-VAE."""
        return y.new_zeros(()), {}

    def _coded(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures of the nearest codes, and the loss that draws codes and latents together."""
        z_q, indices = self.model.quantize(z)
        self.chosen += torch.bincount(indices.flatten(), minlength=len(self.chosen))
        codes = self.model.quantize.lookup(indices)
        commitment = COMMITMENT * (codes.detach() - z).square().mean()
        if self.settings.ema:
            self._follow(z.detach().float(), indices)
            return self.model.decode(z_q), commitment
        return self.model.decode(z_q), (codes - z.detach()).square().mean() + commitment

    @torch.no_grad()
    def _follow(self, z: Tensor, indices: Tensor) -> None:
        """Move the codes to the moving averages of the latents that chose them."""
        points, chosen = z.permute(0, 2, 3, 1).flatten(0, 2), indices.flatten()
        counts = torch.bincount(chosen, minlength=len(self.followers)).float()
        sums = torch.zeros_like(self.sums).index_add_(0, chosen, points)
        self.followers.lerp_(counts, 1 - DECAY)
        self.sums.lerp_(sums, 1 - DECAY)
        rows = counts > 0  # of the others both fade alike
        self.model.codebook[rows] = self.sums[rows] / self.followers[rows, None]

    @torch.no_grad()
    def _start_codebook(self) -> None:
        """Replace the random codes by the centres of real latents."""
        s = self.settings
        rng = random.Random(f"{s.seed}:kmeans")
        side, count = s.sides[0]
        latents = [
            self.model.encode(self.draw(rng, count, side).to(self.learner.device)) for _ in range(8)
        ]
        points = torch.cat([z.permute(0, 2, 3, 1).flatten(0, 2) for z in latents]).cpu()
        generator = torch.Generator().manual_seed(s.seed)
        centres = kmeans(points, s.shape.n_embed, 8, generator)
        self._place(slice(None), centres.to(self.learner.device))

    @torch.no_grad()
    def _revive(self, z: Tensor, number: int) -> None:
        """Move codes nobody chose to random latents of the batch."""
        dead = (self.chosen == 0).nonzero().flatten()
        points = z.permute(0, 2, 3, 1).flatten(0, 2)
        generator = torch.Generator().manual_seed(self.settings.seed + number)
        places = torch.randint(len(points), (len(dead),), generator=generator)
        if self.model.codebook.requires_grad:
            self._place(dead, points[places.to(points.device)])
        self.chosen.zero_()

    @torch.no_grad()
    def _place(self, rows: Tensor | slice, codes: Tensor) -> None:
        self.model.codebook[rows] = codes
        self.learner.average.state["quantize.embedding.weight"][rows] = codes
        self.followers[rows] = 1.0
        self.sums[rows] = codes

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        codes = {"chosen": self.chosen, "followers": self.followers, "sums": self.sums}
        return {**self.learner.state_dict(), **codes}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.learner.load_state_dict(state)
        for name in ("chosen", "followers", "sums"):
            getattr(self, name).copy_(state[name])

    @torch.no_grad()
    def export(self, folder: Path) -> None:
        """Write the weights and a sheet: pictures above their reconstructions."""
        model = VQGAN(self.model.config)
        model.load_state_dict(self.learner.average.state)
        save_vqgan(model.eval(), folder / f"{self.name}.safetensors")
        side = max(side for side, _ in self.settings.sides if side <= 128)
        rows = []
        for name in ("a", "b"):
            x = self.draw(random.Random(f"shown {name}"), 8, side)
            z_q, _ = model.quantize(model.encode(x))
            rows += [[to_pixels(p) for p in x], [to_pixels(p) for p in model.decode(z_q)]]
        sheet(rows).save(folder / f"{self.name}.png")
