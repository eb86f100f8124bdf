"""The VQGAN-CLIP loop as nerdyrodent's VQGAN-CLIP made it common, to be compared with ours.

Written from the description of the algorithm (Crowson et al., 2022), for our network classes, so
that both loops paint with the same weights. It keeps what ours changed: cutouts are the whole
picture, pooled, then one augmentation after another from kornia; nothing is anchored, the
learning rate never falls and the last latent is the picture.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.starts import random_codes
from mused.art.vqgan import VQGAN

LEARNING_RATE = 0.1
NOISE = 0.1
"""The largest standard deviation of a cutout's noise."""


class ClampWithGrad(torch.autograd.Function):
    """Clamps to [0, 1]; beyond it, a gradient counts only where it leads back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Clamp."""
        ctx.save_for_backward(x)
        return torch.clamp(x, 0, 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """Pass on what leads back."""
        (x,) = ctx.saved_tensors
        (gradient,) = gradients
        back: Tensor = gradient * (gradient * (x - x.clamp(0, 1)) >= 0)
        return back


def clamped(x: Tensor) -> Tensor:
    """x clamped to [0, 1] by ClampWithGrad."""
    y: Tensor = ClampWithGrad.apply(x)  # type: ignore[no-untyped-call]  # torch's own stub
    return y


def quantise(z: Tensor, codebook: Tensor) -> Tensor:
    """The nearest code of every cell, by one-hot rows; the gradient goes straight through."""
    x = z.movedim(1, 3)
    distances = x.square().sum(-1, keepdim=True) + codebook.square().sum(1) - 2 * x @ codebook.T
    rows = functional.one_hot(distances.argmin(-1), len(codebook)).to(codebook.dtype)
    nearest = (rows @ codebook).movedim(3, 1)
    return nearest.detach() + (z - z.detach())


def distance(images: Tensor, texts: Tensor) -> Tensor:
    """The mean spherical distance of unit vectors [n, d] and [m, d]."""
    half: Tensor = (images[:, None] - texts[None]).norm(dim=2) / 2
    # arcsin has no gradient at 1, where the vectors are opposite.
    return 2 * half.clamp(max=1 - 1e-6).arcsin().square().mean()


def augmentations() -> nn.Module:
    """Affine, perspective, colour jitter, erasing, with kornia's defaults beside what is said."""
    import kornia.augmentation as K  # noqa: N812 - kornia's own short name; half a second

    return nn.Sequential(
        K.RandomAffine(
            degrees=15, translate=(0.1, 0.1), shear=5, p=0.7, padding_mode="zeros", keepdim=True
        ),
        K.RandomPerspective(distortion_scale=0.7, p=0.7),
        K.ColorJitter(hue=0.1, saturation=0.1, brightness=0.1, contrast=0.1, p=0.7),
        K.RandomErasing((0.1, 0.4), (0.3, 1 / 0.3), same_on_batch=True, p=0.7),
    )


def pooled(picture: Tensor, side: int) -> Tensor:
    """The whole picture [1, 3, H, W] at CLIP's size, half average and half maximum."""
    average = functional.adaptive_avg_pool2d(picture, side)
    return (average + functional.adaptive_max_pool2d(picture, side)) / 2


def cutouts(picture: Tensor, side: int, n: int, augment: nn.Module) -> Tensor:
    """n cutouts [n, 3, side, side], each disturbed on its own."""
    batch: Tensor = augment(pooled(picture, side).expand(n, -1, -1, -1).contiguous())
    return batch + NOISE * torch.rand(n, 1, 1, 1) * torch.randn_like(batch)


def paint(
    vqgan: VQGAN, clip: Clip, prompt: str, *, side: int, steps: int, n: int, seed: int
) -> Tensor:
    """Paint from random codes; returns the picture [3, side, side] in [0, 1].

    The first codes are those that ours starts from with this seed.
    """
    # kornia draws from torch's own generator.
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    z = random_codes(vqgan, (side, side), generator).requires_grad_()
    codebook = vqgan.codebook.detach()
    low, high = (edge[None, :, None, None] for edge in (codebook.amin(0), codebook.amax(0)))
    augment = augmentations()
    with torch.no_grad():
        text = clip.encode_text([prompt])
    optimiser = torch.optim.Adam([z], lr=LEARNING_RATE)
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        picture = shown(vqgan, z, codebook)
        images = clip.encode_image(cutouts(picture, clip.input_resolution, n, augment))
        loss = distance(images, text)
        if not math.isfinite(float(loss.detach())):
            break
        torch.autograd.backward(loss)
        optimiser.step()
        with torch.no_grad():
            z.copy_(z.maximum(low).minimum(high))
    with torch.no_grad():
        return shown(vqgan, z, codebook)[0]


def shown(vqgan: VQGAN, z: Tensor, codebook: Tensor) -> Tensor:
    """The picture of a latent, [1, 3, H, W] in [0, 1]."""
    return clamped((vqgan.decode(quantise(z, codebook)) + 1) / 2)
