"""Checks of painting: torch and the weights, found in a process of their own."""

import importlib.util
from pathlib import Path

import mused.art
from mused.daemon.config import Config
from mused.daemon.service.check import Check, in_child

_INSTALL = "run `make setup`"
_PAINTER = """
import json, sys
from pathlib import Path
import torch
from mused.art.errors import WeightsError
from mused.art.weights import load_clip, load_vqgan
gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
problems = {}
for name, load, path in zip(("vqgan", "clip"), (load_vqgan, load_clip), sys.argv[1:]):
    try:
        load(Path(json.loads(path)))
    except WeightsError as error:
        problems[name] = str(error)
try:
    import skia
except ImportError as error:
    problems["sketch"] = str(error)
print(json.dumps({
    "version": torch.__version__,
    "where": gpu or f"no GPU, {torch.get_num_threads()} threads",
    "problems": problems,
}))
"""


def painter(config: Config) -> list[Check]:
    """torch can be imported, both networks load, and skia can draw the sketch."""
    bundled = Path(str(mused.art.__file__)).parent / "bundled"
    files = {
        "vqgan": config.painting.vqgan or bundled / "vqgan.safetensors",
        "clip": config.painting.clip or bundled / "clip.safetensors",
    }
    if importlib.util.find_spec("torch") is None:
        found = "torch is not installed: mused listens, answers and queues, but cannot paint"
        return [Check("torch", "failure", found, _INSTALL)]
    try:
        child = in_child(_PAINTER, *map(str, files.values()), timeout=120)
    except RuntimeError as error:
        return [Check("torch", "failure", f"the painter cannot start: {error}", _INSTALL)]
    torch = Check("torch", "ok", f"{child['version']}, {child['where']}")
    problems = child["problems"]
    weights = [_weights(name, files[name], problems.get(name)) for name in files]
    return [torch, *weights, _sketch(config.painting.start, problems.get("sketch"))]


def _weights(name: str, file: Path, problem: str | None) -> Check:
    if problem is not None:
        step = f"set [painting] {name} to a good file, or make one with `mused train {name}`"
        return Check(name, "failure", problem, step)
    return Check(name, "ok", f"{file}, {file.stat().st_size / 1e6:.1f} MB")


def _sketch(start: str, problem: str | None) -> Check:
    if problem is None:
        return Check("sketch", "ok", "skia can draw what a painting starts from")
    step = "install libegl1 and libgl1 (apt), or set [painting] start = 'noise'"
    return Check("sketch", "failure" if start == "sketch" else "ok", problem, step)
