"""Pictures through a network and back: what comes back, how alike it is, and on a sheet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from mused.art.archives import is_safetensors, read_safetensors
from mused.art.reading import load_start
from mused.art.sheet import arranged
from mused.art.vqgan import VQGAN
from mused.art.weights import load_vqgan
from mused.training.painter.likeness import psnr, ssim
from mused.training.painter.pictures import square, to_pixels
from mused.training.painter.vae import VAE, load_vae


@dataclass(frozen=True)
class Reconstruction:
    """A picture as a network gives it back."""

    picture: Tensor
    """Float [3, H, W] in [-1, 1], of the size that this network takes."""
    psnr: float
    """In decibels."""
    ssim: float
    codes: Tensor | None
    """How often each code of the codebook was taken, [codes]; a VAE has none."""


def reconstruct(weights: Path, pictures: Sequence[Path], side: int) -> list[Reconstruction]:
    """Pictures through a network and back: a VAE at its own side, the others at almost `side`.

    Raises WeightsError and PictureError.
    """
    if is_safetensors(weights) and read_safetensors(weights)[1].get("mused") == "vae":
        vae = load_vae(weights)
        return [by_vae(vae, square(path, vae.config.side)) for path in pictures]
    vqgan = load_vqgan(weights)
    side = max(1, side // vqgan.config.factor) * vqgan.config.factor
    return [by_codes(vqgan, square(path, side)) for path in pictures]


@torch.no_grad()
def by_vae(vae: VAE, x: Tensor) -> Reconstruction:
    """A picture [1, 3, S, S] in [-1, 1] through the mean of its distribution and back."""
    return _compared(x, vae.decode(vae.encode(x)[0]), None)


@torch.no_grad()
def by_codes(vqgan: VQGAN, x: Tensor) -> Reconstruction:
    """A picture [1, 3, H, W] in [-1, 1] through the codebook and back."""
    y, _, indices = vqgan(x)
    return _compared(x, y, torch.bincount(indices.flatten(), minlength=vqgan.config.n_embed))


def _compared(x: Tensor, y: Tensor, codes: Tensor | None) -> Reconstruction:
    x, y = x[0], y[0].clamp(-1, 1)
    return Reconstruction(y, psnr(x, y), ssim(x, y), codes)


def overall(found: Sequence[Reconstruction]) -> dict[str, float]:
    """The means of psnr and ssim; of a codebook how many codes all took together, and perplexity.

    The perplexity is how many codes would be as even a use: exp of the entropy, at least 1.
    """
    means = {
        "psnr": sum(one.psnr for one in found) / len(found),
        "ssim": sum(one.ssim for one in found) / len(found),
    }
    taken = [one.codes for one in found if one.codes is not None]
    if not taken:
        return means
    used = torch.stack(taken).sum(0)
    share = used[used > 0] / used.sum()
    perplexity = math.exp(-float((share * share.log()).sum()))
    return {**means, "codes": len(share), "perplexity": perplexity}


def compared(
    networks: Sequence[Path],
    pictures: Sequence[Path],
    found: Sequence[Sequence[Reconstruction]],
    side: int,
) -> Image.Image:
    """A row for every picture: itself, and what each network gave back, with its figures."""
    images, labels = [], []
    for number, path in enumerate(pictures):
        images.append(load_start(path, side, side))
        labels.append(path.name)
        for weights, each in zip(networks, (given[number] for given in found), strict=True):
            back = Image.fromarray(to_pixels(each.picture))
            images.append(back.resize((side, side), Image.Resampling.BICUBIC))
            name = f"{weights.absolute().parent.name}/{weights.stem}"
            labels.append(f"{name} {each.psnr:.1f} dB, SSIM {each.ssim:.2f}")
    return arranged(images, labels, 1 + len(networks))
