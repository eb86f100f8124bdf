"""The first frame: a sketch of the words, random codes, or a picture."""

import random
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mused.art.errors import SettingsError
from mused.art.picture import load_start
from mused.art.prompt import Prompt
from mused.art.scenes.scene import Scene
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN


@dataclass(frozen=True)
class Begun:
    """A latent to start from."""

    z: Tensor
    """[1, embed_dim, H/f, W/f]: quantised codes."""
    sketched: tuple[str, ...] = ()
    """What the scene painter drew, in its own words."""
    unknown: tuple[str, ...] = ()
    """Words of the prompt it could not draw."""


def begin(
    prompt: Prompt,
    settings: Settings,
    vqgan: VQGAN,
    size: tuple[int, int],
    generator: torch.Generator,
) -> Begun:
    """Return the first latent for a picture of size (width, height).

    Raises PictureError where a start picture cannot be read.
    """
    if settings.start == "sketch":
        image, scene = sketch(prompt, size, settings.seed or 0)
        return Begun(encode(vqgan, image), _shown(scene), scene.unknown)
    if settings.start == "picture":
        if settings.start_picture is None:
            raise SettingsError('start = "picture" needs start_picture')
        return Begun(encode(vqgan, load_start(settings.start_picture, *size)))
    return Begun(random_codes(vqgan, size, generator))


def sketch(prompt: Prompt, size: tuple[int, int], seed: int) -> tuple[Image.Image, Scene]:
    """Draw what the scene painter knows of the wanted parts; return it and the scene."""
    # skia is needed for this start only.
    from mused.art.scenes.compose import parse_scene
    from mused.art.scenes.render import render

    scene = parse_scene(prompt.wanted, random.Random(seed))
    return Image.fromarray(render(scene, size[0], size[1])), scene


def _shown(scene: Scene) -> tuple[str, ...]:
    words = (
        *(placed.noun for placed in scene.objects),
        scene.landscape,
        scene.backdrop,
        scene.time,
        scene.weather,
        scene.style,
    )
    return tuple(dict.fromkeys(word for word in words if word))


def encode(vqgan: VQGAN, image: Image.Image) -> Tensor:
    """Return the codes of a picture, [1, embed_dim, H/f, W/f]."""
    pixels = torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32).copy())
    x = pixels.permute(2, 0, 1)[None].to(vqgan.codebook.device) / 127.5 - 1
    z_q: Tensor
    with torch.no_grad():
        z_q, _ = vqgan.quantize(vqgan.encode(x))
    return z_q


def random_codes(vqgan: VQGAN, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return codes drawn evenly from the codebook, [1, embed_dim, H/f, W/f]."""
    f = vqgan.config.factor
    shape = (1, size[1] // f, size[0] // f)
    indices = torch.randint(vqgan.config.n_embed, shape, generator=generator)
    with torch.no_grad():
        z_q: Tensor = vqgan.quantize.lookup(indices.to(vqgan.codebook.device))
    return z_q
