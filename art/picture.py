"""A picture and its recipe: one file that can be painted again."""

import dataclasses
import io
import json
import math
import typing
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageOps, UnidentifiedImageError

from mused.art import formats
from mused.art.errors import ArtError, DiskError, PictureError, SettingsError
from mused.art.files import create_atomically, write_atomically
from mused.art.settings import Settings, Start, typed

__all__ = [
    "Picture",
    "Recipe",
    "Settings",
    "Start",
    "StopReason",
    "Weights",
    "load_start",
    "read_recipe",
    "save",
    "save_preview",
]

READABLE = (
    "PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "JPEG2000", "ICO", "ICNS",
    "PPM", "PCX", "TGA", "SGI", "PSD", "QOI", "DDS", "XBM", "XPM",
)  # fmt: skip
"""What Pillow decodes by itself; for EPS, for example, it would run another program."""
WITH_RECIPE = ("PNG", "JPEG", "WEBP", "GIF")
LARGEST_FILE = 64 * 2**20
LARGEST_PICTURE = 64_000_000
"""Bytes and pixels a picture to be read may have: small files can unpack to gigabytes."""

StopReason = Literal["finished", "flat", "cancelled"]
"""flat: painted to its end, which came early because the loss had stopped falling."""


@dataclass(frozen=True)
class Weights:
    """Which weights painted."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """Everything needed to paint the picture again, and how it went."""

    prompt: str
    settings: Settings
    """As planned, the seed included."""
    width: int
    height: int
    """The size painted, a multiple of the VQGAN's factor."""
    steps_done: int
    stop_reason: StopReason
    vqgan: Weights
    clip: Weights
    device: str
    precision: str
    threads: int
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of mused, torch and python."""
    seconds: float = 0.0
    losses: tuple[float, ...] = ()
    """The loss of at most 100 steps, evenly spread."""
    start: Start = "noise"
    sketched: tuple[str, ...] = ()
    """What the scene painter drew into the first frame, before any CLIP was asked."""
    notices: tuple[str, ...] = ()
    """What the person should know: words not understood, memory that ran short."""
    understood: str = ""
    """The prompt as it was read, every weight as a number; empty before mused knew spoken ones."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The pictures it was painted from, each with its SHA-256."""
    seed_chosen: int | None = None
    """The seed of the best start, where several were tried."""
    variations: int = 1
    """On a contact sheet: how many pictures it shows, with seeds from this one's on."""
    job: str | None = None

    def plain(self) -> dict[str, Any]:
        """Return the recipe as JSON values; from_plain() takes them back."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }
        values["settings"] = self.settings.plain()
        # JSON knows no NaN and no infinity.
        values["losses"] = [x if math.isfinite(x) else None for x in self.losses]
        return values

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "Recipe":
        """Read what plain() gave. Raises PictureError."""
        try:
            kept = {k: v for k, v in values.items() if k in _recipe_types()}
            kept["losses"] = [math.nan if x is None else x for x in kept["losses"]]
            checked = {k: _checked(k, v, _recipe_types()[k]) for k, v in kept.items()}
            if not math.isfinite(checked.get("seconds", 0.0)):
                raise TypeError("seconds is no number")
            return cls(**checked)
        except (AttributeError, KeyError, TypeError, UnicodeError, SettingsError) as error:
            raise PictureError(f"This recipe cannot be read: {error}") from error


@cache
def _recipe_types() -> dict[str, Any]:
    return typing.get_type_hints(Recipe)


def _checked(name: str, value: Any, hint: Any) -> Any:
    """Return a JSON value as the type of its field. Raises TypeError and SettingsError."""
    container, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Settings:
        return Settings.read(value)
    if hint is Weights:
        return Weights(**{k: _checked(f"{name} {k}", v, str) for k, v in value.items()})
    if container is Mapping:
        return {_checked(name, k, str): _checked(name, v, str) for k, v in value.items()}
    if container is tuple:
        if not isinstance(value, list | tuple):
            raise TypeError(f"{name} is no list")
        return tuple(_checked(name, v, inner[0]) for v in value)
    checked = typed(name, value, hint)
    if isinstance(checked, str):
        checked.encode()  # JSON can hold half characters, which nothing else can
    return checked


@dataclass(frozen=True)
class Picture:
    """A painted picture with its recipe."""

    image: Image.Image
    recipe: Recipe

    def save(self, path: Path, *, free_name: bool = False) -> Path:
        """Write the picture; see save()."""
        return save(self.image, self.recipe, path, free_name=free_name)


def save(image: Image.Image, recipe: Recipe, path: Path, *, free_name: bool = False) -> Path:
    """Write a PNG, JPEG or WebP with its recipe at once or not at all; return where it lies.

    The name's suffix says which. Never overwrites: where the path is taken, free_name picks the
    next free "name-2.png"; otherwise, and when the disk refuses, raises DiskError. A watcher of
    the folder never sees half a file. Raises PictureError for other suffixes.
    """
    kind = formats.kind_of(path)
    if kind is None:
        known = ", ".join(formats.FORMATS)
        raise PictureError(f"{path} cannot hold a recipe: its name must end in one of {known}")
    buffer = io.BytesIO()
    image.save(buffer, kind, **save_options_of(recipe, kind))
    try:
        return create_atomically(
            path, lambda file: file.write(buffer.getvalue()), free_name=free_name
        )
    except OSError as error:
        raise DiskError(f"{path} cannot be written: {error.strerror or error}") from error


def save_options_of(recipe: Recipe, kind: str) -> dict[str, Any]:
    """Return what Pillow's save() takes for a file of this format to hold the recipe."""
    software = f"mused {recipe.versions.get('mused', '')}".strip()

    def options(held: Recipe) -> dict[str, Any]:
        text = json.dumps(held.plain(), allow_nan=False, ensure_ascii=kind == "PNG")
        return formats.save_options(kind, text, recipe.prompt, software)

    try:
        return options(recipe)
    except ValueError:
        # Very long prompts: what no JPEG can hold is not needed to paint the picture again.
        return options(dataclasses.replace(recipe, losses=(), sketched=(), notices=()))


def save_preview(image: Image.Image, path: Path) -> None:
    """Replace a preview at once. Raises DiskError."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    try:
        write_atomically(path, lambda file: file.write(buffer.getvalue()), durable=False)
    except OSError as error:
        raise DiskError(f"{path} cannot be written: {error.strerror or error}") from error


def read_recipe(path: Path, *, decode: bool = True) -> Recipe:
    """Return the recipe in a picture, contact sheet or animation of mused (not in an MP4).

    decode: whether to look behind the pixels of a PNG as well, where other programs put it.
    Raises PictureError where there is none or the picture is larger than load_start() takes.
    """
    try:
        _check_file(path)
        with _opened(path, WITH_RECIPE) as image:
            text = formats.recipe_in(image)
            if text is None and decode and image.format == "PNG":
                _check_pixels(path, image)
                image.load()
                text = formats.recipe_in(image)
        if text is None:
            raise PictureError(f"{path} carries no recipe of mused")
        return Recipe.from_plain(json.loads(text))
    except ArtError:
        raise
    except Exception as error:  # Pillow's readers raise anything
        raise PictureError(f"{path} cannot be read: {error}") from error


def load_start(path: Path, width: int, height: int) -> Image.Image:
    """Read a picture to start from: upright, RGB, cropped to the shape and resized.

    Transparent pixels become white. Raises PictureError for what is no picture, is damaged,
    or is larger than LARGEST_FILE bytes or LARGEST_PICTURE pixels.
    """
    try:
        _check_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            upright = _upright(path)
    except FileNotFoundError as error:
        raise PictureError(f"There is no picture {path}") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{path} is no picture ({', '.join(READABLE)} are read)") from error
    except ArtError:
        raise
    except Exception as error:  # Pillow's readers raise anything
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error
    white = Image.new("RGBA", upright.size, "white")
    flat = Image.alpha_composite(white, upright).convert("RGB")
    return ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)


def _check_file(path: Path) -> None:
    if path.stat().st_size > LARGEST_FILE:
        raise PictureError(f"{path} has more than {LARGEST_FILE // 2**20} MiB")


def _check_pixels(path: Path, image: Image.Image) -> None:
    if image.width * image.height > LARGEST_PICTURE:
        raise PictureError(
            f"{path} has {image.width} x {image.height} pixels, "
            f"more than {LARGEST_PICTURE // 10**6} million"
        )


def _opened(path: Path, kinds: Sequence[str]) -> Image.Image:
    """Open a picture of one of these kinds, as far as this Pillow was built with them."""
    Image.init()
    return Image.open(path, formats=[kind for kind in kinds if kind in Image.OPEN])


def _upright(path: Path) -> Image.Image:
    """Return a picture as RGBA, turned the way the camera's EXIF tag says."""
    with _opened(path, READABLE) as image:
        _check_pixels(path, image)
        upright = ImageOps.exif_transpose(image)
        return _eight_bits(upright).convert("RGBA")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return grey of 16 or 32 bits, which Pillow would clip, scaled to 8."""
    if image.mode[0] not in "IF":
        return image
    import numpy as np

    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
    highest = float(values.max(initial=0))
    white = next((top for top in (1, 255, 65_535) if highest <= top), highest)
    return Image.fromarray((values.clip(0) * (255 / white)).round().astype(np.uint8))
