"""The networks as a step uses them: weights frozen, laid out and cast for the device once.

They are kept beside the networks they are made from, whose weights must not change after that.
"""

from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.decoder import FrozenDecoder
from mused.art.vision import frozen_vision
from mused.art.vqgan import VQGAN

Kind = tuple[torch.dtype, torch.device]

_made: WeakKeyDictionary[nn.Module, tuple[Kind, nn.Module]] = WeakKeyDictionary()
"""What was made from a VQGAN or a CLIP last."""


def decode(vqgan: VQGAN, z_q: Tensor, precision: str) -> Tensor:
    """Return the pictures of quantised latents, float32 [B, 3, H, W], computed in a precision."""
    pictures: Tensor = made_of(vqgan, precision)(z_q)
    return pictures


def embed(clip: Clip, x: Tensor, precision: str) -> Tensor:
    """Embed pictures x, float [B, 3, R, R] in [0, 1]: unit vectors, float32 [B, embed_dim]."""
    return functional.normalize(made_of(clip, precision)(x), dim=-1)


def made_of(network: VQGAN | Clip, precision: str) -> nn.Module:
    """Return what is made from a network for a precision, "float32" or "bfloat16"."""
    dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
    kind = dtype, next(network.parameters()).device
    made = _made.get(network)
    if made is None or made[0] != kind:
        _made.pop(network, None)
        with torch.no_grad():
            made = kind, _laid_out(_frozen(network), kind)
        _made[network] = made
    return made[1]


def _frozen(network: VQGAN | Clip) -> nn.Module:
    if isinstance(network, VQGAN):
        return FrozenDecoder(network.post_quant_conv, network.decoder, network.config.patch)
    return frozen_vision(network.model.visual, network.mean, network.std)


def _laid_out(module: nn.Module, kind: Kind) -> nn.Module:
    dtype, device = kind
    module.requires_grad_(requires_grad=False).eval()
    if device.type != "cpu":
        module.to(dtype)
        return module
    # oneDNN is at its best with channels last, and norms may have finer weights than numbers;
    # CUDA's norms take neither.
    for part in module.modules():
        if not isinstance(part, nn.GroupNorm | nn.LayerNorm):
            for parameter in part.parameters(recurse=False):
                last = parameter.ndim == 4
                layout = torch.channels_last if last else torch.contiguous_format
                parameter.data = parameter.data.to(dtype, memory_format=layout)
    return module
