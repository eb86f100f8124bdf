"""Sheets: several pictures side by side, each with words below it."""

import dataclasses
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from mused.art import formats
from mused.art.errors import DiskError, PictureError
from mused.art.files import create_atomically
from mused.art.picture import Picture

LARGEST = 512
"""The longest side a picture has on a contact sheet, in pixels."""
GAP = 8
LABEL = 16
"""Height of a line of words, in pixels."""
_LINES = 3
"""How many of them a picture has at most."""
LONGEST_SIDES = {"WEBP": 16383, "JPEG": 65500}
"""Pixels that these formats hold; a hundred pictures below each other are more."""


def arranged(
    images: Sequence[Image.Image], labels: Sequence[str], columns: int | None = None
) -> Image.Image:
    """Return the pictures row by row, each with its label below it.

    columns: pictures in a row; None: as many as there are rows.
    """
    columns = columns or math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    width = max(each.width for each in images) + GAP
    font = ImageFont.load_default(12)
    lines_of = (" ".join(label.split()) for label in labels)
    words = [_wrapped(label, width - GAP, font.getlength(label)) for label in lines_of]
    lines = max(1, *map(len, words))
    height = max(each.height for each in images) + lines * LABEL + GAP
    sheet = Image.new("RGB", (GAP + columns * width, GAP + rows * height), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (image, label) in enumerate(zip(images, words, strict=True)):
        row, column = divmod(number, columns)
        left, top = GAP + column * width, GAP + row * height
        sheet.paste(image, (left, top))
        for line, text in enumerate(label):
            below = top + image.height + 1 + line * LABEL
            pen.text((left, below), text, fill="black", font=font)
    return sheet


def _wrapped(label: str, room: float, length: float) -> list[str]:
    """A label in lines of so much room, given its length in one line, both in pixels."""
    letters = max(1, int(room * len(label) / max(length, 1)))
    return textwrap.wrap(label, letters, max_lines=_LINES, placeholder=" …")


def contact_sheet(pictures: Sequence[Picture]) -> Picture:
    """Return one picture of all with their seeds; its recipe is the first one's and counts them."""
    sheet = arranged([small(picture.image) for picture in pictures], [*map(_label, pictures)])
    return Picture(sheet, dataclasses.replace(pictures[0].recipe, variations=len(pictures)))


def small(image: Image.Image, largest: int = LARGEST) -> Image.Image:
    """Return a picture whose sides are no longer than the largest."""
    thumbnail = image.copy()
    thumbnail.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    return thumbnail


def save(sheet: Image.Image, output: Path) -> Path:
    """Write a sheet without a recipe at once or not at all, under a free name; return it.

    Smaller where its format does not hold it. Raises DiskError, and PictureError for suffixes of
    other formats.
    """
    kind = formats.kind_of(output)
    if kind is None:
        raise PictureError(f"{output} must end in {', '.join(formats.FORMATS)}")
    # A sheet is looked at, not painted from: it need not be as fine as a picture.
    quality = {} if kind == "PNG" else {"quality": 85}
    held = small(sheet, LONGEST_SIDES.get(kind, max(sheet.size)))
    try:
        return create_atomically(
            output, lambda file: held.save(file, kind, **quality), free_name=True
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DiskError(f"{output} cannot be written: {reason}") from error


def _label(picture: Picture) -> str:
    """Name the seed that paints this picture, the best of several where they were tried."""
    chosen = picture.recipe.seed_chosen
    return f"seed {picture.recipe.settings.seed if chosen is None else chosen}"
