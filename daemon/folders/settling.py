"""Tells whole files from those still being written, and finished names from temporary ones."""

import fcntl
import os
import re
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from stat import S_ISREG

SETTLE = 0.3  # seconds a file must stay unchanged before it is taken for whole
SETTLE_REMOTE = 5.0  # seconds; a network mount may show a size that is 3 s old
SETTLE_EMPTY = 5.0  # seconds; an empty file is usually about to be written
SETTLE_OPEN = 600.0  # seconds; somebody still has it open for writing

UNFINISHED = (
    "~",  # backups of many editors
    ".part",  # Firefox, KDE, wget and others
    ".partial",
    ".filepart",  # WinSCP
    ".tmp",
    ".temp",
    ".swp",  # vim
    ".swx",
    ".crdownload",  # Chromium
    ".download",  # Safari
    ".opdownload",  # Opera
)
# Hidden ones: vim's .x.swp, gedit's .goutputstream-x, LibreOffice's .~lock.x#, rsync's .x.AbCdEf,
# macOS's ._x. emacs autosaves to #x#, Word locks with ~$x.
BEGINNINGS = (".", "#", "~$")
LITTER = ("thumbs.db", "desktop.ini")  # what Windows leaves in shared folders
_VIM_TRIAL = re.compile(r"\d{4,6}")  # vim tries a folder with 4913, 5036, 5159 …


def is_finished_name(name: str) -> bool:
    """Whether a file of this name is meant to be there, not on its way there."""
    if _VIM_TRIAL.fullmatch(name) and (int(name) - 4913) % 123 == 0:
        return False
    lower = name.lower()
    return not (lower.startswith(BEGINNINGS) or lower.endswith(UNFINISHED) or lower in LITTER)


class Settling:
    """Remembers sizes and times: whole files keep theirs."""

    def __init__(self) -> None:
        self.remote = False
        """Whether the files lie on a network mount."""
        self._seen: dict[str, tuple[tuple[int, int, int], float]] = {}

    @property
    def pause(self) -> float:
        """Seconds after which a file that does not change any more is settled."""
        return SETTLE_REMOTE if self.remote else SETTLE

    def settled(self, path: str, status: os.stat_result) -> bool:
        """Whether the file at `path` has been unchanged for long enough, and nobody writes it."""
        signature = (status.st_ino, status.st_size, status.st_mtime_ns)
        before, since = self._seen.get(path, (None, 0.0))
        now = time.monotonic()
        if signature != before:
            self._seen[path] = (signature, now)
            return False
        regular = S_ISREG(status.st_mode)
        empty = regular and not status.st_size
        if now - since < (max(self.pause, SETTLE_EMPTY) if empty else self.pause):
            return False
        return not regular or now - since >= SETTLE_OPEN or not _is_open_for_writing(path)

    def keep(self, present: Collection[str]) -> None:
        """Forget every file that is not among `present`."""
        for path in self._seen.keys() - set(present):
            del self._seen[path]


def _is_open_for_writing(path: str) -> bool:
    """Whether a process has it open to write, where this file system can tell (fcntl(2))."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False  # taking it will say why
    try:
        # Whoever opens it in this very moment waits, and the kernel tells us so: by SIGIO, which
        # would end the process, if not by a signal that does nothing.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:  # another's file, or a file system without leases
        return False
    else:
        with suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    finally:
        os.close(handle)
