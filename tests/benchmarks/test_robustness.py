"""The benchmark of what a CLIP still names of disturbed and attacked pictures."""

import pytest
import torch
from torch import Tensor

from benchmarks import robustness
from benchmarks.quality.probes import embedded
from mused.art.painter import Painter
from mused.art.record import Networks
from mused.art.scenes.words import OBJECTS
from mused.art.settings import Settings


@pytest.fixture(scope="module")
def networks() -> Networks:
    torch.set_num_threads(1)
    return Painter.load(Settings()).networks


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    """A plain scene of every seventh object."""
    scenes, own = robustness.plain_pictures(1)
    assert own.tolist() == [*range(len(OBJECTS))]
    return scenes[::7]


@pytest.fixture(scope="module")
def texts(networks: Networks) -> Tensor:
    return networks.clip.encode_text([f"a {noun}" for noun in OBJECTS]).detach()


def test_the_guide_names_plain_scenes_and_none_in_pure_noise(
    networks: Networks, pictures: Tensor, texts: Tensor
) -> None:
    own = torch.arange(0, len(OBJECTS), 7)
    found = robustness.nearest(networks.clip, pictures, texts)
    assert (found == own).float().mean() > 0.9
    noise = robustness.noisy(pictures, 3.0, torch.Generator().manual_seed(0))
    assert (robustness.nearest(networks.clip, noise, texts) == own).float().mean() < 0.4


def test_disturbances_change_pictures_and_keep_their_size(
    networks: Networks, pictures: Tensor
) -> None:
    generator = torch.Generator().manual_seed(0)
    some = pictures[:2]
    changed = (
        robustness.noisy(some, 0.05, generator),
        robustness.zoomed(some, generator),
        robustness.through(networks.vqgan, some),
    )
    for each in changed:
        assert each.shape == some.shape
        assert 0 <= each.min() <= each.max() <= 1
        assert 0.005 < (each - some).abs().mean() < 0.3


@pytest.mark.parametrize("cutouts", [0, 2])
def test_an_attack_keeps_its_budget_and_brings_pictures_nearer_to_the_wrong_text(
    networks: Networks, pictures: Tensor, texts: Tensor, cutouts: int
) -> None:
    some, wanted = pictures[:3], texts[torch.tensor([40, 50, 60])]
    changed = robustness.attacked(networks.clip, some, wanted, steps=3, cutouts=cutouts)
    assert 0 <= changed.min() <= changed.max() <= 1
    assert (changed - some).abs().max() == pytest.approx(robustness.BUDGET, abs=1e-5)

    def near(each: Tensor) -> Tensor:
        return (embedded(networks.clip, each) * wanted).sum(1)

    rise = near(changed) - near(some)
    noise = torch.randint(0, 2, some.shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    random = near((some + robustness.BUDGET * noise).clamp(0, 1)) - near(some)
    assert rise.min() > 0.01
    assert rise.mean() > 3 * random.abs().mean()
