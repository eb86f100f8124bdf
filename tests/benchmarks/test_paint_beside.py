"""The programs that benchmarks.paint lets take turns, with tiny networks.

The other program's clone is a stand-in of a few lines: the real one is none of ours. It shows
that the driver times a program it does not know, and nothing about the reference.
"""

import json
import os
import sys
from pathlib import Path

import pytest
import torch

from benchmarks.paint import at_once
from benchmarks.painting import beside, limit, networks
from mused.art.clip import ClipConfig
from mused.art.settings import Settings
from mused.art.vqgan import VQGANConfig
from mused.art.weights import load_clip, load_vqgan

VQGAN = VQGANConfig(32, (1, 2), 1, (16,), 32, 8, 8, 64)
CLIP = ClipConfig(32, 32, 1, 64, 8, 77, 49408, 64, 1, 1)

STAND_IN = {
    "taming/__init__.py": "",
    "taming/models/__init__.py": "",
    "taming/models/vqgan.py": """
class VQModel:
    def decode(self, z):
        return z * 2
""",
    "CLIP/clip/model.py": """
class CLIP:
    def encode_image(self, x):
        return x.sin()
""",
    "generate.py": """
import sys
import torch
from tqdm import tqdm
from taming.models.vqgan import VQModel
from CLIP.clip.model import CLIP

assert sys.argv[sys.argv.index("--num_cuts") + 1] == "2"
z = torch.ones(3, requires_grad=True)
print("Using device: cpu")
with tqdm() as bar:
    while True:
        frame = VQModel().decode(z * 1)
        loss = CLIP().encode_image(frame + 1).sum()
        loss.backward()
        bar.update()
""",
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    paths = networks.write(tmp_path_factory.mktemp("networks"), VQGAN, CLIP)
    return {"prompt": "a boat", "size": 32, "cutouts": 2, "threads": 1, **paths}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name, text in STAND_IN.items():
        path = tmp_path / "clone" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "clone"


def test_both_read_the_weights_as_they_are_published(plan: dict[str, object]) -> None:
    vqgan = load_vqgan(Path(str(plan["vqgan"])))
    assert (vqgan.config.ch_mult, vqgan.config.n_embed) == (VQGAN.ch_mult, 64)
    assert load_clip(Path(str(plan["clip"]))).config == CLIP
    published = json.loads(Path(str(plan["vqgan_config"])).read_text())
    assert published["model"]["params"]["ddconfig"]["ch_mult"] == [1, 2]


def test_two_programs_take_turns(plan: dict[str, object], clone: Path, tmp_path: Path) -> None:
    found = beside.alternate((Path(sys.executable), clone), plan, 2, tmp_path)
    assert {name: len(steps) for name, steps in found.items()} == {"our": 2, "their": 2}
    for steps in found.values():
        for step in steps:
            assert step["parts"].keys() == set(beside.PARTS)
            assert sum(step["parts"].values()) == pytest.approx(step["seconds"], rel=0.2, abs=0.01)
            assert step["peak_rss_mib"] > 100
    figures = beside.summed_up(found)
    for name in ("our", "their"):
        shares = [figures[f"{name}_{part}_share"] for part in beside.PARTS]
        assert sum(shares) == pytest.approx(1, abs=0.01)
        assert figures[f"{name}_step_seconds"] >= 0
    assert figures["our_decode_share"] > 0
    assert figures["our_clip_share"] > 0
    assert 0 < figures["peak_rss_mib_ratio"] < 3


def test_a_program_that_fails_is_quoted(
    plan: dict[str, object], clone: Path, tmp_path: Path
) -> None:
    (clone / "generate.py").write_text("raise SystemExit('no weights here')")
    with pytest.raises(RuntimeError, match="no weights here"):
        beside.alternate((Path(sys.executable), clone), plan, 2, tmp_path)


def test_no_program_is_left(plan: dict[str, object], tmp_path: Path) -> None:
    beside.alternate(None, plan, 1, tmp_path)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    assert not [each for each in commands if b"benchmarks.painting" in each]


def test_the_limit_is_a_rate_of_products() -> None:
    threads = torch.get_num_threads()
    try:
        rate = limit.operations_a_second("float32", "cpu", 1)
    finally:
        torch.set_num_threads(threads)
    assert 1e8 < rate < 1e13


def test_several_pictures_at_once_are_timed_against_one(plan: dict[str, str]) -> None:
    vqgan, clip = Path(plan["vqgan"]), Path(plan["clip"])
    settings = Settings(32, 32, 2, start="noise", cutouts=2, seed=1, vqgan=vqgan, clip=clip)
    assert 0.05 < at_once(settings, 3) < 20
