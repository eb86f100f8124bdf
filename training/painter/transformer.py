"""Training the transformer over codebook tokens, with the caption or without.

Cross-entropy of the next code (Esser, Rombach and Ommer, 2021, equation 8). Every tenth caption
is left out, which teaches drafting without one and makes guidance possible.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mused.art.drafter import Drafter, DrafterConfig, codebook_digest, load_drafter, save_drafter
from mused.art.scenes.compose import random_scene
from mused.art.scenes.describe import describe
from mused.art.scenes.render import render
from mused.art.vqgan import VQGAN
from mused.art.weights import load_vqgan
from mused.training.painter.captioned import plainly
from mused.training.painter.clip import known_tokens
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.grown import grown, union
from mused.training.painter.learner import Learner, precision
from mused.training.painter.own import Captioned
from mused.training.painter.pictures import pictures, sheet, to_pixels, to_tensor

SHOWN = ("a red boat on a lake", "a castle at night", "a green tree", "a cat in the snow")


@dataclass(frozen=True)
class TransformerTraining:
    """How the transformer is trained; a resumed run must have the same."""

    vqgan: str
    """Weights of the VQGAN whose codes it learns."""
    steps: int = 5_000
    seed: int = 0
    batch: int = 32
    learning_rate: float = 1.5e-3
    side: int = 64
    """Pixels along the pictures it drafts."""
    captions: bool = True
    """False: without any."""
    uncaptioned: float = 0.1
    plain: float = 0.7
    """The share of scenes that show one large object in good light."""
    context_length: int = 24
    patch: int = 2
    width: int = 256
    layers: int = 6
    data: str = ""
    """A folder of pictures, with captions where those are wanted; empty: drawn scenes."""
    begin: str = ""
    """A drafter of the same shape to go on from; empty: from nothing."""


class TransformerTask:
    """The transformer, the VQGAN it speaks for, and how it learns."""

    def __init__(self, settings: TransformerTraining) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.draw = pictures(settings.data)
        own = settings.data and settings.captions
        self.own = Captioned(Path(settings.data), settings.context_length) if own else None
        vqgan = load_vqgan(Path(settings.vqgan))
        patches = settings.patch * vqgan.config.factor
        if settings.side % patches:
            raise PainterTrainingError(
                f"{settings.vqgan}: its codes do not fill {settings.side} pixels in patches of "
                f"{settings.patch} by {settings.patch}: take a VQGAN of a smaller factor"
            )
        self.config = DrafterConfig(
            n_embed=vqgan.config.n_embed,
            side=settings.side // vqgan.config.factor,
            tokens=known_tokens(self.own.texts if self.own else ()),
            context_length=settings.context_length,
            patch=settings.patch,
            width=settings.width,
            heads=max(1, settings.width // 32),
            layers=settings.layers,
            codebook=codebook_digest(vqgan),
        )
        self.model = self._beginning()
        self.learner = Learner(
            self.model, settings.steps, settings.learning_rate, self.model.blocks
        )
        self.vqgan: VQGAN = vqgan.to(self.learner.device)

    def _beginning(self) -> Drafter:
        if not self.settings.begin:
            return Drafter(self.config)
        drafter = load_drafter(Path(self.settings.begin))
        # It keeps its words beside new ones, and what enlarges its drafts.
        kept = drafter.config
        tokens = union(kept.tokens, self.config.tokens)
        self.config = replace(self.config, tokens=tokens, enlarger=kept.enlarger)
        if replace(kept, tokens=tokens) != self.config:
            raise PainterTrainingError(
                f"{self.settings.begin} is of another shape or VQGAN than what is to "
                "be trained: give it the VQGAN it speaks for, or begin from nothing"
            )
        larger = Drafter(self.config)
        state = drafter.state_dict()
        words = grown(state["words.weight"], kept.tokens, tokens, larger.words.weight)
        larger.load_state_dict({**state, "words.weight": words})
        return larger

    def step(self, number: int) -> Mapping[str, float]:
        """One batch of pictures and captions."""
        images, texts = self._batch(random.Random(f"{self.settings.seed}:{number}"))
        with torch.no_grad():
            _, indices = self.vqgan.quantize(self.vqgan.encode(images.to(self.learner.device)))
            codes = indices.flatten(1)
        with precision(self.learner.device, on_processors=True):
            logits = self.model(self.model.captions(texts), codes)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), codes.flatten())
        self.learner.descend(loss, number)
        return {"nats": loss.item()}

    def _batch(self, rng: random.Random) -> tuple[Tensor, list[str]]:
        s = self.settings
        if not s.captions:
            return self.draw(rng, s.batch, s.side), [""] * s.batch
        if self.own:
            drawn, told = self.own.draw(rng, s.batch, s.side)
            return drawn, ["" if rng.random() < s.uncaptioned else rng.choice(t) for t in told]
        scenes = [random_scene(rng) for _ in range(s.batch)]
        scenes = [plainly(scene, rng) if rng.random() < s.plain else scene for scene in scenes]
        texts = [
            "" if rng.random() < s.uncaptioned else describe(scene, rng).text for scene in scenes
        ]
        return to_tensor([render(scene, s.side, s.side) for scene in scenes]), texts

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return self.learner.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.learner.load_state_dict(state)

    def export(self, folder: Path) -> None:
        """Write drafter.safetensors and drafter.png: two drafts of a few captions."""
        model = Drafter(self.config)
        model.load_state_dict(self.learner.average.state)
        save_drafter(model.eval(), folder / "drafter.safetensors")
        texts = self._shown()
        rows = []
        for seed in (0, 1):
            drafts = paint_drafts(model, self.vqgan.cpu(), texts, seed)
            rows.append([to_pixels(p) for p in drafts])
        self.vqgan.to(self.learner.device)
        sheet(rows).save(folder / "drafter.png")

    def _shown(self) -> list[str]:
        """The captions to draft after."""
        if not self.settings.captions:
            return [""] * len(SHOWN)
        return self.own.texts[: len(SHOWN)] if self.own else list(SHOWN)


@torch.no_grad()
def paint_drafts(
    model: Drafter, vqgan: VQGAN, texts: list[str] | tuple[str, ...], seed: int
) -> Tensor:
    """Pictures of what a drafter draws for texts, [B, 3, S, S] in [-1, 1]; enlarged if it can."""
    codes = model.draft(texts, torch.Generator().manual_seed(seed))
    return model.enlarge(vqgan.decode(vqgan.quantize.lookup(codes)).clamp(-1, 1))
