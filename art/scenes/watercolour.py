"""A drawn scene as a watercolour: washes whose pigment pools, bleeds and settles in the paper."""

import numpy as np

from mused.art.scenes.raster import Floats, Pixels, as_bytes, blurred, cloudy, glow, shifted

_PAPER = np.array([252, 249, 241], np.float32)
_STRENGTH = 0.67
"""Of the washes, of which 1 would hide the paper in the dark."""


def watercolour(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Washes of uneven outline, darker at their edges, on paper that is left white in places.

    As in Bousseau et al. (2006) a pigment's density d makes of a colour C in 0..1
    C - (C - C^2) (d - 1): the sum of what pools at edges, flows and settles in the paper's grain.
    """
    shape, side = pixels.shape[:2], min(pixels.shape[:2])
    drawn = as_bytes(shifted(pixels, ((8, 0.02), (30, 0.009)), rng))
    wash = blurred(drawn, max(0.4, side * 0.0035))
    near = blurred(drawn, side * 0.011)
    far = glow(drawn, side * 0.035)
    flow, damp = cloudy(shape, 3, rng), cloudy(shape, 6, rng)
    # Where the paper is wet what is dark runs into what is light, unless much is drawn there.
    drawn_on = np.abs(near - far).max(axis=2, keepdims=True)
    wet = np.clip(flow * 4 - 1.6, 0, 1) * np.clip(1.3 - drawn_on / 40, 0, 1)
    wash = wash + wet * np.minimum(far - wash, 0)
    # A pale picture, as of mist, is not to become bare paper.
    darkest = float(np.percentile(wash[::4, ::4].mean(axis=2), 5))
    strong = np.clip(145 / max(255 - darkest, 1), 1.0, 1.9)
    wash, near = 255 - strong * (255 - wash), 255 - strong * (255 - near)
    grey = wash.mean(axis=2, keepdims=True)
    colour = np.clip(grey + 1.25 * (wash - grey), 0, 255) / 255
    colour = 1 - _STRENGTH * (1 - colour)
    pooled = np.clip((near - wash).max(axis=2, keepdims=True) / 24, 0, 1)
    backrun = np.exp(-(((damp - 0.5) / 0.035) ** 2)) * wet
    grain = cloudy(shape, 100, rng) + 0.7 * cloudy(shape, 210, rng) - 0.85
    inside, rim = _margin(shape, rng)
    density = 1 + 0.9 * (flow + damp - 1) + 0.3 * grain + 1.2 * pooled + 0.35 * backrun + rim
    colour = colour - (colour - colour * colour) * (density - 1)
    gap = np.clip((wash - near).min(axis=2, keepdims=True) / 26 - 0.1, 0, 0.6)
    bare = np.clip((grey - 222 + 40 * grain + 70 * (damp - 0.5)) / 24, 0, 0.8)
    left = 1 - (1 - gap) * (1 - bare)
    colour = 1 - (1 - np.clip(colour, 0, 1)) * (1 - left) * inside
    return as_bytes(colour * _PAPER)


def _margin(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Where there is paint, which ends unevenly before the paper does, and what pools at its end.

    Both in 0..1, shape (H, W, 1).
    """
    height, width = shape
    y, x = np.arange(height)[:, None] + 0.5, np.arange(width)[None, :] + 0.5
    distance = np.minimum(np.minimum(y, height - y), np.minimum(x, width - x)) / min(shape)
    uneven = 0.035 * cloudy(shape, 9, rng) + 0.014 * cloudy(shape, 40, rng)
    depth = distance[..., None] - uneven
    inside = np.asarray(np.clip(depth / 0.006 + 0.5, 0, 1), np.float32)
    rim = np.asarray(0.7 * np.clip(1 - depth / 0.016, 0, 1), np.float32)
    return inside, rim
