"""Our fused cutouts beside a plain chain of single disturbances, in distribution.

The chain is written with Pillow and numpy from the words of `Augmentation` alone: crop, rotate,
shear, perspective, hue, saturation, brightness, contrast, erase, noise, one after the other, each
with random numbers of its own. What both did is measured in the pixels they gave.
"""

import colorsys
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from mused.art.cutouts import Augmentation, cut, draw

N = 600
SIDE = 32
SIZE = 96
A = Augmentation(whole=0, degrees=12, shear=0.1, perspective=0.12, colour=0.15, erase=0, noise=0)
GEOMETRY = ("rotation", "scale", "shear", "x", "y", "tilt x", "tilt y")
STILL = Augmentation(whole=0, degrees=0, shear=0, perspective=0, colour=0, erase=0, noise=0)


def ours(picture: np.ndarray, augmentation: Augmentation, seed: int) -> np.ndarray:
    """Cutouts [n, C, SIDE, SIDE] of a picture [C, H, W]; the first one shows the whole of it."""
    height, width = picture.shape[1:]
    generator = torch.Generator().manual_seed(seed)
    drawn = draw(N + 1, width, height, augmentation, generator)
    views = cut(torch.from_numpy(picture)[None].float(), drawn, SIDE)
    return np.asarray(views[1:].double())


def places(width: int, height: int) -> np.ndarray:
    """A picture [3, H, W] in which every pixel says where it is, in pixels."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    return np.stack([x, y, np.zeros_like(x)])


def measured(views: np.ndarray) -> dict[str, np.ndarray]:
    """What moved every cutout, from its places: a fit of the middle of it, where all is inside."""
    line = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    inner = slice(SIDE // 4, -SIDE // 4)
    v, u = np.meshgrid(line[inner], line[inner], indexing="ij")
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], -1).reshape(-1, 6)
    seen = views[:, :2, inner, inner].reshape(len(views), 2, -1)
    fit = np.linalg.lstsq(terms, seen.reshape(-1, seen.shape[2]).T, rcond=None)[0]
    fit = fit.T.reshape(len(views), 2, 6)
    linear = fit[:, :, 1:3]
    unit = np.linalg.inv(linear)
    quadratic = np.einsum("nij,njk->nik", unit, fit[:, :, 3:])
    along, across = linear[:, :, 0], linear[:, :, 1]
    length = np.linalg.norm(along, axis=1)
    return {
        "rotation": np.degrees(np.arctan2(along[:, 1], along[:, 0])),
        "scale": np.sqrt(np.linalg.det(linear)),
        "shear": (along * across).sum(1) / length**2,
        "x": fit[:, 0, 0],
        "y": fit[:, 1, 0],
        "tilt x": quadratic[:, 0, 0],
        "tilt y": quadratic[:, 1, 2],
    }


def chained(planes: list[Image.Image], rng: np.random.Generator) -> np.ndarray:
    """One cutout [2, SIDE, SIDE] by one disturbance after the other, last of all perspective."""
    side = rng.uniform(A.smallest, A.largest) * SIZE
    left, top = rng.uniform(0, SIZE - side, 2)
    angle = rng.uniform(-A.degrees, A.degrees)
    shear = rng.uniform(-A.shear, A.shear)
    tilt = rng.uniform(-A.perspective, A.perspective, 2)
    to_unit = np.array([[2 / SIDE, 0, -1], [0, 2 / SIDE, -1], [0, 0, 1]])
    tilted = np.linalg.inv(to_unit) @ np.array([[1, 0, 0], [0, 1, 0], [*tilt, 1]]) @ to_unit
    tilted /= tilted[2, 2]
    half = SIDE / 2
    done = []
    for plane in planes:
        image = plane.transform(
            (SIDE, SIDE),
            Image.Transform.EXTENT,
            (left, top, left + side, top + side),
            Image.Resampling.BILINEAR,
        )
        image = image.rotate(-angle, Image.Resampling.BILINEAR)
        sheared = (1, shear, -shear * half, 0, 1, 0)
        image = image.transform(
            (SIDE, SIDE), Image.Transform.AFFINE, sheared, Image.Resampling.BILINEAR
        )
        image = image.transform(
            (SIDE, SIDE),
            Image.Transform.PERSPECTIVE,
            tuple(tilted.ravel()[:8]),
            Image.Resampling.BILINEAR,
        )
        done.append(np.asarray(image, dtype=float))
    return np.stack(done)


def assert_alike(ours: np.ndarray, reference: np.ndarray, name: str) -> None:
    """The same mean and the same spread, as far as so many samples tell."""
    error = math.sqrt(ours.var() / len(ours) + reference.var() / len(reference))
    assert abs(ours.mean() - reference.mean()) < 4 * error + 1e-9, name
    assert ours.std() == pytest.approx(reference.std(), rel=0.12), name


def test_the_geometry_is_that_of_the_chain() -> None:
    x, y, _ = places(SIZE, SIZE)
    planes = [Image.fromarray(each.astype(np.float32), "F") for each in (x, y)]
    rng = np.random.default_rng(1)
    reference = measured(np.stack([chained(planes, rng) for _ in range(N)]))
    still = replace(A, colour=0)  # these pixels are no colours
    found = measured(ours(places(SIZE, SIZE), still, seed=1))
    for name in GEOMETRY:
        assert_alike(found[name], reference[name], name)
    assert found["rotation"].std() == pytest.approx(12 / math.sqrt(3), rel=0.1)
    assert abs(np.corrcoef(found["rotation"], found["scale"])[0, 1]) < 0.15


@pytest.mark.parametrize(("width", "height"), [(96, 96), (160, 96), (72, 144)])
def test_no_cutout_is_squashed(width: int, height: int) -> None:
    """As many pixels of the picture across as down: of zooms, and of the whole picture too."""
    moved = Augmentation(whole=0.5, degrees=30, shear=0, perspective=0, colour=0, erase=0, noise=0)
    generator = torch.Generator().manual_seed(2)
    drawn = draw(64, width, height, moved, generator)
    # Beyond the border a cutout shows the border's places: the homographies say where it looks.
    to_pixels = torch.tensor([width / 2, height / 2])
    linear = drawn.homographies[:, :2, :2] * to_pixels[:, None]
    across, down = linear.norm(dim=1).unbind(1)
    assert torch.allclose(across, down, rtol=1e-5)
    assert torch.allclose(2 * across, torch.tensor(drawn.scales), rtol=1e-5)
    assert (linear[:, :, 0] * linear[:, :, 1]).sum(1).abs().max() < 1e-2


COLOURS = [colorsys.hsv_to_rgb(k / 12, 0.4, 0.6) for k in range(12)]
GREYS = [(0.3,) * 3, (0.6,) * 3]


def jittered(colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colours [m, 3] after hue, saturation, brightness and contrast, one after the other."""
    a = A.colour
    brightness, contrast, saturation = rng.uniform(1 - a, 1 + a, 3)
    turn = rng.uniform(-a, a) / 2
    hued = []
    for colour in colours:
        h, s, v = colorsys.rgb_to_hsv(*colour)
        hued.append(colorsys.hsv_to_rgb((h + turn) % 1, s, v))
    found = np.array(hued)
    luma = found @ [0.299, 0.587, 0.114]
    found = luma[:, None] + saturation * (found - luma[:, None])
    return np.asarray(contrast * (brightness * found - 0.5) + 0.5)


def measured_colours(seen: np.ndarray) -> dict[str, np.ndarray]:
    """What happened to COLOURS and GREYS, from what became of them, [n, 14, 3]."""
    dark, light = seen[:, -2].mean(1), seen[:, -1].mean(1)
    gain = (light - dark) / 0.3
    contrast = 1 - 2 * (dark - 0.3 * gain)

    def plane(colours: np.ndarray) -> np.ndarray:
        red, green, blue = np.moveaxis(colours, -1, 0)
        return np.asarray(red - (green + blue) / 2 + 1j * math.sqrt(3) / 2 * (green - blue))

    before, after = plane(np.array(COLOURS)), plane(seen[:, :12])
    return {
        "brightness": gain / contrast,
        "contrast": contrast,
        "hue": np.degrees(np.angle(after / before).mean(1)),
        "saturation": np.abs(after / before).mean(1) / gain,
    }


def test_the_colours_are_those_of_the_chain() -> None:
    colours = np.array([*COLOURS, *GREYS])
    rng = np.random.default_rng(3)
    reference = measured_colours(np.stack([jittered(colours, rng) for _ in range(N)]))
    still = Augmentation(
        whole=0, degrees=0, shear=0, perspective=0, colour=A.colour, erase=0, noise=0
    )
    seen = []
    for colour in colours:  # the same seed: the same jitter
        flat = np.broadcast_to(colour[:, None, None], (3, SIDE, SIDE)).copy()
        seen.append(ours(flat, still, seed=3).mean((2, 3)))
    found = measured_colours(np.stack(seen, 1))
    for name in reference:
        assert_alike(found[name], reference[name], name)
    assert found["hue"].std() == pytest.approx(180 * A.colour / math.sqrt(3), rel=0.1)


def erased_share(rng: np.random.Generator, probability: float) -> float:
    """The share of a cutout that a random rectangle blanks (Zhong et al., 2017)."""
    if rng.uniform() >= probability:
        return 0.0
    area, ratio = rng.uniform(0.1, 0.33), math.exp(rng.uniform(-1, 1))
    width, height = (min(0.9, math.sqrt(area * ratio ** (sign))) for sign in (1, -1))
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    line = (np.arange(SIDE) + 0.5) / SIDE
    across = (line >= left) & (line < left + width)
    down = (line >= top) & (line < top + height)
    return float(across.mean() * down.mean())


def test_rectangles_are_erased_as_by_the_chain() -> None:
    noise = np.random.default_rng(4).uniform(size=(3, SIZE, SIZE))
    erasing = Augmentation(whole=0, degrees=0, shear=0, perspective=0, colour=0, erase=0.5, noise=0)
    plain, erased = (ours(noise, each, seed=4) for each in (STILL, erasing))
    found = (plain != erased).any(1).mean((1, 2))
    rng = np.random.default_rng(5)
    reference = np.array([erased_share(rng, 0.5) for _ in range(N)])
    assert (found > 0).mean() == pytest.approx(0.5, abs=0.08)
    assert_alike(found[found > 0], reference[reference > 0], "erased area")


def test_noise_is_that_of_the_chain() -> None:
    grey = np.full((3, SIDE, SIDE), 0.5)
    noisy = Augmentation(whole=0, degrees=0, shear=0, perspective=0, colour=0, erase=0, noise=0.1)
    views = ours(grey, noisy, seed=6)
    rng = np.random.default_rng(7)
    reference = np.array(
        [rng.normal(0.5, rng.uniform(0, 0.1), (3, SIDE, SIDE)).std() for _ in range(N)]
    )
    assert_alike(views.std((1, 2, 3)), reference, "standard deviation")
    assert_alike(views.mean((1, 2, 3)) - 0.5, np.zeros(N) + rng.normal(0, 0.058, N) / 55, "mean")
    residue = (views - 0.5) / views.std((1, 2, 3), keepdims=True)
    assert (residue**4).mean() == pytest.approx(3, abs=0.1), "normal"
