"""Pictures of others, read with care: regular files only, no bombs, no program of Pillow's run."""

import hashlib
import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from mused.art.errors import ArtError, PictureError

READABLE = (
    "PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "JPEG2000", "ICO", "ICNS",
    "PPM", "PCX", "TGA", "SGI", "PSD", "QOI", "DDS", "XBM", "XPM",
)  # fmt: skip
"""What Pillow decodes by itself; for EPS, for example, it would run another program."""
LARGEST_FILE = 64 * 2**20
LARGEST_PICTURE = 64_000_000
"""Bytes and pixels a picture to be read may have: small files can unpack to gigabytes."""


def load_start(path: Path, width: int, height: int) -> Image.Image:
    """Read a picture to start from: upright, RGB, cropped to the shape and resized.

    Transparent pixels become white. Raises PictureError for what is no picture, is damaged,
    or is larger than LARGEST_FILE bytes or LARGEST_PICTURE pixels.
    """
    try:
        with warnings.catch_warnings(), picture_file(path) as file:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            flat = _flat(path, file)
    except UnidentifiedImageError as error:
        raise PictureError(f"{path} is no picture ({', '.join(READABLE)} are read)") from error
    except ArtError:
        raise
    except Exception as error:  # Pillow's readers raise anything
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error
    return ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)


def content_of(path: Path) -> str:
    """Return the SHA-256 of a picture's file in hexadecimal. Raises PictureError."""
    try:
        with picture_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error


@contextmanager
def picture_file(path: Path) -> Iterator[BufferedReader]:
    """Open a file that a picture may be in; pipes and devices, which may never end, are none.

    Raises PictureError for those, for a file of more than LARGEST_FILE bytes and where there is
    none; OSError where the disk refuses.
    """
    try:
        file = open(path, "rb", opener=_at_once)  # noqa: SIM115 - closed below
    except FileNotFoundError as error:
        raise PictureError(f"There is no picture {path}") from error
    except IsADirectoryError:
        raise PictureError(f"{path} is a folder, no picture") from None
    with file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"{path} is no regular file, which a picture must be")
        if status.st_size > LARGEST_FILE:
            raise PictureError(f"{path} has more than {LARGEST_FILE // 2**20} MiB")
        yield file


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody to write into a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def opened(file: BufferedReader, kinds: Sequence[str]) -> Image.Image:
    """Open a picture of one of these kinds, as far as this Pillow was built with them."""
    Image.init()
    return Image.open(file, formats=[kind for kind in kinds if kind in Image.OPEN])


def check_pixels(path: Path, image: Image.Image) -> None:
    """Raise PictureError where a picture would unpack to more than LARGEST_PICTURE pixels."""
    if image.width * image.height > LARGEST_PICTURE:
        raise PictureError(
            f"{path} has {image.width} x {image.height} pixels, "
            f"more than {LARGEST_PICTURE // 10**6} million"
        )


def _flat(path: Path, file: BufferedReader) -> Image.Image:
    """Return a picture as RGB over white, turned the way the camera's EXIF tag says."""
    with opened(file, READABLE) as image:
        check_pixels(path, image)
        ImageOps.exif_transpose(image, in_place=True)
        plain = _eight_bits(image)
        if not plain.has_transparency_data:
            return plain.convert("RGB")  # the same, but for the memory of three more copies
        layer = plain.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return grey of 16 or 32 bits, which Pillow would clip, scaled to 8."""
    if image.mode[0] not in "IF":
        return image
    import numpy as np

    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
    highest = float(values.max(initial=0))
    white = next((top for top in (1, 255, 65_535) if highest <= top), highest)
    return Image.fromarray((values.clip(0) * (255 / white)).round().astype(np.uint8))
