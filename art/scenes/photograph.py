"""A drawn scene as a camera might take it: depth of field, form, texture, tone, bloom and grain."""

import math

import numpy as np
import skia

from mused.art.scenes.raster import (
    Floats,
    Pixels,
    as_bytes,
    blurred,
    cloudy,
    glow,
    image_of,
    scaled,
)

_PALER = (0.8 * np.eye(3) + 0.2 / 3).astype(np.float32)
"""Colours moved by a fifth towards their grey."""
_T = np.linspace(0, 1, 256, dtype=np.float32)
_TONES = 0.03 + 0.95 * (0.55 * _T + 0.45 * _T * _T * (3 - 2 * _T))
"""Soft in the shadows and in the lights, by brightness."""


def defocus(surface: skia.Surface, horizon: float, focus: float) -> None:
    """Blur what lies far behind or before `focus`, a height in pixels like the horizon.

    Whatever reaches up to the horizon is far; from there the ground comes nearer row by row. A
    focus above the horizon is that of something in the sky: then all the rest is out of focus.
    """
    width, height = float(surface.width()), float(surface.height())
    sigma = min(width, height) * 0.014
    blur = skia.ImageFilters.Blur(sigma, sigma, skia.TileMode.kClamp)
    image = surface.makeImageSnapshot()
    canvas = surface.getCanvas()
    canvas.saveLayer()
    canvas.drawImage(image, 0, 0, skia.SamplingOptions(), skia.Paint(ImageFilter=blur))
    if focus > horizon:
        ends = [skia.Point(0, horizon), skia.Point(0, max(height, focus + 1))]
        sharp = (focus - horizon) / (ends[1].y() - horizon)
        tones = [skia.ColorSetARGB(a, 0, 0, 0) for a in (255, 0, 0, 190)]
        places = [0.0, sharp * 0.8, min(1.0, sharp * 1.1), 1.0]
        fading = skia.GradientShader.MakeLinear(ends, tones, places)
        canvas.drawPaint(skia.Paint(Shader=fading, BlendMode=skia.BlendMode.kDstIn))
    canvas.restore()


def modelled(stage: skia.Surface, sun_x: float) -> skia.Image:
    """What stands on a transparent stage, rounded by light that comes from the sun's side."""
    rgba = stage.toarray(colorType=skia.kRGBA_8888_ColorType)
    height, width = rgba.shape[:2]
    reach = min(height, width) * 0.035 / 4  # at a quarter of the size, which the eye does not see
    small = scaled(
        rgba[..., 3:].repeat(3, axis=2), max(2, width // 4), max(2, height // 4), smooth=True
    )
    down, across = np.gradient(blurred(small, reach)[..., 0] / 255)
    lit = across * (-0.7 if sun_x > width / 2 else 0.7) + down
    shade = as_bytes(128 * np.clip(1.0 + 1.1 * reach * lit, 0.55, 1.3))[..., None].repeat(3, axis=2)
    rgba[..., :3] = as_bytes(rgba[..., :3] * (scaled(shade, width, height, smooth=True) / 128))
    return skia.Image.fromarray(rgba, colorType=skia.kRGBA_8888_ColorType)


def textured(surface: skia.Surface, horizon: float, rng: np.random.Generator) -> None:
    """Give the ground the fine unevenness that no drawn plane has, and the sky a little of it.

    As in natural pictures the amplitude falls with the frequency (Field, 1987).
    """
    height, width = surface.height(), surface.width()
    rough = sum(
        (cloudy((height, width), cells, rng) - 0.5) * share
        for cells, share in ((7, 0.3), (24, 0.22), (72, 0.22))
    )
    rows = np.arange(height, dtype=np.float32)[:, None, None]
    ground = np.clip((rows - horizon) / (0.05 * height), 0.12, 1.0)
    grey = as_bytes((128.0 + 127.0 * rough * ground).repeat(3, axis=2))
    paint = skia.Paint(BlendMode=skia.BlendMode.kOverlay)
    surface.getCanvas().drawImage(image_of(grey), 0, 0, skia.SamplingOptions(), paint)


def develop(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The film's part: bloom, paler colours, a soft tone curve, falling light and grain."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    # What shines is light in red and green: a sun, a lamp, snow; the sky is so in blue only.
    least = np.minimum(pixels[..., 0], pixels[..., 1]).astype(np.float32)
    lamps = as_bytes((least - 218) * 7)[..., None]
    light: Floats = 0.2 * lamps + 0.3 * glow(lamps.repeat(3, axis=2), side * 0.03)[..., :1]
    x = np.clip((pixels @ _PALER + light) / 255, 0, 1)
    x = _TONES[(x * 255).astype(np.uint8)] * _falloff(height, width)
    grain = rng.standard_normal((height, width, 1), dtype=np.float32)
    return as_bytes(255 * x + 2.7 * grain)


def _falloff(height: int, width: int) -> Floats:
    """How light falls off towards a lens's corners, as cos⁴ of its angle, shape (H, W, 1)."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * height
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * width
    tangent = math.tan(math.radians(29)) / math.hypot(height, width)
    cosine2 = 1 / (1 + (x * x + y * y) * tangent**2)
    return np.asarray((cosine2 * cosine2)[..., None], np.float32)
