"""The VQGAN-CLIP loop: a latent follows CLIP's gradient (Crowson et al., 2022).

What a painting is between two steps: latent, optimiser, moving average. See `step` for a step.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from mused.art import frozen
from mused.art.goal import Chapter, Goal
from mused.art.memory import Effort
from mused.art.optimisers import OPTIMISERS
from mused.art.schedule import Moment, moment
from mused.art.starts import encode, encode_pixels
from mused.art.vqgan import VQGAN


class Loop:
    """The state of one painting: latent, optimiser, random numbers, last frame."""

    def __init__(self, vqgan: VQGAN, goal: Goal, z: Tensor, generator: torch.Generator) -> None:
        self.vqgan = vqgan
        self.goal = goal
        self.generator = generator
        self.effort = Effort()
        self.losses: list[float] = []
        self.frame: Tensor | None = None
        """The last frame looked at, [1, 3, H, W] in [0, 1]."""
        self.sketched: tuple[str, ...] = ()
        """What the scene painter drew into the start."""
        self.unknown: tuple[str, ...] = ()
        """Words of the prompt that neither the start nor any CLIP knows."""
        codes = vqgan.codebook
        self._turned = -1
        """The last step before which chapter, size and optimiser were looked after."""
        self._low = codes.amin(0).view(1, -1, 1, 1)
        self._high = codes.amax(0).view(1, -1, 1, 1)
        self._begin(z, z)

    def _begin(self, z: Tensor, start: Tensor) -> None:
        self.z = z.detach().float().clone().requires_grad_()
        self.start = start.detach().float().clone()
        self.summed = torch.zeros_like(self.start)
        """The moving average of the latent, before its bias is corrected."""
        self.averaged = 0
        """How many latents are in it."""
        self._renew_optimiser()

    def _renew_optimiser(self) -> None:
        settings = self.goal.settings
        self.optimiser = OPTIMISERS[settings.optimiser]([self.z], lr=settings.rate)

    @property
    def seed(self) -> int:
        """The seed of the start and of all that is drawn after it."""
        return self.goal.settings.seed or 0

    @property
    def step_number(self) -> int:
        """Steps done."""
        return len(self.losses)

    @property
    def kind(self) -> tuple[object, ...]:
        """What loops have in common that can share a step."""
        settings = self.goal.settings
        small = moment(settings, len(self.goal.chapters), self.step_number).small
        size = (settings.width, settings.height, small)
        return (*size, settings.cutouts, settings.deterministic, self.effort)

    def move(self, now: Moment, loss: float) -> None:
        """Follow the gradient in z.grad, which is that of a loss."""
        self.optimiser.param_groups[0]["lr"] = now.learning_rate
        self.optimiser.step()
        with torch.no_grad():
            if self.goal.chapters[now.chapter].sketch is not None:
                self.z.lerp_(self.start, now.crossing)
            self.z.clamp_(self._low, self._high)
            decay = self.goal.settings.average
            self.summed.mul_(decay).add_(self.z, alpha=1 - decay)
        self.averaged += 1
        self.losses.append(loss)

    def turn(self) -> Moment:
        """Begin a chapter, the full size or the anchor's next stair where the step is its first."""
        settings, chapters = self.goal.settings, self.goal.chapters
        now = moment(settings, len(chapters), self.step_number)
        if self.step_number in (0, self._turned):
            return now
        before = moment(settings, len(chapters), self.step_number - 1)
        if before.small and not now.small:
            z = self._enlarged()
            self._begin(z, self._held_to(chapters[now.chapter], z))
        elif before.chapter != now.chapter:
            self._begin(self.z, self._held_to(chapters[now.chapter], self.z))
        elif before.stair != now.stair:
            self._renew_optimiser()
        self._turned = self.step_number
        return now

    def _enlarged(self) -> Tensor:
        """Return the codes of the picture as it is now at twice its size."""
        f = self.vqgan.config.factor
        scale = self.effort.scale
        sides = [self.goal.settings.height, self.goal.settings.width]
        size = [max(1, round(side // f * scale)) * f for side in sides]
        frame = functional.interpolate(self.decode(), size, mode="bicubic").clamp(0, 1)
        return encode_pixels(self.vqgan, frame * 2 - 1)

    def _held_to(self, chapter: Chapter, z: Tensor) -> Tensor:
        """Return the codes a chapter is held to that begins at z."""
        if chapter.sketch is None:
            return z
        height, width = (side * self.vqgan.config.factor for side in z.shape[2:])
        return encode(self.vqgan, chapter.sketch.resize((width, height)))

    def decode(self) -> Tensor:
        """Return the frame of the latent as it is now or on average, [1, 3, H, W] in [0, 1]."""
        with torch.no_grad():
            self.frame = decoded(self.vqgan, self.latent(), self.effort).clamp(0, 1)
        return self.frame

    def latent(self) -> Tensor:
        """Return the latent to show, the moving average where one is asked for."""
        decay = self.goal.settings.average
        if not (decay and self.averaged):
            return self.z
        return self.summed / (1 - decay**self.averaged)

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
            "summed": self.summed,
            "averaged": self.averaged,
            "losses": list(self.losses),
            "effort": vars(self.effort),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where state() was taken."""
        device = self.z.device
        self._begin(state["z"].to(device), state["start"].to(device))
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        self.summed, self.averaged = state["summed"].to(device), state["averaged"]
        self.losses = list(state["losses"])
        self.effort = Effort(**state["effort"])


def decoded(vqgan: VQGAN, z: Tensor, effort: Effort) -> Tensor:
    """Return the frames of latents z, [B, 3, H, W], that may leave [0, 1] a little."""
    z_q, _ = vqgan.quantize(z)
    how = vqgan, z_q, effort.precision
    twice = effort.checkpoint and torch.is_grad_enabled()
    y: Tensor = (
        checkpoint(frozen.decode, *how, use_reentrant=False) if twice else frozen.decode(*how)
    )
    return (y + 1) / 2
