"""How mused was installed, and so what brings the packages that painting needs."""

import sys
from pathlib import Path

import mused

CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
"""Where torch has no CUDA, which is five times as large."""


def set_up() -> str:
    """What to run where torch or another package of painting is missing."""
    if (Path(mused.__file__).parents[1] / "Makefile").is_file():
        return "run `make setup`"
    return f"run `{sys.executable} -m pip install --extra-index-url {CPU_BUILDS} 'mused[art]'`"
