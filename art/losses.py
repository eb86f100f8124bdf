"""What is minimised: the distance of cutouts to the prompt's parts and to pictures, roughness.

The anchor, which holds the codes themselves, is a plain mean squared error: see the loop.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from mused.art.prompt import SubPrompt


def spherical_distance(a: Tensor, b: Tensor) -> Tensor:
    """Return half the squared angle between unit vectors, 0 to pi squared over two, pairwise.

    a: [n, d], b: [m, d]; returns [n, m]. Formulated by Katherine Crowson (2021) as
    2 asin(|a - b| / 2)^2, which is flat neither near nor far.
    """
    chord = (a[:, None] - b[None]).norm(dim=-1)
    # asin has no gradient at 1, where the vectors are opposite.
    angle: Tensor = (chord / 2).clamp(max=1 - 1e-6).asin()
    return 2 * angle.square()


def prompt_loss(images: Tensor, texts: Tensor, parts: Sequence[SubPrompt]) -> Tensor:
    """Return the summed loss of all parts of a prompt.

    images: embeddings [n, d] of the cutouts; texts: embeddings [len(parts), d]. Where a part's
    distance is below its stop, its value counts but its gradient does not.
    """
    loss = images.new_zeros(())
    distances = spherical_distance(images, texts)
    for column, part in zip(distances.unbind(1), parts, strict=True):
        loss = loss + _pull(column, part.weight, part.stop)
    return loss


def likeness_loss(images: Tensor, liked: Sequence[tuple[Tensor, float]]) -> Tensor:
    """Return the summed loss of image prompts: every cutout is compared to every one of theirs.

    images: embeddings [n, d]; liked: embeddings [m, d] of an image prompt's cutouts, and weights.
    """
    loss = images.new_zeros(())
    for embeddings, weight in liked:
        loss = loss + _pull(spherical_distance(images, embeddings), weight)
    return loss


def _pull(distances: Tensor, weight: float, stop: float = -math.inf) -> Tensor:
    signed = distances if weight > 0 else -distances
    pulled = torch.where(signed > stop, signed, signed.detach())
    return abs(weight) * pulled.mean()


def total_variation(frame: Tensor) -> Tensor:
    """Return the mean difference of neighbouring pixels of [1, 3, H, W] (Rudin et al., 1992)."""
    across = frame[..., :-1, 1:] - frame[..., :-1, :-1]
    down = frame[..., 1:, :-1] - frame[..., :-1, :-1]
    # The square root has no gradient at zero.
    return (across.square() + down.square() + 1e-8).sqrt().mean()


def clamped_gradient(gradient: Tensor, raw: Tensor) -> Tensor:
    """Return the gradient for raw, given the one for raw clamped to [0, 1].

    Outside of [0, 1] it counts only where following it leads back inside (Crowson 2021).
    """
    return gradient * (gradient * (raw - raw.clamp(0, 1)) >= 0)
