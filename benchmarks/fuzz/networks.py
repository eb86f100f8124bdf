"""Tiny networks with random weights: real ones in every respect but their size."""

import torch

from mused.art.clip import Clip, ClipConfig, Tokenizer, compact_vocab_size
from mused.art.vqgan import VQGAN, VQGANConfig

PUBLISHED_TOKENS = 49_408


def tiny_vqgan(*, gumbel: bool = False) -> VQGAN:
    """Return a VQGAN of some ten thousand weights."""
    torch.manual_seed(0)
    model = VQGAN(
        VQGANConfig(
            ch=32,
            ch_mult=(1, 1),
            num_res_blocks=1,
            attn_resolutions=(),
            resolution=256,
            z_channels=4,
            embed_dim=4,
            n_embed=16,
            patch=1 if gumbel else 2,
            gumbel=gumbel,
        )
    )
    return model.requires_grad_(requires_grad=False).eval()


def tiny_clip(*, resnet: bool = False, words: str | None = None) -> Clip:
    """Return a CLIP as small as can be; one that knows a few words only is smaller."""
    torch.manual_seed(1)
    tokens = None
    if words is not None:
        tokens = tuple(sorted(set(Tokenizer(77).bpe_ids(words))))
    model = Clip(
        ClipConfig(
            embed_dim=8,
            image_resolution=32,
            vision_layers=(1, 1, 1, 1) if resnet else 1,
            vision_width=8 if resnet else 64,
            vision_patch_size=None if resnet else 16,
            context_length=16,
            vocab_size=PUBLISHED_TOKENS if tokens is None else compact_vocab_size(tokens),
            transformer_width=8,
            transformer_heads=1,
            transformer_layers=1,
            tokens=tokens,
        )
    )
    return model.requires_grad_(requires_grad=False).eval()
