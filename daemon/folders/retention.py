"""Removes what is old: done prompt files after some days, pictures beyond what is to be kept."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from mused.daemon.folders.claims import entries
from mused.daemon.folders.pictures import Found, is_day_folder

log = logging.getLogger(__name__)

DAY = 24 * 3600.0
GIGABYTE = 1_000_000_000


def prune_done(inbox: Path, days: float) -> None:
    """Remove what has lain in ``done/`` and ``failed/`` for so many days. Raises OSError."""
    for folder in (inbox / "done", inbox / "failed"):
        removed = 0
        for changed, name, status in list(entries(folder)):
            # Being moved there counts: a file may be years older than its drop.
            since = max(changed, status.st_ctime_ns) / 1e9
            if time.time() - since > days * DAY:
                with suppress(FileNotFoundError):
                    (folder / name).unlink()
                    removed += 1
        if removed:
            log.info("%s: %d files removed that were older than %g days", folder, removed, days)


def prune_pictures(
    pictures: Sequence[Found],
    ours: Callable[[Found], bool],
    *,
    count: int | None,
    gigabytes: float | None,
) -> None:
    """Remove the oldest of our pictures beyond `count` or `gigabytes`, and folders left empty.

    `ours` tells our pictures from others, which are neither counted nor touched; it is asked only
    when there may be too many. The newest is never removed. Raises OSError.
    """
    if not _too_many(len(pictures), _bytes(pictures), count, gigabytes):
        return
    kept = sorted(filter(ours, pictures), key=lambda each: each.status.st_mtime_ns, reverse=True)
    size = _bytes(kept)
    while len(kept) > 1 and _too_many(len(kept), size, count, gigabytes):
        oldest = kept.pop()
        size -= oldest.status.st_size
        with suppress(FileNotFoundError):
            oldest.path.unlink()
            log.info("%s removed: the gallery holds more than [folders] keeps", oldest.path)
        if is_day_folder(oldest.path.parent):
            with suppress(OSError):  # others lie there
                oldest.path.parent.rmdir()


def _bytes(pictures: Sequence[Found]) -> int:
    return sum(each.status.st_size for each in pictures)


def _too_many(number: int, size: int, count: int | None, gigabytes: float | None) -> bool:
    return (count is not None and number > count) or (
        gigabytes is not None and size > gigabytes * GIGABYTE
    )
