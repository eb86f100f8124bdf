"""Several CLIPs that guide one picture."""

import copy
import dataclasses
import hashlib
from pathlib import Path
from typing import Protocol

import pytest
import torch

from mused.art import cutouts
from mused.art.clip import Clip
from mused.art.errors import SettingsError
from mused.art.goal import read_goal
from mused.art.loop import Loop
from mused.art.losses import prompt_loss
from mused.art.painter import Painter
from mused.art.picture import Weights, read_recipe
from mused.art.prompt import parse
from mused.art.settings import Settings
from mused.art.starts import random_codes
from mused.art.step import step
from mused.art.vqgan import VQGAN
from mused.art.weights import save_clip


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


@pytest.fixture(scope="module")
def finer(clip: Clip) -> Clip:
    """Another CLIP of another resolution and embedding."""
    torch.manual_seed(2)
    shape = dataclasses.replace(
        clip.config, image_resolution=48, embed_dim=16, vision_patch_size=16, vision_width=128
    )
    return Clip(shape).requires_grad_(requires_grad=False).eval()


@pytest.fixture(scope="module")
def both(weights: Files, finer: Clip, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("clips") / "finer.safetensors"
    save_clip(finer, path, torch.float32)
    return Settings(
        width=48,
        height=32,
        steps=4,
        seed=5,
        start="noise",
        cutouts=4,
        threads=1,
        device="cpu",
        vqgan=weights.vqgan,
        clip=(weights.clip, path),
    )


def test_the_loss_is_the_mean_over_the_clips_of_the_same_cutouts(
    small: Settings, vqgan: VQGAN, clip: Clip, finer: Clip
) -> None:
    prompt = parse("a red boat | a lake:0.5")
    calm = copy.deepcopy(vqgan)
    with torch.no_grad():  # no pixel leaves [0, 1], where a gradient counts or not by its sign
        calm.decoder.conv_out.weight *= 0.1
    gradients, losses = [], []
    for clips in ([clip], [finer], [clip, finer]):
        goal, _ = read_goal(prompt, small, clips, (32, 32))
        generator = torch.Generator().manual_seed(0)
        loop = Loop(calm, goal, random_codes(calm, (32, 32), generator), generator)
        [loss] = step([loop]) or [0.0]
        assert loop.z.grad is not None
        gradients.append(loop.z.grad.clone())
        losses.append(loss)
    assert losses[2] == pytest.approx((losses[0] + losses[1]) / 2, rel=1e-5)
    assert torch.allclose(gradients[2], (gradients[0] + gradients[1]) / 2, atol=1e-8, rtol=1e-4)
    assert not torch.allclose(gradients[0], gradients[1], atol=1e-5)


def test_each_clip_sees_the_drawn_cutouts_at_its_own_resolution(
    small: Settings, vqgan: VQGAN, finer: Clip
) -> None:
    goal, _ = read_goal(parse("a red boat"), small, [finer], (32, 32))
    generator = torch.Generator().manual_seed(0)
    loop = Loop(vqgan, goal, random_codes(vqgan, (32, 32), generator), generator)
    frame = loop.decode()
    drawn = cutouts.draw(
        small.cutouts, 32, 32, goal.augmentation, torch.Generator().set_state(generator.get_state())
    )
    views = cutouts.cut(frame, drawn, 48)
    expected = prompt_loss(
        finer.encode_image(views), finer.encode_text(["a red boat"]), goal.chapters[0].parts
    )
    [loss] = step([loop]) or [0.0]
    assert loss == pytest.approx(float(expected), rel=1e-5)


def test_the_recipe_names_every_clip_and_repeats_the_picture(
    both: Settings, tmp_path: Path
) -> None:
    first = Painter.load(both).paint("a red boat", both)
    recipe = read_recipe(first.save(tmp_path / "boat.png"))
    assert isinstance(both.clip, tuple)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in both.clip]
    assert recipe.clip == Weights("clip.safetensors", digests[0])
    assert recipe.more_clips == (Weights("finer.safetensors", digests[1]),)
    assert recipe.settings == dataclasses.replace(both, learning_rate=0.1, anchor=0.0)
    again = Painter.load(recipe.settings).paint(recipe.prompt, recipe.settings)
    assert again.image.tobytes() == first.image.tobytes()
    assert again.recipe.losses == first.recipe.losses
    for path in both.clip:
        one = dataclasses.replace(both, clip=path)
        alone = Painter.load(one).paint("a red boat", one)
        assert alone.recipe.losses != first.recipe.losses
        assert alone.recipe.more_clips == ()


def test_a_checkpoint_under_other_clips_is_not_taken_up(both: Settings, tmp_path: Path) -> None:
    from mused.art.progress import Watch

    def interrupted(settings: Settings) -> list[int]:
        started: list[int] = []
        asked = iter(range(10**6))
        watch = Watch(
            on_start=started.append,
            cancelled=lambda: next(asked) > 20,
            leaving=lambda: True,
            checkpoint=tmp_path / "job.ckpt",
        )
        Painter.load(settings).paint("a red boat", settings, watch)
        return started

    assert isinstance(both.clip, tuple)
    longer = dataclasses.replace(both, steps=1000)
    assert interrupted(longer) == [0]
    [resumed] = interrupted(longer)
    assert resumed > 0
    assert interrupted(dataclasses.replace(longer, clip=both.clip[::-1])) == [0]


@pytest.mark.parametrize("clip", [(), ("a.pt", "a.pt"), tuple(map(str, range(9)))])
def test_none_too_many_or_twice_the_same_clip_are_refused(clip: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="clip names one to 8 files"):
        Settings.read({"clip": list(clip)})


def test_one_clip_may_be_named_as_before() -> None:
    assert Settings.read({"clip": "a.pt"}).plain()["clip"] == "a.pt"
    assert Settings.read({"clip": "a.pt"}).clips == (Path("a.pt"),)
    assert Settings.read({"clip": ["a.pt", "b.pt"]}).plain()["clip"] == ["a.pt", "b.pt"]
    assert Settings().clips == ()
