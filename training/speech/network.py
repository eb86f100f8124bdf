"""The acoustic model: a time-delay network (Peddinti, Povey and Khudanpur, 2015) in torch.

The first layer sees every frame, the others every third one: Vosk's decoder asks for the output
every 30 ms only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mused.training.speech.features import MELS, Floats
from mused.training.speech.phones import CLASSES

SUBSAMPLING = 3
# Frames each layer looks at, in input frames around its own.
_OFFSETS = (
    (-2, -1, 0, 1, 2),
    (-1, 0, 1),
    (-3, 0, 3),
    (-3, 0, 3),
    (-6, 0, 6),
    (-6, 0, 6),
)
LAYER_OFFSETS: tuple[tuple[int, ...], ...] = (*_OFFSETS, (0,))
"""Those, and of the output layer."""
_NORM_EPSILON = 1e-5
_SUBSAMPLED_LAYER = 1  # takes every third frame of the layer below
CONTEXT = sum(offsets[-1] for offsets in _OFFSETS)
"""Input frames needed on either side of an output."""


def _appended(x: Tensor, offsets: tuple[int, ...], rate: int, stride: int) -> Tensor:
    """(batch, frames, size) to (batch, fewer, offsets x size); x has every `rate`th frame."""
    steps = [(offset - offsets[0]) // rate for offset in offsets]
    count = (x.shape[1] - 1 - steps[-1]) // stride + 1
    return torch.cat([x[:, s : s + stride * (count - 1) + 1 : stride] for s in steps], dim=2)


class TimeDelayNetwork(nn.Module):
    """Cepstra (batch, frames, 40) to log probabilities (batch, outputs, classes).

    Output k belongs to input frame CONTEXT + 3 k.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, hidden: int = 320, dropout: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(MELS))
        self.register_buffer("deviation", torch.ones(MELS))
        sizes = [MELS, *[hidden] * (len(_OFFSETS) - 1)]
        # Linear on appended frames, not Conv1d: torch 2.13's bfloat16 convolutions do not learn.
        self.layers = nn.ModuleList(
            nn.Linear(size * len(offsets), hidden)
            for size, offsets in zip(sizes, _OFFSETS, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden, eps=_NORM_EPSILON) for _ in _OFFSETS)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, len(CLASSES))

    def forward(self, cepstra: Tensor) -> Tensor:
        """See the class."""
        x = (cepstra - self.mean) / self.deviation
        for index, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            rate = SUBSAMPLING if index > _SUBSAMPLED_LAYER else 1
            stride = SUBSAMPLING if index == _SUBSAMPLED_LAYER else 1
            x = torch.relu(layer(_appended(x, _OFFSETS[index], rate, stride)))
            x = self.dropout(norm(x.flatten(0, 1)).view_as(x))
        return torch.log_softmax(self.output(x).float(), dim=2)


@dataclass(frozen=True)
class Affine:
    """y = weight @ (inputs at `offsets`, appended) + bias, in Kaldi's order of columns."""

    offsets: tuple[int, ...]
    weight: Floats
    bias: Floats


def as_affines(network: TimeDelayNetwork) -> list[Affine]:
    """The trained network as plain affine layers with ReLU between them.

    Normalisations are folded into the layer that follows: exact, because the decoder pads by
    repeating frames and never by zeros.
    """
    scale = 1.0 / network.deviation.double()
    shift = -network.mean.double() * scale
    affines = []
    layers = [*network.layers, network.output]
    for index, (layer, offsets) in enumerate(zip(layers, LAYER_OFFSETS, strict=True)):
        state = {name: tensor.detach().double() for name, tensor in layer.state_dict().items()}
        repeated = len(offsets)
        weight = state["weight"]
        bias = state["bias"] + weight @ shift.repeat(repeated)
        affines.append(Affine(offsets, _floats(weight * scale.repeat(repeated)), _floats(bias)))
        if index < len(network.norms):
            scale, shift = _normalisation(network.norms[index])
    return affines


@torch.no_grad()
def adopt(network: TimeDelayNetwork, affines: Sequence[Affine], cepstra: Tensor) -> None:
    """Give a new network the layers of a trained one that is at most as wide and tells fewer apart.

    Its further units and classes start as chance would have it, and faint: at first the network
    does what the old one did. `cepstra` (batch, frames, 40) show how strong each unit is, for the
    normalisations.
    """
    scale, shift = network.deviation, -network.mean / network.deviation
    x = (cepstra - network.mean) / network.deviation
    for index, affine in enumerate(affines[:-1]):
        layer, norm = network.layers[index], network.norms[index].state_dict()
        _graft(layer.state_dict(), affine, scale, shift)
        rate = SUBSAMPLING if index > _SUBSAMPLED_LAYER else 1
        stride = SUBSAMPLING if index == _SUBSAMPLED_LAYER else 1
        x = torch.relu(layer(_appended(x, affine.offsets, rate, stride)))
        norm["running_mean"].copy_(x.mean((0, 1)))
        norm["running_var"].copy_(x.var((0, 1)))
        # The old units keep their size; the new ones are made normal, as in any new network.
        old = len(affine.bias)
        norm["weight"][:old] = torch.sqrt(norm["running_var"][:old] + _NORM_EPSILON)
        norm["bias"][:old] = norm["running_mean"][:old]
        size, offset = _normalisation(network.norms[index])
        x = x * size.float() + offset.float()
        scale, shift = torch.ones(old), torch.zeros(old)
    output = network.output.state_dict()
    _graft(output, affines[-1], scale, shift)
    output["bias"][len(affines[-1].bias) :] = -5.0


def _graft(layer: Mapping[str, Tensor], affine: Affine, scale: Tensor, shift: Tensor) -> None:
    """Put the affine into the first rows and columns of a layer whose input is scaled."""
    repeated, old = len(affine.offsets), len(affine.bias)
    weight = torch.from_numpy(affine.weight)
    blocks = layer["weight"].view(len(layer["weight"]), repeated, -1)  # (outputs, offsets, inputs)
    blocks[:old] *= 0.1
    blocks[:old, :, : len(scale)] = weight.view(old, repeated, -1) * scale
    layer["bias"][:old] = torch.from_numpy(affine.bias) - weight @ (shift * scale).repeat(repeated)


def _normalisation(norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Scale and shift of a batch normalisation in evaluation."""
    state = {name: tensor.detach().double() for name, tensor in norm.state_dict().items()}
    scale = state["weight"] / torch.sqrt(state["running_var"] + _NORM_EPSILON)
    return scale, state["bias"] - state["running_mean"] * scale


def _floats(tensor: Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(tensor.numpy().astype(np.float32))
