"""The benchmark of the shipped networks."""

import json
import random

import numpy as np
import pytest
import torch

from benchmarks import painter
from mused.art.painter import Painter
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.render import render
from mused.art.scenes.words import OBJECTS
from mused.art.settings import Settings
from mused.training.painter.likeness import psnr, ssim
from mused.training.painter.pictures import to_tensor
from mused.training.painter.reconstruction import overall


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", list(painter.PHOTOGRAPHS))
def test_photographs_are_here_without_a_download(name: str) -> None:
    pixels = painter.photograph(name, 64)
    assert pixels.shape == (64, 64, 3)
    assert pixels.std() > 5
    assert {*painter.PHOTOGRAPHS[name]} <= {*OBJECTS}


def test_likeness_falls_with_noise() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    near = np.clip(one.astype(int) + rng.integers(-5, 6, one.shape), 0, 255).astype(np.uint8)
    far = rng.integers(0, 256, one.shape, dtype=np.uint8)
    x, *others = (to_tensor([each])[0] for each in (one, near, far))
    close, none = ({"psnr": psnr(x, y), "ssim": ssim(x, y)} for y in others)
    # Of even steps from -5 to 5 the mean square is 10.
    assert close["psnr"] == pytest.approx(10 * np.log10(255**2 / 10), abs=0.4)
    assert close["ssim"] > 0.99 > 0.1 > none["ssim"]


def test_a_scene_comes_back_through_the_codebook_better_than_noise() -> None:
    vqgan = Painter.load(Settings()).networks.vqgan
    scene = render(parse_scene("a boat on a lake", random.Random(0)), 96, 96)
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    drawn, noisy = (overall(painter.reconstructed(vqgan, [each])) for each in (scene, noise))
    assert drawn["psnr"] > 22 > 15 > noisy["psnr"]
    assert drawn["ssim"] > 0.7 > noisy["ssim"]
    assert 1 < drawn["perplexity"] <= drawn["codes"] <= min(24 * 24, vqgan.config.n_embed)


def test_the_command_prints_every_figure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painter, "SIDES", (32,))
    few = {name: painter.PHOTOGRAPHS[name] for name in ("chelsea.png", "brick.png")}
    monkeypatch.setattr(painter, "PHOTOGRAPHS", few)
    painter.main(["--quick", "--json"])
    figures = json.loads(capsys.readouterr().out)
    for kind in ("scenes", "photographs"):
        assert {f"{kind}.32.{name}" for name in ("psnr", "ssim", "codes", "perplexity")} <= {
            *figures
        }
    assert figures["photographs.brick.psnr"] > 15
    for name in ("guide", "judge"):
        assert figures[f"{name}.plain.named"] > 0.8
        place, *nearest = figures[f"{name}.photographs.chelsea"]
        assert 1 <= place <= len(OBJECTS)
        assert ("cat" in nearest) == (place <= 3)
