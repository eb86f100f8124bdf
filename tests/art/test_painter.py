import dataclasses
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import torch
from PIL import Image

from mused.art import checkpoint
from mused.art import painter as painter_module
from mused.art.clip import Clip
from mused.art.errors import (
    NotANumberError,
    OutOfMemoryError,
    PictureError,
    PromptError,
    SettingsError,
    WeightsError,
)
from mused.art.goal import Goal, read_goal
from mused.art.loop import Loop
from mused.art.memory import Effort, is_out_of_memory
from mused.art.painter import Painter
from mused.art.picture import Weights, read_recipe
from mused.art.progress import Progress, Watch
from mused.art.prompt import parse
from mused.art.settings import Settings, Start
from mused.art.starts import random_codes
from mused.art.vqgan import VQGAN


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


SMALL = Settings(
    width=48,
    height=32,
    steps=12,
    seed=5,
    start="noise",
    learning_rate=0.1,
    anchor=0,
    cutouts=4,
    threads=1,
)


def boat_goal(clip: Clip, settings: Settings) -> Goal:
    goal, _ = read_goal(parse("a boat"), settings, clip, (32, 32))
    return goal


def pixels(image: Image.Image) -> bytes:
    return image.tobytes()


def test_painting_comes_closer_to_the_prompt(painter: Painter) -> None:
    settings = dataclasses.replace(SMALL, steps=60, cutouts=8)
    losses = painter.paint("a red boat", settings).recipe.losses
    assert len(losses) == 60
    assert np.mean(losses[-10:]) < np.mean(losses[:5]) - 0.02


def test_a_negative_weight_moves_away(painter: Painter) -> None:
    settings = dataclasses.replace(SMALL, steps=60, cutouts=8)
    losses = painter.paint("a red boat:-1", settings).recipe.losses
    assert np.mean(losses[-10:]) < np.mean(losses[:5]) - 0.02


@pytest.mark.parametrize("start", ["noise", "sketch", "pixels", "gradient"])
def test_the_recipe_repeats_the_picture(painter: Painter, tmp_path: Path, start: Start) -> None:
    settings = dataclasses.replace(SMALL, start=start, seed=None)
    first = painter.paint("a boat on a lake", settings)
    recipe = read_recipe(first.save(tmp_path / "boat.png"))
    torch.rand(3)  # the global generator must not matter
    second = painter.paint(recipe.prompt, recipe.settings)
    assert pixels(second.image) == pixels(first.image)
    assert second.recipe.losses == first.recipe.losses
    other = painter.paint(recipe.prompt, dataclasses.replace(recipe.settings, seed=1))
    assert pixels(other.image) != pixels(first.image)


def test_an_interrupted_painting_goes_on_as_if_nothing_happened(
    painter: Painter, tmp_path: Path, broken_after: Callable[[int], Callable[[object], None]]
) -> None:
    whole = painter.paint("a lake", SMALL)
    path = tmp_path / "job.ckpt"
    watch = Watch(on_progress=broken_after(7), checkpoint=path, checkpoint_seconds=0)
    with pytest.raises(ConnectionResetError):
        painter.paint("a lake", SMALL, watch)
    started: list[int] = []
    resumed = painter.paint("a lake", SMALL, Watch(on_start=started.append, checkpoint=path))
    assert started == [7]
    assert pixels(resumed.image) == pixels(whole.image)
    assert resumed.recipe.losses == whole.recipe.losses
    assert [p.name for p in tmp_path.iterdir()] == ["job.ckpt"]


def test_a_checkpoint_of_something_else_is_not_taken_up(
    painter: Painter, tmp_path: Path, broken_after: Callable[[int], Callable[[object], None]]
) -> None:
    path = tmp_path / "job.ckpt"
    watch = Watch(on_progress=broken_after(3), checkpoint=path, checkpoint_seconds=0)
    with pytest.raises(ConnectionResetError):
        painter.paint("a lake", SMALL, watch)
    started: list[int] = []
    painter.paint("a boat", SMALL, Watch(on_start=started.append, checkpoint=path))
    path.write_bytes(b"half a che")
    painter.paint("a lake", SMALL, Watch(on_start=started.append, checkpoint=path))
    assert started == [0, 0]


def test_a_checkpoint_over_another_start_picture_or_torch_is_not_taken_up(
    painter: Painter,
    tmp_path: Path,
    broken_after: Callable[[int], Callable[[object], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, picture = tmp_path / "job.ckpt", tmp_path / "start.png"
    Image.new("RGB", (48, 32), "red").save(picture)
    settings = dataclasses.replace(SMALL, start="picture", start_picture=picture)

    def interrupted() -> list[int]:
        started: list[int] = []
        watch = Watch(
            on_start=started.append,
            on_progress=broken_after((started or [0])[0] + 3),
            checkpoint=path,
            checkpoint_seconds=0,
        )
        with pytest.raises(ConnectionResetError):
            painter.paint("a lake", settings, watch)
        return started

    assert interrupted() == [0]
    Image.new("RGB", (48, 32), "blue").save(picture)
    assert interrupted() == [0]
    monkeypatch.setattr(torch, "__version__", "1.0")
    assert interrupted() == [0]
    started: list[int] = []
    painter.paint("a lake", settings, Watch(on_start=started.append, checkpoint=path))
    assert started == [3]


def test_a_checkpoint_is_never_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "boom",)

    torch.save({"identity": "x", "state": Bomb()}, tmp_path / "evil.ckpt")
    assert checkpoint.read(tmp_path / "evil.ckpt", "x") is None
    assert not (tmp_path / "boom").exists()


def test_an_unwritable_checkpoint_does_not_spoil_the_picture(
    painter: Painter, tmp_path: Path
) -> None:
    watch = Watch(checkpoint=tmp_path / "gone" / "job.ckpt", checkpoint_seconds=0)
    assert painter.paint("a lake", SMALL, watch).recipe.stop_reason == "finished"


def test_cancelling_keeps_the_last_frame(painter: Painter) -> None:
    seen: list[Progress] = []
    watch = Watch(
        on_progress=seen.append, cancelled=lambda: len(seen) == 4, preview_seconds=0, job="j"
    )
    picture = painter.paint("a lake", SMALL, watch)
    assert picture.recipe.stop_reason == "cancelled"
    assert picture.recipe.steps_done == 4
    assert picture.recipe.job == "j"
    assert seen[-1].image is not None
    assert pixels(picture.image) == pixels(seen[-1].image)
    assert pixels(seen[-1].picture().image) == pixels(picture.image)


def test_a_progress_keeps_its_frame_and_recipe(painter: Painter) -> None:
    """Asked for after the painting and by another thread, as a late cancel does."""
    seen: list[Progress] = []
    watch = Watch(on_progress=seen.append, preview_seconds=0)
    recipe = painter.paint("a lake", SMALL, watch).recipe
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(seen[2].picture).result()
    assert seen[2].image is not None
    assert pixels(early.image) == pixels(seen[2].image)
    assert (early.recipe.steps_done, early.recipe.losses) == (3, recipe.losses[:3])
    assert (early.recipe.stop_reason, early.recipe.threads) == ("cancelled", recipe.threads)


def test_cancelled_before_the_first_step_the_start_is_kept(painter: Painter) -> None:
    picture = painter.paint("a lake", SMALL, Watch(cancelled=lambda: True))
    start = painter.paint("a lake", dataclasses.replace(SMALL, steps=0))
    assert picture.recipe.steps_done == 0
    assert pixels(picture.image) == pixels(start.image)


def test_progress_counts_and_estimates(painter: Painter) -> None:
    seen: list[Progress] = []
    painter.paint("a lake", SMALL, Watch(on_progress=seen.append))
    assert [p.step for p in seen] == list(range(1, 13))
    assert {p.steps for p in seen} == {12}
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left == 0
    assert all(p.image is None for p in seen)


def test_sizes_are_whole_cells(painter: Painter) -> None:
    settings = dataclasses.replace(SMALL, width=51, height=35, steps=1)
    picture = painter.paint("a lake", settings)
    assert picture.image.size == (48, 32)
    assert (picture.recipe.width, picture.recipe.height) == (48, 32)


def test_the_sketch_holds_what_the_words_say(painter: Painter) -> None:
    from mused.art.starts import sketch

    settings = dataclasses.replace(SMALL, start="sketch", width=64, height=64, steps=0)
    recipe = painter.paint("a red boat on a lake at sunset | people:-1", settings).recipe
    assert {"sailboat", "lake", "sunset"} <= set(recipe.sketched)
    assert recipe.start == "sketch"
    image, _ = sketch("a red boat on a lake at sunset", (64, 64), 5)
    assert image.size == (64, 64)


def test_a_picture_to_start_from(painter: Painter, tmp_path: Path) -> None:
    Image.new("RGB", (90, 60), "red").save(tmp_path / "red.png")
    settings = dataclasses.replace(
        SMALL, start="picture", start_picture=tmp_path / "red.png", steps=0
    )
    before = painter.paint("a lake", settings)
    Image.new("RGB", (90, 60), "blue").save(tmp_path / "red.png")
    assert pixels(painter.paint("a lake", settings).image) != pixels(before.image)
    (tmp_path / "red.png").unlink()
    with pytest.raises(PictureError, match="There is no picture"):
        painter.paint("a lake", settings)


def test_the_anchor_holds_the_first_frame(vqgan: VQGAN, clip: Clip) -> None:
    def drift(anchor: float) -> float:
        goal = boat_goal(clip, dataclasses.replace(SMALL, anchor=anchor))
        generator = torch.Generator().manual_seed(0)
        loop = Loop(vqgan, clip, goal, random_codes(vqgan, (32, 32), generator), generator)
        for _ in range(10):
            loop.step()
        return float((loop.z - loop.start).detach().square().mean())

    assert drift(10.0) < 0.2 * drift(0.0)


def test_groups_of_cutouts_have_the_same_gradient(vqgan: VQGAN, clip: Clip) -> None:
    """The memory ladder's first rungs change nothing but memory."""
    gradients = []
    for effort in (Effort(), Effort(chunks=2), Effort(chunks=4, checkpoint=True)):
        generator = torch.Generator().manual_seed(0)
        goal = boat_goal(clip, SMALL)
        goal = dataclasses.replace(
            goal, augmentation=dataclasses.replace(goal.augmentation, noise=0)
        )
        loop = Loop(vqgan, clip, goal, random_codes(vqgan, (32, 32), generator), generator)
        loop.use(effort)
        assert loop.step()
        assert loop.z.grad is not None
        gradients.append(loop.z.grad.clone())
    for gradient in gradients[1:]:
        assert torch.allclose(gradient, gradients[0], atol=1e-7, rtol=1e-3)


def test_bfloat16_paints_nearly_the_same_start(painter: Painter) -> None:
    recipe = painter.paint("a boat", dataclasses.replace(SMALL, precision="bfloat16")).recipe
    assert recipe.precision == "bfloat16"
    exact = painter.paint("a boat", SMALL).recipe
    assert recipe.losses[0] == pytest.approx(exact.losses[0], rel=0.02)


def test_a_loss_that_is_no_number_ends_the_painting(vqgan: VQGAN, clip: Clip) -> None:
    import copy

    broken = copy.deepcopy(clip)
    with torch.no_grad():
        broken.model.visual.proj.fill_(float("nan"))
    painter = Painter(vqgan, broken, Weights("v", "0"), Weights("c", "0"))
    with pytest.raises(NotANumberError, match="step 1"):
        painter.paint("a boat", SMALL)


def test_where_both_precisions_fail_the_painting_ends(vqgan: VQGAN, clip: Clip) -> None:
    """float32 runs out of memory, bfloat16 loses the numbers."""
    import copy

    def fail(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor:
        if torch.is_autocast_enabled("cpu"):
            return output * float("nan")
        raise torch.OutOfMemoryError("out of memory")

    scarce = copy.deepcopy(clip)
    scarce.model.visual.register_forward_hook(fail)
    painter = Painter(vqgan, scarce, Weights("v", "0"), Weights("c", "0"))
    asked = iter(range(500))
    watch = Watch(cancelled=lambda: next(asked) == 499)
    with pytest.raises(OutOfMemoryError):
        painter.paint("a boat", SMALL, watch)


def test_the_ladder_ends_at_a_small_picture() -> None:
    effort: Effort | None = Effort()
    rungs = []
    while effort is not None:
        rungs.append(effort)
        effort = effort.thriftier(cutouts=4, side=128)
    assert [r.chunks for r in rungs[:2]] == [1, 4]
    assert rungs[2].checkpoint
    assert rungs[3].precision == "bfloat16"
    assert [round(r.scale, 3) for r in rungs[4:]] == [0.75, 0.562]
    assert "56% of the size" in str(rungs[-1])


def test_other_errors_are_no_lack_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    assert not is_out_of_memory(ValueError("out of memory"))
    assert is_out_of_memory(MemoryError())


SCARCE = """
import resource, sys
from pathlib import Path
from mused.art.painter import Painter
from mused.art.settings import Settings

names = dict(vqgan=Path(sys.argv[1]), clip=Path(sys.argv[2]), start="noise", threads=1, seed=1)
settings = Settings(width=1024, height=1024, steps=2, cutouts=4, **names)
painter = Painter.load(settings)
painter.paint("a boat", Settings(width=64, height=64, steps=1, cutouts=1, **names))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 2**20, -1))
recipe = painter.paint("a boat", settings).recipe
print(recipe.steps_done, recipe.width, *recipe.notices, sep="\\n")
"""


def test_short_memory_ends_in_a_smaller_picture_or_in_words(weights: Files) -> None:
    # The process may grow by 300 MiB only. Where its allocator finds room differs from run to run;
    # much less than that, and libraries below torch crash instead of raising.
    command = [sys.executable, "-c", SCARCE, str(weights.vqgan), str(weights.clip)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        steps, width, *notices = done.stdout.splitlines()
        assert steps == "2"
        assert int(width) < 1024
        assert "Memory ran short" in notices[-1]
    else:
        assert done.returncode == 1, done.stderr
        assert "OutOfMemoryError: There is not enough memory for 1024 x 1024" in done.stderr


def test_what_this_clip_cannot_read_is_noted(painter: Painter) -> None:
    settings = dataclasses.replace(SMALL, steps=0)
    notices = painter.paint("a zeppelin " + "over a lake " * 9, settings).recipe.notices
    assert any("zeppelin" in notice for notice in notices)
    assert any("too long" in notice for notice in notices)


def test_what_the_sketch_cannot_draw_is_noted(painter: Painter) -> None:
    settings = dataclasses.replace(SMALL, start="sketch", steps=0)
    recipe = painter.paint("a purple walrus | make me a zeppelin:2 | fog:-1", settings).recipe
    note = "The sketch does not know: walrus, zeppelin; they are left to CLIP."
    assert note in recipe.notices
    assert recipe.sketched, "there is something to see all the same"
    assert not any(
        "sketch" in notice for notice in painter.paint("a red boat", settings).recipe.notices
    )


def test_bad_prompts_are_refused(painter: Painter) -> None:
    with pytest.raises(PromptError):
        painter.paint("...", SMALL)


@pytest.mark.parametrize(
    ("device", "words"), [("warp", "unknown to torch"), ("mps", "only"), ("cuda:7", "no GPU")]
)
def test_devices_that_cannot_paint_are_refused(device: str, words: str, weights: Files) -> None:
    if device.startswith("cuda") and torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(SettingsError, match=words):
        Painter.load(Settings(device=device))


def test_missing_weights_name_the_file_and_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painter_module, "BUNDLED", tmp_path)
    with pytest.raises(WeightsError, match=r"vqgan\.safetensors.*mused train vqgan"):
        painter_module.paint("a boat")
    with pytest.raises(WeightsError, match="There is no weights file"):
        painter_module.paint("a boat", Settings(vqgan=tmp_path / "x", clip=tmp_path / "y"))


def test_the_library_call_loads_and_paints(weights: Files, tmp_path: Path) -> None:
    from mused.art import paint

    settings = dataclasses.replace(SMALL, steps=2, vqgan=weights.vqgan, clip=weights.clip)
    recipe = read_recipe(paint("a boat", settings).save(tmp_path / "boat.png"))
    assert recipe.vqgan.name == "vqgan.safetensors"
    assert len(recipe.clip.sha256) == 64
    assert recipe.threads == 1
