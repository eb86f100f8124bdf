"""Reading tensors out of files that may be hostile: nothing from a file is ever run.

Three formats: safetensors, checkpoints written by torch.save (read with weights_only, with
inert stand-ins for the bookkeeping PyTorch Lightning leaves in them) and the TorchScript
archives CLIP was published as.
"""

import io
import math
import mmap
import pickle
import re
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from mused.art.errors import WeightsError

BOOKKEEPING = re.compile(
    r"(pytorch_lightning|lightning|omegaconf|argparse|numpy|pathlib|typing)\..+"
    r"|(builtins|__builtin__)\.(dict|float|int|list|set|str|tuple)"
)
"""What published checkpoints name beside tensors; inert stand-ins take its place."""

BEFORE_ZIP = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How files of torch.save began before they were archives."""

GREEDY = re.compile(rb"(builtins|__builtin__)\nbytearray\n")
"""How a pickle names it (the opcode GLOBAL); archives are not packed."""


class _Inert:
    """Takes whatever a pickle hands it and does nothing."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        self.state = state


def is_safetensors(path: Path) -> bool:
    """Say whether a file is one by its name, or begins like one: a length, then JSON."""
    if path.suffix == ".safetensors":
        return True
    with path.open("rb") as file:
        head = file.read(9)
    return head[8:] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file. Raises WeightsError."""
    if not path.is_file():  # a pipe would be waited for
        raise WeightsError(f"There is no weights file {path}")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return {k: file.get_tensor(k) for k in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118 - not a dict
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        words = _first_line(error)
        raise WeightsError(f"{path} is not a whole safetensors file: {words}") from error


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return the state dict of a file written by torch.save, Lightning checkpoints included."""
    _check_stored(path)
    names = _unsafe_names(path)
    foreign = sorted(n for n in names if not BOOKKEEPING.fullmatch(n))
    if foreign:
        raise WeightsError(
            f"{path} asks to run {_listed(foreign)}: not loaded. "
            "A weights file holds tensors and nothing else."
        )
    stand_ins: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
        (type("Inert", (_Inert,), {}), name) for name in names
    ]
    try:
        with torch.serialization.safe_globals(stand_ins):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise WeightsError(
            f"{path} cannot be read as a checkpoint: {_first_line(error)}"
        ) from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise WeightsError(f"{path} holds no state dict but a {type(content).__name__}")
    return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}


def _check_stored(path: Path) -> None:
    """Refuse a zip that is packed: torch.save never packs, so that this one would swell."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise WeightsError(f"{path} is a damaged archive: {_first_line(error)}") from error
    packed = next((r.filename for r in records if r.compress_size != r.file_size), None)
    if packed:
        raise WeightsError(f"{path}: {packed} is packed, which no checkpoint is: not loaded")


def _unsafe_names(path: Path) -> list[str]:
    with path.open("rb") as file:
        if file.read(len(BEFORE_ZIP)) == BEFORE_ZIP:
            raise WeightsError(
                f"{path} is in the format of before torch 1.6, whose names cannot be listed: "
                "load it where you trust it, and write it anew with torch.save"
            )
    try:
        return [*torch.serialization.get_unsafe_globals_in_checkpoint(path), *_greedy_names(path)]
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise WeightsError(
            f"{path} cannot be read as a checkpoint: {_first_line(error)}"
        ) from error


def _greedy_names(path: Path) -> list[str]:
    """Return what torch takes for safe although it makes as many bytes as a pickle says."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return ["builtins.bytearray"] if GREEDY.search(content) else []


def _listed(names: list[str]) -> str:
    """Return names that a file says in words that a terminal can show."""
    plain = ", ".join(name.encode("unicode_escape").decode()[:100] for name in names[:5])
    return plain if len(names) <= 5 else f"{plain} and others"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def is_torchscript(path: Path) -> bool:
    """Say whether the file is a TorchScript archive: a zip with constants and code in it.

    Raises WeightsError where it is a damaged zip.
    """
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise WeightsError(f"{path} is a damaged archive: {_first_line(error)}") from error


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """Return the parameters and buffers of a TorchScript archive without running its code.

    torch.jit.load would run the archive's own __setstate__ programs, which may write files.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            pickled = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            # Some tensors may share what is in the file, not all of them over and over.
            reader = _TorchScriptReader(archive, pickled, 2 * path.stat().st_size)
            return dict(_tensors(reader.load(), ""))
    except WeightsError:
        raise
    except Exception as error:  # a damaged file can fail anywhere in the reader
        raise WeightsError(
            f"{path} is a damaged TorchScript archive: {_first_line(error)}"
        ) from error


class _TorchScriptReader(pickle._Unpickler):  # noqa: SLF001 - there is no other name for it
    """Unpickles tensors and inert modules only; every other name is refused.

    Written in Python: the one in C allocates whatever length a pickle says a text has.

    room: bytes that all tensors may take together.
    """

    def __init__(self, archive: zipfile.ZipFile, pickled: str, room: int) -> None:
        self._archive = archive
        self._folder = pickled.removesuffix("data.pkl")
        self._storages: dict[str, Tensor] = {}
        self._room = room
        if archive.getinfo(pickled).compress_size != archive.getinfo(pickled).file_size:
            raise WeightsError(f"{archive.filename}: {pickled} is packed: not loaded")
        super().__init__(io.BytesIO(archive.read(pickled)))

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("__torch__"):
            return _Inert
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self._rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle" and name.startswith("build_"):
            return list
        if (module, name) == ("torch.jit._pickle", "restore_type_tag"):
            return _untagged
        if module == "torch" and name.endswith("Storage"):
            return name
        raise WeightsError(
            f"{self._archive.filename} asks to run {_listed([f'{module}.{name}'])}: not loaded. "
            "A weights file holds tensors and nothing else."
        )

    def persistent_load(self, pid: tuple[str, str, str, str, int]) -> Tensor:
        _, kind, key, _, count = pid
        if key not in self._storages:
            dtype = _STORAGES[kind]
            record = self._archive.getinfo(f"{self._folder}data/{key}")
            # Archives are stored uncompressed: a size that disagrees is damage or a zip bomb.
            if (
                record.file_size != count * dtype.itemsize
                or record.file_size != record.compress_size
            ):
                raise WeightsError(f"{self._archive.filename}: tensor {key} has the wrong size")
            self._storages[key] = torch.frombuffer(
                bytearray(self._archive.read(record)) or bytearray(dtype.itemsize), dtype=dtype
            )
        return self._storages[key]

    def _rebuild(
        self,
        storage: Tensor,
        offset: int,
        size: tuple[int, ...],
        stride: tuple[int, ...],
        *_: object,
    ) -> Tensor:
        # as_strided checks the bounds of the storage, but repeats what is in it without an end.
        count = math.prod(size)
        if count > storage.numel():
            raise ValueError("a tensor says that it is larger than its storage")
        self._room -= count * storage.element_size()
        if self._room < 0:
            raise ValueError("its tensors are far larger than the file")
        return torch.as_strided(storage, size, stride, offset).clone()


_STORAGES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "BoolStorage": torch.bool,
    "ByteStorage": torch.uint8,
}


def _untagged(value: object, *_: object) -> object:
    return value


def _tensors(node: object, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """Walk the attributes of inert modules like state_dict() walks real ones."""
    state = getattr(node, "state", None)
    for name, value in (state if isinstance(state, dict) else {}).items():
        if isinstance(value, Tensor):
            yield f"{prefix}{name}", value
        elif isinstance(value, _Inert):
            yield from _tensors(value, f"{prefix}{name}.")
