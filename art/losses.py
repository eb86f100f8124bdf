"""What is minimised: the distance of the cutouts to the prompt's parts."""

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
        signed = column if part.weight > 0 else -column
        pulled = torch.where(signed > part.stop, signed, signed.detach())
        loss = loss + abs(part.weight) * pulled.mean()
    return loss


def clamped_gradient(gradient: Tensor, raw: Tensor) -> Tensor:
    """Return the gradient for raw, given the one for raw clamped to [0, 1].

    Outside of [0, 1] it counts only where following it leads back inside (Crowson 2021).
    """
    return gradient * (gradient * (raw - raw.clamp(0, 1)) >= 0)
