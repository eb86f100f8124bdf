"""The first frame: a sketch of the words, random codes, pixels or colours, or a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.draft import draughtsman
from mused.art.errors import SettingsError
from mused.art.foresight import of_sketch, only_avoided, scene_of, unknown_to_sketch
from mused.art.prompt import Prompt, words_of
from mused.art.reading import load_start
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
    known: frozenset[str] = frozenset()
    """The words of the prompt that whoever made it knows, in small letters."""
    notices: tuple[str, ...] = ()
    """What the person should know of it."""


def begin(
    prompt: Prompt,
    settings: Settings,
    vqgan: VQGAN,
    clip: Clip,
    size: tuple[int, int],
    generator: torch.Generator,
) -> Begun:
    """Return the first latent for a picture of size (width, height).

    clip: chooses among drafts. Raises PictureError where a start picture cannot be read, and
    WeightsError where there is no drafter.
    """
    words, seed = prompt.wanted[0], settings.seed or 0
    if settings.start == "sketch":
        image, scene = sketch(words, size, seed, prompt.avoided[0])
        known, notices = known_to_sketch(words, scene), of_sketch(words, scene)
        return Begun(encode(vqgan, image), _shown(scene), known, notices)
    if settings.start == "draft":
        drafts = draughtsman(settings.drafter, settings.vqgan)
        image = ImageOps.fit(drafts.draft(words, clip, seed), size, Image.Resampling.BICUBIC)
        heard, unknown = drafts.heard(words), drafts.unknown_words(words)
        cut = () if heard == words else (f'The draft was made of the beginning, "{heard}".',)
        notices = (*cut, *undrafted(unknown), *only_avoided(words))
        return Begun(encode(vqgan, image), known=_all_but(unknown, words), notices=notices)
    if settings.start == "picture":
        if settings.start_picture is None:
            raise SettingsError('start = "picture" needs start_picture')
        return Begun(encode(vqgan, load_start(settings.start_picture, *size)))
    if settings.start == "pixels":
        return Begun(encode_pixels(vqgan, random_pixels(size, generator)))
    if settings.start == "gradient":
        return Begun(encode_pixels(vqgan, random_gradient(size, generator)))
    return Begun(random_codes(vqgan, size, generator))


def sketch(
    words: str, size: tuple[int, int], seed: int, avoided: str = ""
) -> tuple[Image.Image, Scene]:
    """Draw what the scene painter knows of the wanted words; return it and the scene.

    avoided: names what its sky is not to have.
    """
    # skia is needed for this start only.
    from mused.art.scenes.render import render

    scene = scene_of(words, seed, avoided)
    return Image.fromarray(render(scene, size[0], size[1])), scene


def undrafted(unknown: Sequence[str]) -> tuple[str, ...]:
    """Return what to tell the person about words that the drafter never heard."""
    return (f"The drafter does not know: {', '.join(unknown)}.",) if unknown else ()


def known_to_sketch(words: str, scene: Scene) -> frozenset[str]:
    """Return the words that the scene painter knows, in small letters, shown or not."""
    return _all_but(unknown_to_sketch(scene), words)


def _all_but(unknown: Sequence[str], words: str) -> frozenset[str]:
    strange = words_of(" ".join(unknown).lower())
    return frozenset(words_of(words.lower())).difference(strange)


def _shown(scene: Scene) -> tuple[str, ...]:
    words = (
        *("bowl" if p.variant.startswith("empty") else p.noun for p in scene.objects),
        scene.landscape,
        scene.backdrop,
        scene.time,
        scene.weather,
        scene.style,
    )
    return tuple(dict.fromkeys(word for word in words if word))


def encode(vqgan: VQGAN, image: Image.Image) -> Tensor:
    """Return the codes of a picture, [1, embed_dim, H/f, W/f]."""
    return encode_pixels(vqgan, pixels_of(image))


def pixels_of(image: Image.Image) -> Tensor:
    """Return a picture as [1, 3, H, W] in [-1, 1]."""
    pixels = torch.from_numpy(np.asarray(image.convert("RGB"), dtype=np.float32).copy())
    return pixels.permute(2, 0, 1)[None] / 127.5 - 1


def encode_pixels(vqgan: VQGAN, x: Tensor) -> Tensor:
    """Return the codes of [1, 3, H, W] in [-1, 1], [1, embed_dim, H/f, W/f]."""
    z_q: Tensor
    with torch.no_grad():
        z_q, _ = vqgan.quantize(vqgan.encode(x.to(vqgan.codebook.device)))
    return z_q


def random_pixels(size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return [1, 3, H, W] in [-1, 1] with a random colour in every pixel."""
    return torch.rand(1, 3, size[1], size[0], generator=generator) * 2 - 1


def random_gradient(size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return [1, 3, H, W] in [-1, 1] that blends from a random colour in each corner."""
    corners = random_pixels((2, 2), generator)
    return functional.interpolate(corners, size[::-1], mode="bilinear", align_corners=True)


def random_codes(vqgan: VQGAN, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return codes drawn evenly from the codebook, [1, embed_dim, H/f, W/f]."""
    f = vqgan.config.factor
    shape = (1, size[1] // f, size[0] // f)
    indices = torch.randint(vqgan.config.n_embed, shape, generator=generator)
    with torch.no_grad():
        z_q: Tensor = vqgan.quantize.lookup(indices.to(vqgan.codebook.device))
    return z_q
