import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mused.art.errors import PictureError
from mused.art.picture import read_recipe
from mused.art.reading import LARGEST_FILE, content_of, load_start


def test_a_start_picture_is_turned_upright_and_cropped(tmp_path: Path) -> None:
    """A camera's picture on its side: left half red, shown with red on top."""
    camera = Image.new("RGB", (80, 40), "blue")
    camera.paste("red", (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    camera.save(tmp_path / "camera.jpg", exif=exif, quality=95)
    start = load_start(tmp_path / "camera.jpg", 32, 48)
    assert start.size == (32, 48)
    shown = np.asarray(start)
    assert shown[:20, :, 0].min() > 200
    assert shown[28:, :, 2].min() > 200


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_start(tmp_path / "clear.png", 16, 16).getpixel((8, 8)) == (255, 255, 255)


def test_bad_start_pictures_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "start.png"
    with pytest.raises(PictureError, match="There is no picture"):
        load_start(path, 32, 32)
    path.write_text("hello")
    with pytest.raises(PictureError, match="is no picture"):
        load_start(path, 32, 32)
    Image.linear_gradient("L").save(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(PictureError, match="cannot be read"):
        load_start(path, 32, 32)
    # A bomb: 90 megapixels in under 300 kB.
    Image.new("1", (15_000, 6_000)).save(path)
    with pytest.raises(PictureError, match="15000 x 6000 pixels"):
        load_start(path, 32, 32)


@pytest.mark.parametrize("read", [content_of, read_recipe, lambda path: load_start(path, 32, 32)])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_what_is_no_file_of_a_picture_is_refused_at_once(
    tmp_path: Path, read: Callable[[Path], object], kind: str
) -> None:
    """A pipe nobody writes to and /dev/zero would be read for ever."""
    path = {"device": Path("/dev/zero"), "folder": tmp_path}.get(kind, tmp_path / "x.png")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(LARGEST_FILE + 1)
    with pytest.raises(PictureError, match=r"64 MiB|no regular file|is a folder"):
        read(path)


LARGE = """
import resource, sys
from pathlib import Path
from mused.art.reading import load_start

load_start(Path(sys.argv[1]), 32, 32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
load_start(Path(sys.argv[2]), 256, 256)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_picture_is_not_copied_several_times(tmp_path: Path) -> None:
    """25 million pixels, of 4 bytes each once they are RGB."""
    for name, side in (("small.png", 32), ("large.png", 5000)):
        Image.new("1", (side, side)).save(tmp_path / name)
    command = [sys.executable, "-c", LARGE, f"{tmp_path}/small.png", f"{tmp_path}/large.png"]
    grown = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert grown < 160 * 1024, "KiB"
