"""The VQGAN of Esser, Rombach and Ommer, "Taming Transformers" (2021), on their own networks.

Only what painting needs of it: encoder, codebook, decoder. State-dict keys are those of the
published checkpoints, so that they load without renaming.
"""

import contextlib
import io
from dataclasses import dataclass

import torch
from taming.modules.diffusionmodules.model import AttnBlock, Decoder, Encoder
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class VQGANConfig:
    """The shape of a VQGAN; field names follow the published configuration files."""

    ch: int
    ch_mult: tuple[int, ...]
    num_res_blocks: int
    attn_resolutions: tuple[int, ...]
    """Sides of the feature maps, for pictures of `resolution`, that get attention blocks."""
    resolution: int
    """Side of the training pictures in pixels; other sizes work, attention keeps its level."""
    z_channels: int
    embed_dim: int
    n_embed: int
    in_channels: int = 3
    out_ch: int = 3
    patch: int = 1
    """Pixels are folded patch by patch into channels before the encoder, and back after it."""
    gumbel: bool = False
    """Codes are chosen by a Gumbel softmax over logits instead of by distance."""

    @property
    def factor(self) -> int:
        """Pixels along one side of a latent cell (the f of f16)."""
        return int(self.patch * 2 ** (len(self.ch_mult) - 1))


def _published(n_embed: int) -> VQGANConfig:
    return VQGANConfig(
        ch=128,
        ch_mult=(1, 1, 2, 2, 4),
        num_res_blocks=2,
        attn_resolutions=(16,),
        resolution=256,
        z_channels=256,
        embed_dim=256,
        n_embed=n_embed,
    )


VQGAN_F16_1024 = _published(1024)
VQGAN_F16_16384 = _published(16384)
GUMBEL_F8 = VQGANConfig(
    ch=128,
    ch_mult=(1, 1, 2, 4),
    num_res_blocks=2,
    attn_resolutions=(32,),
    resolution=256,
    z_channels=256,
    embed_dim=256,
    n_embed=8192,
    gumbel=True,
)


class Codebook(nn.Module):
    """The nearest code of a latent; its weight is the published `quantize.embedding.weight`."""

    def __init__(self, n_embed: int, embed_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_embed, embed_dim)
        nn.init.uniform_(self.embedding.weight, -1.0 / n_embed, 1.0 / n_embed)

    @property
    def weight(self) -> Tensor:
        """The codes, [n_embed, embed_dim]."""
        return self.embedding.weight

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Replace every cell of z [B, C, h, w] by its nearest code.

        Returns the codes [B, C, h, w], with the gradient copied straight through to z and none
        for the codebook, and their indices [B, h, w]. Distances are taken in float32: in half
        precision many codes tie.
        """
        with torch.no_grad(), torch.autocast(z.device.type, enabled=False):
            cells = z.permute(0, 2, 3, 1).flatten(0, 2).float()
            codes = self.weight.float()
            distances = codes.square().sum(1) - 2 * cells @ codes.T
            indices = distances.argmin(1).view(z.shape[0], z.shape[2], z.shape[3])
            nearest = self.lookup(indices).to(z.dtype)
        # z - z is an exact zero: the value is the code itself, not a rounded sum.
        return nearest + (z - z.detach()), indices

    def lookup(self, indices: Tensor) -> Tensor:
        """Return the codes [B, C, h, w] of indices [B, h, w], differentiable in the codebook."""
        return functional.embedding(indices, self.weight).permute(0, 3, 1, 2).contiguous()


class GumbelCodebook(Codebook):
    """The codebook of a Gumbel VQGAN: `quantize.embed.weight`, chosen by `quantize.proj`."""

    def __init__(self, n_embed: int, embed_dim: int, z_channels: int) -> None:
        nn.Module.__init__(self)
        self.proj = nn.Conv2d(z_channels, n_embed, 1)
        self.embed = nn.Embedding(n_embed, embed_dim)

    @property
    def weight(self) -> Tensor:
        """The codes, [n_embed, embed_dim]."""
        return self.embed.weight


class Attention(AttnBlock):  # type: ignore[misc]  # taming has no types
    """taming's attention without its (HW)^2 matrices, which dominate pictures over 128 pixels."""

    def forward(self, x: Tensor) -> Tensor:
        """Let every cell of x [B, C, h, w] attend to every other."""
        h = self.norm(x)
        # Contiguous, or torch would compute those matrices after all.
        q, k, v = (
            layer(h).flatten(2).transpose(1, 2)[:, None].contiguous()
            for layer in (self.q, self.k, self.v)
        )
        attended = functional.scaled_dot_product_attention(q, k, v)
        y: Tensor = self.proj_out(attended[:, 0].transpose(1, 2).reshape(x.shape))
        return x + y


def _lighten_attention(module: nn.Module) -> None:
    """Replace every attention block below a module, keeping the keys of its weights."""
    for name, child in module.named_children():
        if isinstance(child, AttnBlock):
            setattr(module, name, Attention(child.in_channels))
        else:
            _lighten_attention(child)


class VQGAN(nn.Module):
    """Encoder, codebook and decoder.

    Pictures are float [B, 3, H, W] in [-1, 1], latents [B, embed_dim, H/f, W/f].
    """

    def __init__(self, config: VQGANConfig) -> None:
        super().__init__()
        self.config = config
        shape = {
            "ch": config.ch,
            "ch_mult": config.ch_mult,
            "num_res_blocks": config.num_res_blocks,
            "attn_resolutions": config.attn_resolutions,
            "resolution": config.resolution // config.patch,
            "in_channels": config.in_channels * config.patch**2,
            "out_ch": config.out_ch * config.patch**2,
            "z_channels": config.z_channels,
            "double_z": False,
        }
        # The decoder's constructor prints, and the worker's stdout carries JSON only.
        with contextlib.redirect_stdout(io.StringIO()):
            self.encoder = Encoder(**shape)
            self.decoder = Decoder(**shape)
        _lighten_attention(self)
        self.quantize: Codebook = (
            GumbelCodebook(config.n_embed, config.embed_dim, config.z_channels)
            if config.gumbel
            else Codebook(config.n_embed, config.embed_dim)
        )
        self.quant_conv = nn.Conv2d(config.z_channels, config.embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(config.embed_dim, config.z_channels, 1)

    @property
    def codebook(self) -> Tensor:
        """The codes, [n_embed, embed_dim]."""
        return self.quantize.weight

    def encode(self, x: Tensor) -> Tensor:
        """Return the latent of pictures x, not yet quantised.

        A Gumbel VQGAN's encoder gives logits over its codes; its latent is the likeliest code.
        """
        if self.config.patch > 1:
            x = functional.pixel_unshuffle(x, self.config.patch)
        h: Tensor = self.quant_conv(self.encoder(x))
        if isinstance(self.quantize, GumbelCodebook):
            return self.quantize.lookup(self.quantize.proj(h).argmax(1))
        return h

    def decode(self, z_q: Tensor) -> Tensor:
        """Return the pictures of quantised latents; values may leave [-1, 1] a little."""
        y: Tensor = self.decoder(self.post_quant_conv(z_q))
        if self.config.patch > 1:
            y = functional.pixel_shuffle(y, self.config.patch)
        return y

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruct pictures x: (reconstruction, latent before quantising, indices)."""
        z = self.encode(x)
        z_q, indices = self.quantize(z)
        return self.decode(z_q), z, indices
