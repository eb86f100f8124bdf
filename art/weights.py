"""Weights files: loading without trusting them, saving, and what a recipe says about them."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from torch import Tensor, nn

from mused.art import clip as clip_module
from mused.art.archives import is_torchscript, read_checkpoint, read_safetensors, read_torchscript
from mused.art.clip import Clip, ClipConfig
from mused.art.errors import WeightsError
from mused.art.vqgan import VQGAN, VQGANConfig

NOT_FOR_PAINTING = ("loss.", "colorize", "model_ema.")
"""Prefixes of tensors in VQGAN checkpoints that only training uses."""

CLIP_EXTRAS = frozenset({"input_resolution", "context_length", "vocab_size"})
"""Numbers the published CLIP archives carry beside their weights."""

MOST_LAYERS = 128
MOST_CHANNELS = 1_000_000

Config = TypeVar("Config", VQGANConfig, ClipConfig)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_vqgan(model: VQGAN, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write a VQGAN and its configuration as safetensors."""
    _save(model.state_dict(), model.config, "vqgan", path, dtype)


def save_clip(model: Clip, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write a CLIP and its configuration as safetensors."""
    _save(model.model.state_dict(), model.config, "clip", path, dtype)


def load_vqgan(path: Path, config: VQGANConfig | None = None) -> VQGAN:
    """Load a VQGAN, frozen and in float32.

    path: a safetensors file of ours, or a published checkpoint (.ckpt), whose shape is read
    from its tensors unless config is given. Raises WeightsError.
    """
    state, metadata = _read(path)
    if metadata:
        config = config or _config(path, metadata, "vqgan", VQGANConfig)
    state = {k: v for k, v in state.items() if not k.startswith(NOT_FOR_PAINTING)}
    # On "meta" nothing is allocated until the shapes are known to agree.
    with torch.device("meta"):
        model = VQGAN(config or _guess(path, state, "VQGAN", vqgan_config_of))
    _fill(model, state, path, "VQGAN")
    return model.requires_grad_(requires_grad=False).eval()


def load_clip(path: Path) -> Clip:
    """Load a CLIP, frozen and in float32.

    path: a safetensors file of ours, a TorchScript archive as published by OpenAI, or a plain
    state dict. Raises WeightsError.
    """
    state, metadata = _read(path)
    state = {k: v for k, v in state.items() if k not in CLIP_EXTRAS}
    config = (
        _config(path, metadata, "clip", ClipConfig)
        if metadata
        else _guess(path, state, "CLIP", clip_module.config_of)
    )
    with torch.device("meta"):
        model = Clip(config)
    _fill(model.model, state, path, "CLIP")
    model.restore_constants()
    return model.requires_grad_(requires_grad=False).eval()


def vqgan_config_of(state: Mapping[str, Tensor]) -> VQGANConfig:
    """Read the shape of a published VQGAN from its state dict.

    The picture size in training cannot be seen there; 256 is what all published ones used.
    Raises KeyError where a tensor every VQGAN has is missing.
    """
    conv_in = state["encoder.conv_in.weight"]
    levels = len({k.split(".")[2] for k in state if k.startswith("encoder.down.")})
    blocks = len({k.split(".")[4] for k in state if k.startswith("encoder.down.0.block.")})
    ch = conv_in.shape[0]
    patch = round((conv_in.shape[1] / 3) ** 0.5)
    gumbel = "quantize.embed.weight" in state
    codes = state["quantize.embed.weight" if gumbel else "quantize.embedding.weight"]
    sides = {level: 256 // patch // 2**level for level in range(levels)}
    return VQGANConfig(
        ch=ch,
        ch_mult=tuple(
            state[f"encoder.down.{level}.block.0.conv1.weight"].shape[0] // ch
            for level in range(levels)
        ),
        num_res_blocks=blocks,
        attn_resolutions=tuple(
            side
            for level, side in sides.items()
            if any(k.startswith(f"encoder.down.{level}.attn.") for k in state)
        ),
        resolution=256,
        z_channels=state["post_quant_conv.weight"].shape[0],
        embed_dim=codes.shape[1],
        n_embed=codes.shape[0],
        patch=patch,
        gumbel=gumbel,
    )


def _save(
    state: Mapping[str, Tensor],
    config: VQGANConfig | ClipConfig,
    kind: str,
    path: Path,
    dtype: torch.dtype,
) -> None:
    tensors = {
        k: v.detach().to("cpu", dtype if v.is_floating_point() else v.dtype).contiguous()
        for k, v in state.items()
    }
    metadata = {"mused": kind, "config": json.dumps(dataclasses.asdict(config))}
    part = path.with_name(f".{path.name}.part")
    safetensors.torch.save_file(tensors, part, metadata)
    part.replace(path)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if not path.is_file():
        raise WeightsError(f"There is no weights file {path}")
    if path.suffix == ".safetensors":
        tensors, metadata = read_safetensors(path)
    elif is_torchscript(path):
        tensors, metadata = read_torchscript(path), {}
    else:
        tensors, metadata = read_checkpoint(path), {}
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}, metadata


def _config(path: Path, metadata: Mapping[str, str], kind: str, of: type[Config]) -> Config:
    found = metadata.get("mused", "something else")
    if found != kind:
        raise WeightsError(f"{path} holds {found}, where a {kind} is expected")
    try:
        read: Any = json.loads(metadata["config"])
        fields: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in read.items()}
        _refuse_giants(fields)
        return of(**fields)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path}: its configuration cannot be read: {error}") from error


def _refuse_giants(fields: Mapping[str, Any]) -> None:
    """Raise ValueError for counts that would take minutes to build before any shape is compared."""
    for name, value in fields.items():
        if name == "tokens" or value is None:
            continue
        limit = MOST_LAYERS if "layers" in name or "blocks" in name else MOST_CHANNELS
        for number in value if isinstance(value, tuple) else (value,):
            if not 0 <= number <= limit:
                raise ValueError(f"{name} = {value!r} is out of range")


def _guess(path: Path, state: Mapping[str, Tensor], name: str, of: Any) -> Any:
    try:
        return of(state)
    except (KeyError, IndexError, ZeroDivisionError) as error:
        some = ", ".join(sorted(state)[:3]) or "no tensors"
        raise WeightsError(
            f"{path} is no {name}: it lacks {error}, it has {some} … ({len(state)} tensors)"
        ) from error


def _fill(model: nn.Module, state: Mapping[str, Tensor], path: Path, name: str) -> None:
    expected = model.state_dict()
    missing = sorted(expected.keys() - state.keys())
    unknown = sorted(state.keys() - expected.keys())
    misshapen = [
        f"{k} is {tuple(state[k].shape)}, expected {tuple(expected[k].shape)}"
        for k in expected.keys() & state.keys()
        if state[k].shape != expected[k].shape
    ]
    if missing or unknown or misshapen:
        problems = [
            *(
                f"{len(x)} {word} ({x[0]} …)"
                for x, word in ((missing, "missing"), (unknown, "unknown"))
                if x
            ),
            *misshapen[:1],
        ]
        raise WeightsError(f"{path} does not fit this {name}: {'; '.join(problems)}")
    bad = next(
        (k for k, v in state.items() if v.is_floating_point() and not v.isfinite().all()), None
    )
    if bad:
        raise WeightsError(f"{path} is damaged: {bad} holds values that are no numbers")
    model.load_state_dict(dict(state), assign=True)
