import dataclasses
import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mused.art.errors import PictureError
from mused.art.picture import Picture, Recipe, Weights, read_recipe
from mused.art.reading import load_start
from mused.art.settings import Settings

RECIPE = Recipe(
    prompt="a boat | fog:-1 · Zürich 🌅",
    settings=Settings(
        width=32,
        height=48,
        seed=7,
        image_prompts=((Path("/pictures/ä.png"), -0.5),),
        vqgan=Path("/models/v.ckpt"),
    ),
    width=32,
    height=48,
    steps_done=3,
    stop_reason="flat",
    vqgan=Weights("v.ckpt", "ab" * 32),
    clip=Weights("c.pt", "cd" * 32),
    device="cpu",
    precision="float32",
    threads=2,
    versions={"mused": "0.1.0"},
    losses=(1.0, float("nan")),
    understood="a boat | fog:-1",
    files={"/pictures/ä.png": "ef" * 32},
    seed_chosen=9,
)
BEFORE = {
    "prompt": "a beach without people",
    "settings": {"width": 64, "height": 64, "steps": 3, "seed": 5, "start": "sketch"},
    "width": 64,
    "height": 64,
    "steps_done": 3,
    "stop_reason": "finished",
    "vqgan": {"name": "vqgan.safetensors", "sha256": "ab" * 32},
    "clip": {"name": "clip.safetensors", "sha256": "cd" * 32},
    "device": "cpu: x86_64",
    "precision": "float32",
    "threads": 1,
    "versions": {"mused": "0.1.0", "torch": "2.13.0", "python": "3.11.2"},
    "seconds": 1.5,
    "losses": [0.5, None],
    "start": "sketch",
    "sketched": ["beach"],
    "notices": [],
    "job": None,
}
"""A recipe of the version before spoken weights."""


@pytest.fixture
def image() -> Image.Image:
    return Image.linear_gradient("L").resize((32, 48)).convert("RGB")


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.JPEG", "x.webp"])
def test_every_format_holds_the_recipe(tmp_path: Path, image: Image.Image, name: str) -> None:
    path = Picture(image, RECIPE).save(tmp_path / name)
    read = read_recipe(path)
    assert dataclasses.replace(read, losses=()) == dataclasses.replace(RECIPE, losses=())
    with Image.open(path) as saved:
        difference = np.abs(np.asarray(saved, dtype=float) - np.asarray(image, dtype=float))
    assert difference.mean() < 3


def test_the_longest_prompt_still_fits_into_a_jpeg(tmp_path: Path, image: Image.Image) -> None:
    long = "🌅" * 4000
    recipe = dataclasses.replace(RECIPE, prompt=long, understood=long, notices=(long, long))
    read = read_recipe(Picture(image, recipe).save(tmp_path / "x.jpg"))
    assert (read.prompt, read.understood, read.settings) == (long, long, RECIPE.settings)


@pytest.mark.parametrize("name", ["x.gif", "x.bmp", "x", "x.png.txt"])
def test_other_formats_are_refused(tmp_path: Path, image: Image.Image, name: str) -> None:
    with pytest.raises(PictureError, match=r"must end in one of \.png, \.jpg"):
        Picture(image, RECIPE).save(tmp_path / name)


def test_comments_of_other_programs_are_no_recipes(tmp_path: Path, image: Image.Image) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b'ASCII\0\0\0{"prompt": "x"}'
    image.save(tmp_path / "camera.jpg", exif=exif)
    image.save(tmp_path / "x.gif", comment=b"made by hand")
    image.save(tmp_path / "x.webp")
    for name in ("camera.jpg", "x.gif", "x.webp"):
        with pytest.raises(PictureError, match="no recipe"):
            read_recipe(tmp_path / name)


def test_recipes_of_the_version_before_are_read() -> None:
    recipe = Recipe.from_plain(BEFORE)
    assert (recipe.understood, recipe.variations, recipe.seed_chosen) == ("", 1, None)
    assert recipe.settings == Settings(width=64, height=64, steps=3, seed=5)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_camera_is_turned_upright(tmp_path: Path, orientation: int) -> None:
    upright = Image.new("RGB", (80, 40), "blue")
    upright.paste("red", (0, 0, 40, 20))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "camera.jpg", exif=exif, quality=95)
    shown = load_start(tmp_path / "camera.jpg", 80, 40)
    difference = np.asarray(shown, dtype=float) - np.asarray(upright, dtype=float)
    assert np.abs(difference).mean() < 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_of_pixels_keeps_its_brightness(tmp_path: Path, mode: str) -> None:
    grey = np.linspace(0, 1, 64).reshape(8, 8).repeat(4, 0).repeat(4, 1)
    if mode in ("I;16", "I"):
        scale, kind = 65_535, np.uint16 if mode == "I;16" else np.int32
        picture = Image.fromarray((grey * scale).astype(kind))
    elif mode == "F":
        picture = Image.fromarray(grey.astype(np.float32))
    else:
        picture = Image.fromarray((grey * 255).astype(np.uint8)).convert(mode)
    picture.save(tmp_path / "x.tiff")
    shown = load_start(tmp_path / "x.tiff", 32, 32).convert("L").resize((4, 4))
    expected = Image.fromarray((grey * 255).astype(np.uint8)).resize((4, 4))
    difference = np.asarray(shown, dtype=float) - np.asarray(expected, dtype=float)
    assert np.abs(difference).mean() < (25 if mode == "1" else 3)


KINDS = (
    *("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "ICO", "PPM", "PCX"),
    *("TGA", "SGI", "DDS", "QOI", "XBM"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_many_kinds_of_files_are_read_and_broken_ones_refused(tmp_path: Path, kind: str) -> None:
    """A fuzz run of 60 broken files a kind, with a fixed seed."""
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip(f"this Pillow writes no {kind}")
    noise = np.random.default_rng(1).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).convert("1" if kind == "XBM" else "RGB")
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    whole = buffer.getvalue()
    path = tmp_path / "x.picture"
    path.write_bytes(whole)
    assert load_start(path, 16, 16).size == (16, 16)
    rng = random.Random(kind)
    refused = 0
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 12)):
            broken[rng.randrange(min(len(broken), 200))] = rng.randrange(256)
        path.write_bytes(broken[: rng.choice((len(broken), rng.randrange(len(broken))))])
        try:
            assert load_start(path, 16, 16).size == (16, 16)
        except PictureError:
            refused += 1
        with pytest.raises(PictureError):
            read_recipe(path)
    assert refused > 5


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    """A text chunk of 100 MB in a PNG of 100 kB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    path = tmp_path / "bomb.png"
    text = chunk(b"iTXt", b"mused\0\1\0\0\0" + zlib.compress(bytes(100_000_000)))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(4)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + text + pixels + chunk(b"IEND", b""))
    with pytest.raises(PictureError, match=r"cannot be read: .*too large"):
        read_recipe(path)


def test_mixed_up_recipes_are_read_or_refused() -> None:
    """A fuzz run over 3000 recipes with a fixed seed."""
    rng = random.Random(2)
    odd: list[object] = [
        None,
        True,
        -1,
        1e400,
        10**400,
        "",
        "\ud800",
        "x" * 5000,
        [],
        {},
        [[]],
        {"": 1},
        0.5,
    ]
    read = refused = 0
    for _ in range(3000):
        values = {**BEFORE, "settings": dict(Settings().plain())}
        values |= {"understood": "a beach", "files": {}, "seed_chosen": 3, "variations": 2}
        for _ in range(rng.randint(0, 2)):
            place = rng.choice((values, values["settings"]))
            if isinstance(place, dict):
                place[rng.choice(list(place))] = rng.choice(odd)
        try:
            recipe = Recipe.from_plain(values)
        except PictureError:
            refused += 1
            continue
        read += 1
        assert Recipe.from_plain(recipe.plain()).settings == recipe.settings
    assert read > 500
    assert refused > 500
