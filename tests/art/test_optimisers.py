"""The optimisers are torch's, and a painter does not wait for what it does not use."""

import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest
import torch

from mused.art.optimisers import OPTIMISERS

TORCHS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "radam": torch.optim.RAdam}


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_step_is_torchs_own(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(2, 3, generator=generator)
    ours, theirs = (start.clone().requires_grad_() for _ in range(2))
    optimiser = OPTIMISERS[name]([ours], lr=0.1)
    torchs = TORCHS[name]([theirs], lr=0.1)
    for _ in range(8):
        gradient = torch.randn(2, 3, generator=generator)
        for z, each in ((ours, optimiser), (theirs, torchs)):
            each.zero_grad(set_to_none=True)
            z.grad = gradient.clone()
            each.step()
        renewed = OPTIMISERS[name]([ours], lr=0.5)  # as after an interruption
        renewed.load_state_dict(optimiser.state_dict())
        optimiser = renewed
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, start)
    kept, known = optimiser.state_dict(), torchs.state_dict()
    assert kept["param_groups"] == known["param_groups"]
    assert kept["state"][0].keys() == known["state"][0].keys()
    for key, value in known["state"][0].items():
        assert torch.equal(kept["state"][0][key], value)


PAINT = """
import sys
from pathlib import Path
from mused.art import Settings, paint
vqgan, clip = map(Path, sys.argv[1:])
for optimiser in ("adam", "adamw", "radam"):
    paint("a red boat", Settings(width=32, height=32, steps=2, cutouts=2, total_variation=1.0,
                                 optimiser=optimiser, vqgan=vqgan, clip=clip))
print(*sorted({"torch._dynamo", "sympy"} & set(sys.modules)))
"""


def test_painting_imports_no_compiler(weights: Files) -> None:
    """It takes as long as everything else up to the first step."""
    command = [sys.executable, "-c", PAINT, str(weights.vqgan), str(weights.clip)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
