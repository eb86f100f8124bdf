"""Pixels beside skia's surfaces: to and fro, scaled, blurred, and smooth noise."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import skia

Pixels = npt.NDArray[np.uint8]
"""RGB of shape (H, W, 3)."""
Floats = npt.NDArray[np.float32]


def image_of(pixels: Pixels) -> skia.Image:
    """The pixels as a skia image."""
    rgba = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return skia.Image.fromarray(rgba, colorType=skia.kRGBA_8888_ColorType)


def pixels_of(surface: skia.Surface) -> Pixels:
    """The surface as RGB pixels."""
    rgba = surface.toarray(colorType=skia.kRGBA_8888_ColorType)
    return np.ascontiguousarray(rgba[..., :3])


def as_bytes(values: npt.NDArray[np.floating]) -> Pixels:
    """Values in 0..255 as bytes."""
    return np.asarray(np.clip(values, 0, 255), np.uint8)


_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
_NEAREST = skia.SamplingOptions(skia.FilterMode.kNearest)
_CUBIC = skia.SamplingOptions(skia.CubicResampler.Mitchell())


def scaled(pixels: Pixels, width: int, height: int, smooth: bool) -> Pixels:
    """The picture at another size."""
    return _sampled(pixels, width, height, _LINEAR if smooth else _NEAREST)


def _sampled(pixels: Pixels, width: int, height: int, sampling: skia.SamplingOptions) -> Pixels:
    surface = skia.Surface(width, height)
    surface.getCanvas().drawImageRect(image_of(pixels), skia.Rect.MakeWH(width, height), sampling)
    return pixels_of(surface)


def blurred(pixels: Pixels, sigma: float) -> Floats:
    """A Gaussian blur, as floats in 0..255."""
    surface = skia.Surface(pixels.shape[1], pixels.shape[0])
    blur = skia.ImageFilters.Blur(sigma, sigma, skia.TileMode.kClamp)
    surface.getCanvas().drawImage(
        image_of(pixels), 0, 0, skia.SamplingOptions(), skia.Paint(ImageFilter=blur)
    )
    return pixels_of(surface).astype(np.float32)


def glow(pixels: Pixels, sigma: float) -> Floats:
    """A wide blur at a fraction of the cost, made at a quarter of the size."""
    height, width = pixels.shape[:2]
    small = scaled(pixels, max(2, width // 4), max(2, height // 4), smooth=True)
    soft = as_bytes(blurred(small, sigma / 4))
    return scaled(soft, width, height, smooth=True).astype(np.float32)


def cloudy(shape: tuple[int, int], cells: int, rng: np.random.Generator) -> Floats:
    """Smooth noise in 0..1 with about `cells` bumps across the shorter side, shape (H, W, 1)."""
    height, width = shape
    step = min(shape) / cells
    rows, columns = max(2, round(height / step)), max(2, round(width / step))
    coarse = rng.integers(0, 256, (rows, columns, 1), dtype=np.uint8).repeat(3, axis=2)
    # Between few bumps a linear interpolation would show as seams.
    noise = _sampled(coarse, width, height, _CUBIC if step > 8 else _LINEAR)
    return np.asarray(noise[..., :1] / 255, np.float32)


def shifted(pixels: Pixels, bends: Iterable[tuple[int, float]], rng: np.random.Generator) -> Floats:
    """The picture as an unsteady hand would copy it: every pixel is taken from near its place.

    bends: bumps of smooth noise across the shorter side, and how far the noise reaches, as a
    fraction of that side.
    """
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for cells, reach in bends:
        far = reach * min(height, width)
        y += far * (cloudy((height, width), cells, rng)[..., 0] - 0.5)
        x += far * (cloudy((height, width), cells, rng)[..., 0] - 0.5)
    y, x = np.clip(y, 0, height - 1.001), np.clip(x, 0, width - 1.001)
    row, column = y.astype(np.intp), x.astype(np.intp)
    down, across = (y - row)[..., None], (x - column)[..., None]
    values = pixels.reshape(height * width, -1).astype(np.float32)
    at = row * width + column
    upper = values[at] + across * (values[at + 1] - values[at])
    lower = values[at + width] + across * (values[at + width + 1] - values[at + width])
    return np.asarray(upper + down * (lower - upper), np.float32)
