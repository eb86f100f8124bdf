"""The verdict, by the files alone and by what the daemons told while they lived."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.ledger import Ledger, Wish
from benchmarks.chaos.observer import FOLDERS, flaw
from mused.art.errors import ArtError
from mused.art.picture import Recipe, read_recipe
from mused.daemon import words
from mused.daemon.events import Event

OPEN = ("queued", "running")


@dataclass(frozen=True)
class Row:
    """A job as the database has it."""

    id: int
    key: str
    prompt: str
    status: str
    reason: str | None


@dataclass
class Verdict:
    """Each list holds what was found wrong, in words."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    half_written: list[str] = field(default_factory=list)
    announced_twice: list[str] = field(default_factory=list)
    announced_never: list[str] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    jobs: int = 0
    pictures: int = 0


def judge(home: Path, ledger: Ledger, events: Sequence[Event], seen: Iterable[str]) -> Verdict:
    """Compare what was asked for with what lies in the folders of `home`.

    `seen` is what a witness found half-written while the daemon worked.
    """
    jobs, pictures = read_jobs(home), read_gallery(home / "gallery")
    verdict = Verdict(jobs=len(jobs), pictures=len(pictures))
    verdict.half_written = [*dict.fromkeys(_excused(seen, ledger)), *_flaws(home)]
    texts = Counter(job.prompt for job in jobs)
    _count(verdict, ledger, "job", texts, lambda wish: wish.fewest_jobs)
    painted = Counter(recipe.prompt for recipe in pictures)
    _count(verdict, ledger, "picture", painted, lambda wish: wish.fewest_pictures)
    _one_picture_each(verdict, jobs, pictures)
    _announced(verdict, ledger, events, pictures)
    verdict.revived = [
        f"job {job.id} was cancelled and is {job.status}"
        for job in jobs
        if job.id in ledger.cancelled_jobs and job.status != "cancelled"
    ]
    verdict.leftovers = leftovers(home)
    return verdict


def read_jobs(home: Path) -> list[Row]:
    """Every job of the house's database, which nobody has to have closed."""
    address = f"file:{home / 'state' / 'jobs.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as database:
        rows = database.execute("SELECT id, key, prompt, status, reason FROM jobs ORDER BY id")
        return [Row(*row) for row in rows]


def read_gallery(gallery: Path) -> list[Recipe]:
    """The recipe of every whole picture; links to one, like the newest, are no pictures."""
    found = []
    for path in sorted(gallery.rglob("*.png")):
        if path.name.startswith(".") or path.is_symlink():
            continue
        try:
            found.append(read_recipe(path))
        except ArtError:
            continue  # half-written: counted there
    return found


def leftovers(home: Path) -> list[str]:
    """Files that nobody needs any more once everything is done."""
    found = [path for path in (home / "state" / "work").rglob("*") if path.is_file()]
    found += (home / "inbox" / "work").glob("*/*")  # batches of each daemon, files in them or not
    for folder in ("gallery", "said", "inbox"):
        found += (home / folder).rglob("*.part")  # links too
    found += [path for path in (home / "tmp").rglob("*") if path.is_file()]
    return [str(path) for path in found]


def _count(
    verdict: Verdict,
    ledger: Ledger,
    noun: str,
    found: Counter[str],
    fewest: Callable[[Wish], int],
) -> None:
    for text, wish in ledger.wishes.items():
        if (missing := fewest(wish) - found[text]) > 0:
            verdict.lost += [f"{noun} of {text!r}"] * missing
        if (extra := found[text] - wish.most) > 0:
            verdict.duplicated += [f"{noun} of {text!r}"] * extra
    torn = tuple(ledger.torn)
    for text in found.keys() - ledger.wishes.keys():
        if not any(whole.startswith(text) for whole in torn):
            verdict.duplicated += [f"{noun} of {text!r}, which nobody asked for"] * found[text]


def _one_picture_each(verdict: Verdict, jobs: list[Row], pictures: list[Recipe]) -> None:
    painted = Counter(recipe.job for recipe in pictures if recipe.stop_reason == "finished")
    for job in jobs:
        if job.status in OPEN or job.status == "failed":
            verdict.lost.append(f"job {job.id} ended as {job.status}: {job.reason}")
        elif job.status == "done" and not painted[job.key]:
            verdict.lost.append(f"the picture of job {job.id}, which is done")
        if painted[job.key] > 1:
            verdict.duplicated.append(f"the picture of job {job.id}")


def _announced(
    verdict: Verdict, ledger: Ledger, events: Sequence[Event], pictures: list[Recipe]
) -> None:
    shown = Counter(event.data["job"] for event in events if event.kind == "picture")
    for job, times in shown.items():
        verdict.announced_twice += [f"the picture of job {job}"] * (times - 1)
    verdict.announced_never = [
        f"the picture of {recipe.prompt!r}"
        for recipe in pictures
        if recipe.stop_reason == "finished" and not shown[recipe.job]
    ]
    said = Counter(event.data["text"] for event in events if event.kind == "speech.started")
    for text, wish in ledger.wishes.items():
        extra = said[words.ready(text)] - wish.most
        verdict.announced_twice += [f"aloud: {text!r}"] * extra


def _flaws(home: Path) -> list[str]:
    files = (path for folder in FOLDERS for path in (home / folder).rglob("*") if path.is_file())
    return [f"{path}, at the end: {reason}" for path in files if (reason := flaw(path))]


def _excused(seen: Iterable[str], ledger: Ledger) -> list[str]:
    """Without the files whose own writer paused for longer than the inbox waits."""
    return [line for line in seen if Path(line.partition(": ")[0]).stem not in ledger.slow_files]
