"""Sheets of pictures with words below them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mused.art.errors import PictureError
from mused.art.sheet import GAP, LABEL, arranged, save, small


def inked(sheet: Image.Image, left: int, top: int, width: int) -> bool:
    return bool(np.asarray(sheet.crop((left, top, left + width, top + LABEL))).min() < 128)


def test_pictures_stand_row_by_row_above_their_words() -> None:
    images = [Image.new("RGB", (64, 48), (40 * i, 200, 0)) for i in range(5)]
    sheet = arranged(images, ["one", "two", "three", "four", ""], columns=3)
    assert sheet.size == (GAP + 3 * (64 + GAP), GAP + 2 * (48 + LABEL + GAP))
    for i in range(5):
        left, top = GAP + i % 3 * (64 + GAP), GAP + i // 3 * (48 + LABEL + GAP)
        assert sheet.getpixel((left + 32, top + 24)) == (40 * i, 200, 0)
        assert inked(sheet, left, top + 48, 64) == (i != 4)


def test_long_words_take_several_lines_and_stay_below_their_picture() -> None:
    images = [Image.new("RGB", (96, 64), "white")] * 2
    sheet = arranged(images, ["a boat\n" * 30, "short"], columns=2)
    lines = (sheet.height - GAP - 64 - GAP) // LABEL
    assert lines == 3
    for line in range(lines):
        assert inked(sheet, GAP, GAP + 64 + line * LABEL, 96)
        assert inked(sheet, GAP + 96 + GAP, GAP + 64 + line * LABEL, 96) == (line == 0)
        assert not inked(sheet, GAP + 96, GAP + 64 + line * LABEL, GAP), "nothing in the gap"


def test_only_large_pictures_shrink() -> None:
    assert small(Image.new("RGB", (1024, 512)), 256).size == (256, 128)
    assert small(Image.new("RGB", (100, 50)), 256).size == (100, 50)


def test_a_sheet_too_large_for_its_format_is_made_smaller(tmp_path: Path) -> None:
    path = save(Image.new("RGB", (40, 20_000)), tmp_path / "long.webp")
    with Image.open(path) as image:
        assert image.size == (33, 16383)
    path = save(Image.new("RGB", (40, 20_000)), tmp_path / "long.png")
    with Image.open(path) as image:
        assert image.size == (40, 20_000)
    with pytest.raises(PictureError, match="must end in"):
        save(Image.new("RGB", (40, 40)), tmp_path / "sheet.bmp")
