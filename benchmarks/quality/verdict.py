"""What a judge thinks of pictures, each of another prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.quality.probes import embedded
from benchmarks.quality.prompts import Asked
from mused.art.clip import Clip
from mused.art.scenes.words import OBJECTS


@dataclass(frozen=True)
class Verdict:
    """One judge's figures for every picture, in the order of the prompts."""

    cosine: tuple[float, ...]
    """How near a picture is to its own prompt, -1 to 1."""
    r1: tuple[float, ...]
    """1 where no other prompt is nearer to the picture than its own."""
    r5: tuple[float, ...]
    """1 where at most four are."""
    object_probe: tuple[float, ...]
    """1 where the subject counts as shown: above the threshold of its probes."""
    named: tuple[float, ...]
    """1 where of all objects the subject is the nearest."""
    false_alarm: tuple[float, ...]
    """The share of the other prompts' subjects that count as shown as well."""

    def means(self) -> dict[str, float]:
        """The mean of each figure."""
        return {name: round(sum(v) / len(v), 4) for name, v in vars(self).items()}


@torch.no_grad()
def judge_pictures(
    judge: Clip,
    pictures: Sequence[Tensor],
    asked: Sequence[Asked],
    everything: Sequence[Asked],
    thresholds: Mapping[str, float],
) -> Verdict:
    """Judge one picture [3, H, W] in [0, 1] for each prompt asked.

    everything: the prompts among which a picture's own has to be found. Views have no subject
    and stay out of the figures about objects.
    """
    images = torch.cat([embedded(judge, picture[None]) for picture in pictures])
    prompts = images @ judge.encode_text([each.text for each in everything]).T
    own = prompts[range(len(asked)), [everything.index(each) for each in asked]]
    better = (prompts > own[:, None]).sum(1)
    names = list(OBJECTS)
    objects = images @ judge.encode_text([f"a {noun}" for noun in names]).T
    over = objects > torch.tensor([thresholds[noun] for noun in names])
    rows = [i for i, each in enumerate(asked) if each.subject]
    columns = [names.index(asked[i].subject) for i in rows]
    others = [sorted(set(columns) - {column}) for column in columns]
    return Verdict(
        tuple(own.tolist()),
        _numbers(better < 1),
        _numbers(better < 5),
        _numbers(over[rows, columns]),
        _numbers(objects[rows].argmax(1) == torch.tensor(columns)),
        tuple(
            over[row, other].float().mean().item() if other else 0.0
            for row, other in zip(rows, others, strict=True)
        ),
    )


def _numbers(flags: Tensor) -> tuple[float, ...]:
    return tuple(flags.float().tolist())
