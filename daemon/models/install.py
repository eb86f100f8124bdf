"""Pulling and importing: every model is checked in a place of its own before it has a name."""

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mused.daemon import paths
from mused.daemon.doctor.check import ChildError, in_child
from mused.daemon.errors import BadModelError, ModelError, StoreError
from mused.daemon.hearing.model import check_folder
from mused.daemon.installed import set_up
from mused.daemon.models import hashes, partial, store
from mused.daemon.models.catalogue import Entry, Kind
from mused.daemon.models.download import Report, Say, Wanted, fetch
from mused.daemon.models.store import Installed
from mused.daemon.models.unpack import unpack

PATIENCE = 600.0
"""Seconds a check may take: published weights are read slowly from slow disks."""
ROOM = {"vosk": 3, "vqgan": 2, "clip": 2, None: 2}
"""How many times the size of its file a model takes while it is pulled, by kind."""

# Both in processes of their own: libvosk may crash on a damaged model, torch is large, and weights
# may need more memory than there is.
_TRY_VOSK = """
import json, sys
from pathlib import Path
from mused.daemon.hearing.model import Model
problem = None
try:
    model = Model(Path(json.loads(sys.argv[1])))
    import vosk
    for grammar in ([], ['["the", "[unk]"]']):  # the graphs are read only now
        vosk.KaldiRecognizer(model.handle, 16000, *grammar).AcceptWaveform(bytes(32000))
except Exception as error:
    problem = str(error)
print(json.dumps(problem))
"""
_CONVERT = "from mused.art import convert; convert.main()"


def part_of(name: str) -> Path:
    """Where what has come of a model's download is kept."""
    return paths.models() / f".{name}.part"


def pull(entry: Entry, report: Report, say: Say) -> Installed:
    """Download, check and install a model; one of that name is replaced.

    `report` is told how far the download is, `say` what else happens. Raises StoreError, and
    KeyboardInterrupt: what has come stays, and the next pull goes on from there.
    """
    part = part_of(entry.name)
    with store.locked(entry.name) as new:
        if entry.bytes is not None:
            needed = ROOM[entry.kind] * entry.bytes - partial.size(part)
            store.check_room(new, needed, entry.name)
        is_exact = entry.sha256 is not None
        wanted = Wanted(entry.url, part, entry.bytes, is_exact=is_exact)
        fetch(wanted, report, say)
        store.sync_file(part)
        sha256 = hashes.sha256_of(part)
        say(f"sha256 {sha256}")
        try:
            hashes.check(entry.url, sha256, entry.sha256, entry.stated)
            kind = _fill(new, part, entry.name, entry.kind, say)
        except BadModelError:
            partial.discard(part)  # a whole file that is of no use
            raise
        if entry.sha256 is None or hashes.recorded(entry.url):
            hashes.record(entry.url, sha256)
        if entry.sha256 is None:
            say("nobody states this hash in public: it is recorded, and later pulls must match it")
        model = Installed(entry.name, kind, entry.url, sha256, _now())
        store.put(model, new)
        partial.discard(part)
    return model


def take(path: Path, name: str, say: Say) -> Installed:
    """Check and install a copy of one's own model, a file or a Vosk folder. Raises StoreError."""
    with store.locked(name) as new:
        if path.is_dir():
            _check_vosk(path, str(path))
            store.check_room(new, store.size_of(path), "the copy")
            shutil.copytree(path, new, dirs_exist_ok=True)
            _try_vosk(new, str(path))
            kind: Kind = "vosk"
            sha256 = ""
        elif path.is_file():
            sha256 = hashes.sha256_of(path)
            kind = _fill(new, path, name, None, say)
        else:
            raise StoreError(f"there is no file or folder {path}")
        model = Installed(name, kind, str(path.absolute()), sha256, _now())
        store.put(model, new)
    return model


def forget(name: str, model: Installed | None) -> None:
    """Remove a model, and what an unfinished pull of it has left. Raises StoreError."""
    with store.locked(name) as new:
        if model is not None:
            store.remove(model, new)
        partial.discard(part_of(name))


def _fill(new: Path, file: Path, name: str, kind: Kind | None, say: Say) -> Kind:
    """Put what is in `file` into the folder `new`, checked; returns what it is."""
    if kind == "vosk" or (kind is None and _is_vosk_zip(file)):
        say("unpacking")
        _unpack_vosk(file, new)
        say("trying it")
        _try_vosk(new, file.name)
        return "vosk"
    say("checking the weights")
    store.check_room(new, file.stat().st_size, "keeping the weights")
    target = new / f"{name}.safetensors"
    found = _convert(file, target, kind)
    say(f"a {found['kind']} of {found['parameters'] / 1e6:.0f} million numbers: {found['shape']}")
    return "clip" if found["kind"] == "clip" else "vqgan"


def _is_vosk_zip(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return any(Path(name).name == "final.mdl" for name in archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _unpack_vosk(file: Path, new: Path) -> None:
    """Unpack a Vosk model into `new`; archives have it in a folder of their own."""
    inside = new / ".unpacked"
    inside.mkdir()
    unpack(file, inside)
    found = list(inside.iterdir())
    root = found[0] if len(found) == 1 and found[0].is_dir() else inside
    _check_vosk(root, file.name)
    for each in list(root.iterdir()):
        each.rename(new / each.name)
    shutil.rmtree(inside)


def _check_vosk(folder: Path, name: str) -> None:
    try:
        check_folder(folder)
    except ModelError as error:
        raise BadModelError(str(error).replace(str(folder), name)) from error


def _try_vosk(folder: Path, name: str) -> None:
    try:
        problem = in_child(_TRY_VOSK, str(folder), timeout=PATIENCE)
    except ChildError as error:
        bad = BadModelError if error.crashed else StoreError
        raise bad(f"Vosk cannot load {name}: {error}") from error
    if problem:
        raise BadModelError(f"{name} is no good model: {problem.replace(str(folder), name)}")


def _convert(source: Path, target: Path, kind: Kind | None) -> dict[str, Any]:
    try:
        found: dict[str, Any] = in_child(_CONVERT, str(source), str(target), kind, timeout=PATIENCE)
    except ChildError as error:
        if "No module named" in str(error):
            raise StoreError(f"{error}: weights are checked by torch, {set_up()}") from error
        raise StoreError(f"{source.name} cannot be checked: {error}") from error
    if "error" in found:
        raise (BadModelError if found.get("is_bad") else StoreError)(found["error"])
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
