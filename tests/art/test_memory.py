"""What is done where memory runs short or numbers get lost."""

import dataclasses
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook

from mused.art.clip import Clip
from mused.art.errors import (
    NotANumberError,
    OutOfMemoryError,
)
from mused.art.goal import Goal
from mused.art.loop import Loop
from mused.art.memory import Effort, has_bfloat16, is_out_of_memory
from mused.art.painter import Painter
from mused.art.picture import Weights
from mused.art.progress import Watch
from mused.art.settings import Settings
from mused.art.starts import random_codes
from mused.art.step import step
from mused.art.vision import FrozenTransformer
from mused.art.vqgan import VQGAN, VQGANConfig
from mused.art.weights import save_vqgan

BoatGoal = Callable[[Settings], Goal]


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


def test_groups_of_cutouts_have_the_same_gradient(
    small: Settings, boat_goal: BoatGoal, vqgan: VQGAN, clip: Clip
) -> None:
    """The memory ladder's first rungs change nothing but memory."""
    gradients = []
    for effort in (Effort(), Effort(chunks=2), Effort(chunks=4, checkpoint=True)):
        generator = torch.Generator().manual_seed(0)
        goal = boat_goal(small)
        goal = dataclasses.replace(
            goal, augmentation=dataclasses.replace(goal.augmentation, noise=0)
        )
        loop = Loop(vqgan, goal, random_codes(vqgan, (32, 32), generator), generator)
        loop.use(effort)
        assert step([loop])
        assert loop.z.grad is not None
        gradients.append(loop.z.grad.clone())
    for gradient in gradients[1:]:
        assert torch.allclose(gradient, gradients[0], atol=1e-7, rtol=1e-3)


def test_bfloat16_paints_nearly_the_same_start(small: Settings, painter: Painter) -> None:
    recipe = painter.paint("a boat", dataclasses.replace(small, precision="bfloat16")).recipe
    assert recipe.precision == "bfloat16"
    exact = painter.paint("a boat", small).recipe
    assert recipe.losses[0] == pytest.approx(exact.losses[0], rel=0.02)


def test_the_machine_decides_on_the_precision(small: Settings, painter: Painter) -> None:
    settings = dataclasses.replace(small, steps=1, precision="auto")
    recipe = painter.paint("a boat", settings).recipe
    known = Path("/proc/cpuinfo").read_text().split()
    fast = "avx512_bf16" in known or "amx_bf16" in known
    assert has_bfloat16(torch.device("cpu")) == fast
    assert recipe.precision == ("bfloat16" if fast else "float32")


def test_a_loss_that_is_no_number_ends_the_painting(
    small: Settings, vqgan: VQGAN, clip: Clip
) -> None:
    import copy

    broken = copy.deepcopy(clip)
    with torch.no_grad():
        broken.model.visual.proj.fill_(float("nan"))
    painter = Painter(vqgan, broken, Weights("v", "0"), Weights("c", "0"))
    with pytest.raises(NotANumberError, match="step 1"):
        painter.paint("a boat", small)


def test_where_both_precisions_fail_the_painting_ends(
    small: Settings, vqgan: VQGAN, clip: Clip
) -> None:
    """float32 runs out of memory, bfloat16 loses the numbers."""

    def fail(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor:
        if not isinstance(module, FrozenTransformer):
            return output
        if module.proj.dtype == torch.bfloat16:
            return output * float("nan")
        raise torch.OutOfMemoryError("out of memory")

    painter = Painter(vqgan, clip, Weights("v", "0"), Weights("c", "0"))
    asked = iter(range(500))
    watch = Watch(cancelled=lambda: next(asked) == 499)
    hook = register_module_forward_hook(fail)  # type: ignore[arg-type]  # it may return
    try:
        with pytest.raises(OutOfMemoryError):
            painter.paint("a boat", small, watch)
    finally:
        hook.remove()


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
resource.setrlimit(resource.RLIMIT_AS, (used + 500 * 2**20, -1))
recipe = painter.paint("a boat", settings).recipe
print(recipe.steps_done, recipe.width, *recipe.notices, sep="\\n")
"""


def test_short_memory_ends_in_a_thriftier_way_or_in_words(weights: Files, tmp_path: Path) -> None:
    # Five levels: their features fill the memory long before attention takes its time.
    shape = VQGANConfig(32, (1, 1, 1, 1, 1), 1, (), 64, 8, 8, 64)
    save_vqgan(VQGAN(shape), tmp_path / "vqgan.safetensors")
    # The process may grow by 500 MiB only. Where its allocator finds room differs from run to run;
    # with less than that libraries below torch crash instead of raising, with it now and then.
    command = [sys.executable, "-c", SCARCE, str(tmp_path / "vqgan.safetensors"), str(weights.clip)]
    for _ in range(3):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != -signal.SIGSEGV:
            break
    if done.returncode == 0:
        steps, width, *notices = done.stdout.splitlines()
        assert steps == "2"
        assert int(width) <= 1024
        assert "Memory ran short" in notices[-1]
    else:
        assert done.returncode == 1, done.stderr
        assert "OutOfMemoryError: There is not enough memory for 1024 x 1024" in done.stderr
