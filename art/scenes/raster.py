"""Pixels beside skia's surfaces: to and fro, scaled, blurred, and smooth noise."""

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


def scaled(pixels: Pixels, width: int, height: int, smooth: bool) -> Pixels:
    """The picture at another size."""
    surface = skia.Surface(width, height)
    rect = skia.Rect.MakeWH(width, height)
    if smooth:
        sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    else:
        sampling = skia.SamplingOptions(skia.FilterMode.kNearest)
    surface.getCanvas().drawImageRect(image_of(pixels), rect, sampling)
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
    return np.asarray(scaled(coarse, width, height, smooth=True)[..., :1] / 255, np.float32)
