"""A second CLIP that judges pictures and never guides one.

It differs from the guide in all that could make both err alike: a plain convolutional network
instead of a modified ResNet, another side of its pictures, another seed and so other scenes,
captions in other words, and other disturbances of its training pictures. It shares the scene
painter with the guide, because there is nothing else that either could know.
"""

import json
import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mused.art.archives import read_safetensors
from mused.art.clip import Clip, ClipConfig, Tokenizer, compact_vocab_size
from mused.art.errors import WeightsError
from mused.art.scenes.describe import facts_of
from mused.art.weights import save_clip
from mused.training.painter.captioned import Batch, Drawn, telling
from mused.training.painter.clip import CONTEXT, CLIPTask, CLIPTraining, known_tokens, sense_of
from mused.training.painter.retold import WORDS, retell


@dataclass(frozen=True)
class JudgeTraining(CLIPTraining):
    """How the judge is trained; a resumed run must have the same."""

    steps: int = 7500
    seed: int = 1
    plain: float = 0.5
    learning_rate: float = 1.5e-3
    width: int = 24
    resolution: int = 72


class ConvNet(nn.Module):
    """Plain convolutions, each normalised, down to an average and a maximum over the picture."""

    def __init__(self, width: int, embed_dim: int) -> None:
        super().__init__()
        # clip.model.CLIP asks a layer of this name for its number format.
        self.conv1 = nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False)
        widths = (width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width, 8 * width)
        layers: list[nn.Module] = [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        for i, (before, after) in enumerate(pairwise(widths)):
            layers += [
                nn.Conv2d(before, after, 3, stride=2 - i % 2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(inplace=True),
            ]
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(2 * widths[-1], embed_dim)

    def forward(self, x: Tensor) -> Tensor:
        """Embed pictures [B, 3, R, R], not yet of unit length: [B, embed_dim]."""
        h = self.layers(self.conv1(x)).flatten(2)
        y: Tensor = self.out(torch.cat([h.mean(2), h.amax(2)], 1))
        return y


class Judge(Clip):
    """A CLIP whose image network is a ConvNet of `vision_width`."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__(config)
        self.model.visual = ConvNet(config.vision_width, config.embed_dim)


def shape(settings: CLIPTraining) -> ClipConfig:
    """The judge's text network is deeper and narrower than the guide's."""
    tokenizer = Tokenizer(CONTEXT)
    own = {i for word in sorted(WORDS) for i in tokenizer.bpe_ids(word)}
    tokens = tuple(sorted(own.union(known_tokens())))
    return ClipConfig(
        embed_dim=160,
        image_resolution=settings.resolution,
        vision_layers=(1, 1, 1, 1),
        vision_width=settings.width,
        vision_patch_size=None,
        context_length=CONTEXT,
        vocab_size=compact_vocab_size(tokens),
        transformer_width=96,
        transformer_heads=3,
        transformer_layers=3,
        tokens=tokens,
    )


class JudgeTask(CLIPTask):
    """The training of the judge."""

    def network(self) -> Clip:
        """An untrained judge."""
        return Judge(shape(self.settings))

    def trained(self, path: Path) -> Clip:
        """Load a judge to go on from. Raises WeightsError."""
        return load_judge(path)

    def look(self, drawn: Drawn, rng: random.Random) -> Batch:
        """Captions in the judge's words, and pictures as the judge sees them."""
        return judged(drawn, rng)

    def export(self, folder: Path) -> None:
        """Write judge.safetensors and judge.txt (object sense)."""
        judge = self.averaged()
        save_clip(judge, folder / "judge.safetensors")
        (folder / "judge.txt").write_text(sense_of(judge))


def judged(drawn: Drawn, rng: random.Random) -> Batch:
    """A batch in the judge's words, disturbed in the judge's way."""
    scenes = drawn.scenes
    captions = tuple(telling(s, scenes[i ^ 1], rng, retell) for i, s in enumerate(scenes))
    generator = torch.Generator().manual_seed(rng.getrandbits(62))
    facts = tuple(map(facts_of, scenes))
    return Batch(disturbed(drawn.pictures, drawn.side, generator), facts, captions)


def disturbed(x: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Pictures [B, 3, H, W] in [-1, 1] mirrored, stretched, blurred and with other colours.

    No turns, no noise, no even brightening: those are the guide's. Float [B, 3, side, side].
    """
    n = len(x)

    def uniform(low: float, high: float, *more: int) -> Tensor:
        return low + (high - low) * torch.rand(n, *more, generator=generator)

    shrink = float(torch.rand((), generator=generator))
    if shrink < 0.5:
        x = functional.interpolate(x, scale_factor=0.4 + shrink, mode="area")
    matrix = torch.zeros(n, 2, 3)
    extent = uniform(0.75, 1.0, 2)
    matrix[:, :, 2] = uniform(-1.0, 1.0, 2) * (1 - extent)
    mirrored = 1.0 - 2.0 * (torch.rand(n, generator=generator) < 0.5).float()
    matrix[:, 0, 0], matrix[:, 1, 1] = extent[:, 0] * mirrored, extent[:, 1]
    grid = functional.affine_grid(matrix, [n, 3, side, side], align_corners=False)
    views = functional.grid_sample(x, grid, padding_mode="border", align_corners=False)
    grey = views.mean(1, keepdim=True)
    views = grey + (views - grey) * uniform(0.7, 1.2, 1, 1, 1)
    bent = ((views.clamp(-1, 1) + 1) / 2 + 1e-3) ** uniform(0.75, 1.3, 1, 1, 1)
    return bent * 2 - 1


def load_judge(path: Path) -> Judge:
    """Load a judge, frozen and in float32. Raises WeightsError."""
    tensors, metadata = read_safetensors(path)
    try:
        fields: Any = json.loads(metadata["config"])
        shown: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
        judge = Judge(ClipConfig(**shown))
        judge.model.load_state_dict(tensors)
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path} holds no judge: {error}") from error
    return judge.requires_grad_(requires_grad=False).eval()
