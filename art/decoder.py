"""VQGAN's decoder with frozen weights: the same pictures in less time and memory.

Painting needs the gradient of latents and never that of weights, so that one tensor of a layer is
kept where autograd keeps four, and weights are cast and laid out once instead of in every step.
Made from taming's decoder, which is its oracle.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.attention import attend
from mused.art.swish import NormSwishConv


class FrozenDecoder(nn.Module):
    """Decodes quantised latents [B, C, h, w] into pictures [B, 3, H, W], in float32."""

    def __init__(self, post_quant_conv: nn.Conv2d, decoder: Any, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.begin = nn.Sequential(copy.deepcopy(post_quant_conv), copy.deepcopy(decoder.conv_in))
        mid = decoder.mid
        stages = [_Block(mid.block_1), _Attention(mid.attn_1), _Block(mid.block_2)]
        for level in reversed(range(decoder.num_resolutions)):
            up = decoder.up[level]
            for number, block in enumerate(up.block):
                stages.append(_Block(block))
                if len(up.attn):
                    stages.append(_Attention(up.attn[number]))
            if level:
                stages.append(_upsample(up.upsample.conv))
        self.stages = nn.Sequential(*stages)
        self.end = NormSwishConv(decoder.norm_out, decoder.conv_out)

    def forward(self, z_q: Tensor) -> Tensor:
        """Return the pictures; values may leave [-1, 1] a little."""
        layout = torch.channels_last if z_q.device.type == "cpu" else torch.contiguous_format
        x = self.begin(z_q.to(self.end.conv.weight.dtype).contiguous(memory_format=layout))
        y: Tensor = self.end(self.stages(x)).float()
        return functional.pixel_shuffle(y, self.patch) if self.patch > 1 else y


class _Block(nn.Module):
    """taming's ResnetBlock."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.first = NormSwishConv(block.norm1, block.conv1)
        self.second = NormSwishConv(block.norm2, block.conv2)
        self.shortcut: nn.Module = nn.Identity()
        if block.in_channels != block.out_channels:
            self.shortcut = copy.deepcopy(block.nin_shortcut)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(self.first(x))
        return y.add_(self.shortcut(x))


class _Attention(nn.Module):
    """taming's AttnBlock, without its (HW)^2 matrices where they are large."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.norm = copy.deepcopy(block.norm)
        self.qkv = nn.Conv2d(block.in_channels, 3 * block.in_channels, 1)
        layers = (block.q, block.k, block.v)
        self.qkv.weight = nn.Parameter(torch.cat([layer.weight for layer in layers]))
        self.qkv.bias = nn.Parameter(torch.cat([layer.bias for layer in layers]))
        self.proj_out = copy.deepcopy(block.proj_out)

    def forward(self, x: Tensor) -> Tensor:
        cells = self.qkv(self.norm(x)).permute(0, 2, 3, 1).flatten(1, 2)[:, None]
        q, k, v = cells.chunk(3, dim=-1)
        attended = attend(q, k, v)[:, 0].transpose(1, 2).reshape(x.shape)
        y: Tensor = self.proj_out(attended)
        return y.add_(x)


def _upsample(conv: nn.Conv2d) -> nn.ConvTranspose2d:
    """Return taming's Upsample, which doubles every pixel and convolves by 3 x 3, as one layer.

    Doubling is a transposed convolution by 2 x 2 ones, so that both are one by 4 x 4: 16 products
    for what took 36.
    """
    n = conv.in_channels
    whole = nn.ConvTranspose2d(n, n, 4, stride=2, padding=1)
    weight = conv.weight.flip(2, 3).transpose(0, 1)
    # Full convolution of the 3 x 3 kernel with the 2 x 2 ones.
    spread = sum(functional.pad(weight, (x, 1 - x, y, 1 - y)) for x in (0, 1) for y in (0, 1))
    whole.weight = nn.Parameter(torch.as_tensor(spread))
    whole.bias = copy.deepcopy(conv.bias)
    return whole
