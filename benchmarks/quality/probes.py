"""Object probes: the same scene with and without an object, which a CLIP must tell apart."""

import dataclasses
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.scenes.compose import arrange
from mused.art.scenes.render import render
from mused.art.scenes.request import SceneRequest, Subject
from mused.art.scenes.scene import Scene
from mused.art.scenes.words import OBJECTS, STYLES, TIMES, WEATHERS
from mused.training.painter.pictures import to_tensor

SIDE = 192
"""Pixels of the scenes, before a CLIP's own size."""


@dataclass(frozen=True)
class Told:
    """How well a CLIP tells objects from their absence."""

    by_object: dict[str, float]
    """Of the scenes with the object, the share nearer to "a <object>" than without it."""
    found: float
    """The share of scenes on the right side of the object's threshold, both kinds equally many,
    in scenes the thresholds were not taken from."""
    control: float
    """Of pairs of other scenes without the object, the share in which the first one is nearer
    to it: about a half where nothing but the object tells the scenes of a pair apart."""
    gap: float
    """The mean difference of closeness with and without the object."""
    control_gap: float
    """The same between two scenes without it, regardless of sign."""
    thresholds: dict[str, float]
    """By object, the closeness above which it counts as shown."""

    @property
    def accuracy(self) -> float:
        """The share of pairs told apart, over all objects."""
        return sum(self.by_object.values()) / len(self.by_object)


def pair(noun: str, number: int) -> tuple[Scene, Scene]:
    """A scene of one kind of object only, and the same without it."""
    rng = random.Random(f"probe {noun} {number}")
    subject = Subject(noun, size=rng.choice(("", "", "large", "small")))
    request = SceneRequest([subject], style=rng.choice(("",) * 2 * len(STYLES) + (*STYLES,)))
    request.time = rng.choice(("", *TIMES))
    request.weather = rng.choice(("", "", *WEATHERS))
    scene = arrange(request, rng)
    return scene, dataclasses.replace(scene, objects=())


def views(scenes: Sequence[Scene], side: int = SIDE) -> Tensor:
    """Scenes as float [B, 3, side, side] in [0, 1]."""
    return (to_tensor([render(scene, side, side) for scene in scenes]) + 1) / 2


@torch.no_grad()
def embedded(clip: Clip, pictures: Tensor) -> Tensor:
    """The embeddings of whole pictures [B, 3, H, W] in [0, 1]: unit vectors [B, d]."""
    side = clip.input_resolution
    return clip.encode_image(
        functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
    )


@torch.no_grad()
def probe(clips: dict[str, Clip], pairs: int = 8) -> dict[str, Told]:
    """Probe several CLIPs with the same scenes, so many pairs of each object (at least two)."""
    names = tuple(OBJECTS)
    near: dict[str, list[Tensor]] = {name: [] for name in clips}
    texts = {
        name: clip.encode_text([f"a {noun}" for noun in names]) for name, clip in clips.items()
    }
    for row, noun in enumerate(names):
        scenes = [scene for number in range(pairs) for scene in pair(noun, number)]
        pictures = views(scenes)
        for name, clip in clips.items():
            near[name].append((embedded(clip, pictures) @ texts[name][row]).view(pairs, 2))
    return {name: told(names, torch.stack(closeness)) for name, closeness in near.items()}


def told(names: Sequence[str], closeness: Tensor) -> Told:
    """Read closeness [objects, pairs, 2], with and without the object."""
    shown, hidden = closeness.unbind(2)
    by_object = (shown > hidden).float().mean(1)
    # Thresholds come from the even pairs and are tried on the odd ones, then come from all.
    held_out = _thresholds(closeness[:, ::2])[:, None]
    found = (shown[:, 1::2] > held_out).float().mean() + (
        hidden[:, 1::2] <= held_out
    ).float().mean()
    first, second = hidden[:, :-1], hidden[:, 1:]
    return Told(
        dict(zip(names, by_object.tolist(), strict=True)),
        found.item() / 2,
        (first > second).float().mean().item(),
        (shown - hidden).mean().item(),
        (first - second).abs().mean().item(),
        dict(zip(names, _thresholds(closeness).tolist(), strict=True)),
    )


def _thresholds(closeness: Tensor) -> Tensor:
    """Halfway between with and without, for each object."""
    return closeness.mean((1, 2))
