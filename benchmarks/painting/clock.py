"""What a child process tells of the steps it does, one at a time when it is told to.

It answers every line of its stdin with one JSON line about a step, behind a prefix that tells it
from what a painting program prints. Imported by both programs: nothing of mused, only torch.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PREFIX = "@step "


def peak_rss_mib() -> int:
    """Return the largest resident memory of this process so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


class Clock:
    """Times steps and their parts; a part's gradient counts as the part."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self._wall = self._cpu = self._marked = 0.0

    def wait(self) -> None:
        """Wait for the word to go on; ends the process where stdin does."""
        if not sys.stdin.readline():
            raise SystemExit
        self.parts = {}
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self._marked = self._wall

    def ended(self, *_: object) -> None:
        """Tell of the step that ended, and wait for the next."""
        self.mark("rest")
        step = {
            "seconds": time.perf_counter() - self._wall,
            "cpu_seconds": time.process_time() - self._cpu,
            "peak_rss_mib": peak_rss_mib(),
            "parts": self.parts,
            **_gpu(),
        }
        sys.stdout.write(f"\n{PREFIX}{json.dumps(step)}\n")
        sys.stdout.flush()
        self.wait()

    def mark(self, part: str) -> None:
        """Count the seconds since the last mark as a part's."""
        _synchronise()
        now = time.perf_counter()
        self.parts[part] = self.parts.get(part, 0.0) + now - self._marked
        self._marked = now

    def timed(self, call: Callable[..., Any], at: int, before: str, during: str, after: str) -> Any:
        """Wrap a network whose input is argument `at`; the names are of the parts around it."""

        def wrapped(*arguments: Any) -> Any:
            self.mark(before)
            x = arguments[at]
            y = call(*arguments)
            self.mark(during)
            if y.requires_grad:
                x.register_hook(lambda _: self.mark(during))
                y.register_hook(lambda _: self.mark(after))
            return y

        return wrapped


def _synchronise() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _gpu() -> dict[str, int]:
    import torch

    if not torch.cuda.is_available():
        return {}
    return {"peak_gpu_mib": torch.cuda.max_memory_reserved() // 2**20}
