"""What trained networks do by themselves: samples and classes; and scenes for it."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mused.art.archives import is_safetensors, read_safetensors
from mused.art.clip import Clip
from mused.art.drafter import load_drafter, speaks_for
from mused.art.errors import DiskError, WeightsError
from mused.art.scenes.compose import random_scene
from mused.art.scenes.describe import describe
from mused.art.scenes.render import render
from mused.art.weights import load_clip, load_vqgan
from mused.training.painter.pictures import sheet, square, to_pixels
from mused.training.painter.transformer import paint_drafts
from mused.training.painter.vae import load_vae
from mused.training.painter.vae import sample as sample_vae

ROW = 8  # pictures beside each other


def draw(
    weights: Path, captions: Sequence[str], count: int, seed: int, vqgan: Path
) -> tuple[Image.Image, list[str]]:
    """A sheet of pictures from a VAE, or from a drafter, `count` for every caption.

    Also the words of the captions that the drafter does not know. Raises WeightsError.
    """
    kind = read_safetensors(weights)[1].get("mused") if is_safetensors(weights) else None
    if kind == "vae":
        return _sheet(sample_vae(load_vae(weights), count, seed)), []
    if kind != "drafter":
        raise WeightsError(f"{weights} is neither a VAE nor a drafter of mused (.safetensors)")
    texts = [text for text in captions or ("",) for _ in range(count)]
    drafter, codes = load_drafter(weights), load_vqgan(vqgan)
    if not speaks_for(drafter, codes):
        raise WeightsError(f"{weights} speaks for another VQGAN than {vqgan}: name it with --vqgan")
    unknown = drafter.tokenizer.unknown_words(" ".join(captions))
    return _sheet(paint_drafts(drafter, codes, texts, seed)), unknown


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
    image = (square(picture, side) + 1) / 2
    texts = embed_labels(clip, labels, templates)
    scale = clip.model.logit_scale.exp()
    shares = (scale * clip.encode_image(image) @ texts.T).softmax(1)[0]
    return [float(share) for share in shares], unknown


@torch.no_grad()
def embed_labels(clip: Clip, labels: Sequence[str], templates: Sequence[str]) -> Tensor:
    """For each label the mean embedding of all templates it fits into, of unit length [n, d]."""
    texts = [clip.encode_text([each.format(label) for each in templates]) for label in labels]
    return torch.nn.functional.normalize(torch.stack([each.mean(0) for each in texts]), dim=1)


def draw_scenes(folder: Path, count: int, side: int, seed: int) -> Iterator[int]:
    """Write scenes 000.png … into a new folder, and beside each 000.txt with three captions.

    Yields the number of each that is there. Raises DiskError.
    """
    try:
        folder.mkdir(parents=True)
        for number in range(count):
            rng = random.Random(f"scenes {seed}:{number}")  # of no training
            scene = random_scene(rng)
            Image.fromarray(render(scene, side, side)).save(folder / f"{number:03}.png")
            captions = "".join(f"{describe(scene, rng).text}\n" for _ in range(3))
            (folder / f"{number:03}.txt").write_text(captions, encoding="utf-8")
            yield number
    except OSError as error:
        raise DiskError(f"{folder} cannot be written: {error.strerror or error}") from error


def _sheet(pictures: Tensor) -> Image.Image:
    pixels = [to_pixels(p) for p in pictures]
    blank = np.full_like(pixels[0], 255)
    width = min(ROW, len(pixels))
    pixels += [blank] * (-len(pixels) % width)
    return sheet([pixels[at : at + width] for at in range(0, len(pixels), width)])
