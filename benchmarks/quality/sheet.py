"""A sheet of pictures for a blind look, and its key in a file of its own."""

import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from benchmarks.quality.arms import path_of
from benchmarks.quality.prompts import Asked

COUNT = 40
COLUMNS = 8
SIDE = 192
GAP = 8
LABEL = 14


def chosen(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """The prompts on the sheet, in its order: drawn by chance, always the same."""
    return tuple(random.Random("blind").sample(list(asked), min(COUNT, len(asked))))


def write(folder: Path, arm: str, asked: Sequence[Asked], file: Path) -> Path:
    """Write the sheet of an arm's pictures, numbered from 1, and return the key's path."""
    shown = chosen(asked)
    rows = -(-len(shown) // COLUMNS)
    wide, high = SIDE + GAP, SIDE + LABEL + GAP
    sheet = Image.new("RGB", (GAP + COLUMNS * wide, GAP + rows * high), "white")
    pen = ImageDraw.Draw(sheet)
    for place, each in enumerate(shown):
        left, top = GAP + place % COLUMNS * wide, GAP + place // COLUMNS * high
        with Image.open(path_of(folder, arm, each)) as image:
            sheet.paste(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS), (left, top))
        pen.text((left, top + SIDE + 1), str(place + 1), fill="black")
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file)
    key = file.with_suffix(".txt")
    key.write_text("".join(f"{i}. {each.text} [{each.plain}]\n" for i, each in enumerate(shown, 1)))
    return key
