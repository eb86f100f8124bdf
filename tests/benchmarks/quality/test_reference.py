"""The reference loop's pieces against formulas written down another way."""

import math

import pytest
import torch
from torch.nn import functional

from benchmarks.quality import reference
from mused.art.painter import Painter
from mused.art.settings import Settings


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_the_distance_is_half_the_squared_angle() -> None:
    images = functional.normalize(torch.randn(5, 16), dim=-1)
    texts = functional.normalize(torch.randn(2, 16), dim=-1)
    angles = torch.acos((images @ texts.T).double())
    assert reference.distance(images, texts).item() == pytest.approx(
        (angles.square() / 2).mean().item(), abs=1e-5
    )
    opposite = torch.eye(4)[:1]
    assert reference.distance(opposite, -opposite).item() == pytest.approx(math.pi**2 / 2, rel=0.01)


def test_quantising_takes_the_nearest_code_and_passes_the_gradient_on() -> None:
    codebook = torch.randn(30, 4)
    z = torch.randn(1, 4, 3, 5, requires_grad=True)
    q = reference.quantise(z, codebook)
    cells = z.detach().permute(0, 2, 3, 1).reshape(-1, 4)
    nearest = codebook[torch.cdist(cells, codebook).argmin(1)]
    assert torch.equal(q.detach().permute(0, 2, 3, 1).reshape(-1, 4), nearest)
    pulled = torch.randn_like(q)
    (gradient,) = torch.autograd.grad(q, z, pulled)
    assert torch.equal(gradient, pulled)


def test_clamping_keeps_gradients_that_lead_back() -> None:
    x = torch.tensor([-0.5, -0.5, 0.3, 0.3, 1.5, 1.5], requires_grad=True)
    upstream = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    y = reference.clamped(x)
    assert y.detach().tolist() == pytest.approx([0, 0, 0.3, 0.3, 1, 1])
    (gradient,) = torch.autograd.grad(y, x, upstream)
    # A step against the gradient raises what is below 0 only for a negative one.
    assert gradient.tolist() == [0.0, -1.0, 1.0, -1.0, 1.0, 0.0]


def test_pooling_is_half_average_and_half_maximum() -> None:
    picture = torch.rand(1, 3, 32, 16)
    blocks = picture.reshape(1, 3, 8, 4, 8, 2).permute(0, 1, 2, 4, 3, 5).flatten(4)
    expected = (blocks.mean(-1) + blocks.amax(-1)) / 2
    torch.testing.assert_close(reference.pooled(picture, 8), expected)


def test_cutouts_differ_from_each_other_and_from_the_picture() -> None:
    torch.manual_seed(0)
    picture = torch.rand(1, 3, 48, 48)
    views = reference.cutouts(picture, 32, 12, reference.augmentations())
    assert views.shape == (12, 3, 32, 32)
    plain = reference.pooled(picture, 32)
    # Each of four disturbances is left out three times in ten, the noise never.
    apart = (views - plain).abs().mean((1, 2, 3))
    assert apart.min() > 0
    assert apart.max() > 0.1
    assert all(not torch.equal(views[0], view) for view in views[1:])


def test_it_paints_towards_the_prompt_and_repeats() -> None:
    networks = Painter.load(Settings()).networks
    prompt = "a red boat on the sea"

    def painted(steps: int, seed: int = 3) -> torch.Tensor:
        return reference.paint(
            networks.vqgan, networks.clip, prompt, side=64, steps=steps, n=4, seed=seed
        )

    start, end = painted(0), painted(8)
    assert end.shape == (3, 64, 64)
    assert 0 <= end.amin() <= end.amax() <= 1
    text = networks.clip.encode_text([prompt])
    near = [(networks.clip.encode_image(x[None]) @ text.T).item() for x in (start, end)]
    assert near[1] > near[0] + 0.05
    assert torch.equal(end, painted(8))
    assert not torch.equal(start, painted(0, seed=4))
