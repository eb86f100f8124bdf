"""A drawn scene as a pencil drawing: hatching by tone, contours drawn twice, toothed paper."""

import numpy as np
import skia

from mused.art.scenes.raster import (
    Floats,
    Pixels,
    as_bytes,
    blurred,
    cloudy,
    glow,
    pixels_of,
    shifted,
)

_PAPER = np.array([246, 240, 226], np.float32)
_GRAPHITE = np.array([58, 56, 62], np.float32)
_LIGHT = np.array([0.48, 0.36, 0.16], np.float32)
"""What red, green and blue have of lightness: warm things stand out from cool ones."""
_LAYERS = ((0.65, 0.06), (-0.55, 0.4), (0.15, 0.6))
"""Angles of the hatchings, and the darkness from which each is laid over those before."""


def pencil(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Hatching that is denser and crossed where it is dark, with a breath of colour."""
    shape, side = pixels.shape[:2], min(pixels.shape[:2])
    soft = blurred(pixels, max(0.4, side * 0.003))
    light = (soft @ _LIGHT)[..., None]
    around = (glow(pixels, side * 0.05) @ _LIGHT)[..., None]
    # What is lighter than its surroundings is left lighter, by night as well.
    dark = 1.02 - (np.clip(light + 0.45 * (light - around), 0, 255) / 240) ** 0.8
    lead = 0.34 * np.clip(dark, 0, 1) ** 2  # smeared below the strokes
    for angle, start in _LAYERS:
        tone = np.asarray(np.clip((dark - start) / (0.86 - start), 0, 1), np.float32)
        marks = _hatching(soft, tone, angle, rng)
        drawn = np.clip((marks - 1 + 1.15 * tone**0.6) * 4, 0, 1)
        lead = lead + (0.13 + 0.43 * tone) * drawn
    tooth = 1 + 0.7 * (1 - 0.6 * dark) * (cloudy(shape, 150, rng) - 0.5)
    lead = np.clip(np.maximum(lead, _contours(pixels, rng)) * tooth, 0, 0.94)
    colour = soft * 0.16 + _PAPER * 0.84
    return as_bytes(colour + (_GRAPHITE + 0.16 * (soft - light) - colour) * lead)


def _hatching(soft: Floats, tone: Floats, angle: float, rng: np.random.Generator) -> Floats:
    """How early a stroke covers each pixel, in 0..1, shape (H, W, 1); 0 where none ever does.

    As in the tonal art maps of Praun et al. (2001) a darker tone has all strokes of a lighter one
    and others between them.
    """
    height, width = soft.shape[:2]
    side = min(height, width)
    rows, columns = round(58 * height / side), round(22 * width / side)
    places = np.arange(rows * columns)
    down, across, early, wobble, length = rng.random((5, rows * columns))
    y = ((places // columns + down) / rows * height).astype(int)
    x = ((places % columns + across) / columns * width).astype(int)
    needed = tone[y, x, 0] > 0
    y, x, early, wobble, length = (each[needed] for each in (y, x, early, wobble, length))
    here = soft[y, x]
    # Neighbouring things are hatched each in a direction of its own.
    turn = angle + (here[:, 0] - here[:, 2]) * 0.0035 + 0.25 * (wobble - 0.5)
    scale = (0.8 + 0.6 * length) * (side * 0.08 / 32)
    grey = (30 + 225 * early).astype(np.uint32)
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorBLACK)
    strokes = zip(scale.tolist(), turn.tolist(), x.tolist(), y.tolist(), strict=True)
    canvas.drawAtlas(
        _STROKE,
        [skia.RSXform.MakeFromRadians(*values, 16, 2) for values in strokes],
        [skia.Rect.MakeWH(32, 4)] * len(x),
        (0xFF000000 | grey << 16 | grey << 8 | grey).tolist(),
        skia.BlendMode.kModulate,
        skia.SamplingOptions(skia.FilterMode.kLinear),
        None,
        skia.Paint(BlendMode=skia.BlendMode.kLighten),
    )
    return np.asarray(pixels_of(surface)[..., :1] / 255, np.float32)


def _contours(pixels: Pixels, rng: np.random.Generator) -> Floats:
    """Lines on the darker side of every edge, gone over once more by an unsteady hand, in 0..1.

    Differences of Gaussians, as Winnemöller et al. (2012) draw with them.
    """
    side = min(pixels.shape[:2])
    fine = blurred(pixels, max(0.5, side * 0.0035))
    darker = (blurred(pixels, side * 0.009) - fine).max(axis=2, keepdims=True)
    line = np.clip(darker / 15 - 0.15, 0, 1)
    again = shifted(as_bytes(255 * line), ((6, 0.012),), rng) / 255
    return np.asarray(np.maximum(0.9 * line, 0.6 * again), np.float32)


def _stroke() -> skia.Image:
    """A mark of 32 by 4 pixels that thins out at its ends."""
    surface = skia.Surface(32, 4)
    path = skia.Path()
    path.moveTo(0, 2.4)
    path.quadTo(16, -0.2, 32, 2.2)
    path.quadTo(16, 3.2, 0, 2.4)
    surface.getCanvas().drawPath(path, skia.Paint(AntiAlias=True, Color=skia.ColorWHITE))
    return surface.makeImageSnapshot()


_STROKE = _stroke()
