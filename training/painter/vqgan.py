"""The VQGAN of Esser, Rombach and Ommer, "Taming Transformers" (2021): a VQ-VAE that is judged.

Beside the reconstruction two networks look at it: a CLIP, whose features of picture and
reconstruction should agree (in place of the paper's LPIPS, which knows photographs), and a patch
discriminator that learns to tell one from the other (Isola et al., 2017) once the rest can paint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.weights import load_clip
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.vqvae import VQVAETask, VQVAETraining

ADVERSARY = 0.8
"""Factor on the adaptive weight, as in the published code."""


@dataclass(frozen=True)
class VQGANTraining(VQVAETraining):
    """How the VQGAN is trained; a resumed run must have the same."""

    clip: str = ""
    """Weights of a CLIP with a ResNet whose features are compared; empty: none."""
    perceptual: float = 0.2
    """How much they count."""
    adversary_from: float = 1.0
    """The part of the steps after which the discriminator joins in; 1: never."""


class Discriminator(nn.Sequential):
    """Says of every patch of 34 pixels whether it is real: [B, 1, h, w]."""

    def __init__(self, width: int = 32) -> None:
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for fine, coarse, stride in ((width, 2 * width, 2), (2 * width, 4 * width, 1)):
            layers += [
                nn.Conv2d(fine, coarse, 4, stride, 1, bias=False),
                nn.GroupNorm(8, coarse),
                nn.LeakyReLU(0.2),
            ]
        super().__init__(*layers, nn.Conv2d(4 * width, 1, 4, 1, 1))


def features(clip: Clip, x: Tensor) -> list[Tensor]:
    """Unit feature vectors of pictures x, [B, 3, H, W] in [-1, 1], after two stages of a ResNet."""
    visual = clip.model.visual
    h = ((x + 1) / 2 - clip.mean) / clip.std
    for number in (1, 2, 3):
        conv, norm = getattr(visual, f"conv{number}"), getattr(visual, f"bn{number}")
        h = getattr(visual, f"relu{number}")(norm(conv(h)))
    first = visual.layer1(visual.avgpool(h))
    return [functional.normalize(f, dim=1) for f in (first, visual.layer2(first))]


def perceptual_loss(clip: Clip, y: Tensor, x: Tensor) -> Tensor:
    """Mean squared distance of the features of y and x (Zhang et al., 2018, without weights)."""
    pairs = zip(features(clip, y), features(clip, x), strict=True)
    return torch.stack([(a - b).square().sum(1).mean() for a, b in pairs]).sum()


def adaptive_weight(rest: Tensor, adversarial: Tensor, last: Tensor) -> Tensor:
    """Lambda of equation 7: how much larger one loss's gradient is at the decoder's last layer."""
    (one,) = torch.autograd.grad(rest, last, retain_graph=True)
    (other,) = torch.autograd.grad(adversarial, last, retain_graph=True)
    weight: Tensor = one.norm() / (other.norm() + 1e-4)
    return weight.clamp(0, 1e4)


class VQGANTask(VQVAETask):
    """The VQ-VAE with those who judge it."""

    name = "vqgan"

    def __init__(self, settings: VQGANTraining) -> None:
        super().__init__(settings)
        where = self.learner.device
        self.clip = load_clip(Path(settings.clip)).to(where) if settings.clip else None
        if self.clip is not None and self.clip.config.vision_patch_size is not None:
            raise PainterTrainingError(f"{settings.clip} is no ResNet: its features have no places")
        self.discriminator = Discriminator().to(where)
        self.critics = torch.optim.AdamW(
            self.discriminator.parameters(), settings.learning_rate / 2, betas=(0.5, 0.9)
        )

    def judged(self, x: Tensor, y: Tensor, number: int) -> tuple[Tensor, Mapping[str, float]]:
        """What CLIP and the discriminator say of reconstructions y of pictures x."""
        s, figures = self.settings, {}
        loss = y.new_zeros(())
        if self.clip is not None:
            likeness = perceptual_loss(self.clip, y, x)
            loss = s.perceptual * likeness
            figures["perceptual"] = likeness.item()
        if number < max(s.adversary_from * s.steps, s.warm_up + 1) or s.adversary_from >= 1:
            return loss, figures
        figures["critic"] = self._teach(x, y.detach())
        self.discriminator.requires_grad_(requires_grad=False)
        adversarial = -self.discriminator(y).mean()
        self.discriminator.requires_grad_(requires_grad=True)
        last = self.model.decoder.conv_out.weight
        rest = (y - x).abs().mean() + loss
        figures["weight"] = float(weight := adaptive_weight(rest, adversarial, last))
        return loss + ADVERSARY * weight * adversarial, figures

    def _teach(self, x: Tensor, y: Tensor) -> float:
        """One step of the discriminator's hinge loss (Lim and Ye, 2017)."""
        real, painted = self.discriminator(x), self.discriminator(y)
        loss = 0.5 * (functional.relu(1 - real).mean() + functional.relu(1 + painted).mean())
        self.critics.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.critics.step()
        return loss.item()

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        critic = {"net": self.discriminator.state_dict(), "optimizer": self.critics.state_dict()}
        return {**super().state_dict(), "critic": critic}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        super().load_state_dict(state)
        self.discriminator.load_state_dict(state["critic"]["net"])
        self.critics.load_state_dict(state["critic"]["optimizer"])
