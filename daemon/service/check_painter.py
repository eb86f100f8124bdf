"""Checks of painting: torch and the weights, found in a process of their own."""

import importlib.util
from pathlib import Path

import mused.art
from mused.daemon.config import Config
from mused.daemon.service.check import Check, in_child

_INSTALL = "pip install 'mused[art]'"
_TORCH = """
import json, torch
gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
print(json.dumps({"version": torch.__version__, "gpu": gpu, "threads": torch.get_num_threads()}))
"""
_WEIGHTS = """
import json, sys
from pathlib import Path
from mused.art.errors import WeightsError
from mused.art.weights import load_clip, load_vqgan
answer = {}
for name, load, path in zip(("vqgan", "clip"), (load_vqgan, load_clip), sys.argv[1:]):
    try:
        load(Path(json.loads(path)))
        answer[name] = ""
    except WeightsError as error:
        answer[name] = str(error)
print(json.dumps(answer))
"""


def painter(config: Config) -> list[Check]:
    """torch can be imported and both networks load."""
    if importlib.util.find_spec("torch") is None:
        found = "torch is not installed: mused listens, answers and queues, but cannot paint"
        return [Check("torch", "failure", found, _INSTALL)]
    try:
        torch = in_child(_TORCH, timeout=60)
    except RuntimeError as error:
        return [Check("torch", "failure", f"torch cannot be imported: {error}", _INSTALL)]
    where = torch["gpu"] or f"no GPU, {torch['threads']} threads"
    return [Check("torch", "ok", f"{torch['version']}, {where}"), *_weights(config)]


def _weights(config: Config) -> list[Check]:
    bundled = Path(str(mused.art.__file__)).parent / "bundled"
    files = {
        "vqgan": config.painting.vqgan or bundled / "vqgan.safetensors",
        "clip": config.painting.clip or bundled / "clip.safetensors",
    }
    missing = [
        Check(name, "failure", f"{file} is missing", f"`mused train {name}`, or [painting] {name}")
        for name, file in files.items()
        if not file.is_file()
    ]
    if missing:
        return missing
    try:
        problems = in_child(_WEIGHTS, *map(str, files.values()), timeout=120)
    except RuntimeError as error:
        return [Check("weights", "failure", f"they cannot be loaded: {error}", _INSTALL)]
    return [
        Check(name, "failure", problems[name], f"set [painting] {name} to a good file")
        if problems[name]
        else Check(name, "ok", f"{file}, {file.stat().st_size / 1e6:.0f} MB")
        for name, file in files.items()
    ]
