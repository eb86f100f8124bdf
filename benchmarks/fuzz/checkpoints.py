"""Weights files: safetensors, torch.save's zip and its older format, TorchScript archives."""

import io
import json
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from benchmarks.fuzz.mutate import NUMBERS, damaged
from benchmarks.fuzz.networks import tiny_clip, tiny_vqgan
from benchmarks.fuzz.values import changed
from mused.art.clip import Clip
from mused.art.errors import ArtError
from mused.art.painter import Painter
from mused.art.picture import Weights
from mused.art.settings import Settings
from mused.art.weights import load_clip, load_vqgan, save_clip, save_vqgan

WORDS = "a red boat"
QUICK = Settings(width=32, height=32, steps=1, seed=1, start="noise", cutouts=2)
DTYPES = (
    torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.int64, torch.bool,
    torch.complex64, torch.uint8,
)  # fmt: skip
OPCODES = (
    b"\x80\x02", b"c", b"R", b"o", b"i", b"b", b"\x81", b"\x93", b"Q", b"P0\n", b"2", b"0", b"(",
    b"t", b"e", b"u", b"a", b"s", b"h\0", b"q\0", b"j\0\0\0\0", b"}", b"]", b"N",
    b"r\xff\xff\xff\x7f", b"J\xff\xff\xff\x7f", b"\x8a\xff", b"\x8b\xff\xff\xff\x7f",
    b"X\xff\xff\xff\x7f", b"B\xff\xff\xff\x7f", b"\x8e" + b"\xff" * 8, b"\x8d" + b"\xff" * 8,
    b"cos\nsystem\n", b"cbuiltins\neval\n", b"ctorch\nload\n", b"cnumpy\nload\n",
    b"ctorch.storage\n_load_from_bytes\n", b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctyping\nAny\n",
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A valid file, as bytes."""

    content: bytes
    suffix: str


class GoesOff:
    """A pickle bomb: run, it makes a file in the working folder."""

    def __init__(self, run: Callable[..., Any], *arguments: object) -> None:
        self.how = (run, arguments)

    def __reduce__(self) -> Any:
        return self.how


class Checkpoints:
    """Weights."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        vqgan, clip = tiny_vqgan(), tiny_clip(words=WORDS)
        self.states: list[dict[str, Any]] = [
            dict(vqgan.state_dict()),
            dict(tiny_vqgan(gumbel=True).state_dict()),
            dict(clip.model.state_dict()),
            dict(tiny_clip(resnet=True).model.state_dict()),
        ]
        save_vqgan(vqgan, folder / "v.safetensors", torch.float32)
        save_clip(clip, folder / "c.safetensors", torch.float32)
        self.files = [Example((folder / n).read_bytes(), ".safetensors")
                      for n in ("v.safetensors", "c.safetensors")]  # fmt: skip
        self.safetensors = list(self.files)
        for state in self.states:
            self.files.append(Example(saved({"state_dict": state}), ".ckpt"))
            self.files.append(Example(saved(state, zipped=False), ".ckpt"))
        self.zips = [file for file in self.files if file.content[:2] == b"PK"]
        traced = [
            Example(traced_archive(tiny_clip(resnet=resnet)), ".pt") for resnet in (False, True)
        ]
        self.files += traced
        self.zips += traced * 2
        other = folder / "known"
        other.mkdir(exist_ok=True)
        save_vqgan(vqgan, other / "v.safetensors")
        save_clip(clip, other / "c.safetensors")
        self.known = (load_vqgan(other / "v.safetensors"), load_clip(other / "c.safetensors"))

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a weights file with something wrong."""
        kind = random.randrange(8)
        if kind < 2:
            example = random.choice(self.files)
            return damaged(example.content, random), example.suffix
        if kind == 2:
            return lying_header(random.choice(self.safetensors).content, random), ".safetensors"
        if kind < 5:
            example = random.choice(self.zips)
            return repacked(example.content, random), example.suffix
        if kind == 5:
            return saved({"state_dict": bomb(random), "x": bomb(random)}), ".ckpt"
        state = misfit(random.choice(self.states), random)
        zipped = random.random() < 0.7
        whole = {"state_dict": state, "hparams": bomb(random) if random.random() < 0.1 else {}}
        return saved(state if random.random() < 0.5 else whole, zipped=zipped), ".ckpt"

    def attempt(self, path: Path) -> None:
        """Load it as either network; what loads paints a step beside a sound one."""
        vqgan, clip = self.known
        nameless = Weights("x", "0" * 64)
        refused: list[Exception] = []
        for load in (load_vqgan, load_clip):
            try:
                network = load(path)
            except Exception as error:  # noqa: BLE001 - raised again below
                refused.append(error)
                continue
            pair = (vqgan, network) if isinstance(network, Clip) else (network, clip)
            Painter(*pair, nameless, nameless).paint("a red boat", QUICK)
        # One that is sound for one network is refused by the other in words.
        for each in sorted(refused, key=lambda error: isinstance(error, ArtError)):
            if len(refused) == 2 or not isinstance(each, ArtError):
                raise each


def saved(content: object, *, zipped: bool = True) -> bytes:
    """Return what torch.save writes."""
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def traced_archive(clip: Clip) -> bytes:
    """Return a TorchScript archive as OpenAI published theirs."""
    buffer = io.BytesIO()
    side = clip.input_resolution
    example = {
        "encode_image": torch.rand(1, 3, side, side),
        "encode_text": clip.tokenizer(["a"]),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module: Any = torch.jit.trace_module(clip.model, example)  # type: ignore[no-untyped-call]
        torch.jit.save(module, buffer)
    return buffer.getvalue()


def lying_header(content: bytes, random: Random) -> bytes:
    """Return a safetensors file with another header, its length right or not."""
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    if random.random() < 0.5:
        metadata = header["__metadata__"]
        config = changed(json.loads(metadata["config"]), random)
        metadata["config"] = json.dumps(config)
    else:
        header = changed(header, random)
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    length = random.choice(NUMBERS) if random.random() < 0.1 else len(text)
    return struct.pack("<Q", length) + text + content[8 + size :]


def repacked(content: bytes, random: Random) -> bytes:
    """Return a zip with one of its members damaged or replaced, the checksums right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        names = old.namelist()
        # The pickle is what is interpreted.
        pickles = [name for name in names if name.endswith("data.pkl")]
        victim = random.choice(pickles if random.random() < 0.7 else names)
        for name in names:
            member = old.read(name)
            how = zipfile.ZIP_STORED
            if name == victim:
                member, how = _other(member, random, pickled=name in pickles)
                if random.random() < 0.05:
                    continue
            new.writestr(name, member, how)
    return buffer.getvalue()


def _other(member: bytes, random: Random, *, pickled: bool) -> tuple[bytes, int]:
    if not pickled:
        if random.random() < 0.2:
            return bytes(random.choice((10, 200_000_000))), zipfile.ZIP_DEFLATED
        return damaged(member, random), zipfile.ZIP_STORED
    chance = random.random()
    if chance < 0.3:
        return pickle.dumps(bomb(random), random.choice((0, 2, 4, 5))), zipfile.ZIP_STORED
    if chance < 0.4:
        return b"\x80\x02" + b"".join(random.choices(OPCODES, k=20)) + b".", zipfile.ZIP_STORED
    if chance < 0.8:
        return _renumbered(member, random), zipfile.ZIP_STORED
    return damaged(member, random), zipfile.ZIP_STORED


def _renumbered(pickled: bytes, random: Random) -> bytes:
    """Return a pickle with some of its small whole numbers replaced: sizes, strides, counts."""
    places = [i for i, byte in enumerate(pickled[:-3]) if byte in b"KMJ"]
    result = bytearray(pickled)
    for place in sorted(random.sample(places, min(3, len(places))), reverse=True):
        size = {ord("K"): 1, ord("M"): 2, ord("J"): 4}[pickled[place]]
        number = random.choice((0, 1, 3, 100, 50_000, 2**20, 2**31 - 1, -1, -(2**31)))
        result[place : place + 1 + size] = b"J" + struct.pack("<i", number)
    return bytes(result)


def bomb(random: Random) -> object:
    """Return what must not be unpickled, or what grows when it is."""
    import os
    import subprocess

    deep: Any = []
    for _ in range(random.choice((10, 200))):
        deep = [deep]
    wide: Any = "x" * 10
    for _ in range(40):
        wide = [wide, wide]
    return random.choice(
        (
            GoesOff(os.system, "touch went-off"),
            GoesOff(subprocess.check_call, ["touch", "went-off"]),
            GoesOff(eval, "open('went-off', 'w')"),
            GoesOff(exec, "open('went-off', 'w')"),
            GoesOff(open, "went-off", "w"),
            GoesOff(os.mkdir, "went-off"),
            GoesOff(bytearray, 10**10),
            GoesOff(torch.zeros, 10**10),
            GoesOff(range, 10**10),
            GoesOff(torch.Tensor.expand, torch.zeros(1), (10**6, 10**6)),
            GoesOff(getattr, "x", "__class__"),
            GoesOff(__import__, "antigravity"),
            deep,
            wide,
        )
    )


def misfit(state: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return a state dict with tensors that do not belong there."""
    result: dict[Any, Any] = dict(state)
    for _ in range(random.choice((1, 1, 2, 5))):
        name = random.choice(list(result))
        known = result[name]
        match random.randrange(8):
            case 0:
                del result[name]
                if not result:
                    return {}
            case 1:
                result[
                    random.choice((name + "x", "", 7, "encoder.down.99999999.block.0.x", "a.b"))
                ] = known
            case 2:
                result[name] = random.choice((None, 3, "x", [1], {}, deep_list()))
            case _ if isinstance(known, Tensor):
                result[name] = _other_tensor(known, random)
    return result


def deep_list() -> list[Any]:
    """Return a list in a list in a list …."""
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    return deep


def _other_tensor(known: Tensor, random: Random) -> Tensor:
    match random.randrange(9):
        case 0:
            return known.float() * float("nan")
        case 1:
            return known[:0] if known.dim() else known[None][:0]
        case 2:
            return known.to(random.choice(DTYPES))
        case 3:
            return known.flatten()
        case 4:
            return known[None].expand(random.choice((3, 50_000, 10**7)), *known.shape)
        case 5:
            return known.float() * random.choice((1e30, 1e38, 0.0, -1.0))
        case 6:
            return torch.zeros(1).expand(random.choice((10**4, 10**6)), 10**4)
        case 7:
            return known.to_sparse() if known.dim() else known.reshape(1).to_sparse()
        case _:
            sides = [random.choice((1, side, side * 2, side + 1)) for side in known.shape]
            return torch.zeros(sides)
