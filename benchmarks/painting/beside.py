"""Runs two painting programs as child processes, a step of one, a step of the other."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.painting.clock import PREFIX

ROOT = Path(__file__).parent.parent.parent
PARTS = ("decode", "cutouts", "clip", "rest")

Step = Mapping[str, Any]


class Child:
    """A program that does a step when it is told to."""

    def __init__(self, command: Sequence[str | Path], folder: Path, log: Path) -> None:
        self._log = log
        self._words = " ".join(map(str, command[:3]))
        # Both alike: threads that spin while they wait slow down whatever else runs.
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONPATH": path}
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def step(self) -> Step:
        """Do one step. Raises RuntimeError with its last words where it cannot."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the reason is in its last words
        for line in self._process.stdout:
            if line.startswith(PREFIX):
                step: Step = json.loads(line.removeprefix(PREFIX))
                return step
        words = self._log.read_text()[-2000:]
        raise RuntimeError(f"{self._words} ended:\n{words}")

    def end(self) -> None:
        """Let it end."""
        self._process.kill()
        self._process.communicate()


def alternate(
    theirs: tuple[Path, Path] | None, plan: Mapping[str, Any], steps: int, scratch: Path
) -> dict[str, list[Step]]:
    """Return the steps of both programs, by "our" and "their", after one each that warms up.

    theirs: the reference's Python and clone; None: ours alone.
    """
    words = json.dumps({**plan, "picture": str(scratch / "theirs.png")})
    commands: dict[str, tuple[Sequence[str | Path], Path]] = {
        "our": ((sys.executable, "-m", "benchmarks.painting.ours", words), ROOT)
    }
    if theirs is not None:
        python, clone = theirs
        commands["their"] = ((python, "-m", "benchmarks.painting.theirs", words), clone)
    children: dict[str, Child] = {}
    try:
        for name, (command, folder) in commands.items():
            children[name] = Child(command, folder, scratch / f"{name}.log")
        for child in children.values():
            child.step()
        found: dict[str, list[Step]] = {name: [] for name in children}
        for _ in range(steps):
            for name, child in children.items():
                found[name].append(child.step())
        return found
    finally:
        for child in children.values():
            child.end()


def summed_up(found: Mapping[str, Sequence[Step]]) -> dict[str, Any]:
    """Return the figures of both programs and their ratios."""
    figures: dict[str, Any] = {}
    for name, steps in found.items():
        for key, digits in (("seconds", 3), ("cpu_seconds", 2)):
            figures[f"{name}_step_{key}"] = round(median(step[key] for step in steps), digits)
        for key in ("peak_rss_mib", "peak_gpu_mib"):
            if key in steps[-1]:
                figures[f"{name}_{key}"] = steps[-1][key]
        whole = sum(sum(step["parts"].values()) for step in steps)
        for part in PARTS:
            share = sum(step["parts"].get(part, 0.0) for step in steps) / whole
            figures[f"{name}_{part}_share"] = round(share, 3)
    if "their" in found:
        pairs = (("times_faster", "step_seconds"), ("times_less_cpu", "step_cpu_seconds"))
        for ratio, key in pairs:
            figures[ratio] = round(figures[f"their_{key}"] / figures[f"our_{key}"], 2)
        for key in ("peak_rss_mib", "peak_gpu_mib"):
            if f"their_{key}" in figures:
                figures[f"{key}_ratio"] = round(figures[f"our_{key}"] / figures[f"their_{key}"], 2)
    return figures
