"""Lines to the worker: each is answered, and the worker lives on."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import torch

from benchmarks.fuzz.mutate import damaged
from benchmarks.fuzz.networks import tiny_clip, tiny_vqgan
from benchmarks.fuzz.values import changed, value
from mused.art.errors import ArtError
from mused.art.weights import save_clip, save_vqgan

ROOT = Path(__file__).parents[2]
"""Where the benchmarks lie, which are not installed."""
WORKER = """
import sys
from pathlib import Path
from benchmarks.fuzz import guard
guard.confine(Path(sys.argv[1]))
from mused.art import worker
import mused.art.painter
guard.limit_memory(1500)
worker.main()
"""
"""The real one; its parent says where it writes, and some of what is said here is damaged."""
SETTINGS: dict[str, Any] = {
    "width": 32, "height": 32, "steps": 2, "start": "noise", "cutouts": 2, "threads": 1, "seed": 3,
    "learning_rate": 0.1, "anchor": 1.0, "average": 0.5, "sweep": 1, "progressive": 0.0,
}  # fmt: skip
ANSWER_SECONDS = 60.0
PAINT_SECONDS = 1.0
"""After which what is still being painted is cancelled."""
LAST = ("done", "cancelled", "failed")


class RequestRefusedError(ArtError):
    """The worker said no."""


class WorkerFellSilentError(Exception):
    """The worker ended, or did not answer."""


class Requests:
    """Lines of JSON, and of what is not."""

    may_run = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.weights = {name: str(folder / f"{name}.safetensors") for name in ("vqgan", "clip")}
        save_vqgan(tiny_vqgan(), Path(self.weights["vqgan"]), torch.float32)
        save_clip(tiny_clip(words="a red boat"), Path(self.weights["clip"]), torch.float32)
        self.worker: Worker | None = None

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a few lines."""
        lines = [self._line(random) for _ in range(random.choice((1, 1, 2, 3)))]
        return b"\n".join(lines), ".jsonl"

    def _line(self, random: Random) -> bytes:
        request: Any = {
            "do": "paint",
            "job": random.choice(("1", "2", "é", "x" * 300)),
            "prompt": random.choice(("a red boat:2 | fog:-0.5", "a lake ^ night", "...", "a")),
            "settings": {**SETTINGS, **self.weights},
            "picture": str(self.folder / "out" / "x.png"),
            "preview": random.choice((None, str(self.folder / "out" / "preview.png"))),
            "checkpoint": random.choice((None, str(self.folder / "out" / "x.ckpt"))),
        }
        chance = random.random()
        if chance < 0.1:
            request = {"do": random.choice(("cancel", "paint", "x")), "job": value(random)}
        elif chance < 0.5:
            request["settings"] = changed(request["settings"], random)
        elif chance < 0.8:
            request = changed(request, random)
        line = json.dumps(request).encode()
        line = damaged(line, random) if chance > 0.85 else line
        return line.replace(b"\n", b" ").replace(b'"exit"', b'"x"')

    def attempt(self, path: Path) -> None:
        """Say the lines; every one is answered, and so is what comes after them."""
        worker = self.worker
        if worker is None or worker.process.poll() is not None:
            worker = self.worker = Worker(self.folder)
        taken = refused = 0
        for line in path.read_bytes().split(b"\n"):
            event = worker.answer(line)
            taken += event is None or event["event"] != "failed"
            refused += event is not None and event["event"] == "failed"
            if event and event.get("kind") == "bug":
                raise WorkerFellSilentError(f"a bug: {event['error']}")
            if worker.process.poll() is not None:
                worker = self.worker = Worker(self.folder)  # a cancelled step was too slow
        if not taken and refused:
            raise RequestRefusedError("refused")


class Worker:
    """The worker's process, and what it says."""

    def __init__(self, folder: Path) -> None:
        (folder / "out").mkdir(exist_ok=True)
        self._log = (folder / "worker.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        )
        self._folder = folder
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._await(lambda event: event["event"] == "ready")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def answer(self, line: bytes) -> dict[str, Any] | None:
        """Return how a line ends: done, cancelled or failed; None where it asked for nothing."""
        job = _job(line)
        self._say(line)
        # Whatever the worker makes of the line, this comes after it.
        mark = f"mark {time.monotonic_ns()}"
        self._say(json.dumps({"do": mark, "job": mark}).encode())
        last: dict[str, Any] | None = None
        marked = False

        def ended(event: dict[str, Any]) -> bool:
            nonlocal last, marked
            marked = marked or event.get("job") == mark
            if event["event"] in LAST and event.get("job") != mark:
                last = event
            return marked and (last is not None or not _asks(line, job))

        if self._wait(ended, PAINT_SECONDS):
            return last
        if job is not None:
            self._say(json.dumps({"do": "cancel", "job": job}).encode())
        if self._wait(ended, ANSWER_SECONDS):
            return last
        raise WorkerFellSilentError(f"no answer: {self._last_words()}")

    def _await(self, what: Any) -> None:
        if not self._wait(what, ANSWER_SECONDS):
            raise WorkerFellSilentError(f"it never began: {self._last_words()}")

    def _wait(self, what: Any, seconds: float) -> bool:
        """Take events in until one of them ends the waiting; False after so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left)
            except queue.Empty:
                return False
            if event is None:
                code = self.process.wait()
                if code != 0:
                    raise WorkerFellSilentError(f"it ended with {code}: {self._last_words()}")
                return True
            if what(event):
                return True
        return False

    def _say(self, line: bytes) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()
        except OSError:
            self.process.wait()

    def _last_words(self) -> str:
        return (self._folder / "worker.log").read_text(errors="replace")[-1500:]


def _job(line: bytes) -> str | None:
    try:
        job = json.loads(line)["job"]
    except (ValueError, RecursionError, TypeError, KeyError, IndexError):
        return None
    return job if isinstance(job, str) else None


def _asks(line: bytes, job: str | None) -> bool:
    """Say whether a line is anything but the cancel of a job that nobody knows."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return True
    return not (isinstance(message, dict) and message.get("do") == "cancel" and job is not None)
