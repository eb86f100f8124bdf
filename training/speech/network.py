"""The acoustic model: a time-delay network (Peddinti, Povey and Khudanpur, 2015) in torch.

The first layer sees every frame, the others every third one: Vosk's decoder asks for the output
every 30 ms only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from mused.training.speech.features import MELS, Floats
from mused.training.speech.phones import CLASSES

SUBSAMPLING = 3
# (kernel size, stride, dilation) at the layer's own rate
_SHAPES = ((5, 1, 1), (3, 3, 1), (3, 1, 1), (3, 1, 1), (3, 1, 2), (3, 1, 2))
_OFFSETS = (
    (-2, -1, 0, 1, 2),
    (-1, 0, 1),
    (-3, 0, 3),
    (-3, 0, 3),
    (-6, 0, 6),
    (-6, 0, 6),
)
CONTEXT = sum(offsets[-1] for offsets in _OFFSETS)
"""Input frames needed on either side of an output."""


class TimeDelayNetwork(nn.Module):
    """Cepstra (batch, frames, 40) to log probabilities (batch, outputs, classes).

    Output k belongs to input frame CONTEXT + 3 k.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, hidden: int = 224, dropout: float = 0.1) -> None:
        super().__init__()
        self.hidden = hidden
        self.register_buffer("mean", torch.zeros(MELS))
        self.register_buffer("deviation", torch.ones(MELS))
        sizes = [MELS, *[hidden] * len(_SHAPES)]
        self.layers = nn.ModuleList(
            nn.Conv1d(size, hidden, kernel, stride=stride, dilation=dilation)
            for size, (kernel, stride, dilation) in zip(sizes, _SHAPES, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in _SHAPES)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Conv1d(hidden, len(CLASSES), 1)

    def forward(self, cepstra: Tensor) -> Tensor:
        x = ((cepstra - self.mean) / self.deviation).transpose(1, 2)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = self.dropout(norm(torch.relu(layer(x))))
        return torch.log_softmax(self.output(x).float(), dim=1).transpose(1, 2)


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
    for layer, offsets in zip(layers, (*_OFFSETS, (0,)), strict=True):
        assert isinstance(layer, nn.Conv1d) and layer.bias is not None  # noqa: S101  for the types
        weight = layer.weight.detach().double()
        bias = layer.bias.detach().double() + (weight * shift[None, :, None]).sum((1, 2))
        folded = (weight * scale[None, :, None]).permute(0, 2, 1).reshape(weight.shape[0], -1)
        affines.append(Affine(offsets, _floats(folded), _floats(bias)))
        if len(affines) <= len(network.norms):
            norm = network.norms[len(affines) - 1]
            assert isinstance(norm, nn.BatchNorm1d)  # noqa: S101  for the types
            running_mean, running_var = norm.running_mean, norm.running_var
            assert running_mean is not None and running_var is not None  # noqa: S101
            scale = (norm.weight / torch.sqrt(running_var + norm.eps)).detach().double()
            shift = norm.bias.detach().double() - running_mean.double() * scale
    return affines


def _floats(tensor: Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(tensor.numpy().astype(np.float32))
