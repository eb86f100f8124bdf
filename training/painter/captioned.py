"""Captioned training pictures in pairs that differ in one thing only.

A caption has to be told apart from its picture's twin: the same place and light with another
object, another colour or another hour. That is what gives CLIP a sense of objects instead of one
of background colours.
"""

import dataclasses
import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mused.art.scenes.compose import random_scene
from mused.art.scenes.describe import Caption, Fact, describe, facts_of
from mused.art.scenes.placing import HEAVENLY
from mused.art.scenes.render import render
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.words import COLOURS, OBJECTS, TIMES
from mused.training.painter.pictures import to_tensor

NOUNS = tuple(OBJECTS)
_FOREIGN = ("dragon", "wizard", "pizza", "electric", "dream", "chaos", "piano", "unicorn", "gothic")
"""Words outside the vocabulary, so that an unknown word does not upset the known ones."""


@dataclass(frozen=True)
class Batch:
    """Pictures with their captions; rows 2i and 2i + 1 are twins."""

    images: Tensor
    """Float [B, 3, S, S] in [-1, 1]."""
    facts: tuple[frozenset[Fact], ...]
    """All that could truly be said of each picture."""
    captions: tuple[Caption, ...]

    def negatives(self) -> Tensor:
        """Bool [B, B]: whether caption (column) is untrue of picture (row)."""
        return torch.tensor([[not c.facts <= f for c in self.captions] for f in self.facts])

    def nouns(self) -> Tensor:
        """Float [B, nouns]: which objects a picture shows, rows summing to one or zero."""
        table = torch.zeros(len(self.facts), len(NOUNS))
        for row, facts in zip(table, self.facts, strict=True):
            for fact in facts:
                if fact[0] == "noun":
                    row[NOUNS.index(fact[1])] = 1.0
        return table / table.sum(1, keepdim=True).clamp(min=1.0)


def twin(scene: Scene, rng: random.Random) -> Scene:
    """The same scene but for one object, one colour or the hour."""
    chance = rng.random()
    if not scene.objects or chance < 0.12:
        return dataclasses.replace(scene, time=rng.choice([t for t in TIMES if t != scene.time]))
    main = max(scene.objects, key=lambda placed: placed.height)
    if chance < 0.3:
        colour = rng.choice([c for c in COLOURS if c != main.colour])
        return _with(scene, main, main.noun, colour)
    heaven = main.noun in HEAVENLY
    noun = rng.choice([n for n in NOUNS if n != main.noun and (n in HEAVENLY) == heaven])
    return _with(scene, main, noun, main.colour)


def _with(scene: Scene, main: Placed, noun: str, colour: str) -> Scene:
    """Replace every object of the main one's kind."""

    def changed(placed: Placed) -> Placed:
        if placed.noun != main.noun:
            return placed
        height = min(
            placed.height * 1.25, OBJECTS[noun].height * placed.height / OBJECTS[main.noun].height
        )
        return dataclasses.replace(placed, noun=noun, colour=colour, height=height)

    return dataclasses.replace(scene, objects=tuple(changed(placed) for placed in scene.objects))


def telling(
    scene: Scene,
    other: Scene,
    rng: random.Random,
    tell: Callable[[Scene, random.Random], Caption] = describe,
) -> Caption:
    """A caption of the scene that is untrue of the other, if a few tries find one."""
    elsewhere = facts_of(other)
    caption = tell(scene, rng)
    for _ in range(8):
        if not caption.facts <= elsewhere:
            break
        caption = tell(scene, rng)
    if rng.random() < 0.06:
        words = caption.text.split()
        words.insert(rng.randint(0, len(words)), rng.choice(_FOREIGN))
        return Caption(" ".join(words), caption.facts)
    return caption


@dataclass(frozen=True)
class Drawn:
    """Scenes and their pictures, before anybody looked at them."""

    scenes: tuple[Scene, ...]
    """Rows 2i and 2i + 1 are twins; empty where the pictures are nobody's scenes."""
    pictures: Tensor
    """Float [B, 3, 1.5 S, 1.5 S] in [-1, 1]."""
    side: int
    """S: what CLIP will see of them."""
    texts: tuple[tuple[str, ...], ...] = ()
    """The captions of each picture that is no scene."""


def plainly(scene: Scene, rng: random.Random) -> Scene:
    """The scene as prompts mostly ask for it: its main object alone, large, in good light."""
    if not scene.objects:
        return scene
    main = max(scene.objects, key=lambda placed: placed.height)
    height = OBJECTS[main.noun].height * rng.uniform(0.85, 1.1)
    alone = dataclasses.replace(main, x=rng.uniform(0.42, 0.58), height=min(height, 0.9))
    time = scene.time if rng.random() < 0.4 else "day"
    return dataclasses.replace(scene, objects=(alone,), style="", weather="clear", time=time)


def draw_pairs(rng: random.Random, pairs: int, side: int, plain: float = 0.0) -> Drawn:
    """Draw pairs of twins, a share of them plain."""
    scenes: list[Scene] = []
    for _ in range(pairs):
        one = random_scene(rng)
        if rng.random() < plain:
            one = plainly(one, rng)
        scenes += [one, twin(one, rng)]
    full = side + side // 2
    return Drawn(tuple(scenes), to_tensor([render(s, full, full) for s in scenes]), side)


def look_at(drawn: Drawn, rng: random.Random) -> Batch:
    """Captions, and pictures as cutouts show them: a little turned, zoomed and recoloured."""
    scenes = drawn.scenes
    if drawn.texts:
        captions = tuple(_quoted(rng.choice(texts)) for texts in drawn.texts)
        facts = tuple(frozenset().union(*(_quoted(t).facts for t in ts)) for ts in drawn.texts)
    else:
        captions = tuple(telling(s, scenes[i ^ 1], rng) for i, s in enumerate(scenes))
        facts = tuple(map(facts_of, scenes))
    generator = torch.Generator().manual_seed(rng.getrandbits(62))
    return Batch(seen(drawn.pictures, drawn.side, generator), facts, captions)


def _quoted(text: str) -> Caption:
    """A caption of which nothing is known but that it is true of its picture."""
    return Caption(text, frozenset({("text", text)}))


def draw_batch(rng: random.Random, pairs: int, side: int, plain: float = 0.0) -> Batch:
    """Pairs of twins with captions, float [2 pairs, 3, side, side]."""
    return look_at(draw_pairs(rng, pairs, side, plain), rng)


def seen(x: Tensor, side: int, generator: torch.Generator, smallest: float = 0.7) -> Tensor:
    """Pictures [B, 3, H, W] as random cutouts [B, 3, side, side]."""
    n = len(x)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(n, *shape, generator=generator)

    zoom = uniform(smallest, 1.0)
    zoom[torch.rand(n, generator=generator) < 0.4] = 1.0
    angle, shear = uniform(-0.1, 0.1), uniform(-0.05, 0.05)
    shift = uniform(-1.0, 1.0, 2) * (1 - zoom)[:, None]
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0] = zoom * angle.cos()
    matrix[:, 0, 1] = zoom * (shear - angle.sin())
    matrix[:, 1, 0] = zoom * angle.sin()
    matrix[:, 1, 1] = zoom * angle.cos()
    matrix[:, :, 2] = shift
    grid = functional.affine_grid(matrix, [n, 3, side, side], align_corners=False).to(x.device)
    views = functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    gain, offset = uniform(0.9, 1.1, 1, 1, 1), uniform(-0.08, 0.08, 1, 1, 1)
    noise = torch.randn(views.shape, generator=generator) * uniform(0.0, 0.08, 1, 1, 1)
    return views * gain.to(x.device) + offset.to(x.device) + noise.to(x.device)
