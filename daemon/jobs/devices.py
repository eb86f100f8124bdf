"""Which devices paint: one painter's process for each NVIDIA GPU, else one.

GPUs are found without torch, by what the driver shows. Every process sees its own only.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
HIDDEN = {VISIBLE: "", "HIP_VISIBLE_DEVICES": ""}


@dataclass(frozen=True)
class Device:
    """Where one painter's process works, and the environment variables that keep it there."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_gpu(self) -> bool:
        """Whether this process must find a GPU of its own."""
        return bool(self.environment.get(VISIBLE))


def choose(names: Sequence[str] | None) -> list[Device]:
    """The devices with these names, "cpu" or what CUDA_VISIBLE_DEVICES takes; else those found."""
    gpus = _gpus() if names is None else names
    if not gpus:  # torch may still find one, of another maker
        return [Device("auto")]
    return [Device("cpu", HIDDEN) if name == "cpu" else _gpu(name) for name in gpus]


def _gpu(name: str) -> Device:
    return Device(f"GPU {name}", {VISIBLE: name})


def _gpus() -> list[str]:
    visible = os.environ.get(VISIBLE)
    if visible is not None:  # CUDA itself stops reading at the first that is none
        names = (name.strip() for name in visible.split(","))
        return list(takewhile(lambda name: name not in ("", "-1"), names))
    nodes = list(Path("/dev").glob("nvidia[0-9]*"))
    return [str(number) for number in range(len(nodes or _listed_by_the_driver()))]


def _listed_by_the_driver() -> list[Path]:
    """It knows GPUs whose device files are made at first use; or those outside of a container."""
    return list(Path("/proc/driver/nvidia/gpus").glob("*"))
