"""The draft start, with a tiny transformer of random weights."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.draft import CANDIDATES, draughtsman
from mused.art.drafter import (
    Drafter,
    DrafterConfig,
    codebook_digest,
    load_drafter,
    save_drafter,
)
from mused.art.enlarger import EnlargerConfig
from mused.art.errors import WeightsError
from mused.art.painter import Painter
from mused.art.picture import read_recipe
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.art.weights import save_vqgan, sha256
from tests.art.conftest import SMALL, Files


@pytest.fixture
def drafter(vqgan: VQGAN, clip: Clip, tmp_path: Path) -> Path:
    torch.manual_seed(2)
    config = DrafterConfig(
        n_embed=vqgan.config.n_embed,
        side=4,
        tokens=clip.config.tokens or (),
        width=16,
        heads=2,
        layers=1,
        codebook=codebook_digest(vqgan),
    )
    model = Drafter(config)
    torch.nn.init.normal_(model.within.head.weight, std=1.0)
    path = tmp_path / "drafter.safetensors"
    save_drafter(model, path)
    return path


def draft(drafter: Path, weights: Files, **changes: object) -> Settings:
    files = {"vqgan": weights.vqgan, "clip": weights.clip, "drafter": drafter}
    return dataclasses.replace(SMALL, start="draft", **files, **changes)  # type: ignore[arg-type]


def test_a_picture_begins_with_a_draft_and_its_recipe_repeats_it(
    drafter: Path, weights: Files, tmp_path: Path
) -> None:
    settings = draft(drafter, weights, steps=2)
    painter = Painter.load(settings)
    picture = painter.paint("a red boat", settings)
    assert picture.image.size == (48, 32)
    assert picture.recipe.start == "draft"
    picture.save(tmp_path / "boat.png")
    recipe = read_recipe(tmp_path / "boat.png")
    assert recipe.drafter is not None
    assert recipe.drafter.sha256 == sha256(drafter)
    again = painter.paint(recipe.prompt, recipe.settings)
    assert np.array_equal(np.asarray(again.image), np.asarray(picture.image))
    other = painter.paint("a red boat", dataclasses.replace(settings, seed=6))
    assert not np.array_equal(np.asarray(other.image), np.asarray(picture.image))


def test_of_several_drafts_clip_takes_the_nearest(
    drafter: Path, weights: Files, vqgan: VQGAN, clip: Clip
) -> None:
    settings = draft(drafter, weights)

    taken = draughtsman(settings.drafter, settings.vqgan).draft("a red boat", clip, 3)
    codes = load_drafter(drafter).draft(
        ["a red boat"] * CANDIDATES, torch.Generator().manual_seed(3)
    )
    assert len({tuple(each.flatten().tolist()) for each in codes}) == CANDIDATES
    text = clip.encode_text(["a red boat"])
    nearness = []
    for each in codes:
        picture = ((vqgan.decode(vqgan.quantize.lookup(each[None])) + 1) / 2).clamp(0, 1)
        view = functional.interpolate(picture, (32, 32), mode="bicubic", antialias=True).clamp(0, 1)
        nearness.append(float(functional.cosine_similarity(clip.encode_image(view), text)))
        if nearness[-1] == max(nearness):
            best = (picture[0] * 255).round().byte().permute(1, 2, 0).numpy()
    # Half precision in the file moves the decoded pixels a little.
    assert np.abs(np.asarray(taken).astype(int) - best.astype(int)).max() <= 1


def test_a_drafter_that_can_enlarges_what_it_drafts(
    drafter: Path, weights: Files, clip: Clip, tmp_path: Path
) -> None:
    small = load_drafter(drafter)
    config = dataclasses.replace(small.config, enlarger=EnlargerConfig(width=4, blocks=1))
    larger = Drafter(config)
    larger.load_state_dict(small.state_dict(), strict=False)
    path = tmp_path / "larger.safetensors"
    save_drafter(larger, path)
    one, four = (
        draughtsman(each, weights.vqgan).draft("a red boat", clip, 3) for each in (drafter, path)
    )
    assert four.size == (4 * one.width, 4 * one.height)
    # Untrained it enlarges as any program does.
    usual = np.asarray(one.resize(four.size, Image.Resampling.BICUBIC), int)
    assert np.abs(np.asarray(four, int) - usual).mean() < 6


def test_words_that_the_drafter_never_heard_are_told(drafter: Path, weights: Files) -> None:
    settings = draft(drafter, weights, steps=0)
    picture = Painter.load(settings).paint("a red quokka", settings)
    assert "The drafter does not know: quokka." in picture.recipe.notices
    assert picture.recipe.unknown == ("quokka",)


def test_of_words_too_many_for_the_drafter_it_is_told_once(
    drafter: Path, weights: Files, caplog: pytest.LogCaptureFixture
) -> None:
    settings = draft(drafter, weights, steps=0)
    picture = Painter.load(settings).paint("a red boat " * 20, settings)
    cut = [each for each in picture.recipe.notices if "draft" in each]
    assert len(cut) == 1
    assert cut[0].startswith('The draft was made of the beginning, "a red boat a')
    by_clip = [each for each in caplog.records if each.name == "mused.art.clip"]
    assert len(by_clip) <= 1, "not of every candidate"


def test_a_drafter_of_other_codes_is_refused(
    drafter: Path, weights: Files, tmp_path: Path, vqgan: VQGAN
) -> None:
    other = VQGAN(vqgan.config)
    save_vqgan(other, tmp_path / "other.safetensors")
    settings = dataclasses.replace(draft(drafter, weights), vqgan=tmp_path / "other.safetensors")
    painter = Painter.load(settings)
    with pytest.raises(WeightsError, match=r"codes of another VQGAN.*mused train transformer"):
        painter.paint("a boat", settings)


def test_a_drafter_of_more_codes_than_its_vqgan_has_is_refused(
    drafter: Path, weights: Files, vqgan: VQGAN
) -> None:
    before = load_drafter(drafter)
    more = dataclasses.replace(before.config, n_embed=2 * vqgan.config.n_embed)
    save_drafter(Drafter(more), drafter)
    settings = draft(drafter, weights)
    with pytest.raises(WeightsError, match="codes of another VQGAN"):
        Painter.load(settings).paint("a boat", settings)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"side": 4.0}, "whole number"),
        ({"heads": True}, "whole number"),
        ({"tokens": ("1", "2")}, "whole number"),
        ({"enlarger": {"width": 4, "blocks": 99}}, "no 100 layers"),
        ({"enlarger": {"width": -4, "blocks": 1}}, "no enlarger"),
        ({"enlarger": 7}, ""),
    ],
)
def test_a_drafter_whose_shape_makes_no_sense_is_refused(
    wrong: dict[str, Any], reason: str, drafter: Path
) -> None:
    before = load_drafter(drafter)
    said = dataclasses.asdict(before.config) | wrong
    metadata = {"mused": "drafter", "config": json.dumps(said)}
    safetensors.torch.save_file(before.state_dict(), drafter, metadata)
    with pytest.raises(WeightsError, match=f"is damaged: .*{reason}"):
        load_drafter(drafter)


@pytest.mark.parametrize("said", [[], 7, None, "drafter"])
def test_a_drafter_whose_configuration_is_no_table_is_refused(said: Any, drafter: Path) -> None:
    metadata = {"mused": "drafter", "config": json.dumps(said)}
    safetensors.torch.save_file(load_drafter(drafter).state_dict(), drafter, metadata)
    with pytest.raises(WeightsError, match="is damaged"):
        load_drafter(drafter)


def test_a_pipe_is_no_drafter_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "drafter.safetensors")
    with pytest.raises(WeightsError, match="There is no weights file"):
        load_drafter(tmp_path / "drafter.safetensors")
