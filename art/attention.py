"""Attention that takes the fastest way the device has."""

import torch
from torch import Tensor
from torch.nn import functional

LARGEST = 2**24
"""Weights of one layer that are kept for the gradient: 32 MiB."""


def attend(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False) -> Tensor:
    """Return softmax(q k^T / sqrt(d)) v of [B, heads, N, d] (Vaswani et al., 2017).

    causal: no place sees those after it.
    torch's fused attention saves memory, and time except in bfloat16 on a processor: its gradient
    takes there four times what three products take.
    """
    weights = q.shape[0] * q.shape[1] * q.shape[2] * k.shape[2]
    if q.device.type == "cpu" and q.dtype == torch.bfloat16 and weights <= LARGEST:
        nearness = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if causal:
            later = torch.ones(nearness.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
            nearness = nearness.masked_fill(later, -torch.inf)
        attended: Tensor = nearness.softmax(-1) @ v
        return attended
    return functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
