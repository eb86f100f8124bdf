"""CLIP, "Learning Transferable Visual Models From Natural Language Supervision" (Radford 2021).

The networks are clip-anytorch's, imported without running `clip/__init__.py`, which needs
torchvision and pkg_resources that painting does not.
"""

import importlib
import importlib.util
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.errors import WeightsError
from mused.art.prompt import words_of

log = logging.getLogger(__name__)

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""Per-channel mean and standard deviation of the published models' training pictures."""

START_OF_TEXT = 49406
END_OF_TEXT = 49407


@lru_cache
def _submodule(name: str) -> Any:
    """Import clip.NAME without running clip's own __init__."""
    spec = importlib.util.find_spec("clip")
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not any(Path(folder, "simple_tokenizer.py").is_file() for folder in folders):
        raise WeightsError(
            "OpenAI's CLIP networks are not installed (PyPI's `clip` is another program): "
            "pip install clip-anytorch==2.6.0"
        )
    present = sys.modules.get("clip")
    if present is None:
        hollow = ModuleType("clip")
        hollow.__path__ = folders
        sys.modules["clip"] = hollow
    try:
        return importlib.import_module(f"clip.{name}")
    finally:
        if present is None:
            del sys.modules["clip"]


@lru_cache
def _byte_pairs() -> Any:
    """Read the table of byte pairs once: it takes as long as all the rest of a small CLIP."""
    return _submodule("simple_tokenizer").SimpleTokenizer()


@dataclass(frozen=True)
class ClipConfig:
    """The shape of a CLIP; field names follow clip.model.CLIP."""

    embed_dim: int
    image_resolution: int
    vision_layers: int | tuple[int, int, int, int]
    """Blocks of a vision transformer, or of the four stages of a ResNet."""
    vision_width: int
    vision_patch_size: int | None
    """None for a ResNet."""
    context_length: int
    vocab_size: int
    transformer_width: int
    transformer_heads: int
    transformer_layers: int
    tokens: tuple[int, ...] | None = None
    """The BPE ids a small model knows, ascending; None: all 49408. See Tokenizer."""


def compact_vocab_size(tokens: Sequence[int]) -> int:
    """Return the vocab_size of a model that knows only these BPE ids."""
    return len(tokens) + 3


class Tokenizer:
    """CLIP's byte-pair encoding, optionally over a few known tokens only.

    With `tokens`, ids are renumbered: 0 stands for every unknown token, 1…n for the known ones
    in the order given, n + 1 starts and n + 2 ends a text. CLIP takes the sentence's embedding
    at the highest id, so the end stays the highest.
    """

    def __init__(self, context_length: int, tokens: Sequence[int] | None = None) -> None:
        self.context_length = context_length
        self._bpe = _byte_pairs()
        self._compact = None if tokens is None else {t: i + 1 for i, t in enumerate(tokens)}
        known = len(tokens) if tokens is not None else 0
        self._start = START_OF_TEXT if tokens is None else known + 1
        self._end = END_OF_TEXT if tokens is None else known + 2

    def bpe_ids(self, text: str) -> list[int]:
        """Return the published BPE ids of a text, without start and end."""
        # A prompt can spell the markers in many ways, HTML's entities among them.
        return [i for i in self._bpe.encode(text) if i < START_OF_TEXT]

    def fit(self, text: str) -> str:
        """Return the longest beginning of the text that fits, cut at a word."""
        room = self.context_length - 2
        if len(self.bpe_ids(text)) <= room:
            return text
        words = text.split()
        # Encoding is per word, so lengths add up (punctuation glued to a word included).
        used = 0
        kept: list[str] = []
        for word in words:
            used += len(self.bpe_ids(word))
            if used > room:
                break
            kept.append(word)
        return " ".join(kept) or words[0]

    def unknown_words(self, text: str) -> list[str]:
        """Return the words of the text this model has no token for."""
        if self._compact is None:
            return []
        return [w for w in words_of(text) if any(i not in self._compact for i in self.bpe_ids(w))]

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return the ids of texts, int64 [len(texts), context_length], cut with a notice."""
        rows = torch.zeros(len(texts), self.context_length, dtype=torch.long)
        for row, text in zip(rows, texts, strict=True):
            kept = self.fit(text)
            if kept != text:
                log.warning("the prompt is too long for CLIP and was cut after: %s", kept)
            ids = self.bpe_ids(kept)[: self.context_length - 2]
            if self._compact is not None:
                ids = [self._compact.get(i, 0) for i in ids]
            row[: len(ids) + 2] = torch.tensor([self._start, *ids, self._end])
        return rows


class Clip(nn.Module):
    """A CLIP with its tokenizer; `model` is clip.model.CLIP with the published state-dict keys."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        layers = config.vision_layers
        self.model = _submodule("model").CLIP(
            embed_dim=config.embed_dim,
            image_resolution=config.image_resolution,
            vision_layers=layers if isinstance(layers, int) else tuple(layers),
            vision_width=config.vision_width,
            vision_patch_size=config.vision_patch_size,
            context_length=config.context_length,
            vocab_size=config.vocab_size,
            transformer_width=config.transformer_width,
            transformer_heads=config.transformer_heads,
            transformer_layers=config.transformer_layers,
        )
        self.tokenizer = Tokenizer(config.context_length, config.tokens)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    @property
    def input_resolution(self) -> int:
        """Side of the square pictures encode_image takes, in pixels."""
        return self.config.image_resolution

    def encode_image(self, x: Tensor) -> Tensor:
        """Embed pictures x, float [B, 3, R, R] in [0, 1]: unit vectors, float32 [B, embed_dim]."""
        embedding = self.model.encode_image((x - self.mean) / self.std)
        return functional.normalize(embedding.float(), dim=-1)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed texts: unit vectors, float32 [len(texts), embed_dim]."""
        ids = self.tokenizer(texts).to(self.mean.device)
        return functional.normalize(self.model.encode_text(ids).float(), dim=-1)


def config_of(state: Mapping[str, Tensor], tokens: tuple[int, ...] | None = None) -> ClipConfig:
    """Read the shape of a published CLIP from its state dict.

    Follows clip.model.build_model. Raises KeyError where a tensor every CLIP has is missing.
    """
    layers: int | tuple[int, int, int, int]
    patch: int | None
    if "visual.proj" in state:
        patch = state["visual.conv1.weight"].shape[-1]
        width = state["visual.conv1.weight"].shape[0]
        layers = len(
            {k.split(".")[3] for k in state if k.startswith("visual.transformer.resblocks")}
        )
        cells = state["visual.positional_embedding"].shape[0] - 1
        resolution = patch * round(cells**0.5)
    else:
        patch = None
        width = state["visual.layer1.0.conv1.weight"].shape[0]
        stages = [
            len({k.split(".")[2] for k in state if k.startswith(f"visual.layer{stage}.")})
            for stage in (1, 2, 3, 4)
        ]
        layers = (stages[0], stages[1], stages[2], stages[3])
        cells = state["visual.attnpool.positional_embedding"].shape[0] - 1
        resolution = 32 * round(cells**0.5)
    text_width = state["ln_final.weight"].shape[0]
    return ClipConfig(
        embed_dim=state["text_projection"].shape[1],
        image_resolution=resolution,
        vision_layers=layers,
        vision_width=width,
        vision_patch_size=patch,
        context_length=state["positional_embedding"].shape[0],
        vocab_size=state["token_embedding.weight"].shape[0],
        transformer_width=text_width,
        transformer_heads=max(1, text_width // 64),
        transformer_layers=len(
            {k.split(".")[2] for k in state if k.startswith("transformer.resblocks")}
        ),
        tokens=tokens,
    )
