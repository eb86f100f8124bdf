"""What a check of this machine finds, and a child process to find it in."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
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


class ChildError(RuntimeError):
    """A child process that found nothing; `reason` is how it ended, or its last words."""

    def __init__(self, words: str, reason: Literal["said", "late", "killed"] = "said") -> None:
        super().__init__(words)
        self.reason = reason


def in_child(
    script: str, *arguments: Any, timeout: float, environment: Mapping[str, str] | None = None
) -> Any:
    """Run Python `script` in a process of its own and return the JSON on its last line.

    Native libraries crash, hang and print; here they cannot take the doctor with them. `arguments`
    arrive as JSON in ``sys.argv[1:]``; `environment` is added to ours. Raises
    ChildError with the child's last words.
    """
    command = [sys.executable, "-P", "-c", script, *map(json.dumps, arguments)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=timeout,
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired:
        raise ChildError(f"no answer within {timeout:g} s", "late") from None
    if done.returncode < 0:
        raise ChildError(f"the process was killed by signal {-done.returncode}", "killed")
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode or not lines:
        words = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ChildError(words[-1])
    return json.loads(lines[-1])
