"""Removes what is old: done prompt files after some days, pictures beyond what is to be kept."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mused.daemon.folders.claims import NOTE, entries
from mused.daemon.folders.pictures import Found, is_day_folder
from mused.daemon.folders.prompt_file import SUFFIXES

log = logging.getLogger(__name__)

DAY = 24 * 3600.0
GIGABYTE = 1_000_000_000


def prune_done(inbox: Path, days: float) -> None:
    """Remove prompt files that have lain in ``done/`` and ``failed/`` for so many days.

    Raises OSError. What else was dropped may be somebody's only copy.
    """
    for folder in (inbox / "done", inbox / "failed"):
        removed = 0
        for changed, name, status in list(entries(folder, _is_ours)):
            # Being moved there counts: a file may be years older than its drop.
            since = max(changed, status.st_ctime_ns) / 1e9
            if time.time() - since > days * DAY:
                with suppress(FileNotFoundError):
                    (folder / name).unlink()
                    removed += 1
        if removed:
            log.info("%s: %d files removed that were older than %g days", folder, removed, days)


def _is_ours(name: str) -> bool:
    """Whether a file is a prompt file, or the note beside a refused one: others keep theirs."""
    return name.removesuffix(NOTE).lower().endswith(SUFFIXES)


@dataclass(frozen=True)
class Keep:
    """How many pictures are kept; None: all."""

    count: int | None
    gigabytes: float | None

    def exceeded_by(self, number: int, size: int) -> bool:
        """Whether so many pictures of so many bytes together are too many."""
        return (self.count is not None and number > self.count) or (
            self.gigabytes is not None and size > self.gigabytes * GIGABYTE
        )


def prune_pictures(pictures: Sequence[Found], keep: Keep, spared: Callable[[Found], bool]) -> None:
    """Remove the last of `pictures` while they are too many, and folders left empty.

    The first is never removed, nor any that is `spared`. Raises OSError.
    """
    number, size = len(pictures), size_of(pictures)
    for picture in reversed(pictures[1:]):
        if not keep.exceeded_by(number, size):
            return
        if spared(picture):
            continue
        number -= 1
        size -= picture.status.st_size
        with suppress(FileNotFoundError):
            picture.path.unlink()
            log.info("%s removed: the gallery holds more than [folders] keeps", picture.path)
        if is_day_folder(picture.path.parent):
            with suppress(OSError):  # others lie there
                picture.path.parent.rmdir()


def size_of(pictures: Sequence[Found]) -> int:
    """Their bytes together."""
    return sum(each.status.st_size for each in pictures)
