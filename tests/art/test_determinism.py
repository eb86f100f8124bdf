"""The deterministic mode: what it computes is the same, and torch finds nothing against it."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
import torch

from mused.art.cutouts import Augmentation, cut, draw, gathered, interpolated
from mused.art.determinism import deterministic
from mused.art.painter import Painter
from mused.art.picture import read_recipe
from mused.art.settings import Settings

GPU = pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="needs a GPU: only there do usual gradients differ from run to run",
)


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


@pytest.fixture
def strict() -> Iterator[None]:
    with deterministic(wanted=True):
        yield


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (32, 48), (33, 20)])
def test_gathering_pixels_is_interpolating_them(size: tuple[int, int], strict: None) -> None:
    """Values and gradients, inside, on the border and beyond it, as of grid_sample."""
    grid = torch.rand(3, 16, 24, 2, generator=seeded()) * 3 - 1.5
    grid[0, 0, :4] = torch.tensor([[-1.0, -1], [1, 1], [0, 0], [-1, 1]])
    weights = torch.randn(3, 2, 16, 24, generator=seeded())
    seen, gradients = [], []
    for warp in (gathered, interpolated):
        picture = torch.rand(1, 2, *size, generator=seeded()).requires_grad_()
        views = warp(picture, grid)
        torch.autograd.backward((views * weights).sum())
        assert picture.grad is not None
        seen.append(views.detach())
        gradients.append(picture.grad)
    assert seen[0].shape == seen[1].shape
    assert torch.allclose(seen[0], seen[1], atol=1e-5)
    assert torch.allclose(gradients[0], gradients[1], atol=1e-4)


def test_cutouts_are_the_same_cutouts(strict: None) -> None:
    picture = torch.rand(1, 3, 200, 120, generator=seeded())
    cutouts = draw(7, 120, 200, Augmentation(), seeded())
    usual, exact = (cut(picture, cutouts, 32, deterministic=each) for each in (False, True))
    assert torch.allclose(usual, exact, atol=1e-5)


LEVERS: list[dict[str, object]] = [
    {},
    {"progressive": 0.5, "total_variation": 1.0, "average": 0.8, "optimiser": "radam"},
    {"start": "sketch", "anchor": 1.5, "anchor_fade": 0.5, "sweep": 2, "at_once": 2},
    {"precision": "bfloat16"},
]


@pytest.mark.parametrize("lever", LEVERS, ids=str)
def test_a_deterministic_painting_repeats_and_is_nearly_the_usual_one(
    painter: Painter, small: Settings, tmp_path: Path, lever: dict[str, object]
) -> None:
    """torch raises where it knows of no deterministic algorithm; nothing of that is left on."""
    usual = dataclasses.replace(small, **lever)  # type: ignore[arg-type]
    settings = dataclasses.replace(usual, deterministic=True)
    first = painter.paint("a red boat ^ a lake", settings)
    recipe = read_recipe(first.save(tmp_path / "boat.png"))
    assert recipe.settings.deterministic
    assert recipe.at_once == 1
    again = painter.paint(recipe.prompt, recipe.settings)
    assert again.image.tobytes() == first.image.tobytes()
    assert again.recipe.losses == first.recipe.losses
    near = painter.paint("a red boat ^ a lake", usual).recipe.losses
    assert first.recipe.losses[:3] == pytest.approx(near[:3], rel=5e-3)
    assert not torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.deterministic


def test_an_interrupted_painting_leaves_torch_as_it_was(
    painter: Painter, small: Settings, broken_after: Callable[[int], Callable[[object], None]]
) -> None:
    from mused.art.progress import Watch

    settings = dataclasses.replace(small, deterministic=True)
    with pytest.raises(ConnectionResetError):
        painter.paint("a boat", settings, Watch(on_progress=broken_after(2)))
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_gradient_of_a_warp_is_deterministic_as_torch_says(strict: None) -> None:
    """On a GPU grid_sample's is refused in this mode; on the CPU it is fixed in any mode."""
    picture = torch.rand(1, 3, 64, 64, generator=seeded())
    grid = torch.rand(8, 64, 64, 2, generator=seeded()) * 2 - 1
    gradients = []
    for _ in range(3):
        z = picture.clone().requires_grad_()
        torch.autograd.backward(gathered(z, grid).square().sum())
        assert z.grad is not None
        gradients.append(z.grad)
    assert torch.equal(gradients[0], gradients[1])
    assert torch.equal(gradients[0], gradients[2])


@GPU
@pytest.mark.parametrize("lever", LEVERS, ids=str)
def test_equal_pixels_on_a_gpu(small: Settings, weights: Files, lever: dict[str, object]) -> None:
    changes = {"device": "cuda", "deterministic": True, **lever}
    files = {"vqgan": weights.vqgan, "clip": weights.clip, "width": 256, "height": 192}
    settings = dataclasses.replace(small, **changes, **files)  # type: ignore[arg-type]
    painter = Painter.load(settings)
    first, second = (painter.paint("a red boat ^ a lake", settings) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.recipe.losses == second.recipe.losses


@GPU
def test_grid_sample_would_be_refused_on_a_gpu(strict: None) -> None:
    picture = torch.rand(1, 3, 64, 64, device="cuda", requires_grad=True)
    grid = torch.zeros(1, 8, 8, 2, device="cuda")
    with pytest.raises(RuntimeError, match="deterministic"):
        torch.autograd.backward(interpolated(picture, grid).sum())
    torch.autograd.backward(gathered(picture, grid).sum())
