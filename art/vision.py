"""CLIP's image network with frozen weights: the same embeddings in less time and memory.

As in `decoder`: weights are cast, folded and laid out once, and a layer keeps one tensor for the
gradient. The last layer only looks for the whole picture's token, which alone is used. Made from
clip.model's networks, which are its oracle.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mused.art.attention import attend

SLOPE = 1.702
"""CLIP's QuickGELU is x sigmoid(1.702 x), that is silu(1.702 x) / 1.702."""


def frozen_vision(visual: Any, mean: Tensor, std: Tensor) -> nn.Module:
    """Return a network for pictures in [0, 1] made from one of clip.model's for normalised ones."""
    transformer = hasattr(visual, "class_embedding")
    return FrozenTransformer(visual, mean, std) if transformer else FrozenResNet(visual, mean, std)


class FrozenTransformer(nn.Module):
    """Embeds pictures [B, 3, R, R] in [0, 1]: [B, D], not normalised."""

    def __init__(self, visual: Any, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.side = visual.conv1.kernel_size[0]
        # (x - mean) / std belongs to the first layer; x - 1/2 is what bfloat16 resolves best.
        weight = visual.conv1.weight / std
        self.patches = nn.Linear(weight[0].numel(), weight.shape[0])
        self.patches.weight = nn.Parameter(weight.flatten(1))
        self.patches.bias = nn.Parameter((weight * (0.5 - mean)).sum((1, 2, 3)))
        positions = visual.positional_embedding
        self.first = nn.Parameter((visual.class_embedding + positions[0])[None, None])
        self.positions = nn.Parameter(positions[1:].clone())
        self.ln_pre = _norm(visual.ln_pre)
        self.blocks = nn.ModuleList([_Block(block) for block in visual.transformer.resblocks])
        self.ln_post = _norm(visual.ln_post)
        self.proj = nn.Parameter(visual.proj.clone())

    def forward(self, x: Tensor) -> Tensor:
        """Return the embeddings, float32."""
        n, p = x.shape[0], self.side
        cells = (x.shape[2] // p, x.shape[3] // p)
        x = (x - 0.5).to(self.proj.dtype).view(n, 3, cells[0], p, cells[1], p)
        x = self.patches(x.permute(0, 2, 4, 1, 3, 5).reshape(n, cells[0] * cells[1], 3 * p * p))
        x = self.ln_pre(torch.cat([self.first.expand(n, -1, -1), x + self.positions], 1))
        last = len(self.blocks) - 1
        for number, block in enumerate(self.blocks):
            x = block(x, asking=1 if number == last else x.shape[1])
        y: Tensor = self.ln_post(x[:, 0]) @ self.proj
        return y.float()


class _Block(nn.Module):
    """clip.model's ResidualAttentionBlock, batch first."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.heads = block.attn.num_heads
        self.ln_1, self.ln_2 = _norm(block.ln_1), _norm(block.ln_2)
        self.qkv_weight = nn.Parameter(block.attn.in_proj_weight.clone())
        self.qkv_bias = nn.Parameter(block.attn.in_proj_bias.clone())
        self.out = copy.deepcopy(block.attn.out_proj)
        self.widen, self.narrow = copy.deepcopy(block.mlp.c_fc), copy.deepcopy(block.mlp.c_proj)
        with torch.no_grad():
            self.widen.weight *= SLOPE
            self.widen.bias *= SLOPE
            self.narrow.weight /= SLOPE

    def forward(self, x: Tensor, asking: int) -> Tensor:
        """Return the first `asking` tokens of x [B, N, width] after looking at all of them."""
        width = x.shape[2]
        h = self.ln_1(x)
        if asking == x.shape[1]:
            q, k, v = functional.linear(h, self.qkv_weight, self.qkv_bias).chunk(3, -1)
        else:
            q = functional.linear(h[:, :asking], self.qkv_weight[:width], self.qkv_bias[:width])
            kv = functional.linear(h, self.qkv_weight[width:], self.qkv_bias[width:])
            k, v = kv.chunk(2, -1)
        q, k, v = (t.view(*t.shape[:2], self.heads, -1).transpose(1, 2) for t in (q, k, v))
        attended = attend(q, k, v)
        x = self.out(attended.transpose(1, 2).flatten(2)).add_(x[:, :asking])
        wide = functional.silu(self.widen(self.ln_2(x)))
        y: Tensor = self.narrow(wide)
        return y.add_(x)


def _norm(norm: Any) -> nn.LayerNorm:
    """Return clip.model's LayerNorm without its casts: torch's own sums up in float32."""
    plain = nn.LayerNorm(norm.normalized_shape, norm.eps)
    plain.load_state_dict(norm.state_dict())
    return plain.to(norm.weight.device)


class FrozenResNet(nn.Module):
    """Embeds pictures [B, 3, R, R] in [0, 1]: [B, D], not normalised."""

    mean: Tensor
    std: Tensor

    def __init__(self, visual: Any, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.visual = copy.deepcopy(visual).eval()
        for module in self.visual.modules():
            _fold_norms(module)
        self.register_buffer("mean", mean.clone(), persistent=False)
        self.register_buffer("std", std.clone(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the embeddings, float32."""
        dtype = self.visual.conv1.weight.dtype
        y: Tensor = self.visual(((x - self.mean.float()) / self.std.float()).to(dtype))
        return y.float()


def _fold_norms(module: nn.Module) -> None:
    """Fold every batch norm into the convolution before it: in use it is a factor and an offset."""
    for conv, norm in (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3"), ("0", "1")):
        follower = getattr(module, norm, None)
        if isinstance(follower, nn.BatchNorm2d):
            setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), follower))
            setattr(module, norm, nn.Identity())
