"""What every training of one network shares: device, optimiser, learning rate, average, state."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mused.training.painter.average import Average

WARM_UP = 100
"""Steps over which the learning rate rises."""


def device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(where: torch.device) -> torch.autocast:
    """bfloat16 on a GPU that has it, float32 elsewhere."""
    half = where.type == "cuda" and torch.cuda.is_bf16_supported()
    return torch.autocast(where.type, torch.bfloat16, enabled=half)


def warmed_cosine(highest: float, number: int, steps: int, warm_up: int) -> float:
    """Return a step's learning rate: linear up to the highest, then a cosine to its fiftieth."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, number / steps))
    return highest * min(1.0, (number + 1) / warm_up) * (0.02 + 0.98 * cosine)


class Learner:
    """A model that descends: AdamW, a warm-up and a cosine, and a moving average of the weights."""

    def __init__(self, model: nn.Module, steps: int, learning_rate: float) -> None:
        self.device = device()
        self.model = model.to(self.device)
        self.steps = steps
        self.learning_rate = learning_rate
        self.optimizer = torch.optim.AdamW(
            model.parameters(), learning_rate, betas=(0.9, 0.98), weight_decay=1e-4
        )
        self.average = Average(model)

    def descend(self, loss: Tensor, number: int) -> None:
        """Do the step's descent."""
        for group in self.optimizer.param_groups:
            group["lr"] = warmed_cosine(self.learning_rate, number, self.steps, WARM_UP)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.average.follow(self.model, number)

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.state = {k: v.to(self.device) for k, v in state["average"].items()}
