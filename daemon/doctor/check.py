"""What a check of this machine finds, and a child process to find it in."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Check:
    """One finding."""

    name: str
    level: Level
    found: str
    next_step: str = ""
    """What to do about it; empty when all is well."""


def in_child(script: str, *arguments: Any, timeout: float) -> Any:
    """Run Python `script` in a process of its own and return the JSON on its last line.

    Native libraries crash, hang and print; here they cannot take the doctor with them. `arguments`
    arrive as JSON in ``sys.argv[1:]``. Raises RuntimeError with the child's last words.
    """
    command = [sys.executable, "-c", script, *map(json.dumps, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"no answer within {timeout:g} s") from None
    if done.returncode < 0:
        raise RuntimeError(f"the process was killed by signal {-done.returncode}")
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode or not lines:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise RuntimeError(words[-1])
    return json.loads(lines[-1])
