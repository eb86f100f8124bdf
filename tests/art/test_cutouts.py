import math
from dataclasses import replace

import pytest
import torch

from mused.art.cutouts import Augmentation, cut, draw

STILL = Augmentation(whole=0.5, degrees=0, shear=0, perspective=0, colour=0, erase=0, noise=0)
"""Crops and nothing else."""


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def disc(width: int, height: int, radius: float) -> torch.Tensor:
    """A white disc in the middle of a black picture [1, 3, H, W]."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < radius**2
    return inside.float().expand(1, 3, height, width).clone()


def test_the_whole_picture_is_seen_as_it_is() -> None:
    picture = torch.rand(1, 3, 64, 64)
    views = cut(picture, draw(2, 64, 64, STILL, seeded()), 32)
    assert torch.allclose(views[:1], torch.nn.functional.avg_pool2d(picture, 2), atol=1e-5)


@pytest.mark.parametrize(("width", "height"), [(96, 48), (48, 96)])
def test_a_circle_stays_a_circle_in_pictures_that_are_not_square(width: int, height: int) -> None:
    view = cut(disc(width, height, 16), draw(1, width, height, STILL, seeded()), 48)[0, 0]
    across, down = view[24].sum(), view[:, 24].sum()
    assert across == pytest.approx(float(down), abs=1.5)
    assert across == pytest.approx(16, abs=1.5)


def test_zooms_lie_inside_and_look_closer() -> None:
    cutouts = draw(64, 128, 96, replace(STILL, smallest=0.3, largest=0.6), seeded())
    zooms = torch.tensor(cutouts.scales[32:])
    assert zooms.min() >= 0.3 * 96 - 1e-3
    assert zooms.max() <= 0.6 * 96 + 1e-3
    corners = torch.tensor([[-1.0, -1, 1], [1, 1, 1]]) @ cutouts.homographies[32:].transpose(1, 2)
    assert (corners[..., :2] / corners[..., 2:]).abs().max() <= 1 + 1e-5


def test_one_homography_keeps_the_centre_of_its_crop() -> None:
    """Tilted and turned, the middle of a cutout still shows the middle of its crop."""
    tilted = draw(16, 64, 64, replace(STILL, degrees=20, shear=0.2, perspective=0.2), seeded())
    middle = tilted.homographies @ torch.tensor([0.0, 0, 1])
    assert torch.allclose(middle[:, :2], tilted.homographies[:, :2, 2])
    assert torch.allclose(middle[:, 2], torch.ones(16))
    assert middle[8:, :2].abs().max() <= 0.5 + 1e-5


def test_colour_jitter_leaves_grey_grey() -> None:
    picture = torch.full((1, 3, 32, 32), 0.5)
    views = cut(picture, draw(8, 32, 32, replace(STILL, colour=0.2), seeded()), 16)
    spread = views.amax(1) - views.amin(1)
    assert spread.max() < 1e-5
    assert views.std() > 0.01


def test_full_turns_of_hue_swap_channels() -> None:
    from mused.art.cutouts import _colour

    matrix, _ = _colour(1, torch.tensor([[0.0, 0.0, 0.0, 2 / 3]]))
    assert torch.allclose(
        matrix[0] @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]), atol=1e-5
    )


def test_erasing_blanks_a_tenth_to_a_third() -> None:
    picture = torch.rand(1, 3, 64, 64)
    plain = cut(picture, draw(32, 64, 64, STILL, seeded()), 64)
    erased = cut(picture, draw(32, 64, 64, replace(STILL, erase=1.0), seeded()), 64)
    blank = (plain != erased).any(1).float().mean((1, 2))
    assert blank.min() > 0.08
    assert blank.max() < 0.36


def test_chunks_are_the_same_cutouts() -> None:
    """Groups give what all at once give, but for the noise, which is drawn per group."""
    picture = torch.rand(1, 3, 200, 120)
    cutouts = draw(7, 120, 200, replace(Augmentation(), noise=0), seeded())
    together = cut(picture, cutouts, 32)
    apart = torch.cat([cut(picture, cutouts.chunk(i, i + 2), 32) for i in range(0, 7, 2)])
    assert torch.allclose(together, apart, atol=1e-6)


def test_the_same_seed_gives_the_same_cutouts() -> None:
    picture = torch.rand(1, 3, 64, 64)
    views = [cut(picture, draw(6, 64, 64, Augmentation(), seeded(s)), 32) for s in (3, 3, 4)]
    assert torch.equal(views[0], views[1])
    assert not torch.equal(views[0], views[2])


def test_every_pixel_of_the_picture_gets_a_gradient() -> None:
    picture = torch.rand(1, 3, 256, 256, requires_grad=True)
    torch.autograd.backward(cut(picture, draw(4, 256, 256, STILL, seeded()), 32).sum())
    assert picture.grad is not None
    assert (picture.grad > 0).all()
    assert math.isclose(float(picture.grad.sum()), 4 * 3 * 32 * 32, rel_tol=1e-3)
