"""A quick painter, and a house for it to work in."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Config, Folders, Painting
from mused.daemon.events import Bus, Event
from mused.daemon.jobs.queue import Job, JobQueue
from mused.daemon.jobs.runner import Runner
from mused.daemon.jobs.worker_process import Patience

QUICK = Patience(first=20.0, between=10.0, exit=0.5)

STAND_IN = '''
"""Speaks the painter's protocol as `mused.art.worker` does, but fills a picture with one colour.

It stands in where the real painter would only cost time: these tests are about queue, processes
and files. It really checkpoints each step, really resumes, really writes the PNG with its recipe.
A prompt can ask for trouble: "die at N", "hang at N", "deaf" (ignores cancel and exit),
"fail", "full disk" (once), "long line", "die after saving", "slow", "inattentive" (ignores the
first cancel), "leave" (silently, at the next command), "dawdle" (between saving and telling),
"refused after saving" (by the disk, which has the picture already).
"""
import json, os, queue, re, signal, sys, threading, time
from pathlib import Path
from PIL import Image
from mused.art.picture import Recipe, Weights, save
from mused.art.settings import Settings

STEPS = 5
commands = queue.Queue()

def listen():
    for line in sys.stdin:
        commands.put(json.loads(line))
    if not deaf:
        os._exit(0)
    time.sleep(60)

deaf = inattentive = False

def tell(**event):
    print(json.dumps(event), flush=True)

def asked_to_stop(job):
    global inattentive
    while not commands.empty():
        command = commands.get()
        if command["do"] == "exit" and not deaf:
            sys.exit(0)
        if command["do"] == "cancel" and command["job"] == job and not deaf:
            if not inattentive:
                return True
            inattentive = False
    return False

def write(request, done, reason):
    colour = Image.new("RGB", (64, 64), (200, 30, 30))
    recipe = Recipe(
        request["prompt"], Settings(width=64, height=64), 64, 64, done, reason,
        Weights("none", "0"), Weights("none", "0"), "cpu", "float32", 1, job=request["job"],
    )
    return str(save(colour, recipe, Path(request["picture"]), free_name=True))

def paint(request):
    global deaf, inattentive
    prompt, job = request["prompt"], request["job"]
    deaf, inattentive = "deaf" in prompt, "inattentive" in prompt
    checkpoint = Path(request["checkpoint"])
    first = int(checkpoint.read_text()) if checkpoint.exists() else 0
    tell(event="started", job=job, resumed_at=first)
    if "fail" in prompt:
        tell(event="failed", job=job, kind="prompt", error="nothing to paint")
        return
    if "full disk" in prompt and not checkpoint.exists():
        checkpoint.write_text("0")
        tell(event="failed", job=job, kind="disk", error="no room for the picture")
        return
    if "long line" in prompt:
        print("x" * 3_000_000, flush=True)
        print("x" * 3_000_000, file=sys.stderr, flush=True)
    for step in range(first + 1, STEPS + 1):
        time.sleep(1.0 if deaf else 0.3 if "slow" in prompt else 0.002)
        if asked_to_stop(job):
            tell(event="cancelled", job=job, picture=write(request, step, "cancelled"))
            return
        checkpoint.write_text(str(step))
        trouble = re.search(r"(die|hang) at (\\\\d+)", prompt)
        if trouble and step == int(trouble[2]):
            print(f"trouble at step {step}", file=sys.stderr, flush=True)
            if trouble[1] == "hang":
                time.sleep(60)
            os.kill(os.getpid(), signal.SIGKILL)
        tell(event="progress", job=job, step=step, steps=STEPS, loss=1 / step, seconds_left=0.1)
    picture = write(request, STEPS, "finished")
    if "die after saving" in prompt:
        os.kill(os.getpid(), signal.SIGKILL)
    if "dawdle" in prompt:
        time.sleep(0.5)
    if "refused after saving" in prompt:
        tell(event="failed", job=job, kind="disk", error="the folder cannot be synced")
        return
    tell(event="done", job=job, picture=picture, recipe={})
    if "leave" in prompt:
        commands.get()
        sys.exit(0)

threading.Thread(target=listen, daemon=True).start()
print("a library says hello")
tell(event="ready", device="cpu", torch="none", seconds=0.0)
while True:
    command = commands.get()
    if command["do"] == "paint":
        paint(command)
    elif command["do"] == "exit":
        sys.exit(0)
'''.replace("\\\\", "\\")


@pytest.fixture
def stand_in(tmp_path: Path) -> list[str]:
    """The command line of the quick painter."""
    script = tmp_path / "stand_in_worker.py"
    script.write_text(STAND_IN, encoding="utf-8")
    return [sys.executable, str(script)]


class House:
    """A queue, a runner and everything the bus said."""

    def __init__(
        self, folder: Path, argv: Sequence[str], patience: Patience = QUICK, **painting: Any
    ) -> None:
        self.config = Config(
            state=folder / "state",
            folders=Folders(inbox=folder / "inbox", gallery=folder / "gallery"),
            painting=Painting(**painting),
        )
        self.queue = JobQueue(folder / "state" / "jobs.sqlite")
        self.bus = Bus()
        self.runner = Runner(self.queue, self.config, self.bus, argv, patience)
        self.worker = self.runner.slots[0].worker
        self.events: list[Event] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.bus.subscribe() as events:
            reader = asyncio.create_task(self._read(events))
            task = asyncio.create_task(self.runner.run())
            try:
                yield
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                reader.cancel()

    async def _read(self, events: asyncio.Queue[Event]) -> None:
        while True:
            self.events.append(await events.get())

    async def until(self, true: Callable[[], bool], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.005)

    async def until_event(self, kind: str, job: int) -> Event:
        def found() -> list[Event]:
            return [e for e in self.events if e.kind == kind and e.data["job"] == job]

        await self.until(lambda: bool(found()))
        return found()[0]

    def kinds(self, job: int) -> list[str]:
        told = [event.kind for event in self.events if event.data.get("job") == job]
        return [kind for kind in told if kind != "job.progress"]

    def submit(self, prompt: str, key: str = "key-1") -> int:
        return self.runner.submit(key, prompt, {}, "cli", "turn-1").id

    def get(self, job: int) -> Job:
        found = self.queue.get(job)
        assert found is not None
        return found

    def pictures(self) -> list[Path]:
        return sorted(self.config.folders.gallery.glob("**/*.png"))

    def leftovers(self) -> list[Path]:
        return list((self.config.state / "work").iterdir())


@pytest.fixture
def build(stand_in: list[str], tmp_path: Path) -> Callable[..., House]:
    """``build(argv, patience=..., steps=5, ...)``: on the same folders, with `[painting]` set."""

    def make(argv: Sequence[str] = stand_in, **settings: Any) -> House:
        return House(tmp_path, argv, **settings)

    return make


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    """A house with the quick painter."""
    return build()
