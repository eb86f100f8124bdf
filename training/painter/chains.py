"""Persistent chains of latents that climb towards captions: CLIP's own false positives."""

import random
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mused.art.clip import Clip
from mused.art.vqgan import VQGAN
from mused.training.painter.captioned import Batch, seen


class Chains:
    """Latents on their way up; some start as scenes, some as random codes."""

    def __init__(self, vqgan: VQGAN, count: int, side: int, seed: int, rate: float = 0.3) -> None:
        self.vqgan = vqgan
        self.rate = rate
        self.side = side
        cells = side // vqgan.config.factor
        generator = torch.Generator().manual_seed(seed)
        indices = torch.randint(vqgan.config.n_embed, (count, cells, cells), generator=generator)
        self.latents = self._lookup(indices).detach().clone()
        self.gain = 0.0

    def pictures(self, count: int) -> Tensor:
        """The first chains as pictures in [-1, 1]."""
        with torch.no_grad():
            z_q, _ = self.vqgan.quantize(self.latents[:count])
            return self.vqgan.decode(z_q).clamp(-1, 1)

    def advance(self, clip: Clip, batch: Batch, count: int, rng: random.Random) -> Tensor:
        """Move some chains up towards captions of the batch and return their pictures.

        Pictures [count, 3, side, side] in [-1, 1]. A twentieth starts over as random codes,
        some as the picture of another caption: what the loop begins with.
        """
        rows = torch.tensor(rng.sample(range(len(self.latents)), count))
        z = self.latents[rows].clone()
        generator = torch.Generator().manual_seed(rng.getrandbits(62))
        self._restart(z, batch, rng, generator)
        texts = [batch.captions[rng.randrange(len(batch.captions))].text for _ in range(count)]
        clip.eval()
        with torch.no_grad():
            goal = clip.encode_text(texts)
        size = self.vqgan.codebook.std()
        for i in range(rng.choice((1, 2, 3))):
            z = z.detach().requires_grad_()
            z_q, _ = self.vqgan.quantize(z)
            y = self.vqgan.decode(z_q)
            views = seen(y, self.side, generator, smallest=0.8)
            closeness = (clip.encode_image((views + 1) / 2) * goal).sum(1)
            (gradient,) = torch.autograd.grad(closeness.sum(), z)
            norm = gradient.square().mean((1, 2, 3), keepdim=True).sqrt() + 1e-12
            z = z + self.rate * size * gradient / norm
            if i == 0:
                before = closeness.mean().item()
            self.gain = closeness.mean().item() - before
        with torch.no_grad():
            self.latents[rows] = z
            z_q, _ = self.vqgan.quantize(z)
            return self.vqgan.decode(z_q).clamp(-1, 1)

    @torch.no_grad()
    def _restart(
        self, z: Tensor, batch: Batch, rng: random.Random, generator: torch.Generator
    ) -> None:
        """Begin some of the chains anew, in place."""
        for i in range(len(z)):
            chance = rng.random()
            if chance < 0.05:
                shape = z.shape[-2:]
                codes = torch.randint(self.vqgan.config.n_embed, (1, *shape), generator=generator)
                z[i] = self._lookup(codes)[0]
            elif chance < 0.2:
                picture = batch.images[rng.randrange(len(batch.images))]
                z[i] = self.vqgan.encode(picture[None].clamp(-1, 1))[0]

    def _lookup(self, indices: Tensor) -> Tensor:
        """The codes of indices drawn on the processor, where the network is."""
        codes: Tensor = self.vqgan.quantize.lookup(indices.to(self.vqgan.codebook.device))
        return codes

    def state_dict(self) -> dict[str, Any]:
        """The latents."""
        return {"latents": self.latents}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where the chains were."""
        self.latents = state["latents"].to(self.vqgan.codebook.device)
