"""Tries the painter on this machine: loads what the settings name and paints two steps.

``python -c "from mused.art import trial; trial.main()" SETTINGS``, the settings in JSON; prints a
`Trial` in JSON. Nothing is saved.
"""

import itertools
import json
import os
import resource
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

from mused.art.errors import ArtError, WeightsError
from mused.art.memory import is_out_of_memory
from mused.art.painter import Painter
from mused.art.progress import Watch
from mused.art.settings import Settings
from mused.art.weights import load_clip, load_vqgan

PROMPT = "a red boat on a lake"
NICENESS = 10  # that of the daemon's painter: hearing goes before painting


@dataclass
class Trial:
    """How it went; times in seconds, memory in bytes."""

    torch: str = torch.__version__
    device: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    """What went wrong with ``sketch``, ``draft``, ``step`` or a file of weights."""
    kind: str = ""
    """The kind of error of the step, as of ArtError: "memory", "settings", …"""
    hashes: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of each file of weights."""
    loading: float = 0.0
    steps: tuple[float, ...] = ()
    """The first one takes longer: it prepares what the others use."""
    size: tuple[int, int] = (0, 0)
    memory: int = 0
    gpu_memory: int = 0
    notices: tuple[str, ...] = ()


def run(settings: Settings) -> Trial:
    """Try `settings`, of which all weights are set. Raises nothing that has a word."""
    trial = Trial(device=_device())
    try:
        import skia  # noqa: F401 - whether its libraries are here
    except ImportError as error:
        trial.problems["sketch"] = str(error)
    try:
        began = time.monotonic()
        painter = Painter.load(settings)
        trial.loading = time.monotonic() - began
        _paint(painter, settings, trial)
    except WeightsError as error:
        # Those of a drafter are read when there is something to draft.
        trial.problems |= _bad_weights(settings) or {"draft": str(error)}
    except (ArtError, ImportError, RuntimeError, MemoryError) as error:
        trial.kind = "memory" if is_out_of_memory(error) else getattr(error, "kind", "bug")
        nameless = "memory ran out" if trial.kind == "memory" else type(error).__name__
        trial.problems["step"] = str(error) or nameless
    trial.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if torch.cuda.is_available():
        trial.gpu_memory = torch.cuda.max_memory_reserved()
    return trial


def _paint(painter: Painter, settings: Settings, trial: Trial) -> None:
    networks = painter.networks
    trial.device = _device(networks.device)
    weights = (networks.vqgan_weights, networks.clip_weights, *(w for _, w in networks.more_clips))
    files = (settings.vqgan, *settings.clips)
    trial.hashes = {str(file): each.sha256 for file, each in zip(files, weights, strict=True)}
    moments = [time.monotonic()]
    watch = Watch(on_progress=lambda progress: moments.append(time.monotonic()))
    picture = painter.paint(PROMPT, replace(settings, steps=2, seed=0), watch)
    trial.steps = tuple(later - sooner for sooner, later in itertools.pairwise(moments))
    trial.size = picture.image.size
    trial.notices = tuple(picture.recipe.notices)


def _bad_weights(settings: Settings) -> dict[str, str]:
    problems = {}
    for path in (Path(str(settings.vqgan)), *settings.clips):
        try:
            if path == settings.vqgan:
                load_vqgan(path)
            else:
                load_clip(path)
        except WeightsError as error:
            problems[str(path)] = str(error)
    return problems


def _device(device: torch.device | None = None) -> str:
    if device is None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"no GPU, {torch.get_num_threads()} threads"


def main() -> None:
    """Try what the argument says."""
    os.nice(NICENESS)
    settings = Settings.read(json.loads(sys.argv[1]))
    print(json.dumps(asdict(run(settings))))  # noqa: T201 - whoever started us reads it
