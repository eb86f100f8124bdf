"""What CLIP sees of the picture: the whole of it and zooms into it, each a little disturbed.

Every disturbance is fused: rotation, shear, crop and perspective are one homography, jitter is
one colour matrix, erasing is one mask, so that a step costs some sixty operations instead of
the thousands a chain of augmentations costs. All random numbers come from one CPU generator,
which makes them the same on every device.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Augmentation:
    """How far cutouts differ from plain crops."""

    whole: float = 0.4
    """The share of cutouts that show the whole picture in its true aspect ratio."""
    smallest: float = 0.5
    largest: float = 0.95
    """Sides of the other, square cutouts, as parts of the picture's shorter side."""
    degrees: float = 6.0
    shear: float = 0.05
    perspective: float = 0.08
    colour: float = 0.05
    """Brightness, contrast and saturation vary by this part, hue by this many half turns."""
    erase: float = 0.3
    """The probability that a rectangle of a tenth to a third of the cutout is blanked."""
    noise: float = 0.05
    """The largest standard deviation of the noise added."""


@dataclass(frozen=True)
class Cutouts:
    """The random choices for n cutouts."""

    homographies: Tensor
    """[n, 3, 3]: from cutout to picture coordinates, both in [-1, 1]."""
    scales: tuple[float, ...]
    """Picture pixels a cutout spans along its side."""
    colours: Tensor
    """[n, 3, 3]"""
    offsets: Tensor
    """[n, 3]"""
    erased: Tensor
    """[n, 4]: left, top, right, bottom in [0, 1]; empty where left = right."""
    noise: Tensor
    """[n]: standard deviations."""
    noise_seed: int

    def __len__(self) -> int:
        return len(self.scales)

    def chunk(self, start: int, end: int) -> "Cutouts":
        """Return the choices for some of the cutouts."""
        return Cutouts(
            self.homographies[start:end],
            self.scales[start:end],
            self.colours[start:end],
            self.offsets[start:end],
            self.erased[start:end],
            self.noise[start:end],
            self.noise_seed + start,
        )


def draw(
    n: int, width: int, height: int, augmentation: Augmentation, generator: torch.Generator
) -> Cutouts:
    """Choose n cutouts of a picture of width x height pixels."""

    def uniform(*shape: int, low: float = -1.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=generator)

    a = augmentation
    whole = max(1, round(n * a.whole))
    short, long = min(width, height), max(width, height)
    sides = uniform(n, low=a.smallest, high=a.largest) * short
    sides[:whole] = long
    # Half extents of the cutout in picture coordinates, and a centre that keeps it inside.
    extent = torch.stack([sides / width, sides / height], 1)
    centre = uniform(n, 2) * (1 - extent).clamp(min=0)
    angle = uniform(n) * math.radians(a.degrees)
    shear = uniform(n) * a.shear
    tilt = uniform(n, 2) * a.perspective

    matrices = torch.zeros(n, 3, 3)
    cos, sin = angle.cos(), angle.sin()
    matrices[:, 0, 0] = extent[:, 0] * cos
    matrices[:, 0, 1] = extent[:, 0] * (shear * cos - sin)
    matrices[:, 1, 0] = extent[:, 1] * sin
    matrices[:, 1, 1] = extent[:, 1] * (shear * sin + cos)
    # The centre is a translation after the perspective division: it carries the bottom row.
    matrices[:, :2, :2] += centre[:, :, None] * tilt[:, None, :]
    matrices[:, :2, 2] = centre
    matrices[:, 2, :2] = tilt
    matrices[:, 2, 2] = 1

    colours, offsets = _colour(n, uniform(n, 4) * a.colour)
    area = uniform(n, low=0.1, high=0.33)
    ratio = uniform(n, low=-1.0, high=1.0).exp()
    box = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()], 1).clamp(max=0.9)
    corner = uniform(n, 2, low=0.0) * (1 - box)
    box *= (uniform(n, low=0.0) < a.erase)[:, None]
    return Cutouts(
        matrices,
        tuple(sides.tolist()),
        colours,
        offsets,
        torch.cat([corner, corner + box], 1),
        uniform(n, low=0.0) * a.noise,
        int(torch.randint(2**62, (), generator=generator)),
    )


def _colour(n: int, jitter: Tensor) -> tuple[Tensor, Tensor]:
    """Return brightness, contrast, saturation and hue as one matrix and one offset."""
    brightness, contrast, saturation = (1 + jitter[:, :3]).unbind(1)
    hue = jitter[:, 3] * math.pi
    grey = torch.full((3, 3), 1 / 3)
    axis = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    cos, sin = hue.cos()[:, None, None], hue.sin()[:, None, None]
    rotation = cos * torch.eye(3) + sin * axis + (1 - cos) * grey
    luma = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
    s = saturation[:, None, None]
    matrix = (s * torch.eye(3) + (1 - s) * luma) @ rotation
    gain = brightness * contrast
    return gain[:, None, None] * matrix, ((1 - contrast) / 2)[:, None].expand(n, 3)


def cut(picture: Tensor, cutouts: Cutouts, side: int, *, deterministic: bool = False) -> Tensor:
    """Return the cutouts [n, 3, side, side] of a picture [1, 3, H, W] in [0, 1].

    deterministic: whether the gradient must be the same in every run on a GPU as well.
    """
    device = picture.device
    views = _sample(picture, cutouts, side, gathered if deterministic else interpolated)
    views = torch.einsum("nij,njhw->nihw", cutouts.colours.to(device), views)
    views = views + cutouts.offsets.to(device)[:, :, None, None]
    if bool((cutouts.erased[:, 0] < cutouts.erased[:, 2]).any()):
        kept = _mask(cutouts.erased, side).to(device)
        views = views * kept + (1 - kept) * views.detach().mean((2, 3), keepdim=True)
    generator = torch.Generator(device).manual_seed(cutouts.noise_seed)
    noise = torch.randn(views.shape, generator=generator, device=device)
    return views + cutouts.noise.to(device)[:, None, None, None] * noise


def _mask(erased: Tensor, side: int) -> Tensor:
    """Return [n, 1, side, side]: 0 inside the erased rectangles, 1 outside."""
    pixels = (torch.arange(side) + 0.5) / side
    left, top, right, bottom = erased.unbind(1)
    across = (pixels >= left[:, None]) & (pixels < right[:, None])
    down = (pixels >= top[:, None]) & (pixels < bottom[:, None])
    return (~(down[:, :, None] & across[:, None, :])).float()[:, None]


def _sample(
    picture: Tensor, cutouts: Cutouts, side: int, warp: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """Sample every cutout from the halved picture whose pixels are just finer than its own."""
    grid = _grid(cutouts.homographies, side).to(picture.device)
    levels = [max(0, math.floor(math.log2(scale / side))) for scale in cutouts.scales]
    order: list[int] = []
    views: list[Tensor] = []
    for level in range(max(levels) + 1):
        if level:
            picture = functional.avg_pool2d(picture, 2, ceil_mode=True, count_include_pad=False)
        chosen = [i for i, at in enumerate(levels) if at == level]
        if chosen:
            order += chosen
            views.append(warp(picture, grid[chosen]))
    back = sorted(range(len(order)), key=order.__getitem__)
    return torch.cat(views)[back]


def interpolated(picture: Tensor, grid: Tensor) -> Tensor:
    """Return the pixels [n, C, h, w] of [1, C, H, W] at a grid [n, h, w, 2] in [-1, 1].

    Bilinear between pixels, the border's beyond them.
    """
    return functional.grid_sample(
        picture.expand(len(grid), -1, -1, -1), grid, padding_mode="border", align_corners=False
    )


def gathered(picture: Tensor, grid: Tensor) -> Tensor:
    """Return what interpolated() does, four times slower but with a deterministic gradient.

    That of grid_sample is summed up in any order on a GPU; that of gather has a fixed one where
    torch.use_deterministic_algorithms asks for it.
    """
    height, width = picture.shape[2:]
    size = torch.tensor([width, height], device=grid.device)
    at = (((grid + 1) * size - 1) / 2).clamp(min=0).minimum(size - 1)
    first = at.floor()
    share = at - first
    left, top = first.long().unbind(-1)
    right, bottom = (left + 1).clamp(max=width - 1), (top + 1).clamp(max=height - 1)
    x, y = share.unbind(-1)
    corners = torch.stack([left + top * width, right + top * width], -1)
    corners = torch.cat([corners, torch.stack([left, right], -1) + bottom[..., None] * width], -1)
    shares = torch.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], -1)
    pixels = picture[0].flatten(1)
    seen = pixels.gather(1, corners.view(1, -1).expand(len(pixels), -1))
    return (seen.view(-1, *corners.shape) * shares).sum(-1).transpose(0, 1)


def _grid(homographies: Tensor, side: int) -> Tensor:
    """Return [n, side, side, 2]: where in the picture each pixel of a cutout lies."""
    line = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3)
    mapped = points @ homographies.transpose(1, 2)
    return (mapped[..., :2] / mapped[..., 2:]).view(-1, side, side, 2)
