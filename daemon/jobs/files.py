"""Where a job's files lie: the picture in the gallery, checkpoint and preview in the state."""

import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from mused.art.errors import ArtError
from mused.art.files import unfinished
from mused.art.picture import Recipe, read_recipe
from mused.daemon.config import Config
from mused.daemon.folders.pictures import SLACK, changed_folders, changed_since, day_folder
from mused.daemon.jobs.queue import Job


class JobFiles:
    """Names are made of time and job number only, never of a prompt.

    Whatever looks into the gallery may wait for a dead mount: not for the event loop's thread.
    """

    def __init__(self, config: Config) -> None:
        self._gallery = config.folders.gallery
        self._work = config.state / "work"

    def prepare(self, job: Job) -> None:
        """Make the folders that `job` needs; raises OSError."""
        self.picture(job).parent.mkdir(parents=True, exist_ok=True)
        self._work.mkdir(parents=True, exist_ok=True)

    def picture(self, job: Job) -> Path:
        """Where the finished picture goes: the day and time, here, when painting began."""
        # The time keeps names apart when a new database starts counting again.
        when = job.started or job.created
        name = time.strftime("%H%M%S", time.localtime(when))
        return day_folder(self._gallery, when) / f"{name}-job{job.id}.png"

    def preview(self, job: Job) -> Path:
        """The picture so far; may not exist yet."""
        return self._work / f"{_stem(job)}.preview.png"

    def checkpoint(self, job: Job) -> Path:
        """What a retry resumes from; may not exist yet."""
        return self._work / f"{_stem(job)}.ckpt"

    def painted(self, job: Job) -> tuple[Path, Recipe] | None:
        """The gallery's picture of `job` with its recipe, wherever it was renamed to.

        The last frame of a cancelled try counts only where no other picture is there.
        """
        frame = None
        for path in self._candidates(job):
            with contextlib.suppress(ArtError, OSError):
                recipe = read_recipe(path, decode=False)
                if recipe.job == job.key and recipe.stop_reason != "cancelled":
                    return path, recipe
                if recipe.job == job.key:
                    frame = path, recipe
        return frame

    def _candidates(self, job: Job) -> Iterator[Path]:
        yield self.picture(job)
        # What an earlier attempt had painted was found when that one ended, however it did.
        since = (job.started or job.created) - SLACK
        with contextlib.suppress(OSError):
            yield from (each.path for each in changed_since(self._gallery, since))

    def forget(self, job: Job) -> None:
        """Drop checkpoint and preview of a job that has ended, and what killed painters left."""
        own = (self.preview(job), self.checkpoint(job))
        self._drop(part for path in own for part in unfinished(path))
        self._drop(self._work.glob(f"{_stem(job)}.*"))
        with contextlib.suppress(OSError):
            for folder in changed_folders(self._gallery, job.created - SLACK):
                self._drop(folder.glob(f".*-job{job.id}.png.*.part"))  # of any attempt

    def found(self) -> list[tuple[Path, int | None]]:
        """Every checkpoint and preview, with the number of its job."""
        return [(path, _number(path)) for path in self._work.glob("*-job*.*")]

    def sweep(self, found: Iterable[tuple[Path, Job | None]]) -> None:
        """Of the checkpoints and previews found, drop those whose job is not open."""
        for path, job in found:
            if job is None or not job.open or not path.name.startswith(f"{_stem(job)}."):
                self._drop([path])

    def _drop(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()


def _number(path: Path) -> int | None:
    number = path.name.partition("-job")[2].partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def _stem(job: Job) -> str:
    return f"{job.created:.0f}-job{job.id}"  # the same in every time zone
