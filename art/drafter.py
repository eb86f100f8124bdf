"""The transformer over codebook tokens of "Taming Transformers" (Esser, Rombach, Ommer, 2021).

It continues a caption with the codes of a picture, from the top left, as section 3.2 has it, and
so drafts a picture before CLIP has seen one. Codes come in square patches, which the transformer
sees as one place each; a small network draws the codes within (Yu et al., "MEGABYTE", 2023; Lee et
al., "Autoregressive Image Generation using Residual Quantization", 2022): a quarter of the places
for patches of two by two. With a guidance above 1 the codes are drawn from where the caption makes
a difference (Ho and Salimans, "Classifier-Free Diffusion Guidance", 2022); without a caption it
drafts whatever there is.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from mused.art.archives import read_safetensors
from mused.art.attention import attend
from mused.art.clip import Tokenizer, compact_vocab_size
from mused.art.enlarger import Enlarger, EnlargerConfig
from mused.art.errors import WeightsError
from mused.art.fitting import fitted
from mused.art.vqgan import VQGAN
from mused.art.weights import save_network


@dataclass(frozen=True)
class DrafterConfig:
    """The shape of a drafter."""

    n_embed: int
    """Codes of the VQGAN it speaks for."""
    side: int
    """Codes along the side of the square picture."""
    tokens: tuple[int, ...]
    """CLIP's BPE ids that captions may use; see mused.art.clip.Tokenizer."""
    context_length: int = 24
    patch: int = 2
    """Codes along the side of a patch."""
    width: int = 256
    heads: int = 8
    layers: int = 6
    codebook: str = ""
    """codebook_digest() of the VQGAN."""
    enlarger: EnlargerConfig | None = None
    """Of the network that enlarges its drafts, where it has one."""

    def __post_init__(self) -> None:
        counts = (self.n_embed, self.side, self.width, self.heads, self.layers, self.patch)
        if any(type(number) is not int for number in (*counts, self.context_length, *self.tokens)):
            raise ValueError("a count or a token is no whole number")
        if min(counts) < 1 or self.context_length < 3 or self.width % self.heads:
            raise ValueError("no drafter has such a shape")
        if self.side % self.patch:
            raise ValueError("the patches do not fill the picture")

    @property
    def places(self) -> int:
        """Patches of a picture."""
        return (self.side // self.patch) ** 2


CODE = 64
"""Numbers that stand for a code where it is looked back at."""

Cache = list[tuple[Tensor, Tensor]]
"""Keys and values of every layer so far, [B, heads, L, width / heads]."""


class Block(nn.Module):
    """Causal self-attention and a perceptron, each after a norm (Radford et al., GPT-2, 2019)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Continue x [B, L, width] after what is past; without a past, causally."""
        b, length, width = x.shape
        parts = self.qkv(self.norm1(x)).view(b, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = parts.unbind(0)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        # One place at a time sees all that is past; several without a past must not look ahead.
        h = attend(q, k, v, causal=past is None)
        x = x + self.out(h.transpose(1, 2).reshape(b, length, width))
        return x + self.mlp(self.norm2(x)), (k, v)


class Within(nn.Module):
    """Draws the codes of a patch, each after those before it in the patch."""

    def __init__(self, config: DrafterConfig) -> None:
        super().__init__()
        width, count = config.width, config.patch**2
        self.slots = nn.Parameter(0.02 * torch.randn(count, width))
        self.before = nn.Linear(count * CODE, width, bias=False)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.head = nn.Linear(width, config.n_embed)
        # Row k sees the codes of the slots before k.
        earlier = torch.ones(count, count).tril(-1)
        self.register_buffer("earlier", earlier[:, :, None], persistent=False)
        self.earlier: Tensor

    def forward(self, h: Tensor, codes: Tensor) -> Tensor:
        """Logits [..., patch², n_embed] of places h [..., width] with codes [..., patch², CODE]."""
        before = (codes[..., None, :, :] * self.earlier).flatten(-2)
        return self.slot(h[..., None, :], before, None)

    def slot(self, h: Tensor, before: Tensor, slot: int | None) -> Tensor:
        """Logits of one slot, or of all, from what is before it, [..., patch² * CODE]."""
        slots = self.slots if slot is None else self.slots[slot]
        x = h + slots + self.before(before)
        x = x + self.mlp(self.norm1(x))
        logits: Tensor = self.head(self.norm2(x))
        return logits


class Drafter(nn.Module):
    """The transformer; codes are int64 [B, side * side], row by row."""

    def __init__(self, config: DrafterConfig) -> None:
        super().__init__()
        self.config = config
        words = compact_vocab_size(config.tokens)
        self.words = nn.Embedding(words, config.width)
        self.codes = nn.Embedding(config.n_embed, CODE)
        self.join = nn.Linear(config.patch**2 * CODE, config.width)
        length = config.context_length + config.places
        self.places = nn.Parameter(0.02 * torch.randn(length, config.width))
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.within = Within(config)
        self.enlarger = Enlarger(config.enlarger) if config.enlarger else None
        self.tokenizer = Tokenizer(config.context_length, config.tokens)

    def captions(self, texts: Sequence[str]) -> Tensor:
        """Ids of texts, int64 [B, context_length]; an empty text is no caption."""
        ids = self.tokenizer(texts).to(self.places.device)
        ids[[row for row, text in enumerate(texts) if not text]] = 0
        return ids

    def forward(self, captions: Tensor, codes: Tensor) -> Tensor:
        """Logits of every code after the caption and the codes before it, [B, side², n_embed].

        Before it are the patches above and to the left in the row of patches, and in its own
        patch the codes above and to the left.
        """
        embedded = self.codes(self._patches(codes))
        x = torch.cat([self.words(captions), self.join(embedded[:, :-1].flatten(2))], 1)
        h, _ = self._run(x + self.places[: x.shape[1]], None)
        logits: Tensor = self.within(h[:, self.config.context_length - 1 :], embedded)
        return self._rows(logits)

    @torch.no_grad()
    def enlarge(self, drafts: Tensor) -> Tensor:
        """Enlarge decoded drafts, [B, 3, H, W] in [-1, 1], where it can."""
        if self.enlarger is None:
            return drafts
        enlarged: Tensor = self.enlarger(drafts).clamp(-1, 1)
        return enlarged

    def _patches(self, codes: Tensor) -> Tensor:
        """Arrange [B, side²] as [B, places, patch²]."""
        n, p = self.config.side // self.config.patch, self.config.patch
        return codes.view(-1, n, p, n, p).transpose(2, 3).reshape(-1, n * n, p * p)

    def _rows(self, x: Tensor) -> Tensor:
        """Arrange [B, places, patch², ...] as [B, side², ...]."""
        n, p = self.config.side // self.config.patch, self.config.patch
        rest = x.shape[3:]
        return x.view(-1, n, n, p, p, *rest).transpose(2, 3).reshape(-1, (n * p) ** 2, *rest)

    def _run(self, x: Tensor, past: Cache | None) -> tuple[Tensor, Cache]:
        present: Cache = []
        for number, block in enumerate(self.blocks):
            x, kept = block(x, None if past is None else past[number])
            present.append(kept)
        return self.norm(x), present

    @torch.no_grad()
    def draft(
        self,
        texts: Sequence[str],
        generator: torch.Generator,
        *,
        guidance: float = 3.0,
        temperature: float = 0.8,
        likeliest: int = 100,
    ) -> Tensor:
        """Draw the codes of a picture for every text, int64 [B, side, side].

        likeliest: of how many of the likeliest codes each is drawn.
        """
        config, count = self.config, len(texts)
        both = [*texts, *[""] * count] if guidance != 1 else list(texts)
        x = self.words(self.captions(both)) + self.places[: config.context_length]
        past: Cache | None = None
        drawn = []
        for place in range(config.places):
            h, past = self._run(x, past)
            codes = torch.zeros(count, config.patch**2, dtype=torch.long, device=x.device)
            embedded = torch.zeros(len(both), config.patch**2, CODE, device=x.device)
            for slot in range(config.patch**2):
                last = self.within.slot(h[:, -1], embedded.flatten(1), slot).float()
                if guidance != 1:
                    told, untold = last.chunk(2)
                    last = untold + guidance * (told - untold)
                top, ids = (last / temperature).topk(min(likeliest, config.n_embed))
                chosen = torch.multinomial(top.softmax(1).cpu(), 1, generator=generator)
                codes[:, slot] = ids.gather(1, chosen.to(ids.device))[:, 0]
                embedded[:, slot] = self.codes(codes[:, slot]).repeat(len(both) // count, 1)
            drawn.append(codes)
            x = (self.join(embedded.flatten(1)) + self.places[config.context_length + place])[
                :, None
            ]
        return self._rows(torch.stack(drawn, 1)).view(count, config.side, config.side)


def codebook_digest(vqgan: VQGAN) -> str:
    """Return the SHA-256 of a VQGAN's codes in float16; drafts mean nothing to any other."""
    codes = vqgan.codebook.detach().to("cpu", torch.float16)
    return hashlib.sha256(codes.numpy().tobytes()).hexdigest()


def speaks_for(drafter: Drafter, vqgan: VQGAN) -> bool:
    """Say whether a VQGAN's codes are those that a drafter drafts."""
    said, codes = drafter.config, vqgan.config.n_embed
    return said.n_embed == codes and said.codebook == codebook_digest(vqgan)


def save_drafter(model: Drafter, path: Path) -> None:
    """Write a drafter and its configuration as safetensors. Raises OSError."""
    save_network(model.state_dict(), model.config, "drafter", path, torch.float16)


def load_drafter(path: Path) -> Drafter:
    """Load a drafter of ours, frozen and in float32. Raises WeightsError."""
    tensors, metadata = read_safetensors(path)
    if metadata.get("mused") != "drafter":
        raise WeightsError(f"{path} holds no drafter: one is made by `mused train transformer`")
    try:
        said = dict(json.loads(metadata["config"]))
        enlarger = EnlargerConfig(**said["enlarger"]) if said.get("enlarger") else None
        config = DrafterConfig(**{**said, "tokens": tuple(said["tokens"]), "enlarger": enlarger})
        layers = config.layers + (enlarger.blocks if enlarger else 0)
        if layers > len(tensors):
            raise ValueError(f"it has no {layers} layers")
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path} is damaged: {error}") from error
    state = {k: v.float() for k, v in tensors.items()}
    return fitted(lambda: Drafter(config), lambda drafter: drafter, state, path, "drafter")
