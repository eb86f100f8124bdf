"""The models on this machine: a folder each, with a record of where it came from.

``NAME/model.json`` is the record; the rest of the folder is a Vosk model, or
``NAME/NAME.safetensors`` with the weights of a network. A folder whose name begins with a dot is
being made or removed by whoever holds the lock of that name.
"""

import contextlib
import dataclasses
import difflib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mused.art.files import sync_folder, write_atomically
from mused.daemon import paths
from mused.daemon.errors import StoreError
from mused.daemon.models.catalogue import KINDS, NAME, Kind, catalogue, check_name

RECORD = "model.json"
NETWORKS: tuple[Kind, ...] = ("vqgan", "clip")
"""The kinds that are also names of settings of a picture."""


@dataclass(frozen=True)
class Installed:
    """A model on this machine, as its record tells it."""

    name: str
    kind: Kind
    source: str
    """The address or path it came from."""
    sha256: str
    """Of the file it came in; empty for a folder."""
    installed: str
    """When, ISO 8601 in UTC."""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return paths.models() / self.name

    @property
    def path(self) -> Path:
        """What its users open: a Vosk folder or a weights file."""
        return self.folder if self.kind == "vosk" else self.folder / f"{self.name}.safetensors"

    @property
    def bytes(self) -> int:
        """Its size on disk."""
        return size_of(self.folder)


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(each.lstat().st_size for each in folder.rglob("*") if each.is_file())


def installed() -> dict[str, Installed]:
    """All models of this machine by name; what has no readable record is none."""
    found = {}
    with contextlib.suppress(OSError):
        for folder in sorted(paths.models().iterdir()):
            model = find(folder.name)
            if model is not None:
                found[model.name] = model
    return found


def find(name: str) -> Installed | None:
    """The installed model of that name."""
    if not NAME.fullmatch(name):
        return None
    try:
        record: Any = json.loads((paths.models() / name / RECORD).read_text("utf-8"))
        model = Installed(**{**record, "name": name})
    except (OSError, ValueError, TypeError):
        return None
    return model if model.kind in KINDS else None


def resolve(model: Path, kind: Kind) -> Path:
    """What `model` of a setting stands for: a path itself, or an installed model's name.

    Raises StoreError where no such model is installed, or one of another kind.
    """
    if not is_name(model):
        return model
    found = find(str(model))
    if found is None:
        known = str(model) in catalogue()
        near = difflib.get_close_matches(str(model), [*installed(), *catalogue()], n=1)
        hint = f", did you mean {near[0]}?" if near and not known else ""
        step = f"mused models pull {model}" if known else "`mused models list` shows what is"
        raise StoreError(f"the model {model} is not installed{hint or ': ' + step}")
    if found.kind != kind:
        raise StoreError(f"the model {model} is a {found.kind}, where a {kind} is needed")
    return found.path


def resolved(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a picture, as JSON values, with paths for names of models. Raises StoreError."""
    found = dict(settings)
    for kind in NETWORKS:
        value = found.get(kind)
        if isinstance(value, str):
            found[kind] = str(resolve(Path(value), kind))
        elif isinstance(value, list | tuple):  # of several CLIPs
            found[kind] = [str(resolve(Path(str(each)), kind)) for each in value]
    return found


def is_name(model: Path) -> bool:
    """Whether a setting's value is a model's name, not a path."""
    return len(model.parts) == 1 and bool(NAME.fullmatch(str(model)))


@contextlib.contextmanager
def locked(name: str) -> Iterator[Path]:
    """Hold a model's name while the context is open; gives an empty hidden folder to build in.

    Raises StoreError where another process holds it, or the folder of models cannot be used.
    """
    check_name(name)
    models = paths.models()
    try:
        models.mkdir(parents=True, exist_ok=True)
        lock = (models / f".{name}.lock").open("a")
    except OSError as error:
        raise StoreError(f"{models} cannot be used: {error.strerror or error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another mused is just pulling or importing {name}: wait") from None
        new = models / f".{name}.new"
        try:
            _tidy(models / name, new)
            new.mkdir()
            yield new
        except OSError as error:
            raise StoreError(f"the model {name} cannot be changed: {_words(error)}") from error
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _tidy(folder: Path, new: Path) -> None:
    """Clear away what one that was killed has left. Raises OSError."""
    _delete(new)
    old = _hidden_away(folder)
    if paths.exists(folder):
        _delete(old)  # what was not yet deleted of one that was replaced
    else:
        with contextlib.suppress(FileNotFoundError):  # it was in the moment between two renames
            old.rename(folder)


def put(model: Installed, new: Path) -> None:
    """Make the folder `new` that model, at once; one of that name is replaced. Raises OSError.

    To be called with its name locked.
    """
    record = {k: v for k, v in dataclasses.asdict(model).items() if k != "name"}
    write_atomically(new / RECORD, lambda file: file.write(json.dumps(record).encode()))
    for folder, _, files in os.walk(new):
        for name in files:
            sync_file(Path(folder) / name)
        sync_folder(Path(folder))
    old = _hidden_away(model.folder)
    _delete(old)
    with contextlib.suppress(FileNotFoundError):
        model.folder.rename(old)
    new.rename(model.folder)
    sync_folder(new.parent)
    _delete(old)


def remove(model: Installed, new: Path) -> None:
    """Remove a model. Raises OSError. To be called with its name locked, which gives `new`.

    The folder becomes the one that was to build in: that is deleted when the lock is left, or,
    where this is killed, by whoever takes it next.
    """
    if model.folder.is_symlink():
        model.folder.unlink()
    else:
        model.folder.rename(new)
    sync_folder(new.parent)


def _delete(folder: Path) -> None:
    """Delete a folder as far as the disk lets us; of one that lies elsewhere only the link."""
    if folder.is_symlink():
        folder.unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _hidden_away(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def sync_file(path: Path) -> None:
    """Make a file's content survive a power cut. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def check_room(folder: Path, needed: int, what: str) -> None:
    """Raise StoreError where `needed` bytes do not fit on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StoreError(
            f"{what} needs {megabytes(needed)}, and only {megabytes(free)} are free in {folder}: "
            "make room, or set XDG_DATA_HOME to a larger disk"
        )


def megabytes(count: int) -> str:
    """A size for people: "41 MB"."""
    if count < 10**6:
        return f"{count / 1e3:,.0f} kB"
    return f"{count / 1e6:,.{0 if count >= 10**7 else 1}f} MB"


def _words(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}"
