"""Where pictures lie in the gallery: at its top, and in a folder for each day."""

import logging
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mused.art.errors import ArtError
from mused.art.formats import FORMATS
from mused.art.picture import Recipe, read_recipe
from mused.daemon.health import beat

log = logging.getLogger(__name__)

LATEST = "latest.png"  # shows one of the others
SLACK = 60.0  # seconds a network file system's clock, or its grain, may lag behind ours
EVERYTHING_EVERY = 600.0  # seconds; a picture replaced in place does not change its folder
WATCHED_DAYS = 2  # folders of the last days, where pictures are expected

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Found:
    """A file of a picture that lies in the gallery."""

    path: Path
    status: os.stat_result

    @property
    def mark(self) -> str:
        """Names the file and its content, wherever it is moved to on its file system."""
        return f"file-{self.status.st_ino}-{self.status.st_mtime_ns}-{self.status.st_size}"

    @property
    def age(self) -> tuple[bool, int]:
        """Sorts pictures, the oldest first.

        A time yet to come was told by a clock that went wrong, or goes wrong now: either way the
        picture was there before those of this day.
        """
        return self.status.st_mtime <= time.time() + SLACK, self.status.st_mtime_ns


class Pictures:
    """Lists the pictures in `gallery`; folders that did not change are not listed again.

    Methods raise OSError when the gallery cannot be read.
    """

    def __init__(self, gallery: Path) -> None:
        self._gallery = gallery
        self._known: dict[Path, tuple[int, int]] = {}
        self._complete = -EVERYTHING_EVERY

    def changed(self) -> list[Found]:
        """Pictures in those folders that may hold new ones since the last call."""
        if time.monotonic() - self._complete >= EVERYTHING_EVERY:
            self._complete = time.monotonic()
            self._known.clear()
        found: list[Found] = []
        for folder in folders(self._gallery):
            beat()
            status = folder.stat()
            state = (status.st_ino, status.st_mtime_ns)
            if self._known.get(folder) == state:
                continue
            found += pictures_in(folder)
            if time.time() - status.st_mtime > SLACK:  # else a change may yet show the same time
                self._known[folder] = state
        return found

    def look_again(self, picture: Found) -> None:
        """List the folder of `picture` again at the next call."""
        self._known.pop(picture.path.parent, None)

    def all(self) -> list[Found]:
        """Every picture, the newest first."""
        found: list[Found] = []
        for folder in folders(self._gallery):
            beat()
            found += pictures_in(folder)
        return newest_first(found)

    def recent_days(self) -> list[Path]:
        """The folders of the last days; none where there is no gallery yet."""
        with suppress(FileNotFoundError):
            return folders(self._gallery)[1:][-WATCHED_DAYS:]
        return []


def newest_first(pictures: Iterable[Found]) -> list[Found]:
    """Pictures in the order of their age."""
    return sorted(pictures, key=lambda each: each.age, reverse=True)


def day_folder(gallery: Path, when: float) -> Path:
    """Where a picture painted at `when`, in seconds since the epoch, goes."""
    return gallery / time.strftime("%Y-%m-%d", time.localtime(when))


def is_day_folder(folder: Path) -> bool:
    """Whether it is named like one."""
    return _DAY.fullmatch(folder.name) is not None


def folders(gallery: Path) -> list[Path]:
    """The gallery itself, then its folders of a day, the oldest first."""
    with os.scandir(gallery) as entries:
        days = sorted(
            entry.name
            for entry in entries
            if _DAY.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        )
    return [gallery, *(gallery / name for name in days)]


def pictures_in(folder: Path) -> Iterator[Found]:
    """The files directly in `folder` that may carry a recipe.

    Not hidden ones, no links and not the one that shows another.
    """
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.lower()
            if name.startswith(".") or Path(name).suffix not in FORMATS or name == LATEST:
                continue
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield Found(folder / entry.name, status)


def recipe_in(path: Path, *, decode: bool) -> Recipe | None:
    """The recipe in a picture, None if it is not ours; raises OSError where the disk refuses.

    Without `decode`, which takes its time, one is not ours once another program rewrote it.
    """
    try:
        return read_recipe(path, decode=decode)
    except ArtError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno is not None:  # of the disk, not of Pillow
            raise cause from error
        log.debug("not ours: %s", error)
        return None


def changed_folders(gallery: Path, when: float) -> Iterator[Path]:
    """Folders in which files came or went since `when`, in seconds since the epoch."""
    for folder in reversed(folders(gallery)):
        if folder == gallery or folder.stat().st_mtime >= when:
            yield folder


def changed_since(gallery: Path, when: float) -> Iterator[Found]:
    """Pictures written since `when`, in seconds since the epoch."""
    for folder in changed_folders(gallery, when):
        yield from (each for each in pictures_in(folder) if each.status.st_mtime >= when)
