"""A residual network that makes small drafts four times as large, with edges where they blur.

Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution" (2017); the last
layer is the sub-pixel convolution of Shi et al. (2016). It adds to a bicubic enlargement.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

FACTOR = 4


@dataclass(frozen=True)
class EnlargerConfig:
    """The shape of an enlarger."""

    width: int = 48
    blocks: int = 10

    def __post_init__(self) -> None:
        if any(type(number) is not int or number < 1 for number in (self.width, self.blocks)):
            raise ValueError("no enlarger has such a shape")


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.second(functional.relu(self.first(x)))
        return y


class Enlarger(nn.Module):
    """From pictures [B, 3, H, W] in [-1, 1] to [B, 3, 4 H, 4 W]; untrained it is bicubic."""

    def __init__(self, config: EnlargerConfig) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, config.width, 3, padding=1)
        self.body = nn.Sequential(*(_Block(config.width) for _ in range(config.blocks)))
        self.tail = nn.Conv2d(config.width, 3 * FACTOR**2, 3, padding=1)
        for parameter in self.tail.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """The enlarged pictures."""
        h = self.head(x)
        added = functional.pixel_shuffle(self.tail(h + self.body(h)), FACTOR)
        enlarged: Tensor = functional.interpolate(x, scale_factor=FACTOR, mode="bicubic") + added
        return enlarged
