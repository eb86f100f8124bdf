"""Weights files: loading without trusting them, saving, and what a recipe says about them."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from torch import Tensor

from mused.art import clip as clip_module
from mused.art.archives import (
    is_safetensors,
    is_torchscript,
    read_checkpoint,
    read_safetensors,
    read_torchscript,
)
from mused.art.clip import END_OF_TEXT, Clip, ClipConfig, compact_vocab_size
from mused.art.errors import WeightsError
from mused.art.files import write_atomically
from mused.art.fitting import fitted
from mused.art.settings import BUNDLED
from mused.art.vqgan import VQGAN, VQGANConfig

NOT_FOR_PAINTING = ("loss.", "colorize", "model_ema.")
"""Prefixes of tensors in VQGAN checkpoints that only training uses."""

CLIP_EXTRAS = frozenset({"input_resolution", "context_length", "vocab_size"})
"""Numbers the published CLIP archives carry beside their weights."""

PUBLISHED_VOCABULARY = END_OF_TEXT + 1

UNSEEN = ("attn_resolutions", "resolution", "tokens", "transformer_heads")
"""What a configuration holds that tensors do not show; everything else must agree with them."""

Config = TypeVar("Config", VQGANConfig, ClipConfig)


def bundled(name: str) -> Path:
    """Return the file of weights that ships with mused. Raises WeightsError."""
    path = BUNDLED / f"{name}.safetensors"
    if not path.is_file():
        command = {"drafter": "transformer"}.get(name, name)
        raise WeightsError(
            f"The weights {path} are missing: run `mused train {command}`, or name others "
            f'with the setting "{name}".'
        )
    return path


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_vqgan(model: VQGAN, path: Path, dtype: torch.dtype | None = torch.float16) -> None:
    """Write a VQGAN and its configuration as safetensors.

    dtype: that of the numbers; None takes float16 where it loses nothing, else float32.
    """
    save_network(model.state_dict(), model.config, "vqgan", path, dtype)


def save_clip(model: Clip, path: Path, dtype: torch.dtype | None = torch.float16) -> None:
    """Write a CLIP and its configuration as safetensors, like save_vqgan()."""
    save_network(model.model.state_dict(), model.config, "clip", path, dtype)


def load_vqgan(path: Path, config: VQGANConfig | None = None) -> VQGAN:
    """Load a VQGAN, frozen and in float32.

    path: a safetensors file of ours, or a published checkpoint (.ckpt), whose shape is read
    from its tensors unless config is given. Raises WeightsError.
    """
    return _vqgan(path, *_read(path), config)


def load_clip(path: Path) -> Clip:
    """Load a CLIP, frozen and in float32.

    path: a safetensors file of ours, a TorchScript archive as published by OpenAI, or a plain
    state dict. Raises WeightsError.
    """
    return _clip(path, *_read(path))


def load(path: Path) -> VQGAN | Clip:
    """Load whichever of both networks is in a file. Raises WeightsError."""
    state, metadata = _read(path)
    kind = metadata.get("mused") or ("clip" if "text_projection" in state else "vqgan")
    return _clip(path, state, metadata) if kind == "clip" else _vqgan(path, state, metadata)


def _vqgan(
    path: Path,
    state: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    config: VQGANConfig | None = None,
) -> VQGAN:
    state = {k: v for k, v in state.items() if not k.startswith(NOT_FOR_PAINTING)}
    if config is None:
        config = _config(path, metadata, state, "vqgan", vqgan_config_of)
    return fitted(lambda: VQGAN(config), lambda vqgan: vqgan, state, path, "VQGAN")


def _clip(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Clip:
    state = {k: v for k, v in state.items() if k not in CLIP_EXTRAS}
    config = _config(path, metadata, state, "clip", clip_module.config_of)
    if config.transformer_width % config.transformer_heads:
        raise WeightsError(
            f"{path}: {config.transformer_heads} heads do not share "
            f"{config.transformer_width} channels evenly"
        )
    if config.tokens is not None and compact_vocab_size(config.tokens) != config.vocab_size:
        raise WeightsError(
            f"{path}: {len(config.tokens)} known tokens need {compact_vocab_size(config.tokens)} "
            f"embeddings, it has {config.vocab_size}"
        )
    if config.tokens is None and config.vocab_size != PUBLISHED_VOCABULARY:
        raise WeightsError(
            f"{path}: it has embeddings for {config.vocab_size} tokens, CLIP's text has "
            f"{PUBLISHED_VOCABULARY}"
        )
    return fitted(lambda: Clip(config), lambda clip: clip.model, state, path, "CLIP")


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


def save_network(
    state: Mapping[str, Tensor],
    config: Any,
    kind: str,
    path: Path,
    dtype: torch.dtype | None,
) -> None:
    """Write the weights of a network as safetensors, and its configuration, a dataclass.

    kind: what it is, for whoever loads it. dtype: see save_vqgan(). Raises OSError.
    """
    tensors = {k: _stored(v.detach().cpu(), dtype).contiguous() for k, v in state.items()}
    metadata = {"mused": kind, "config": json.dumps(dataclasses.asdict(config))}
    content = safetensors.torch.save(tensors, metadata)
    write_atomically(path, lambda file: file.write(content))


def _stored(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    if dtype is not None:
        return tensor.to(dtype)
    half = tensor.half()
    return half if torch.equal(half.float(), tensor.float()) else tensor.float()


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if not path.is_file():
        raise WeightsError(f"There is no weights file {path}")
    try:
        tensors, metadata = _tensors(path)
        _check_bytes(path, tensors)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}") from error
    if "mused" not in metadata:  # others put what they like there
        metadata = {}
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}, metadata


def _tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if is_safetensors(path):
        return read_safetensors(path)
    return (read_torchscript if is_torchscript(path) else read_checkpoint)(path), {}


def _check_bytes(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Refuse tensors that say they are larger than the file, as repeated ones can.

    Memory is allocated by their shapes.
    """
    total = sum(v.numel() * v.element_size() for v in tensors.values())
    if total > path.stat().st_size:
        raise WeightsError(
            f"{path} is damaged: its tensors are larger than the file, {total} bytes of "
            f"{path.stat().st_size}"
        )


def _config(
    path: Path,
    metadata: Mapping[str, str],
    state: Mapping[str, Tensor],
    kind: str,
    read: Callable[[Mapping[str, Tensor]], Config],
) -> Config:
    """Return the configuration the tensors show, completed by what only the metadata knows.

    Memory is allocated for it next: nothing but the tensors themselves may say how much.
    """
    if metadata and metadata.get("mused") != kind:
        found = metadata.get("mused", "something else")
        raise WeightsError(f"{path} holds {found}, where a {kind} is expected")
    empty = next((name for name, tensor in state.items() if 0 in tensor.shape), None)
    if empty:
        raise WeightsError(f"{path} is damaged: {empty} is empty")
    try:
        shown = read(state)
    except (KeyError, IndexError, ZeroDivisionError) as error:
        some = ", ".join(sorted(state)[:3]) or "no tensors"
        raise WeightsError(
            f"{path} is no {kind}: it lacks {error}, it has {some} … ({len(state)} tensors)"
        ) from error
    if not metadata:
        return shown
    try:
        fields: Any = json.loads(metadata["config"])
        said = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
        unseen: Any = {k: said[k] for k in UNSEEN if k in said}
        whole = dataclasses.replace(shown, **unseen)
        numbers = [getattr(whole, k, None) for k in UNSEEN]
        if not all(_counts(number) for number in numbers):
            raise ValueError("a count is missing, negative or no number")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path}: its configuration cannot be read: {error}") from error
    for name, value in dataclasses.asdict(whole).items():
        if said.get(name) != value:
            raise WeightsError(
                f"{path}: its configuration says {name} = {said.get(name)!r}, "
                f"its tensors show {value!r}"
            )
    return whole


def _counts(value: object) -> bool:
    """Say whether a value is absent, a positive number or a tuple of numbers."""
    if isinstance(value, tuple):
        return all(type(number) is int and number >= 0 for number in value)
    return value is None or (type(value) is int and value > 0)
