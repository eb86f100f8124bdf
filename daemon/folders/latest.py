"""``latest.png`` in the gallery always shows its newest finished picture."""

import filecmp
import logging
import os
import secrets
import shutil
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from mused.art.files import unfinished, write_atomically
from mused.daemon.folders.pictures import LATEST, Found, Pictures, is_day_folder

log = logging.getLogger(__name__)

FINISHED = ("finished", "flat")
"""How a painting ends whose picture may be shown."""


class Latest:
    """A relative link, replaced at once; a copy where the file system has no links.

    Methods raise OSError.
    """

    def __init__(self, gallery: Path, pictures: Pictures) -> None:
        self._link = gallery / LATEST
        self._pictures = pictures
        self._complained = False

    def is_lost(self) -> bool:
        """Whether it shows nothing."""
        return not self._link.exists()

    def sweep(self) -> None:
        """Remove what a killed daemon left while it replaced the link."""
        for part in unfinished(self._link):
            part.unlink(missing_ok=True)

    def show(self, picture: Found, copies: Container[str]) -> str | None:
        """Show `picture`, unless a newer one is shown; returns the mark of a copy made.

        A file of that name is replaced only if its mark is among the `copies` made before, or if
        another picture is the same: what somebody else put there is not lost.
        """
        if not self.is_lost() and Found(self._link, self._link.stat()).age >= picture.age:
            return None
        if not self._is_ours(copies):
            return None
        part = self._link.with_name(f".{LATEST}.{secrets.token_hex(8)}.part")
        try:
            part.symlink_to(os.path.relpath(picture.path, self._link.parent))
        except OSError:
            return self._copy(picture)
        try:
            part.replace(self._link)
        finally:
            part.unlink(missing_ok=True)
        return None

    def _is_ours(self, copies: Container[str]) -> bool:
        if self._link.is_symlink() or not self._link.exists() or _mark(self._link) in copies:
            return True
        # Some file systems give every file another inode when they are mounted again.
        size = self._link.stat().st_size
        same_size = (each for each in self._pictures.all() if each.status.st_size == size)
        if any(filecmp.cmp(each.path, self._link, shallow=False) for each in same_size):
            return True
        if not self._complained:
            log.warning("%s is not ours and stays: rename it to see the newest there", self._link)
        self._complained = True
        return False

    def _copy(self, picture: Found) -> str:
        with picture.path.open("rb") as source:
            write_atomically(self._link, lambda file: shutil.copyfileobj(source, file))
        times = (picture.status.st_atime_ns, picture.status.st_mtime_ns)
        os.utime(self._link, ns=times)
        return _mark(self._link)


def show_latest(gallery: Path, picture: Path) -> None:
    """Show a finished `picture` that was painted without the daemon, if it is in the gallery."""
    folder = picture.absolute().parent
    day = folder.name if is_day_folder(folder) else ""
    with suppress(OSError):  # the daemon will show it
        if (folder.parent if day else folder).samefile(gallery):
            there = gallery / day / picture.name  # a link leads to it from the gallery
            Latest(gallery, Pictures(gallery)).show(Found(there, there.stat()), ())


def _mark(path: Path) -> str:
    return f"latest-{Found(path, path.stat()).mark}"
