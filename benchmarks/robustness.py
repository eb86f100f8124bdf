"""What a CLIP still names when pictures are disturbed, and when they are attacked.

Zero-shot classification (Radford et al., 2021) of plain scenes among all objects: disturbed as in
"Benchmarking Neural Network Robustness to Common Corruptions" (Hendrycks and Dietterich, 2019),
and attacked towards the caption of another object by projected gradient descent within an L∞ ball
(Madry et al., 2018), of which the fast gradient sign method (Goodfellow et al., 2015) is one step.
Attacked through random cutouts it is an expectation over transformations (Athalye et al., 2018):
that is what the painting loop does, with a larger budget.
"""

import random

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.quality.probes import embedded, views
from mused.art.clip import Clip
from mused.art.cutouts import Augmentation, cut, draw
from mused.art.scenes.compose import arrange
from mused.art.scenes.request import SceneRequest, Subject
from mused.art.scenes.words import OBJECTS
from mused.art.vqgan import VQGAN
from mused.training.painter.captioned import plainly

SIDE = 128
"""Pixels of the pictures."""
NOISE = (0.05, 0.1, 0.2)
"""Standard deviations, of pictures in [0, 1]."""
BUDGET = 4 / 255
"""The most that an attack changes a pixel."""
STEPS = 10
CUTOUTS = 6
"""As many as the painting loop takes by default."""
BATCH = 42


def plain_pictures(each: int) -> tuple[Tensor, Tensor]:
    """So many plain scenes of every object, none of them trained on, and which it is.

    Returns float [n, 3, SIDE, SIDE] in [0, 1] and int64 [n].
    """
    scenes = []
    for noun in OBJECTS:
        for number in range(each):
            rng = random.Random(f"robust {noun} {number}")
            scenes.append(plainly(arrange(SceneRequest([Subject(noun)]), rng), rng))
    return views(scenes, SIDE), torch.arange(len(OBJECTS)).repeat_interleave(each)


def nearest(clip: Clip, pictures: Tensor, texts: Tensor) -> Tensor:
    """Which of the texts [m, d] is nearest to each picture [n, 3, H, W], int64 [n]."""
    found = [embedded(clip, batch) @ texts.T for batch in torch.split(pictures, BATCH)]
    return torch.cat(found).argmax(1)


def noisy(pictures: Tensor, deviation: float, generator: torch.Generator) -> Tensor:
    """Gaussian noise on pictures in [0, 1]."""
    noise = torch.randn(pictures.shape, generator=generator)
    return (pictures + deviation * noise).clamp(0, 1)


def zoomed(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A random square of each picture, as large as the loop's cutouts, at the picture's size."""
    side, found = pictures.shape[-1], []
    augmentation = Augmentation()
    for picture in pictures:
        share, down, across = torch.rand(3, generator=generator).tolist()
        share = augmentation.smallest + (augmentation.largest - augmentation.smallest) * share
        part = round(share * side)
        top, left = round(down * (side - part)), round(across * (side - part))
        crop = picture[None, :, top : top + part, left : left + part]
        found.append(functional.interpolate(crop, (side, side), mode="bilinear"))
    return torch.cat(found)


@torch.no_grad()
def through(vqgan: VQGAN, pictures: Tensor) -> Tensor:
    """Pictures in [0, 1] through the codebook and back."""
    back = [vqgan(batch * 2 - 1)[0] for batch in torch.split(pictures, BATCH)]
    return ((torch.cat(back) + 1) / 2).clamp(0, 1)


def attacked(
    clip: Clip, pictures: Tensor, targets: Tensor, steps: int, cutouts: int, seed: int = 0
) -> Tensor:
    """Pictures [n, 3, H, W] changed by at most BUDGET a pixel towards texts `targets` [n, d].

    cutouts: how many the gradient passes through in each step; 0: the whole picture, as it is.
    """
    rate = BUDGET if steps == 1 else 2.5 * BUDGET / steps
    generator = torch.Generator().manual_seed(seed)
    found = []
    for batch, wanted in zip(
        torch.split(pictures, BATCH), torch.split(targets, BATCH), strict=True
    ):
        x = batch
        for _ in range(steps):
            x = x.detach().requires_grad_()
            seen = _cut(x, cutouts, clip.input_resolution, generator)
            closeness = clip.encode_image(seen) @ wanted.T
            own = torch.arange(len(x)).repeat_interleave(max(1, cutouts))
            (gradient,) = torch.autograd.grad(closeness.gather(1, own[:, None]).sum(), x)
            x = x.detach() + rate * gradient.sign()
            x = batch + (x - batch).clamp(-BUDGET, BUDGET)
            x = x.clamp(0, 1)
        found.append(x)
    return torch.cat(found)


def _cut(x: Tensor, cutouts: int, side: int, generator: torch.Generator) -> Tensor:
    """What CLIP sees of every picture in turn, [n * cutouts, 3, side, side]."""
    if not cutouts:
        return functional.interpolate(x, (side, side), mode="bilinear", antialias=True)
    drawn = draw(cutouts, x.shape[3], x.shape[2], Augmentation(), generator)
    return torch.cat([cut(picture[None], drawn, side) for picture in x])


def robustness(clip: Clip, vqgan: VQGAN, each: int) -> dict[str, float]:
    """Shares of `each` plain scenes of every object that are named right, by what was done."""
    pictures, own = plain_pictures(each)
    texts = clip.encode_text([f"a {noun}" for noun in OBJECTS]).detach()
    generator = torch.Generator().manual_seed(0)
    other = (own + torch.randint(1, len(texts), own.shape, generator=generator)) % len(texts)

    def named(changed: Tensor, as_what: Tensor = own) -> float:
        return (nearest(clip, changed, texts) == as_what).float().mean().item()

    figures = {"clean": named(pictures), "codebook": named(through(vqgan, pictures))}
    for deviation in NOISE:
        figures[f"noise_{deviation}"] = named(noisy(pictures, deviation, generator))
    figures["zoom"] = named(zoomed(pictures, generator))
    for name, steps, cutouts in (
        ("fgsm", 1, 0),
        ("pgd", STEPS, 0),
        ("pgd_cutouts", STEPS, CUTOUTS),
    ):
        changed = attacked(clip, pictures, texts[other], steps, cutouts)
        figures |= {name: named(changed), f"{name}.fooled": named(changed, other)}
    return {**figures, "chance": 1 / len(texts)}
