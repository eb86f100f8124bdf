"""What a check of this machine finds, and a child process to find it in."""

import json
import os
import signal
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

    def __init__(
        self, words: str, reason: Literal["said", "late", "killed"] = "said", number: int = 0
    ) -> None:
        super().__init__(words)
        self.reason = reason
        self.crashed = reason == "killed" and number != signal.SIGKILL
        """Whether its own doing ended it; the kernel takes SIGKILL where memory runs out."""


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
        number = -done.returncode
        words = f"the process was killed by signal {number}"
        memory = ", as where memory runs out" if number == signal.SIGKILL else ""
        raise ChildError(words + memory, "killed", number)
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode or not lines:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ChildError(said[-1])
    try:
        return json.loads(lines[-1])
    except ValueError:
        raise ChildError(f"it answered {lines[-1][:200]!r}") from None
