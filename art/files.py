"""Files that appear whole or not at all, whatever else writes at the same time."""

import errno
import glob
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

Write = Callable[[IO[bytes]], object]

LONGEST_BEGINNING = 50
"""Characters of a file's name in that of its unfinished one, which must fit too."""


def write_atomically(path: Path, write: Write, *, durable: bool = True) -> None:
    """Replace a file at once by what `write` puts into one. Raises OSError.

    durable: whether it must survive a power cut.
    """
    with _hidden(path, write, durable=durable) as part:
        part.replace(path)
    if durable:
        sync_folder(path.parent)


def create_atomically(path: Path, write: Write, *, free_name: bool = False) -> Path:
    """Write a new file at once and return where it lies; no file is ever replaced.

    Where the path is taken, free_name picks the next free "name-2.png"; otherwise raises
    FileExistsError. Raises OSError.
    """
    with _hidden(path, write, durable=True) as part:
        target = _place(part, path, free_name=free_name)
    sync_folder(target.parent)
    return target


def unfinished(path: Path) -> Iterator[Path]:
    """What writers of `path` that were killed have left beside it; or living ones still write."""
    return path.parent.glob(f"{glob.escape(_beginning(path))}*.part")


def _beginning(path: Path) -> str:
    return f".{path.name[:LONGEST_BEGINNING]}."


@contextmanager
def _hidden(path: Path, write: Write, *, durable: bool) -> Iterator[Path]:
    """Write a hidden file of a name nobody else has; gone afterwards, unless it was moved."""
    part = path.with_name(f"{_beginning(path)}{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            write(file)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)


def _place(part: Path, path: Path, *, free_name: bool) -> Path:
    """Give the written file its name; a hard link, unlike a rename, never replaces a file."""
    for count in range(1, 10_000):
        target = path if count == 1 else path.with_stem(f"{path.stem}-{count}")
        try:
            _name(part, target)
        except FileExistsError:
            if not free_name:
                raise
        else:
            return target
    raise FileExistsError(17, "No free name is left", str(path))


def _name(part: Path, target: Path) -> None:
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no hard links: whoever creates the empty file has the name.
        target.touch(exist_ok=False)
        try:
            part.replace(target)
        except OSError:
            target.unlink()
            raise


def sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut, where the file system can. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # it syncs no folders
            raise
    finally:
        os.close(handle)
