"""What every training of one network shares: device, optimiser, learning rate, average, state."""

import logging
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mused.art.memory import has_bfloat16
from mused.training.painter.average import Average

log = logging.getLogger(__name__)

WARM_UP = 100
"""Steps over which the learning rate rises."""


def device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def precision(where: torch.device, *, on_processors: bool = False) -> torch.autocast:
    """bfloat16 on a GPU that has it, and where wanted on such a processor; else float32."""
    half = has_bfloat16(where) and (on_processors or where.type == "cuda")
    return torch.autocast(where.type, torch.bfloat16, enabled=half)


def warmed_cosine(highest: float, number: int, steps: int, warm_up: int) -> float:
    """Return a step's learning rate: linear up to the highest, then a cosine to its fiftieth."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, number / steps))
    return highest * min(1.0, (number + 1) / warm_up) * (0.02 + 0.98 * cosine)


class Learner:
    """A model that descends: AdamW, a warm-up and a cosine, and a moving average of the weights.

    turned: a part of the model whose matrices descend by Muon (Jordan et al., 2024, as in Liu et
    al., "Muon is Scalable for LLM Training", 2025), where torch has it: from 2.9 on.
    """

    def __init__(
        self, model: nn.Module, steps: int, learning_rate: float, turned: nn.Module | None = None
    ) -> None:
        self.device = device()
        self.model = model.to(self.device)
        self.steps = steps
        self.learning_rate = learning_rate
        matrices = [] if turned is None else [p for p in turned.parameters() if p.ndim == 2]
        if matrices and not hasattr(torch.optim, "Muon"):
            log.warning(
                "torch %s has no Muon (2.9 has): this learns more slowly", torch.__version__
            )
            matrices = []
        chosen = {id(p) for p in matrices}
        others = [p for p in model.parameters() if id(p) not in chosen]
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(others, learning_rate, betas=(0.9, 0.98), weight_decay=1e-4)
        ]
        if matrices:
            muon = torch.optim.Muon(
                matrices, learning_rate, weight_decay=1e-2, adjust_lr_fn="match_rms_adamw"
            )
            self.optimizers.append(muon)
        self.average = Average(model)

    def descend(self, loss: Tensor, number: int) -> None:
        """Do the step's descent."""
        rate = warmed_cosine(self.learning_rate, number, self.steps, WARM_UP)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        self.model.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.average.follow(self.model, number)

    def state_dict(self) -> dict[str, Any]:
        """Everything the next step depends on."""
        return {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average.state,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.model.load_state_dict(state["model"])
        for optimizer, found in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(found)
        self.average.state = {k: v.to(self.device) for k, v in state["average"].items()}
