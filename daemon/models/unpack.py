"""Unpacking a zip that may be hostile: it fills its own folder, and no more than it says."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from mused.daemon.errors import BadModelError
from mused.daemon.models.store import check_room, megabytes

MOST_FILES = 1000
MOST_BYTES = 8 * 10**9
MOST_RATIO = 30
"""How much larger the content may be than the archive: models hardly shrink by half."""
CHUNK = 2**20


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip into the empty `folder`.

    Raises BadModelError where it is damaged, would write anywhere else, or swells beyond all
    measure; StoreError and OSError where the disk does not take it.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            _check(entries, archive)
            for entry in entries:
                _unpack_one(opened, entry, folder)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise BadModelError(f"{archive.name} is no whole zip archive: {error}") from error


def _check(entries: list[zipfile.ZipInfo], archive: Path) -> None:
    """Look at the whole directory before anything is written."""
    if len(entries) > MOST_FILES:
        raise BadModelError(f"{archive.name} holds {len(entries)} files, more than {MOST_FILES}")
    for entry in entries:
        if problem := _problem(entry):
            raise BadModelError(f"{archive.name} is refused: {entry.filename!r} {problem}")
    names = [PurePosixPath(entry.filename) for entry in entries]
    if len(set(names)) < len(names):
        raise BadModelError(f"{archive.name} is refused: it holds a file twice")
    files = {path for path, entry in zip(names, entries, strict=True) if not entry.is_dir()}
    if any(folder in files for path in names for folder in path.parents):
        raise BadModelError(f"{archive.name} is refused: it holds a file that is a folder, too")
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES or total > MOST_RATIO * max(archive.stat().st_size, 2**20):
        raise BadModelError(
            f"{archive.name} is refused: it would swell to {megabytes(total)}, as no model does"
        )
    check_room(archive.parent, total, "unpacking it")


def _problem(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not written; empty where it is."""
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or not path.parts:
        return "would be written outside its folder"
    if len(path.parts) > 20 or any(len(part.encode()) > 255 for part in path.parts):
        return "has too long a name"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is encrypted, or packed in an unusual way"
    return ""


def _unpack_one(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / entry.filename
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # It reads as much as the directory says and no more, whatever the entry would swell to.
    with opened.open(entry) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, CHUNK)
    if target.stat().st_size != entry.file_size:
        raise BadModelError(f"{entry.filename} in the archive is not as long as it says")
