"""The VQGAN-CLIP loop: a latent follows CLIP's gradient (Crowson et al., 2022).

One step decodes the nearest codes, looks at cutouts of the frame, measures how far their
embeddings are from the prompt's, and moves the latent by Adam.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from mused.art import cutouts
from mused.art.clip import Clip
from mused.art.cutouts import Augmentation
from mused.art.errors import NotANumberError
from mused.art.losses import clamped_gradient, prompt_loss
from mused.art.memory import Effort
from mused.art.prompt import SubPrompt
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN

LAST_PART = 0.75
LAST_RATE = 0.1
"""After this part of the steps the learning rate drops to this factor, which settles details."""


@dataclass(frozen=True)
class Goal:
    """What a picture is painted towards."""

    parts: Sequence[SubPrompt]
    texts: Tensor
    """Their embeddings, [len(parts), d]."""
    settings: Settings
    augmentation: Augmentation = field(default_factory=Augmentation)


class Loop:
    """The state of one painting: latent, optimiser, random numbers, last frame."""

    def __init__(
        self, vqgan: VQGAN, clip: Clip, goal: Goal, z: Tensor, generator: torch.Generator
    ) -> None:
        self.vqgan = vqgan
        self.clip = clip
        self.goal = goal
        self.generator = generator
        self.effort = Effort()
        self.losses: list[float] = []
        self.frame: Tensor | None = None
        """The last frame looked at, [1, 3, H, W] in [0, 1]."""
        codes = vqgan.codebook
        self._low = codes.amin(0).view(1, -1, 1, 1)
        self._high = codes.amax(0).view(1, -1, 1, 1)
        self._begin(z, z)

    def _begin(self, z: Tensor, start: Tensor) -> None:
        self.z = z.detach().float().clone().requires_grad_()
        self.start = start.detach().float().clone()
        self.optimiser = torch.optim.Adam([self.z], lr=self.goal.settings.learning_rate)

    @property
    def step_number(self) -> int:
        """Steps done."""
        return len(self.losses)

    def step(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Move the latent once; False where interrupted before it moved.

        Raises NotANumberError where loss or gradient is none, with the latent as it was.
        """
        random_state = self.generator.get_state()
        try:
            loss = self._gradient(interrupted)
        except BaseException:
            # A step that failed is repeated with the same cutouts.
            self.generator.set_state(random_state)
            raise
        if loss is None or self.z.grad is None:
            self.generator.set_state(random_state)
            return False
        if not (math.isfinite(loss) and bool(self.z.grad.isfinite().all())):
            self.generator.set_state(random_state)
            raise NotANumberError(f"The loss is {loss} at step {self.step_number + 1}")
        settings = self.goal.settings
        late = self.step_number >= LAST_PART * settings.steps
        self.optimiser.param_groups[0]["lr"] = settings.learning_rate * (LAST_RATE if late else 1)
        self.optimiser.step()
        with torch.no_grad():
            self.z.clamp_(self._low, self._high)
        self.losses.append(loss)
        return True

    def decode(self) -> Tensor:
        """Return the frame of the latent as it is now, [1, 3, H, W] in [0, 1]."""
        with torch.no_grad():
            self.frame = self._decode().clamp(0, 1)
        return self.frame

    def _decode(self) -> Tensor:
        z_q, _ = self.vqgan.quantize(self.z)
        with self._precision():
            twice = self.effort.checkpoint and torch.is_grad_enabled()
            y: Tensor = (
                checkpoint(self.vqgan.decode, z_q, use_reentrant=False)
                if twice
                else self.vqgan.decode(z_q)
            )
        return (y.float() + 1) / 2

    def _precision(self) -> torch.autocast:
        half = self.effort.precision == "bfloat16"
        return torch.autocast(self.z.device.type, torch.bfloat16, enabled=half)

    def _gradient(self, interrupted: Callable[[], bool]) -> float | None:
        """Leave the gradient in z.grad and return the loss; None where interrupted."""
        self.optimiser.zero_grad(set_to_none=True)
        raw = self._decode()
        # The frame is a leaf of its own: CLIP's activations are gone before the decoder's are
        # needed, and cutouts can be looked at group by group.
        frame = raw.detach().clamp(0, 1).requires_grad_()
        self.frame = frame.detach()
        n = self.goal.settings.cutouts
        height, width = frame.shape[2:]
        drawn = cutouts.draw(n, width, height, self.goal.augmentation, self.generator)
        size = math.ceil(n / self.effort.chunks)
        total = 0.0
        for begin in range(0, n, size):
            if interrupted():
                return None
            chunk = drawn.chunk(begin, min(n, begin + size))
            with self._precision():
                views = cutouts.cut(frame, chunk, self.clip.input_resolution)
                images = self.clip.encode_image(views)
            loss = prompt_loss(images, self.goal.texts, self.goal.parts) * len(chunk) / n
            torch.autograd.backward(loss)
            total += float(loss.detach())
        if interrupted() or frame.grad is None:
            return None
        torch.autograd.backward(raw, clamped_gradient(frame.grad, raw.detach()))
        return total + self._anchor()

    def _anchor(self) -> float:
        """Add the pull towards the first latent; return its loss."""
        weight = self.goal.settings.anchor
        if not weight:
            return 0.0
        loss = weight * functional.mse_loss(self.z, self.start)
        torch.autograd.backward(loss)
        return float(loss.detach())

    def use(self, effort: Effort) -> None:
        """Go on with another effort; a smaller picture keeps what is painted, scaled."""
        shrink = effort.scale / self.effort.scale
        self.effort = effort
        self.frame = None
        self.optimiser.zero_grad(set_to_none=True)
        if shrink < 1:
            size = [max(1, round(side * shrink)) for side in self.z.shape[2:]]
            smaller = [functional.interpolate(t.detach(), size) for t in (self.z, self.start)]
            self._begin(*smaller)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint needs: tensors, numbers and text only."""
        return {
            "z": self.z.detach(),
            "start": self.start,
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "losses": list(self.losses),
            "effort": vars(self.effort),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where state() was taken."""
        device = self.z.device
        self._begin(state["z"].to(device), state["start"].to(device))
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        self.losses = list(state["losses"])
        self.effort = Effort(**state["effort"])
