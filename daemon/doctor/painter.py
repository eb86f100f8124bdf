"""Checks of painting: torch, the GPU, the weights, and a step that is really painted."""

import importlib.util
from pathlib import Path
from typing import Any

from mused.art.settings import BUNDLED
from mused.daemon.config import Config
from mused.daemon.doctor.check import Check, ChildError, in_child
from mused.daemon.doctor.daemon import paints
from mused.daemon.errors import StoreError
from mused.daemon.installed import set_up
from mused.daemon.jobs.devices import choose
from mused.daemon.models import store

PATIENCE = 120.0  # seconds; published weights are read slowly from slow disks
SLOW = 5.0  # seconds a step
_INSTALL = set_up()
_SMALLER = "choose a smaller [painting] width and height, or smaller weights"
_NEXT = {
    "memory": _SMALLER,
    "settings": "correct it in [painting]; devices = ['cpu'] works everywhere",
    "device": "`dmesg` and `nvidia-smi` say more; or set [painting] devices = ['cpu']",
    "nan": "set [painting] vqgan and clip to other weights",
    "bug": "see whether it is the GPU: set [painting] devices = ['cpu']; else please report this",
}
_NO_TRIAL = {
    "said": _INSTALL,
    "late": f"see what keeps the machine or the disk of the weights busy; or {_SMALLER}",
    "killed": f"{_SMALLER}; `dmesg` says whether memory had run out, else {_INSTALL}",
}
"""What to do where the trial gave no answer, by the reason of the ChildError."""
_SHIPPED: dict[str, Any] = {name: str(BUNDLED / f"{name}.safetensors") for name in store.NETWORKS}
_SCRIPT = "from mused.art import trial; trial.main()"


def painter(config: Config) -> list[Check]:
    """torch can be imported, both networks load, skia draws the sketch, and a step is painted."""
    if importlib.util.find_spec("torch") is None:
        found = "torch is not installed: mused listens, answers and queues, but cannot paint"
        return [Check("torch", "failure", found, _INSTALL)]
    if paints(config):
        found = "the running mused paints just now, a second painter would take its memory"
        return [Check("torch", "ok", f"not tried: {found}")]
    try:
        settings = store.resolved({**_SHIPPED, **config.painting.chosen()})
    except StoreError as error:
        words, _, step = str(error).partition(": ")
        return [Check("weights", "failure", words, step)]
    clips = settings["clip"] if isinstance(settings["clip"], list) else [settings["clip"]]
    files = [("vqgan", settings["vqgan"]), *(("clip", clip) for clip in clips)]
    device = choose(config.painting.devices)[0]
    settings["device"] = "cuda" if device.is_gpu else "auto"
    try:
        trial = in_child(_SCRIPT, settings, timeout=PATIENCE, environment=device.environment)
    except ChildError as error:
        words = f"the painter cannot start: {error}"
        return [Check("torch", "failure", words, _NO_TRIAL[error.reason])]
    start = config.painting.start
    return [
        Check("torch", "ok", f"{trial['torch']}, {trial['device']}"),
        *(_weights(name, Path(file), trial) for name, file in files),
        *_larger(config, is_gpu=device.is_gpu),
        _sketch(start, trial["problems"].get("sketch")),
        *_draft(trial["problems"].get("draft")),
        *_painting(trial, start),
    ]


def _weights(name: str, file: Path, trial: dict[str, Any]) -> Check:
    if problem := trial["problems"].get(str(file)):
        step = f"set [painting] {name} to a good file, or make one with `mused train {name}`"
        return Check(name, "failure", problem, step)
    digest = trial["hashes"].get(str(file), "")
    shown = f", sha256 {digest[:16]}…" if digest else ""
    return Check(name, "ok", f"{file}, {file.stat().st_size / 1e6:.1f} MB{shown}")


def _larger(config: Config, *, is_gpu: bool) -> list[Check]:
    """A GPU can do more than the shipped networks ask of it."""
    if not is_gpu or config.painting.vqgan or config.painting.clip:
        return []
    step = "`mused models pull vqgan-f16-16384 clip-vit-b32` paint whatever can be said"
    return [Check("larger models", "ok", "this GPU can run them", step)]


def _sketch(start: str, problem: str | None) -> Check:
    if problem is None:
        return Check("sketch", "ok", "skia can draw what a painting starts from")
    step = "install libegl1 and libgl1 (apt), or set [painting] start = 'noise'"
    return Check("sketch", "failure" if start == "sketch" else "ok", problem, step)


def _draft(problem: str | None) -> list[Check]:
    if problem is None:
        return []
    step = "set [painting] drafter to a good file, or start = 'sketch'"
    return [Check("draft", "failure", problem, step)]


def _painting(trial: dict[str, Any], start: str) -> list[Check]:
    """How the trial's steps went; nothing where weights or skia have said why there were none."""
    if problem := trial["problems"].get("step"):
        if start == "sketch" and "sketch" in trial["problems"]:
            return []
        step = _NEXT.get(trial["kind"], _NEXT["bug"])
        return [Check("painting", "failure", problem, step)]
    if not trial["steps"]:
        return []
    width, height = trial["size"]
    memory = f"{trial['memory'] / 1e9:.1f} GB of memory"
    if trial["gpu_memory"]:
        memory += f", {trial['gpu_memory'] / 1e9:.1f} GB of the GPU's"
    found = (
        f"{width} x {height}, loaded in {trial['loading']:.1f} s, first step "
        f"{trial['steps'][0]:.2f} s, then {trial['steps'][-1]:.2f} s a step, {memory}"
    )
    if trial["steps"][-1] > SLOW:
        step = "choose a smaller [painting] width and height, smaller weights, or use a GPU"
        return [Check("painting", "warning", f"slow: {found}", step)]
    return [Check("painting", "ok", found)]
