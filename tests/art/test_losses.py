import math

import pytest
import torch
from torch.nn.functional import normalize

from mused.art.losses import clamped_gradient, prompt_loss, spherical_distance
from mused.art.prompt import SubPrompt


def test_spherical_distance_is_half_the_squared_angle() -> None:
    angles = torch.linspace(0, 3, 7)
    on_circle = torch.stack([angles.cos(), angles.sin()], 1)
    distances = spherical_distance(on_circle, torch.tensor([[1.0, 0.0]]))
    assert torch.allclose(distances[:, 0], angles.square() / 2, atol=1e-4)


def test_no_distance_has_a_gradient_that_is_no_number() -> None:
    """Neither where vectors are equal nor where they are opposite."""
    a = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], requires_grad=True)
    torch.autograd.backward(spherical_distance(a, torch.tensor([[1.0, 0.0]])).sum())
    assert a.grad is not None
    assert a.grad.isfinite().all()


def loss_and_gradient(weight: float, stop: float = -math.inf) -> tuple[float, torch.Tensor]:
    images = normalize(torch.tensor([[1.0, 1.0], [1.0, 2.0]]), dim=1).requires_grad_()
    loss = prompt_loss(images, torch.tensor([[1.0, 0.0]]), [SubPrompt("x", weight, stop)])
    if loss.requires_grad:
        torch.autograd.backward(loss)
    assert images.grad is not None
    return float(loss.detach()), images.grad


def test_weights_scale_and_their_sign_turns() -> None:
    once, pull = loss_and_gradient(1)
    twice, pull_twice = loss_and_gradient(2)
    away, push = loss_and_gradient(-1)
    assert twice == pytest.approx(2 * once)
    assert away == pytest.approx(-once)
    assert torch.allclose(pull_twice, 2 * pull)
    assert torch.allclose(push, -pull)


def test_stop_ends_the_pull_but_not_the_value() -> None:
    """The first cutout is at 0.308, the second at 0.613: between them only the second is pulled."""
    free, pull = loss_and_gradient(1)
    stopped, gradient = loss_and_gradient(1, stop=0.5)
    assert stopped == free
    assert gradient[0].abs().sum() == 0
    assert torch.equal(gradient[1], pull[1])


def test_the_clamp_lets_gradients_back_inside_only() -> None:
    raw = torch.tensor([-0.5, -0.5, 0.5, 1.5, 1.5])
    gradient = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0])
    # A descent step subtracts: below 0 a negative gradient leads back up, above 1 a positive one.
    assert clamped_gradient(gradient, raw).tolist() == [0.0, -1.0, 1.0, 1.0, 0.0]
