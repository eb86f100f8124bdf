"""A picture and its recipe: one file that can be painted again."""

import dataclasses
import io
import json
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from PIL import Image, UnidentifiedImageError

from mused.art import formats
from mused.art.errors import ArtError, DiskError, PictureError, SettingsError
from mused.art.files import create_atomically, write_atomically
from mused.art.reading import check_pixels, opened, picture_file
from mused.art.settings import Settings, Start, typed

__all__ = [
    "Picture",
    "Recipe",
    "Settings",
    "Start",
    "StopReason",
    "Weights",
    "read_recipe",
    "save",
    "save_preview",
]

WITH_RECIPE = ("PNG", "JPEG", "WEBP", "GIF")

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
    unknown: tuple[str, ...] = ()
    """Words of what is wanted that neither its start nor any CLIP knows: nothing painted them."""
    notices: tuple[str, ...] = ()
    """What the person should know: words not understood, memory that ran short."""
    understood: str = ""
    """The prompt as it was read, every weight as a number; empty before mused knew spoken ones."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The pictures it was painted from, each with its SHA-256."""
    seed_chosen: int | None = None
    """The seed of the best start, where several were tried."""
    variations: int = 1
    """On a contact sheet: how many pictures it shows, with seeds from this one's on;
    where several starts are tried for each, that many seeds apart."""
    job: str | None = None
    more_clips: tuple[Weights, ...] = ()
    """Those of the CLIPs that guided beside the first one."""
    drafter: Weights | None = None
    """What drafted the first frame, where it began with a draft."""
    at_once: int = 1
    """How many pictures or starts shared their steps at most; their seconds are those of all."""

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
    if hint is Weights or (hint == Weights | None and value is not None):
        # Not the names that are there: they are the file's, and may be anything.
        if set(value) != {each.name for each in dataclasses.fields(Weights)}:
            raise TypeError(f"{name} has other fields than a name and a hash")
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
    except FileExistsError as error:
        words = f"{path} exists and is never overwritten: give another name, or free_name=True"
        raise DiskError(words) from error
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
        return options(dataclasses.replace(recipe, losses=(), sketched=(), unknown=(), notices=()))


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
        with picture_file(path) as file, opened(file, WITH_RECIPE) as image:
            text = formats.recipe_in(image)
            if text is None and decode and image.format == "PNG":
                check_pixels(path, image)
                image.load()
                text = formats.recipe_in(image)
        if text is None:
            raise PictureError(f"{path} carries no recipe of mused")
        return Recipe.from_plain(json.loads(text))
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{path} is no picture ({', '.join(WITH_RECIPE)} hold recipes)"
        ) from error
    except ArtError:
        raise
    except Exception as error:  # Pillow's readers raise anything
        raise PictureError(f"{path} cannot be read: {error}") from error
