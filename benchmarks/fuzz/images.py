"""Pictures of others: to start from, and to paint towards."""

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from benchmarks.fuzz.mutate import NUMBERS, damaged
from mused.art.reading import content_of, load_start

MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"),
    "JPEG": ("L", "RGB", "CMYK", "YCbCr"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("1", "L", "P"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "F", "I", "I;16"),
    "PPM": ("1", "L", "RGB", "I;16"),
    "TGA": ("L", "P", "RGB", "RGBA"),
    "PCX": ("1", "L", "P", "RGB"),
    "SGI": ("L", "RGB", "RGBA"),
    "ICO": ("RGB", "RGBA"),
    "DDS": ("RGB", "RGBA"),
    "JPEG2000": ("L", "RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
    "XBM": ("1",),
    "QOI": ("RGB", "RGBA"),
}
"""What Pillow writes, by the names of its formats; it reads some more."""
POSERS = (
    b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"<!DOCTYPE html><img src=x>", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
    b"%PDF-1.7\n", b"PK\3\4" + bytes(60), b"\x7fELF" + bytes(60), b"P6\n99999 99999\n255\n",
    b"P7\nWIDTH 9\n", b"qoif" + b"\xff" * 10, b"II*\0" + b"\xff" * 60, bytes(5000),
    b"/* XPM */\nstatic char *x[] = {\"9999 9999 1 1\", \"a c #000\"};",
    b"#define x_width 99999\n#define x_height 99999\nstatic char x_bits[] = {\n0x00",
)  # fmt: skip


class Images:
    """Files that are, or were, or say they are pictures."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        Image.init()
        self.examples: list[tuple[bytes, str]] = []
        for kind, modes in MODES.items():
            for mode in modes:
                with suppress(OSError, KeyError):  # this Pillow does not write it
                    self.examples.append((encoded(kind, mode), f".{kind.lower()}"))
        self.examples += [(animated(kind), f".{kind.lower()}") for kind in ("GIF", "WEBP", "PNG")]
        self.examples += [(turned(value), ".jpeg") for value in (0, 1, 3, 6, 8, 255)]
        self.makers: tuple[Callable[[Random], bytes], ...] = (lying_png, heavy_png, lying_tiff)

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a valid picture, a damaged one, a liar, or what is none."""
        content, suffix = random.choice(self.examples)
        chance = random.random()
        if chance < 0.05:
            return content, suffix
        if chance < 0.1:
            return random.choice(POSERS), ".png"
        if chance < 0.2:
            return random.choice(self.makers)(random), ".png"
        return damaged(content, random), suffix

    def attempt(self, path: Path) -> None:
        """Read it as a start, large and small, and take its hash as a recipe does."""
        for size in ((48, 32), (16, 64)):
            image = load_start(path, *size)
            assert (image.mode, image.size) == ("RGB", size)
        assert len(content_of(path)) == 64


def _sample(mode: str) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    if mode == "LAB":
        return Image.frombytes("LAB", (40, 24), noise.tobytes())
    if mode == "I;16":
        return Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    return image.convert("RGBA").convert(mode) if mode in ("LA", "RGBA") else image.convert(mode)


def encoded(kind: str, mode: str) -> bytes:
    """Return a small picture of a format and mode."""
    buffer = io.BytesIO()
    _sample(mode).save(buffer, kind)
    return buffer.getvalue()


def animated(kind: str) -> bytes:
    """Return a small animation."""
    buffer = io.BytesIO()
    frames = [_sample("P").rotate(turn) for turn in (0, 90, 180)]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=50)
    return buffer.getvalue()


def turned(orientation: int) -> bytes:
    """Return a JPEG with the EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a boat"
    buffer = io.BytesIO()
    _sample("RGB").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG (ISO 15948, 5.3), its checksum right."""
    summed = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", summed)


def lying_png(random: Random) -> bytes:
    """Return a PNG whose header promises other sizes than there are, checksums right."""
    width, height = (random.choice(NUMBERS) % 2**32 for _ in range(2))
    if random.random() < 0.5:
        width, height = random.choice(((8000, 8000), (64_000_000, 1), (1, 64_000_000), (9000, 1)))
    depth, colour = random.choice((1, 2, 4, 8, 16, 255)), random.choice((0, 2, 3, 4, 6, 9))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, random.choice((0, 1, 7)))
    content = zlib.compress(bytes(random.choice((0, 100, 1_000_000))))
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", content), chunk(b"IEND", b"")]
    if random.random() < 0.3:
        chunks.insert(1, chunk(random.choice((b"PLTE", b"tRNS", b"acTL", b"fcTL")), b"\1" * 26))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def heavy_png(random: Random) -> bytes:
    """Return a PNG with chunks that unpack to far more than they are."""
    bomb = zlib.compress(bytes(200_000_000), 1)
    name, head = random.choice(
        ((b"zTXt", b"mused\0\0"), (b"iTXt", b"mused\0\1\0\0\0"), (b"iCCP", b"x\0\0"))
    )
    start, _, rest = encoded("PNG", "RGB").partition(b"IDAT")
    text = chunk(name, head + bomb)
    return start[:-4] + text + start[-4:] + b"IDAT" + rest


def lying_tiff(random: Random) -> bytes:
    """Return a TIFF whose tags (TIFF 6.0, section 8) say other things than there are."""
    content = bytearray(encoded("TIFF", random.choice(("RGB", "L", "P"))))
    where = struct.unpack_from("<I", content, 4)[0]
    count = struct.unpack_from("<H", content, where)[0]
    for _ in range(random.choice((1, 2, 3))):
        entry = where + 2 + 12 * random.randrange(count)
        value = random.choice((*NUMBERS, 8000, 40, 24, 3)) % 2**32
        struct.pack_into("<I", content, entry + random.choice((4, 8, 8, 8)), value)
    return bytes(content)
