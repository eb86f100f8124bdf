"""Group norm, swish and a convolution as one layer with frozen weights: it keeps its input only."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

BLOCK = 2**19
"""Numbers of a feature map that are worked on at a time: they stay in a core's cache."""


class NormSwishConv(nn.Module):
    """conv(swish(group_norm(x)))."""

    def __init__(self, norm: nn.GroupNorm, conv: nn.Conv2d) -> None:
        super().__init__()
        self.norm = copy.deepcopy(norm)
        self.conv = copy.deepcopy(conv)

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer of x [B, C, H, W]; only x has a gradient."""
        if x.device.type != "cpu":
            x = x.contiguous()  # torch's norm takes no other layout there
        y: Tensor = _Kept.apply(x, self.norm, self.conv)  # type: ignore[no-untyped-call]  # torch's
        return y


class _Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, norm: nn.GroupNorm, conv: nn.Conv2d) -> Tensor:
        normed, mean, deviation = _normed(x, norm)
        ctx.save_for_backward(x, mean, deviation)
        ctx.layers = norm, conv
        y: Tensor = conv(functional.silu(normed, inplace=True))
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        x, mean, deviation = ctx.saved_tensors
        norm, conv = ctx.layers
        gradient = torch.ops.aten.convolution_backward(
            gradients[0],
            x,  # for its shape
            conv.weight,
            None,
            conv.stride,
            conv.padding,
            conv.dilation,
            transposed=False,
            output_padding=[0, 0],
            groups=1,
            output_mask=[True, False, False],
        )[0]
        of_x = _by_blocks if x.device.type == "cpu" else _by_torch
        return of_x(gradient, x, mean.float(), deviation.float(), norm), None, None


def _normed(x: Tensor, norm: nn.GroupNorm) -> tuple[Tensor, Tensor, Tensor]:
    """Return the normalised x, and the mean and the reciprocal deviation of its groups."""
    n, channels, height, width = x.shape
    normed, mean, deviation = torch.native_group_norm(
        x, norm.weight, norm.bias, n, channels, height * width, norm.num_groups, norm.eps
    )
    return normed, mean, deviation


def _by_torch(
    gradient: Tensor, x: Tensor, mean: Tensor, deviation: Tensor, norm: nn.GroupNorm
) -> Tensor:
    """Return the gradient of x for that of swish(norm(x))."""
    n, channels, height, width = x.shape
    gradient = torch.ops.aten.silu_backward(gradient, _normed(x, norm)[0])
    of_x: Tensor = torch.ops.aten.native_group_norm_backward(
        gradient.contiguous(),
        x,
        mean.to(norm.weight.dtype),
        deviation.to(norm.weight.dtype),
        norm.weight,
        n,
        channels,
        height * width,
        norm.num_groups,
        [True, False, False],
    )[0]
    return of_x


def _by_blocks(
    gradient: Tensor, x: Tensor, mean: Tensor, deviation: Tensor, norm: nn.GroupNorm
) -> Tensor:
    """The same for channels last on a processor, where torch's own takes four times as long."""
    result = torch.empty_like(x, memory_format=torch.channels_last)
    gradient = gradient.contiguous(memory_format=torch.channels_last)
    x = x.contiguous(memory_format=torch.channels_last)
    rows = max(1, BLOCK // x.shape[1])
    for index in range(x.shape[0]):
        cells, into, out = (
            torch.split(t[index].permute(1, 2, 0).flatten(0, 1), rows)
            for t in (x, gradient, result)
        )
        _one_by_blocks(into, cells, out, mean[index], deviation[index], norm)
    return result


def _one_by_blocks(
    gradients: Any, cells: Any, results: Any, mean: Tensor, deviation: Tensor, norm: nn.GroupNorm
) -> None:
    """One picture's, given blocks of rows [cells, channels]; sums are taken in float32.

    With y = s x + t, s = w d, the gradient of x is s g + a x + b, where a and b are such that it
    has no part along the mean and the deviation of each group (Wu and He, 2018).
    """
    channels = norm.num_channels // norm.num_groups
    mean, deviation = (t.repeat_interleave(channels) for t in (mean, deviation))
    weight = norm.weight.float()
    scale = weight * deviation
    shift = norm.bias.float() - mean * scale
    sums = torch.zeros(2, len(scale))
    for g, x, result in zip(gradients, cells, results, strict=True):
        exact = x.float()
        of_norm = torch.ops.aten.silu_backward(g.float(), torch.addcmul(shift, exact, scale))
        sums[0] += of_norm.sum(0)
        sums[1] += (of_norm * exact).sum(0)
        result.copy_(of_norm)
    count = channels * sum(len(x) for x in cells)
    of_sum, of_product = (
        t.view(-1, channels).sum(1).repeat_interleave(channels) / count for t in sums * weight
    )
    along = (of_sum * mean - of_product) * deviation**3
    rest = -along * mean - of_sum * deviation
    for x, result in zip(cells, results, strict=True):
        result.copy_(torch.addcmul(rest, result.float(), scale).addcmul_(x.float(), along))
