"""Pictures restyled: brush strokes, washes, pencil, ink, carved lines, light, dots and tiles."""

import math
from collections.abc import Callable

import numpy as np
import skia

from mused.art.scenes.glass import stained_glass
from mused.art.scenes.pencil import pencil
from mused.art.scenes.photograph import develop
from mused.art.scenes.raster import (
    Floats,
    Pixels,
    as_bytes,
    blurred,
    cloudy,
    image_of,
    pixels_of,
    scaled,
)
from mused.art.scenes.watercolour import watercolour

_Style = Callable[[Pixels, np.random.Generator], Pixels]


def restyle(pixels: Pixels, style: str, seed: int) -> Pixels:
    """The picture in a style of `words.STYLES`; a poster, or one without style, is left as is."""
    if style not in _STYLES:
        return pixels
    return _STYLES[style](pixels, np.random.default_rng(seed))


def _brush(points: float) -> skia.Image:
    """A white brush mark of 16 by 8 pixels whose ends fade."""
    surface = skia.Surface(16, 8)
    paint = skia.Paint(AntiAlias=True, Color=skia.ColorSetARGB(235, 255, 255, 255))
    surface.getCanvas().drawRoundRect(
        skia.Rect.MakeLTRB(0.5, 1.0, 15.5, 7.0), points, points, paint
    )
    return surface.makeImageSnapshot()


def _strokes(
    pixels: Pixels,
    rng: np.random.Generator,
    count: int,
    length: float,
    angle: Callable[[Floats, Floats], Floats],
    jitter: float,
) -> Pixels:
    """Cover the picture with `count` strokes that take their colour from below them.

    `length` is a fraction of the shorter side, `angle` a field over x and y in 0..1. As a painter
    would, it takes a smaller brush where much is drawn on little room, and goes over what is finely
    drawn once more.
    """
    height, width = pixels.shape[:2]
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.drawImage(image_of(pixels), 0, 0)
    change = _change_of(pixels)
    finer = _finer(change)
    x, y = rng.random((2, count), dtype=np.float32)
    _marks(canvas, pixels, rng, (x, y), length, finer, angle, jitter)
    x, y = _edges(change, rng, count * 2 // 3)
    _marks(canvas, pixels, rng, (x, y), length * 0.4, finer, angle, jitter * 0.5)
    return pixels_of(surface)


def _change_of(pixels: Pixels) -> Floats:
    """How much colours change from each pixel to the next ones, shape (H, W)."""
    values = pixels.astype(np.float32)
    down = np.abs(np.diff(values, axis=0, append=values[-1:])).max(2)
    change: Floats = down + np.abs(np.diff(values, axis=1, append=values[:, -1:])).max(2)
    return change


def _finer(change: Floats) -> Floats:
    """What a brush is to be scaled by, 0.3 in the midst of small windows and 1 in an open sky.

    Returns about 24 values along the shorter side of a picture with that change.
    """
    height, width = change.shape
    side = min(change.shape)
    rows, columns = round(height / side * 24), round(width / side * 24)
    grey = as_bytes(change)[..., None].repeat(3, axis=2)
    around = scaled(grey, columns, rows, smooth=True)[..., 0].astype(np.float32)
    finer: Floats = 1 - 0.7 * np.clip((around * (side / 256) - 14) / 22, 0, 1)
    return finer


def _edges(change: Floats, rng: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    """Places, x and y in 0..1, most of them where colours change."""
    height, width = change.shape
    total = np.cumsum(change + 1.0)
    at = np.searchsorted(total, rng.random(count) * total[-1])
    rows, columns = np.divmod(np.minimum(at, total.size - 1), width)
    x, y = (columns + 0.5) / width, (rows + 0.5) / height
    return x.astype(np.float32), y.astype(np.float32)


def _marks(
    canvas: skia.Canvas,
    pixels: Pixels,
    rng: np.random.Generator,
    places: tuple[Floats, Floats],
    length: float,
    finer: Floats,
    angle: Callable[[Floats, Floats], Floats],
    jitter: float,
) -> None:
    """Set brush marks at places, x and y in 0..1, each in about the colour of its place.

    finer: of `_finer`, scales the marks.
    """
    height, width = pixels.shape[:2]
    (x, y), count = places, len(places[0])
    colours = pixels[(y * height).astype(int), (x * width).astype(int)].astype(np.float32)
    colours = np.clip(colours + rng.normal(0, jitter, (count, 1)), 0, 255).astype(np.uint32)
    packed = 0xFF000000 | colours[:, 0] << 16 | colours[:, 1] << 8 | colours[:, 2]
    turn = angle(x, y) + rng.normal(0, 0.25, count)
    rows, columns = finer.shape
    scale = finer[(y * rows).astype(int), (x * columns).astype(int)] * (
        length * min(height, width) / 16
    )
    each = zip(
        scale.tolist(), turn.tolist(), (x * width).tolist(), (y * height).tolist(), strict=True
    )
    marks = [skia.RSXform.MakeFromRadians(*values, 8, 4) for values in each]
    whole = [skia.Rect.MakeWH(16, 8)] * count
    canvas.drawAtlas(
        _brush(4),
        marks,
        whole,
        packed.tolist(),
        skia.BlendMode.kModulate,
        skia.SamplingOptions(skia.FilterMode.kLinear),
    )


def _oil(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Short slanted brush strokes."""
    lean = float(rng.uniform(-0.8, 0.8))
    return _strokes(pixels, rng, 2600, 0.034, lambda x, y: lean + 0.8 * np.sin(5 * x + 4 * y), 7)


def _swirls(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Long strokes along a swirling field."""
    a, b = rng.uniform(0, 6.3, 2)

    def field(x: Floats, y: Floats) -> Floats:
        turned: Floats = np.sin(7 * x + a) * 1.2 + np.cos(8 * y + b) * 1.2
        return turned

    return _strokes(pixels, rng, 2000, 0.05, field, 14)


def _pointillism(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Dots of slightly varied colour."""
    return _strokes(pixels, rng, 2600, 0.028, lambda x, y: x * 0, 16)


def _change(soft: Floats) -> Floats:
    """How much colours change within a 128th of the shorter side, shape (H, W, 1).

    Over that distance and not from pixel to pixel, or large pictures show the steps of smooth
    gradients as lines.
    """
    side = min(soft.shape[:2])
    step = max(1, round(side / 128))
    around = np.pad(soft, ((step, 0), (step, 0), (0, 0)), mode="edge")
    dx = np.abs(soft - around[step:, :-step]).max(axis=2, keepdims=True)
    dy = np.abs(soft - around[:-step, step:]).max(axis=2, keepdims=True)
    steep: Floats = (dx + dy) * (side / 128 / step)
    return steep


def _lit(soft: Floats, light: float) -> Floats:
    """The same with its lightest tones at `light` or above, so that a night can be seen."""
    lightest = float(np.percentile(soft[::4, ::4].mean(axis=2), 97))
    brighter: Floats = soft * max(1.0, light / max(lightest, 40))
    return brighter


def _ink(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Black brush lines and two grey washes on white paper."""
    side = min(pixels.shape[:2])
    soft = _lit(blurred(pixels, max(0.5, side * 0.005)), 235)
    grey = soft.mean(axis=2, keepdims=True)
    flow = 40 * (cloudy(pixels.shape[:2], 9, rng) - 0.5)
    light = grey + flow
    washes = sum(
        60 / (1 + np.exp(np.clip((light - level) / 6, -80, 80)))  # a float32 holds no exp(89)
        for level in (70, 125)
    )
    lines = np.clip(_change(soft) * 6 - 40, 0, 235)
    return as_bytes(np.array([250, 248, 242], np.float32) - np.maximum(washes, lines))


def _woodcut(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Black lines, cut the wider the lighter it is, over a flat tint of the colours."""
    side = min(pixels.shape[:2])
    soft = _lit(blurred(pixels, max(0.5, side * 0.006)), 165)
    grey = soft.mean(axis=2, keepdims=True) + 20 * (cloudy(pixels.shape[:2], 14, rng) - 0.5)
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]][..., None]
    bend = 9 * cloudy(pixels.shape[:2], 4, rng) + 0.6 * columns / side
    cut = 0.5 + 0.5 * np.sin(rows * 2 * math.pi / (side / 34) + bend)
    black = (cut * 165 > grey + 10) | (_change(soft) > 22)
    tint = soft * 0.55 + np.array([236, 214, 176], np.float32) * 0.45
    return as_bytes(np.where(black, np.array([28, 24, 26], np.float32), tint))


def _neon(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Glowing outlines in the dark, in the colours of what they surround."""
    side = min(pixels.shape[:2])
    soft = blurred(pixels, max(0.5, side * 0.004))
    grey = soft.mean(axis=2, keepdims=True)
    hue = np.clip(grey + 3.2 * (soft - grey), 0, 255)
    hue = hue * (235 / np.maximum(hue.max(axis=2, keepdims=True), 60))
    tubes = as_bytes(hue * np.clip((_change(soft) - 7) / 22, 0, 1))
    wide = blurred(tubes, side * 0.04)
    glow = 1.1 * blurred(tubes, side * 0.012) + 1.2 * wide
    # Where there are many, as in a city's windows, each is dimmer, or all would be one light.
    crowd = wide.max(axis=2, keepdims=True) / 255
    dimmer = 1 / (1 + 5 * np.clip(crowd - 0.16, 0, None))
    dark = soft * 0.14 + np.array([10, 6, 22], np.float32)
    return as_bytes(dark + (0.4 + 0.5 * dimmer) * tubes + dimmer * glow)


def _blueprint(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """White lines on blue paper with a grid."""
    side = min(pixels.shape[:2])
    soft = blurred(pixels, max(0.4, side * 0.003))
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]][..., None]
    pitch, width = side / 16, max(1.0, side / 200)
    grid = (rows % pitch < width) | (columns % pitch < width)
    paper = np.array([28, 72, 150], np.float32) + 14 * (cloudy(pixels.shape[:2], 6, rng) - 0.5)
    lit = soft.mean(axis=2, keepdims=True) / 255 * 34
    lines = np.clip(_change(soft) * 5 - 22, 0, 200)
    return as_bytes(paper + lit + np.where(grid, 22, 0) + lines)


def _pastel(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Chalky grain over softened, lightened colours."""
    side = min(pixels.shape[:2])
    soft = blurred(pixels, side * 0.006)
    light = soft * 0.8 + np.array([58, 52, 50], np.float32)
    grain = (cloudy(pixels.shape[:2], 60, rng) - 0.5) * 34
    return as_bytes(light + grain)


def _pixel_art(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Coarse pixels, 32 across the shorter side, in few tones."""
    height, width = pixels.shape[:2]
    step = min(height, width) / 32
    small = scaled(pixels, round(width / step), round(height / step), smooth=True)
    few = np.clip((small.astype(np.int16) + 12) // 24 * 24, 0, 255).astype(np.uint8)
    return scaled(few, width, height, smooth=False)


_STYLES: dict[str, _Style] = {
    "oil": _oil,
    "watercolour": watercolour,
    "pencil": pencil,
    "ink": _ink,
    "woodcut": _woodcut,
    "neon": _neon,
    "blueprint": _blueprint,
    "pastel": _pastel,
    "pointillism": _pointillism,
    "mosaic": stained_glass,
    "pixel art": _pixel_art,
    "swirls": _swirls,
    "photograph": develop,
}
