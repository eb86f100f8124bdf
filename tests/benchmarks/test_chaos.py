"""The judge of the kills: whatever is wrong in the folders is really counted."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.chaos.house import House
from benchmarks.chaos.judge import Verdict, judge
from benchmarks.chaos.kills import STOP, TARGETS, plan
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.load import WHOLE
from benchmarks.chaos.observer import READY, flaw
from mused.art.picture import Recipe, Settings, StopReason, Weights, save
from mused.daemon import words
from mused.daemon.events import Event
from mused.daemon.jobs.queue import Job, JobQueue

ZEROS = ("lost", "duplicated", "half_written", "announced_twice", "revived", "leftovers")


class Home:
    """A house after the storm, with a ledger of what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = Ledger()
        self.events: list[Event] = []
        self.seen: list[str] = []
        for name in ("gallery", "said", "tmp", "inbox/done", "inbox/work", "state/work"):
            (folder / name).mkdir(parents=True)
        self._queue = JobQueue(folder / "state" / "jobs.sqlite")

    def close(self) -> None:
        self._queue.close()

    def ask(self, text: str) -> None:
        with self.ledger.wish(text) as wish:
            wish.sure += 1

    def queue(self, text: str, key: str = "") -> Job:
        job = self._queue.add(key or text, text, {}, "cli")
        assert self._queue.next() is not None
        return job

    def paint(self, text: str, key: str = "", reason: StopReason = "finished") -> Path:
        recipe = Recipe(
            prompt=text,
            settings=Settings(width=64, height=64, steps=2, seed=1),
            width=64,
            height=64,
            steps_done=2,
            stop_reason=reason,
            vqgan=Weights("v", "0"),
            clip=Weights("c", "0"),
            device="cpu",
            precision="float32",
            threads=1,
            job=key or text,
        )
        picture = Image.new("RGB", (64, 64), "red")
        path = self.folder / "gallery" / "2026-11-24" / f"{text}.png"
        path.parent.mkdir(exist_ok=True)
        return save(picture, recipe, path, free_name=True)

    def finish(self, job: Job, text: str, key: str = "") -> None:
        self._queue.done(job, self.paint(text, key))
        self.show(text, key)

    def cancel(self, job: Job) -> None:
        self._queue.cancel(job)

    def show(self, text: str, key: str = "") -> None:
        self.events.append(Event("picture", {"job": key or text, "prompt": text}))
        self.events.append(Event("speech.started", {"text": words.ready(text)}))

    def judge(self) -> Verdict:
        return judge(self.folder, self.ledger, self.events, self.seen)

    def wrong(self) -> set[str]:
        verdict = self.judge()
        return {key for key in (*ZEROS, "announced_never") if getattr(verdict, key)}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with closing(Home(tmp_path)) as home:
        home.ask("a red boat")
        home.finish(home.queue("a red boat"), "a red boat")
        yield home


def test_nothing_wrong(home: Home) -> None:
    (home.folder / "gallery" / "latest.png").symlink_to("2026-11-24/a red boat.png")
    assert not home.wrong()
    assert (home.judge().jobs, home.judge().pictures) == (1, 1)


def test_twins_are_two(home: Home) -> None:
    for key in ("one", "two"):
        home.ask("a blue house")
        home.finish(home.queue("a blue house", key), "a blue house", key)
    assert not home.wrong()
    home.finish(home.queue("a blue house", "three"), "a blue house", "three")
    assert home.wrong() == {"duplicated", "announced_twice"}


def test_a_wish_without_a_job_is_lost(home: Home) -> None:
    home.ask("a green hill")
    assert home.judge().lost == ["job of 'a green hill'", "picture of 'a green hill'"]


@pytest.mark.parametrize("end", ["running", "failed", "done"])
def test_a_job_without_a_picture_is_lost(home: Home, end: str) -> None:
    home.ask("a green hill")
    job = home.queue("a green hill")
    if end == "failed":
        home._queue.fail(job, "given up")
    elif end == "done":
        home._queue.done(job, home.folder / "gallery" / "gone.png")
    assert home.wrong() == {"lost"}


def test_a_second_picture_of_a_job_is_counted(home: Home) -> None:
    home.paint("a red boat")
    assert home.wrong() == {"duplicated"}


def test_a_twin_painted_twice_does_not_make_up_for_the_other(home: Home) -> None:
    for key in ("one", "two"):
        home.ask("a blue house")
        home._queue.done(home.queue("a blue house", key), home.paint("a blue house", "one"))
    home.show("a blue house", "one")
    verdict = home.judge()
    assert verdict.lost == ["the picture of job 3, which is done"]
    assert verdict.duplicated == ["the picture of job 2"]


def test_a_picture_nobody_asked_for_is_counted(home: Home) -> None:
    home.finish(home.queue("a grey cat"), "a grey cat")
    assert home.wrong() == {"duplicated"}


def test_what_was_never_acknowledged_may_be_there_or_not(home: Home) -> None:
    for text in ("a grey cat", "a grey dog"):
        with home.ledger.wish(text) as wish:
            wish.maybe += 1
    home.finish(home.queue("a grey cat"), "a grey cat")
    assert not home.wrong()


def test_a_cancelled_job_leaves_at_most_its_last_frame(home: Home) -> None:
    for text in ("a grey cat", "a grey dog"):
        home.ask(text)
        job = home.queue(text)
        with home.ledger.wish(text) as wish:
            wish.cancelled += 1
        home.ledger.cancelled_jobs.add(job.id)
        home.cancel(job)
    home.paint("a grey dog", reason="cancelled")
    assert not home.wrong()
    home.paint("a grey dog")
    assert "duplicated" in home.wrong()


def test_a_cancelled_job_that_is_painted_after_all_is_counted(home: Home) -> None:
    home.ask("a grey cat")
    job = home.queue("a grey cat")
    home.ledger.cancelled_jobs.add(job.id)
    home.finish(job, "a grey cat")
    assert home.wrong() == {"revived"}


def test_announcements_are_counted_over_all_lives(home: Home) -> None:
    home.show("a red boat")
    assert home.wrong() == {"announced_twice"}


@pytest.mark.parametrize("which", [0, 1], ids=["event", "sentence"])
def test_one_way_to_announce_is_enough_to_do_it_twice(home: Home, which: int) -> None:
    home.events.append(home.events[which])
    assert home.wrong() == {"announced_twice"}


def test_a_picture_never_announced_is_a_figure_of_its_own(home: Home) -> None:
    home.events.clear()
    assert home.wrong() == {"announced_never"}


@pytest.mark.parametrize(
    "name",
    [
        "state/work/1-job1.ckpt",
        "inbox/work/me/batch",
        "gallery/.x.part",
        "said/.1.wav.part",
        "tmp/a",
    ],
)
def test_leftovers_are_found(home: Home, name: str) -> None:
    (home.folder / name).parent.mkdir(exist_ok=True)
    (home.folder / name).write_bytes(b"")
    assert "leftovers" in home.wrong()


def test_files_of_a_writer_that_was_too_slow_are_excused(home: Home) -> None:
    home.seen = [f"{home.folder}/inbox/done/slow-3.txt: half a prompt file"]
    home.queue("a green hi", "torn")
    assert home.wrong() == {"half_written", "duplicated", "lost"}
    home.ledger.slow_files.add("slow-3")
    home.ledger.torn.add("a green hill")
    assert home.wrong() == {"lost"}  # the job that is still running
    home.seen.append(f"{home.folder}/inbox/done/slow-31.txt: half a prompt file")
    assert home.wrong() == {"lost", "half_written"}
    home.seen.pop()
    home.queue("green", "the middle of a torn line")
    assert home.wrong() == {"lost", "duplicated"}


def test_half_of_anything_is_a_flaw(home: Home) -> None:
    picture = home.paint("a green hill")
    assert flaw(picture) is None
    content = picture.read_bytes()
    for whole in (content[: len(content) // 2], content[:-20]):
        picture.write_bytes(whole)
        assert flaw(picture)
    Image.new("RGB", (8, 8)).save(picture)
    assert flaw(picture)  # without its recipe
    checkpoint = home.folder / "state" / "work" / "1-job1.ckpt"
    checkpoint.write_bytes(b"PK")
    assert flaw(checkpoint)
    sound = home.folder / "said" / "001.wav"
    sound.write_bytes(b"RIFF")
    assert flaw(sound)
    prompt = home.folder / "inbox" / "done" / "a.txt"
    prompt.write_text(f"a red boat\n{WHOLE}\n")
    assert flaw(prompt) is None
    prompt.write_text("a red bo")
    assert flaw(prompt)
    hidden = home.folder / "gallery" / ".a.png"
    hidden.write_bytes(b"")
    assert flaw(hidden) is None
    assert home.wrong() >= {"half_written"}


def test_the_witness_sees_what_is_whole_again_a_moment_later(home: Home, tmp_path: Path) -> None:
    picture = home.paint("a green hill").read_bytes()
    log = tmp_path / "seen.txt"
    with log.open("wb") as file:
        witness = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chaos.observer", str(home.folder)], stdout=file
        )
    try:
        _await(log, READY)
        home.paint("a whole one")
        with (home.folder / "gallery" / "2026-11-24" / "torn.png").open("wb") as file:
            file.write(picture[:100])
            file.flush()
            time.sleep(0.5)
            file.write(picture[100:])
        _await(log, "torn.png")
        _await(log, "under its final name")
    finally:
        witness.kill()
        witness.wait()
    assert "whole one" not in log.read_text()


def test_a_process_that_outlives_its_daemon_is_an_orphan(tmp_path: Path) -> None:
    house = House(tmp_path, lambda _: None)
    house.start()
    assert house.life is not None
    mark = f"MUSED_CHAOS={house._mark}-1"
    child = subprocess.Popen(["env", mark, "sleep", "60"], start_new_session=True)
    try:
        assert house.kill("daemon")
        ((life, when),) = house._dead
        house._dead = [(life, when + 60)]
        house.look_for_orphans()
        assert not house.orphans  # it has a moment to end
        house._dead = [(life, when - 60)]
        house.look_for_orphans()
        assert house.orphans == [f"process {child.pid} of life 1"]
        assert child.wait(5) < 0
    finally:
        child.kill()
        house.clean_up()


def test_the_schedule_repeats_and_knows_its_targets() -> None:
    assert plan(200, 7) == plan(200, 7) != plan(200, 8)
    kills = plan(500, 1)
    assert {kill.target for kill in kills} == {*TARGETS, STOP}
    assert {kill.moment for kill in kills if kill.target == STOP} == {"named"}
    assert sum(kill.moment == "start" for kill in kills) > 50
    for before, kill in pairwise(kills):
        assert kill.moment != "start" or before.target in ("daemon", "both", STOP)


def _await(log: Path, text: str) -> None:
    deadline = time.monotonic() + 20
    while text not in log.read_text(errors="replace"):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
