"""The variational auto-encoder of Kingma and Welling, "Auto-Encoding Variational Bayes" (2013).

An encoder gives every picture a normal distribution over a latent vector, a decoder paints from
a sample of it, and both climb the evidence lower bound (ELBO). The decoder's variance is the one
that makes the bound highest (Rybkin et al., "Simple and Effective VAE Training with Calibrated
Decoders", 2021), so that there is no weight to balance the two terms by hand.
"""

import itertools
import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mused.art.archives import read_safetensors
from mused.art.errors import WeightsError
from mused.art.fitting import fitted
from mused.art.weights import save_network
from mused.training.painter.learner import Learner, precision
from mused.training.painter.pictures import pictures, sheet, to_pixels


@dataclass(frozen=True)
class VAEConfig:
    """The shape of a VAE."""

    side: int = 64
    """Pixels along the square pictures, a power of two from 8 to 1024."""
    width: int = 32
    """Channels at half of that size, a multiple of 8; twice as many at each further half, up to
    eight times as many."""
    latent: int = 128
    """Numbers a picture becomes."""

    def __post_init__(self) -> None:
        if self.side not in {2**i for i in range(3, 11)} or self.width % 8 or self.width < 1:
            raise ValueError(f"no VAE is {self.side} pixels and {self.width} channels wide")

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of the feature maps, from half the pictures' size down to 4 x 4."""
        return tuple(self.width * 2 ** min(i, 3) for i in range(int(math.log2(self.side)) - 2))


class VAE(nn.Module):
    """Encoder and decoder. Pictures are float [B, 3, side, side] in [-1, 1]."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (3, *config.channels)
        down: list[nn.Module] = []
        up: list[nn.Module] = []
        for fine, coarse in itertools.pairwise(sizes):
            down += [nn.Conv2d(fine, coarse, 4, 2, 1), nn.GroupNorm(8, coarse), nn.SiLU()]
            last = fine == sizes[0]
            ending = [] if last else [nn.GroupNorm(8, fine), nn.SiLU()]
            up[:0] = [nn.ConvTranspose2d(coarse, fine, 4, 2, 1), *ending]
        whole = sizes[-1] * 4 * 4
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(whole, 2 * config.latent))
        self.decoder = nn.Sequential(
            nn.Linear(config.latent, whole), nn.Unflatten(1, (sizes[-1], 4, 4)), nn.SiLU(), *up
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and logarithm of the variance of q(z|x), each [B, latent]."""
        mean, log_variance = self.encoder(x).chunk(2, 1)
        return mean, log_variance.clamp(-20, 10)

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean of p(x|z), [B, 3, side, side]."""
        y: Tensor = self.decoder(z)
        return y


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of q(z|x) from the standard normal, nats a picture: [B]."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def negative_elbo(x: Tensor, y: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Minus the evidence lower bound with the best variance of p(x|z), nats a picture."""
    pixels = x[0].numel()
    error = (x - y).square().mean()
    reconstruction = 0.5 * pixels * (torch.log(2 * math.pi * error) + 1)
    return reconstruction + divergence(mean, log_variance).mean()


def save_vae(model: VAE, path: Path) -> None:
    """Write a VAE and its configuration as safetensors."""
    save_network(model.state_dict(), model.config, "vae", path, torch.float16)


def load_vae(path: Path) -> VAE:
    """Load a VAE of ours, frozen and in float32. Raises WeightsError."""
    tensors, metadata = read_safetensors(path)
    if metadata.get("mused") != "vae":
        raise WeightsError(f"{path} holds no VAE: one is made by `mused train vae`")
    try:
        config = VAEConfig(**json.loads(metadata["config"]))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path} is damaged: {error}") from error
    state = {k: v.float() for k, v in tensors.items()}
    return fitted(lambda: VAE(config), lambda vae: vae, state, path, "VAE")


@dataclass(frozen=True)
class VAETraining:
    """How the VAE is trained; a resumed run must have the same."""

    steps: int = 8000
    seed: int = 0
    batch: int = 32
    learning_rate: float = 1e-3
    data: str = ""
    """A folder of pictures; empty: drawn scenes."""
    shape: VAEConfig = VAEConfig()


class VAETask:
    """The VAE and how it learns."""

    def __init__(self, settings: VAETraining) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.draw = pictures(settings.data)
        self.model = VAE(settings.shape)
        self.learner = Learner(self.model, settings.steps, settings.learning_rate)

    def step(self, number: int) -> Mapping[str, float]:
        """One batch."""
        s, where = self.settings, self.learner.device
        x = self.draw(random.Random(f"{s.seed}:{number}"), s.batch, s.shape.side).to(where)
        generator = torch.Generator().manual_seed(s.seed + number)
        with precision(where):
            mean, log_variance = self.model.encode(x)
            noise = torch.randn(mean.shape, generator=generator).to(where)
            y = self.model.decode(mean + noise * (log_variance / 2).exp())
        loss = negative_elbo(x, y.float(), mean.float(), log_variance.float())
        self.learner.descend(loss, number)
        error = (x - y.float()).square().mean().item()
        return {
            "nats": loss.item(),
            "kl": divergence(mean.float(), log_variance.float()).mean().item(),
            "psnr": -10 * math.log10(error / 4 + 1e-9),
        }

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return self.learner.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.learner.load_state_dict(state)

    @torch.no_grad()
    def export(self, folder: Path) -> None:
        """Write vae.safetensors and vae.png: pictures, their reconstructions, and samples."""
        model = VAE(self.settings.shape)
        model.load_state_dict(self.learner.average.state)
        save_vae(model, folder / "vae.safetensors")
        x = self.draw(random.Random("shown"), 8, self.settings.shape.side)
        y = model.decode(model.encode(x)[0])
        rows = [x, y, sample(model, 8, seed=0)]
        sheet([[to_pixels(p) for p in row] for row in rows]).save(folder / "vae.png")


@torch.no_grad()
def sample(model: VAE, count: int, seed: int) -> Tensor:
    """Pictures of latents drawn from the standard normal, [count, 3, side, side]."""
    generator = torch.Generator().manual_seed(seed)
    return model.decode(torch.randn(count, model.config.latent, generator=generator))
