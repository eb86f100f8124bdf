"""The contact sheet: several pictures of one prompt side by side, each with its seed."""

import dataclasses
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from mused.art.picture import Picture

LARGEST = 512
"""The longest side a picture has on the sheet, in pixels."""
GAP = 8
LABEL = 16
"""Height of the line with the seed, in pixels."""


def contact_sheet(pictures: Sequence[Picture]) -> Picture:
    """Return one picture of all; its recipe is the first one's and counts them."""
    thumbnails = []
    for picture in pictures:
        thumbnail = picture.image.copy()
        thumbnail.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
        thumbnails.append(thumbnail)
    width = max(each.width for each in thumbnails) + GAP
    height = max(each.height for each in thumbnails) + LABEL + GAP
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (GAP + columns * width, GAP + rows * height), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (picture, thumbnail) in enumerate(zip(pictures, thumbnails, strict=True)):
        row, column = divmod(number, columns)
        place = (GAP + column * width, GAP + row * height)
        sheet.paste(thumbnail, place)
        pen.text((place[0], place[1] + thumbnail.height + 2), _label(picture), fill="black")
    recipe = dataclasses.replace(pictures[0].recipe, variations=len(pictures))
    return Picture(sheet, recipe)


def _label(picture: Picture) -> str:
    """Name the seed that paints this picture, the best of several where they were tried."""
    chosen = picture.recipe.seed_chosen
    return f"seed {picture.recipe.settings.seed if chosen is None else chosen}"
