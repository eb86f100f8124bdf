"""The reference's own generate.py as a child process, timed from outside.

``PYTHONPATH=. PYTHON -m benchmarks.painting.theirs PLAN``, run in a clone of the reference by a
Python that has what it needs. Its loop, cutouts, augmentations and optimiser are its own: only
the bar that it moves after every step is replaced by the clock, and its networks are timed.
"""

import importlib
import json
import runpy
import sys
from types import ModuleType
from typing import Any

import torch

from benchmarks.painting.clock import Clock

ENDLESS = "100000"


def main(plan: dict[str, Any]) -> None:
    """Run generate.py of the current folder."""
    torch.set_num_threads(plan["threads"])
    _make_importable()
    clock = Clock()
    # Where generate.py looks for them.
    sys.path.append("taming-transformers")
    vqgan = importlib.import_module("taming.models.vqgan").VQModel
    clip = importlib.import_module("CLIP.clip.model").CLIP
    vqgan.decode = clock.timed(vqgan.decode, 1, "rest", "decode", "cutouts")
    clip.encode_image = clock.timed(clip.encode_image, 1, "cutouts", "clip", "rest")
    bar = importlib.import_module("tqdm").tqdm
    bar.update = clock.ended
    size = str(plan["size"])
    sys.argv = [
        "generate.py",
        *("--prompts", plan["prompt"], "--size", size, size, "--seed", "1"),
        *("--vqgan_config", plan["vqgan_config"], "--vqgan_checkpoint", plan["vqgan"]),
        *("--clip_model", plan["clip"], "--num_cuts", str(plan["cutouts"])),
        *("--iterations", ENDLESS, "--save_every", ENDLESS, "--output", plan["picture"]),
    ]
    clock.wait()
    runpy.run_path("generate.py", run_name="__main__")


def _make_importable() -> None:
    """Let what the reference imports be imported beside today's torch; none of it is called."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        # A torchvision for CUDA beside a torch without: its own library has not been loaded.
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(library)
    gone = ModuleType("torch._six")
    gone.__dict__["string_classes"] = (str, bytes)
    sys.modules.setdefault("torch._six", gone)


_kept: list[object] = []
"""Definitions end with their library."""


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
