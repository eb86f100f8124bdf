"""What trained networks do by themselves: samples, reconstructions, classes."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mused.art.archives import read_safetensors
from mused.art.clip import Clip
from mused.art.drafter import load_drafter, speaks_for
from mused.art.errors import WeightsError
from mused.art.reading import load_start
from mused.art.weights import load_clip, load_vqgan
from mused.training.painter.pictures import sheet, to_pixels, to_tensor
from mused.training.painter.transformer import paint_drafts
from mused.training.painter.vae import load_vae
from mused.training.painter.vae import sample as sample_vae

ROW = 8  # pictures beside each other


def draw(weights: Path, captions: Sequence[str], count: int, seed: int, vqgan: Path) -> Image.Image:
    """A sheet of pictures from a VAE, or from a drafter, `count` for every caption.

    Raises WeightsError.
    """
    kind = read_safetensors(weights)[1].get("mused")
    if kind == "vae":
        return _sheet(sample_vae(load_vae(weights), count, seed))
    if kind != "drafter":
        raise WeightsError(f"{weights} is neither a VAE nor a drafter of mused")
    texts = [text for text in captions or ("",) for _ in range(count)]
    drafter, codes = load_drafter(weights), load_vqgan(vqgan)
    if not speaks_for(drafter, codes):
        raise WeightsError(f"{weights} speaks for another VQGAN than {vqgan}: name it with --vqgan")
    return _sheet(paint_drafts(drafter, codes, texts, seed))


@torch.no_grad()
def reconstruct(
    weights: Path, pictures: Sequence[Path], side: int
) -> tuple[Image.Image, list[tuple[float, int]]]:
    """Pictures above their reconstructions; of each its PSNR in dB and how many codes it took.

    Raises WeightsError and PictureError.
    """
    vqgan = load_vqgan(weights)
    side = max(1, side // vqgan.config.factor) * vqgan.config.factor
    rows: list[Tensor] = []
    figures = []
    for path in pictures:
        x = to_tensor([np.asarray(load_start(path, side, side))])
        y, _, indices = vqgan(x)
        error = float((x - y.clamp(-1, 1)).square().mean())
        figures.append((-10 * math.log10(error / 4 + 1e-12), len(indices.unique())))
        rows += [x[0], y[0]]
    above, below = rows[::2], rows[1::2]
    return sheet([[to_pixels(p) for p in above], [to_pixels(p) for p in below]]), figures


@torch.no_grad()
def classify(
    weights: Path, picture: Path, labels: Sequence[str], templates: Sequence[str]
) -> tuple[list[float], list[str]]:
    """How likely each label is among all of them, as CLIP sees it, and words it does not know.

    Raises WeightsError and PictureError.
    """
    clip = load_clip(weights)
    unknown = clip.tokenizer.unknown_words(" ".join(labels))
    side = clip.input_resolution
    image = (to_tensor([np.asarray(load_start(picture, side, side))]) + 1) / 2
    texts = embed_labels(clip, labels, templates)
    scale = clip.model.logit_scale.exp()
    shares = (scale * clip.encode_image(image) @ texts.T).softmax(1)[0]
    return [float(share) for share in shares], unknown


@torch.no_grad()
def embed_labels(clip: Clip, labels: Sequence[str], templates: Sequence[str]) -> Tensor:
    """For each label the mean embedding of all templates it fits into, of unit length [n, d]."""
    texts = [clip.encode_text([each.format(label) for each in templates]) for label in labels]
    return torch.nn.functional.normalize(torch.stack([each.mean(0) for each in texts]), dim=1)


def _sheet(pictures: Tensor) -> Image.Image:
    pixels = [to_pixels(p) for p in pictures]
    blank = np.full_like(pixels[0], 255)
    width = min(ROW, len(pixels))
    pixels += [blank] * (-len(pixels) % width)
    return sheet([pixels[at : at + width] for at in range(0, len(pixels), width)])
