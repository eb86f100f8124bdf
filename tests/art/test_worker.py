import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from PIL import Image

from mused.art.errors import SettingsError
from mused.art.picture import read_recipe
from mused.art.requests import PaintRequest, RequestError


class Files(Protocol):
    """The fixture `weights`."""

    vqgan: Path
    clip: Path


class Parent:
    """A worker and the parent's ends of its pipes."""

    def __init__(self, weights: Files, folder: Path, *program: str) -> None:
        self.weights = weights
        self.folder = folder
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, *(program or ("-m", "mused.art.worker"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def say(self, **message: object) -> None:
        self.say_line(json.dumps(message).encode())

    def say_line(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def paint(self, job: str, prompt: str = "a red boat", **settings: object) -> None:
        values = {
            "width": 32,
            "height": 32,
            "steps": 5,
            "start": "noise",
            "cutouts": 4,
            "threads": 1,
            "vqgan": str(self.weights.vqgan),
            "clip": str(self.weights.clip),
        }
        self.say(
            do="paint",
            job=job,
            prompt=prompt,
            settings={**values, **settings},
            picture=str(self.folder / f"{job}.png"),
            preview=str(self.folder / f"{job}.preview.png"),
            checkpoint=str(self.folder / f"{job}.ckpt"),
        )

    def hear(self, *events: str) -> dict[str, Any]:
        """Return the next event of one of these kinds."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message: dict[str, Any] = json.loads(line)
            if message["event"] in events:
                return message
        raise EOFError(f"the worker ended with {self.process.wait()} before {events}")

    def path(self, name: str) -> Path:
        return self.folder / name

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


Start = Callable[..., Parent]


@pytest.fixture
def start(weights: Files, tmp_path: Path) -> Iterator[Start]:
    """Start workers that share a folder; they end with the test."""
    parents: list[Parent] = []

    def make(*program: str) -> Parent:
        parents.append(Parent(weights, tmp_path, *program))
        return parents[-1]

    yield make
    for parent in parents:
        parent.close()


@pytest.fixture(scope="module")
def worker(weights: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    """One worker for all tests that leave it alive."""
    parent = Parent(weights, tmp_path_factory.mktemp("worker"))
    parent.hear("ready")
    yield parent
    parent.close()


ENDLESS: dict[str, Any] = {"steps": 100_000}


def test_a_worker_paints_one_job_after_another(start: Start) -> None:
    worker = start()
    ready = worker.hear("ready")
    assert ready["device"] in {"cpu", "cuda"}
    assert ready["torch"]
    worker.paint("one")
    assert worker.hear("started") == {"event": "started", "job": "one", "resumed_at": 0}
    done = worker.hear("done", "failed")
    assert done["job"] == "one"
    assert done["picture"] == str(worker.path("one.png"))
    recipe = read_recipe(worker.path("one.png"))
    assert recipe.plain() == done["recipe"]
    assert (recipe.job, recipe.steps_done) == ("one", 5)
    assert not worker.path("one.ckpt").exists()

    worker.paint("two", "a lake")
    progress = worker.hear("progress", "failed")
    assert (progress["job"], progress["steps"]) == ("two", 5)
    assert worker.hear("done", "failed")["job"] == "two"
    worker.say(do="exit")
    assert worker.process.wait(timeout=5) == 0


def test_a_painting_that_ended_early_is_done(worker: Parent) -> None:
    worker.paint("flat", steps=300, patience=3, learning_rate=1e-6)
    done = worker.hear("done", "failed", "cancelled")
    assert (done["event"], done["job"]) == ("done", "flat")
    assert done["recipe"]["stop_reason"] == "flat"
    assert done["recipe"]["steps_done"] < 300


def test_bad_requests_are_answered_and_forgotten(worker: Parent) -> None:
    for line, words in (
        (b"not json", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"3", "a JSON object"),
        (b"{}", "no request None"),
        (b'{"do": "dance", "job": "a"}', "no request 'dance'"),
        (b'{"do": "paint", "job": "a"}', 'needs "prompt"'),
        (b'{"do": "paint", "job": "a", "prompt": "x", "picture": "x.png"}', "absolute"),
        (b'{"do": "paint", "job": "a", "prompt": "x", "picture": "/x", "settings": 3}', "object"),
        (b'{"do": "cancel"}', 'needs "job"'),
    ):
        worker.say_line(line)
        failed = worker.hear("failed")
        assert failed["kind"] == "request"
        assert words in failed["error"]
    worker.say(do="cancel", job="never heard of")
    for job, prompt, settings, kind, words in (
        ("a", "...", {}, "prompt", "nothing to paint"),
        ("b", "boat", {"stpes": 1}, "settings", "did you mean steps"),
        ("c", "boat", {"vqgan": "/gone.ckpt"}, "weights", "/gone.ckpt"),
        ("d", "boat", {"start": "picture", "start_picture": "/gone.png"}, "picture", "/gone.png"),
        ("e/no/such", "boat", {}, "disk", "No such file"),
        ("f", "boat", {"anchor": 10**400}, "settings", "anchor = inf"),
    ):
        worker.paint(job, prompt, **settings)
        failed = worker.hear("failed", "done")
        assert (failed["job"], failed["kind"]) == (job, kind), failed
        assert words in failed["error"]
    worker.paint("good")
    assert worker.hear("done", "failed")["picture"] == str(worker.path("good.png"))


def test_cancelling_takes_less_than_a_second_and_keeps_the_frame(worker: Parent) -> None:
    worker.paint("long", **ENDLESS)
    worker.paint("waiting")
    worker.hear("progress", "failed")
    before = time.monotonic()
    worker.say(do="cancel", job="waiting")
    worker.say(do="cancel", job="long")
    cancelled = worker.hear("cancelled", "done", "failed")
    assert time.monotonic() - before < 1
    assert cancelled == {
        "event": "cancelled",
        "job": "long",
        "picture": str(worker.path("long.png")),
    }
    recipe = read_recipe(worker.path("long.png"))
    assert recipe.stop_reason == "cancelled"
    assert 0 < recipe.steps_done < 100_000
    assert not worker.path("long.ckpt").exists()
    waiting = worker.hear("cancelled", "done", "failed")
    assert (waiting["job"], waiting["picture"]) == ("waiting", None)
    worker.paint("long")  # asked for again: the frame is not the picture
    again = worker.hear("done", "failed")
    assert again["picture"] == str(worker.path("long-2.png"))
    assert read_recipe(worker.path("long-2.png")).stop_reason == "finished"


def test_a_step_that_takes_too_long_is_left_behind(start: Start) -> None:
    """With 512 cutouts of a large picture a step takes seconds; a cancel still does not."""
    worker = start()
    worker.paint("slow", width=768, height=768, cutouts=512)
    worker.hear("started", "failed")
    before = time.monotonic()
    worker.say(do="cancel", job="slow")
    cancelled = worker.hear("cancelled", "failed", "done")
    assert (cancelled["event"], cancelled["job"]) == ("cancelled", "slow")
    assert time.monotonic() - before < 1.5
    assert worker.process.wait(timeout=3) == 0


AT_ONCE = "from mused.art import worker; worker.CANCEL_SECONDS = 0; worker.main()"


def test_a_worker_that_ends_over_a_cancel_begins_nothing_new(start: Start) -> None:
    """The step ends while the cancelled picture looks for a free name, and another job waits."""
    for _ in range(5):
        worker = start("-c", AT_ONCE)
        for count in range(1, 9_000):
            worker.path("first.png" if count == 1 else f"first-{count}.png").touch()
        worker.paint("first", **ENDLESS)
        worker.paint("second", **ENDLESS)
        worker.hear("progress", "failed")
        worker.say(do="cancel", job="first")
        assert worker.process.stdout is not None
        events = []
        for line in worker.process.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "progress" and events[-1]["job"] == "second":
                break  # the step, and with it the picture, had ended before the timer could
        else:
            assert {event["job"] for event in events} == {"first"}
            told = [event["event"] for event in events if event["event"] != "progress"]
            assert told == ["cancelled"]
            assert worker.process.wait(timeout=5) == 0
            return
        worker.process.kill()
    pytest.fail("no timer was as quick as a step")


def test_a_worker_that_cannot_read_its_requests_ends() -> None:
    with Path(os.devnull).open("wb") as unreadable:
        done = subprocess.run(
            [sys.executable, "-m", "mused.art.worker"],
            check=False,
            stdin=unreadable,
            capture_output=True,
            timeout=20,
        )
    assert done.returncode == 0


def test_previews_show_the_picture_growing(worker: Parent) -> None:
    worker.paint("growing", **ENDLESS)
    preview = worker.path("growing.preview.png")
    while not preview.exists():
        assert worker.hear("progress", "started", "failed")["event"] != "failed"
    with Image.open(preview) as image:
        assert image.size == (32, 32)
    worker.say(do="cancel", job="growing")
    assert worker.hear("cancelled", "failed")["job"] == "growing"


def kill(parent: Parent) -> None:
    parent.process.kill()


def end_of_stdin(parent: Parent) -> None:
    assert parent.process.stdin is not None
    parent.process.stdin.close()


def test_a_stop_keeps_the_last_step(start: Start) -> None:
    """It comes long before the time for a checkpoint."""
    worker = start()
    worker.paint("job", **ENDLESS)
    done = worker.hear("progress", "failed")["step"]
    end_of_stdin(worker)
    assert worker.process.wait(timeout=4) == 0
    again = start()
    again.paint("job", **ENDLESS)
    assert again.hear("started", "failed")["resumed_at"] >= done


def test_an_interrupted_job_goes_on_in_the_next_worker(start: Start) -> None:
    """First stdin ends, then the power fails; each time the job goes on further."""
    resumed_at = 0
    for stop in (end_of_stdin, kill, kill):
        worker = start()
        worker.paint("job", **ENDLESS)
        started = worker.hear("started", "failed")
        assert started["resumed_at"] >= resumed_at
        resumed_at = started["resumed_at"] + 1
        checkpoint = worker.path("job.ckpt")
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before:
            assert worker.hear("progress", "failed")["event"] == "progress"
        asked = time.monotonic()
        stop(worker)
        worker.process.wait(timeout=5)
        assert time.monotonic() - asked < 2
        assert not worker.path("job.png").exists()


def test_a_picture_saved_but_not_told_is_not_saved_again(worker: Parent) -> None:
    """As after a power cut between the save and the event; a picture of another job stays."""
    worker.paint("told")
    first = worker.hear("done", "failed")
    worker.paint("told")
    assert worker.hear("done", "failed")["picture"] == first["picture"]
    worker.path("other.png").write_bytes(worker.path("told.png").read_bytes())
    worker.paint("other", "a lake")
    assert worker.hear("done", "failed")["picture"] == str(worker.path("other-2.png"))
    assert read_recipe(worker.path("other-2.png")).job == "other"
    assert read_recipe(worker.path("other.png")).job == "told"


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "mused.art.worker"], stdin=int(sys.argv[1]),
                         pass_fds=[int(sys.argv[1])])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_the_worker_dies_with_its_parent(stopped: bool) -> None:
    """Even where somebody else keeps its standard input open, and where it cannot run a handler."""
    reading, writing = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(reading)], pass_fds=[reading], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    try:
        pid = int(parent.stdout.readline())
        assert b'"ready"' in parent.stdout.readline()
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 5
        while alive(pid):
            assert time.monotonic() < deadline, "the worker outlived its parent"
            time.sleep(0.02)
    finally:
        parent.stdout.close()
        os.close(reading)
        os.close(writing)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_ctrl_c_is_left_to_the_parent(worker: Parent) -> None:
    worker.process.send_signal(signal.SIGINT)
    worker.paint("after ctrl-c")
    assert worker.hear("done", "failed")["event"] == "done"


def test_the_same_job_has_the_same_seed() -> None:
    message = {"job": "a", "prompt": "x", "picture": "/x.png"}
    seeds = [PaintRequest.read({**message, "job": job}).settings.seed for job in "aab"]
    assert seeds[0] == seeds[1] != seeds[2]
    assert PaintRequest.read({**message, "settings": {"seed": 4}}).settings.seed == 4
    with pytest.raises(RequestError, match="job"):
        PaintRequest.read({"prompt": "x"})
    with pytest.raises(SettingsError):
        PaintRequest.read({**message, "settings": {"width": 0}})
