"""A drawn scene as stained glass: pieces that follow the outlines of things, held by lead."""

import itertools

import numpy as np
import numpy.typing as npt

from mused.art.scenes.raster import Floats, Pixels, as_bytes, blurred, cloudy, scaled

_FINE = 128
"""Pixels along the shorter side at which the pieces are cut, whatever the picture's size."""
_ACROSS = 14
"""Pieces along the shorter side."""
_COMPACT = 0.38
"""How round the pieces are; the less, the closer they follow colours."""
_LEAD = np.array([26, 24, 30], np.float32)
_Labels = npt.NDArray[np.intp]


def stained_glass(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Pieces of vivid glass, each of about one colour, with painted details and dark lead."""
    height, width = pixels.shape[:2]
    step = min(height, width) / _FINE
    small = scaled(pixels, round(width / step), round(height / step), smooth=True)
    soft = blurred(small, 0.7)
    labels = _pieces(soft, rng)
    colours = _means(soft, labels)
    lead = _lead(soft, labels, colours, width, height)
    tone = rng.uniform(0.84, 1.16, (len(colours), 1)).astype(np.float32)
    glass = as_bytes(blurred(as_bytes((colours * tone)[labels]), 0.6))
    glass = scaled(glass, width, height, smooth=True).astype(np.float32)
    own = blurred(pixels, max(0.4, step * 0.3))
    painted = own - blurred(pixels, step * 2.5)
    mixed = np.clip(0.5 * glass + 0.5 * own + 0.8 * painted, 0, 255)
    grey = mixed.mean(axis=2, keepdims=True)
    shine = 0.85 + 0.45 * cloudy((height, width), 14, rng)  # through uneven glass
    vivid = 255 * (np.clip(grey + 1.6 * (mixed - grey), 0, 255) / 255) ** 0.8 * shine
    return as_bytes(vivid * (1 - lead) + _LEAD * lead)


def _pieces(small: Floats, rng: np.random.Generator) -> _Labels:
    """Which piece each pixel of [h, w, 3] belongs to, shape (h, w).

    Simple linear iterative clustering (Achanta et al., 2012) from places that are strewn unevenly,
    fewer where nothing is drawn.
    """
    height, width = small.shape[:2]
    step = min(height, width) / _ACROSS
    rows, columns = round(height / step), round(width / step)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    near = _COMPACT * 255 / step
    points = np.dstack([y * near, x * near, small])
    down, across = np.divmod(np.arange(rows * columns), columns)
    jitter = rng.uniform(0.05, 0.95, (2, rows * columns))
    at = (
        np.minimum((down + jitter[0]) / rows * height, height - 1).astype(int),
        np.minimum((across + jitter[1]) / columns * width, width - 1).astype(int),
    )
    centres = points[at]
    plain = np.abs(blurred(as_bytes(small), step * 0.7) - small).max(axis=2)[at] < 5
    centres[plain & (rng.random(len(centres)) < 0.45)] = 1e4  # out of reach
    for every in (2, 1):  # first roughly
        some = points[::every, ::every]
        labels = _nearest(some, centres, rows, columns)
        centres = _means(some, labels, centres)
    return labels


def _nearest(points: Floats, centres: Floats, rows: int, columns: int) -> _Labels:
    """The nearest centre of each of the points [h, w, C], among those of its cell and around it."""
    height, width = points.shape[:2]
    cell_y = (np.arange(height) * rows // height)[:, None]
    cell_x = (np.arange(width) * columns // width)[None, :]
    least = np.full((height, width), np.inf, np.float32)
    labels = np.zeros((height, width), np.intp)
    for dy, dx in itertools.product((-1, 0, 1), repeat=2):
        down = np.clip(cell_y + dy, 0, rows - 1)
        other = down * columns + np.clip(cell_x + dx, 0, columns - 1)
        apart = points - centres[other]
        distance = np.einsum("hwc,hwc->hw", apart, apart)
        labels = np.where(distance < least, other, labels)
        least = np.minimum(distance, least)
    return labels


def _means(values: Floats, labels: _Labels, empty: Floats | None = None) -> Floats:
    """The mean of [h, w, C] in each piece, shape (pieces, C); of those without pixels `empty`."""
    flat = labels.ravel()
    number = int(flat.max()) + 1 if empty is None else len(empty)
    count = np.bincount(flat, minlength=number)
    sums = [np.bincount(flat, c, number) for c in values.reshape(-1, values.shape[2]).T]
    means = (np.stack(sums, 1) / np.maximum(count, 1)[:, None]).astype(np.float32)
    if empty is not None:
        means[count == 0] = empty[count == 0]
    return means


def _lead(small: Floats, labels: _Labels, colours: Floats, width: int, height: int) -> Floats:
    """The lines between pieces, wide between unlike colours, and along the outlines of things.

    In 0..1, shape (height, width, 1).
    """
    near, around = np.pad(labels, 1, mode="edge"), np.pad(small, ((1, 1), (1, 1), (0, 0)), "edge")
    between = np.zeros(labels.shape, np.float32)
    # Thin lines within what is drawn, so that it is seen before its pieces are.
    drawn = np.abs(small - blurred(as_bytes(small), 6)).max(axis=2, keepdims=True)
    near_it = blurred(as_bytes(drawn).repeat(3, axis=2), 4)[..., 0]
    thin = 148 - 48 * np.clip(near_it / 12, 0, 1)
    same, next_to = slice(1, -1), slice(2, None)
    for there in ((same, next_to), (next_to, same), (next_to, next_to)):
        other = near[there]
        unlike = np.abs(colours[labels] - colours[other]).max(axis=2)
        wide = thin + (225 - thin) * np.clip((unlike - 20) / 60, 0, 1)
        wide = np.where(labels == other, 0, wide)
        outline = np.clip(np.abs(small - around[there]).max(axis=2) * 6 - 110, 0, 255)
        between = np.maximum(between, np.maximum(wide, outline))
    lines = as_bytes(between)[..., None].repeat(3, axis=2)
    # Where pieces would be all lead their details are painted instead.
    sparse = np.clip(2.3 - blurred(lines, 2.5) / 50, 0.1, 1)
    large = scaled(as_bytes(blurred(lines, 0.7) * sparse), width, height, smooth=True)
    return np.asarray(np.clip((large[..., :1].astype(np.float32) - 56) / 50, 0, 1), np.float32)
