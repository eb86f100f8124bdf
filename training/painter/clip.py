"""Training the small CLIP: contrast against twins and spoilt pictures, then against the loop.

First stage: symmetric cross-entropy (Radford et al., 2021) over pairs that differ in one thing,
with heads that name objects, colours, places and light from both embeddings. Second stage:
pictures that following the gradient through the VQGAN produces are negatives for the very
captions they were made for, as in energy-based training with persistent chains (Du and Mordatch,
"Implicit Generation and Modeling with Energy-Based Models", 2019).
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.clip import Clip, ClipConfig, Tokenizer, compact_vocab_size
from mused.art.scenes.words import VOCABULARY
from mused.art.weights import load_clip, load_vqgan, save_clip
from mused.training.painter.average import Average
from mused.training.painter.captioned import (
    NOUNS,
    Batch,
    Drawn,
    draw_batch,
    draw_pairs,
    look_at,
)
from mused.training.painter.chains import Chains
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.grown import grown, union
from mused.training.painter.heads import Heads
from mused.training.painter.learner import device, precision, warmed_cosine
from mused.training.painter.own import Captioned
from mused.training.painter.pictures import sheet, to_pixels

CONTEXT = 32
WARM_UP = 150
"""Steps over which the learning rate rises."""


def known_tokens(texts: Iterable[str] = ()) -> tuple[int, ...]:
    """The BPE ids of every word of the scene painter's vocabulary, and of some texts."""
    tokenizer = Tokenizer(CONTEXT)
    words = [*sorted(VOCABULARY), ",", ".", *texts]
    return tuple(sorted({i for word in words for i in tokenizer.bpe_ids(word)}))


@dataclass(frozen=True)
class CLIPTraining:
    """How CLIP is trained; a resumed run must have the same."""

    steps: int = 12000
    seed: int = 0
    pairs: int = 24
    plain: float = 0.6
    """The share of scenes that show one large object in good light."""
    looks: int = 3
    """Steps that look at the same pictures, with other captions and cutouts."""
    learning_rate: float = 1e-3
    width: int = 16
    resolution: int = 64
    spoilt: int = 8
    """Jigsaws and mixtures a batch, negatives for every caption."""
    vqgan: str = ""
    """Weights of the VQGAN through which the second stage paints; empty: no second stage."""
    energy_from: int = 10**9
    """The step at which the second stage begins."""
    chains: int = 128
    chains_a_step: int = 10
    data: str = ""
    """A folder of pictures with captions; empty: drawn scenes."""
    begin: str = ""
    """A CLIP of the same shape to go on from; empty: from nothing."""


def shape(settings: CLIPTraining, texts: Iterable[str] = ()) -> ClipConfig:
    """The network: a small modified ResNet and a text transformer over the known tokens."""
    tokens = known_tokens(texts)
    return ClipConfig(
        embed_dim=192,
        image_resolution=settings.resolution,
        vision_layers=(1, 1, 1, 1),
        vision_width=settings.width,
        vision_patch_size=None,
        context_length=CONTEXT,
        vocab_size=compact_vocab_size(tokens),
        transformer_width=128,
        transformer_heads=2,
        transformer_layers=2,
        tokens=tokens,
    )


def with_tokens(clip: Clip, tokens: Sequence[int]) -> Clip:
    """The same small CLIP or judge, trainable, with room for more tokens: the new are random."""
    before = clip.config.tokens or ()
    after = union(before, tokens)
    larger = type(clip)(replace(clip.config, tokens=after, vocab_size=compact_vocab_size(after)))
    state = clip.model.state_dict()
    fresh = larger.model.token_embedding.weight
    words = grown(state["token_embedding.weight"], before, after, fresh)
    larger.model.load_state_dict({**state, "token_embedding.weight": words})
    return larger


def spoil(x: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Jigsaws of the pictures' sixteenths and mixtures of two pictures, [count, 3, S, S]."""
    rows = torch.randperm(len(x), generator=generator)[:count]
    others = torch.randperm(len(x), generator=generator)[:count]
    half, s = count // 2, x.shape[-1] // 4
    tiles = x[rows[:half]].unfold(2, s, s).unfold(3, s, s).flatten(2, 3)
    order = torch.randperm(16, generator=generator)
    tiles = tiles[:, :, order].view(half, 3, 4, 4, s, s).permute(0, 1, 2, 4, 3, 5)
    jigsaws = tiles.reshape(half, 3, 4 * s, 4 * s)
    mixtures = (x[rows[half:]] + x[others[half:]]) / 2
    return torch.cat([jigsaws, mixtures])


def contrast(images: Tensor, texts: Tensor, untrue: Tensor, scale: Tensor) -> Tensor:
    """Symmetric cross-entropy of unit vectors images [B + N, d] and texts [B, d].

    untrue: bool [B, B]; pairs that are neither twins nor untrue are left out. The N pictures
    after the first B are negatives for every caption.
    """
    b = len(texts)
    logits = scale * images @ texts.T
    own = torch.eye(b, dtype=torch.bool)
    square = logits[:b].masked_fill(~(untrue | own).to(logits.device), -1e4)
    columns = torch.cat([square, logits[b:]])
    labels = torch.arange(b, device=logits.device)
    by_image = functional.cross_entropy(square, labels)
    by_text = functional.cross_entropy(columns.T, labels)
    return (by_image + by_text) / 2


class CLIPTask:
    """CLIP, the heads that only training needs, optimiser, average and chains."""

    def __init__(self, settings: CLIPTraining) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = device()
        self.own = Captioned(Path(settings.data), CONTEXT) if settings.data else None
        self.kept_out = self.own.keep_out() if self.own else []
        self.clip = self._beginning()
        self.heads = Heads(self.clip.config.embed_dim)
        self.clip.to(self.device)
        self.both = nn.ModuleList([self.clip.model, self.heads]).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.both.parameters(), settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.05
        )
        self.average = Average(self.clip.model)
        self._drawn: tuple[int, Drawn] | None = None
        self.chains: Chains | None = None
        if settings.vqgan:
            weights = load_vqgan(Path(settings.vqgan)).to(self.device)
            self.chains = Chains(weights, settings.chains, settings.resolution, settings.seed)

    def network(self) -> Clip:
        """An untrained CLIP."""
        return Clip(shape(self.settings, self.own.texts if self.own else ()))

    def trained(self, path: Path) -> Clip:
        """Load one to go on from. Raises WeightsError."""
        return load_clip(path)

    def _beginning(self) -> Clip:
        clip = self.network()
        if not self.settings.begin:
            with torch.no_grad():
                clip.model.logit_scale.fill_(math.log(12.0))
            return clip
        begun = self.trained(Path(self.settings.begin))
        known = begun.config
        alike = replace(clip.config, tokens=known.tokens, vocab_size=known.vocab_size)
        if known.tokens is None or known != alike:
            raise PainterTrainingError(
                f"{self.settings.begin} is of another shape than what is to be trained: "
                "begin from nothing"
            )
        return with_tokens(begun, clip.config.tokens or ())

    def look(self, drawn: Drawn, rng: random.Random) -> Batch:
        """Captions and views of drawn scenes."""
        return look_at(drawn, rng)

    def step(self, number: int) -> Mapping[str, float]:
        """One batch of twins with its negatives."""
        s = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = warmed_cosine(s.learning_rate, number, s.steps, WARM_UP)
        rng = random.Random(f"{s.seed}:{number}")
        batch = self.look(self._pictures(number // s.looks), rng)
        batch = replace(batch, images=batch.images.to(self.device))
        generator = torch.Generator().manual_seed(rng.getrandbits(62))
        extra = spoil(batch.images, s.spoilt, generator)
        own_negatives = None
        if self.chains is not None and number >= s.energy_from:
            own_negatives = self.chains.advance(self.clip, batch, s.chains_a_step, rng)
            extra = torch.cat([extra, own_negatives])
        loss, figures = self._loss(batch, extra)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub lacks it
        torch.nn.utils.clip_grad_norm_(self.both.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            self.clip.model.logit_scale.clamp_(max=math.log(50.0))
        self.average.follow(self.clip.model, number)
        return figures

    def _pictures(self, number: int) -> Drawn:
        """The pictures of some steps in a row, drawn once."""
        if self._drawn is None or self._drawn[0] != number:
            rng = random.Random(f"{self.settings.seed}:{number} drawn")
            s = self.settings
            if self.own:
                drawn = self.own.drawn(rng, 2 * s.pairs, s.resolution)
            else:
                drawn = draw_pairs(rng, s.pairs, s.resolution, s.plain)
            self._drawn = (number, drawn)
        return self._drawn[1]

    def _loss(self, batch: Batch, extra: Tensor) -> tuple[Tensor, Mapping[str, float]]:
        """Contrast and heads; pictures made for captions hurt only if they are taken for true."""
        self.clip.train()
        count = len(batch.images)
        pictures = (torch.cat([batch.images, extra]) + 1) / 2
        with precision(self.device):
            images = self.clip.encode_image(pictures)
            texts = self.clip.encode_text([caption.text for caption in batch.captions])
        scale = self.clip.model.logit_scale.exp()
        loss = contrast(images, texts, batch.negatives(), scale)
        with torch.no_grad():
            same = (images[:count] * texts).sum(1)
            swapped = texts.view(-1, 2, texts.shape[1]).flip(1).flatten(0, 1)
            pair = (same > (images[:count] * swapped).sum(1)).float().mean().item()
        figures = {"loss": loss.item(), "twin": pair, "scale": scale.item()}
        if self.own is None:  # what captions of others say, only the contrast can tell
            named, right = self.heads.loss(images[:count], texts, batch)
            figures |= {"heads": named.item(), "noun": right}
            loss = loss + named
        if self.chains is not None:
            figures["chain"] = self.chains.gain
        return loss, figures

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return {
            "model": self.both.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state,
            "chains": self.chains.state_dict() if self.chains else {},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state; chains that did not exist yet start now."""
        self.both.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.state = {k: v.to(self.device) for k, v in state["average"].items()}
        if self.chains and state["chains"]:
            self.chains.load_state_dict(state["chains"])

    def averaged(self) -> Clip:
        """The averaged network, for painting."""
        clip = type(self.clip)(self.clip.config)
        clip.model.load_state_dict(self.average.state)
        return clip.requires_grad_(requires_grad=False).eval()

    def export(self, folder: Path) -> None:
        """Write clip.safetensors, clip.txt (what it tells apart) and clip.png (chains, if any)."""
        clip = self.averaged()
        save_clip(clip, folder / "clip.safetensors")
        (folder / "clip.txt").write_text(self._sense(clip))
        if self.chains is not None:
            pictures = [to_pixels(p) for p in self.chains.pictures(16)]
            half = len(pictures) // 2
            sheet([pictures[:half], pictures[half : 2 * half]]).save(folder / "clip.png")

    def _sense(self, clip: Clip) -> str:
        """Say what it tells apart in pictures that it was not trained on."""
        if self.own is None:
            return sense_of(clip)
        if not self.kept_out:
            return "no pictures kept out: with ten or more every tenth is\n"
        share, count = self.own.named(clip, self.kept_out)
        return f"{count} pictures kept out: nearest to their own caption {share:.3f}\n"


def sense_of(clip: Clip) -> str:
    """Say what a CLIP tells apart in scenes it has not seen, in the guide's words and views."""
    lines = []
    for kind, plain in (("plain", 1.0), ("any", 0.0)):
        sense = object_sense(clip, plain=plain)
        lines += [f"{kind} scenes: {name} {share:.3f}\n" for name, share in sense.items()]
    return "".join(lines)


@torch.no_grad()
def object_sense(clip: Clip, batches: int = 2, plain: float = 0.0) -> dict[str, float]:
    """How well it tells objects on scenes it has not seen.

    "named": of all objects, "a <object>" is nearest for a picture that shows one; "twin": a
    caption is nearer to its picture than to the twin that differs in one thing.
    """
    texts = clip.encode_text([f"a {noun}" for noun in NOUNS])
    named: list[Tensor] = []
    twins: list[Tensor] = []
    for i in range(batches):
        batch = draw_batch(random.Random(f"held out {i}"), 32, clip.input_resolution, plain)
        images = clip.encode_image((batch.images + 1) / 2)
        shown = batch.nouns()
        single = (shown == 1.0).any(1)
        best = (images @ texts.T).argmax(1)
        named.append((best == shown.argmax(1))[single])
        captions = clip.encode_text([caption.text for caption in batch.captions])
        closeness = (
            images.view(-1, 2, 1, images.shape[1]) * captions.view(-1, 1, 2, images.shape[1])
        ).sum(-1)
        own, other = closeness.diagonal(dim1=1, dim2=2), closeness.flip(2).diagonal(dim1=1, dim2=2)
        untrue = batch.negatives().view(-1, 2, len(batch.images))
        rows = torch.arange(len(untrue))
        told = torch.stack([untrue[rows, 0, 2 * rows + 1], untrue[rows, 1, 2 * rows]], 1)
        twins.append((own > other)[told])
    return {
        "named": torch.cat(named).float().mean().item(),
        "twin": torch.cat(twins).float().mean().item(),
    }
