"""What a recipe says of the painting that a picture comes from, and what names that painting."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

import mused
from mused.art.clip import Clip
from mused.art.draft import draughtsman
from mused.art.loop import Loop
from mused.art.picture import Recipe, StopReason, Weights
from mused.art.prompt import Prompt
from mused.art.reading import content_of
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN

CURVE = 100
"""Losses a recipe keeps."""


@dataclass(frozen=True)
class Networks:
    """What paints."""

    vqgan: VQGAN
    clip: Clip
    vqgan_weights: Weights
    clip_weights: Weights
    more_clips: Sequence[tuple[Clip, Weights]] = ()
    """Those that guide beside the first one."""

    @property
    def clips(self) -> tuple[Clip, ...]:
        """All that guide."""
        return (self.clip, *(clip for clip, _ in self.more_clips))

    @property
    def small_clip(self) -> bool:
        """Whether one of them is as small as mused's own, which know a few words only."""
        return any(clip.config.tokens is not None for clip in self.clips)

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.vqgan.codebook.device


class Record:
    """What holds for a painting from its beginning. Raises PictureError and WeightsError."""

    def __init__(self, networks: Networks, prompt: Prompt, settings: Settings) -> None:
        self.networks = networks
        self.prompt = prompt
        self.settings = settings
        self.files: Mapping[str, str] = {str(path): content_of(path) for path in settings.files}
        """The pictures it is painted from, each with its SHA-256."""
        self.drafter: Weights | None = None
        if settings.start == "draft":
            self.drafter = draughtsman(settings.drafter, settings.vqgan).weights

    @property
    def identity(self) -> str:
        """Names what is painted and how, so that only the same painting is taken up again."""
        parts = [
            self.prompt.text,
            self.prompt.understood,
            self.settings.plain(),
            self.networks.vqgan_weights.sha256,
            self.networks.clip_weights.sha256,
            *(weights.sha256 for _, weights in self.networks.more_clips),
            self.drafter and self.drafter.sha256,
            _versions(),
            self.files,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def recipe(
        self,
        loop: Loop,
        reason: StopReason,
        *,
        size: tuple[int, int],
        seconds: float,
        notices: Sequence[str],
        job: str | None,
        at_once: int,
    ) -> Recipe:
        """Return the recipe of the frame of size (width, height) that a loop has come to."""
        stride = max(1, -(-len(loop.losses) // CURVE))
        return Recipe(
            prompt=self.prompt.text,
            understood=self.prompt.understood,
            settings=self.settings,
            width=size[0],
            height=size[1],
            steps_done=loop.step_number,
            stop_reason=reason,
            vqgan=self.networks.vqgan_weights,
            clip=self.networks.clip_weights,
            more_clips=tuple(weights for _, weights in self.networks.more_clips),
            device=_device_name(self.networks.device),
            precision=loop.effort.precision,
            threads=torch.get_num_threads(),
            versions=_versions(),
            seconds=round(seconds, 3),
            losses=tuple(round(loss, 5) for loss in loop.losses[::stride]),
            start=self.settings.start,
            sketched=loop.sketched,
            unknown=loop.unknown,
            notices=tuple(notices),
            files=self.files,
            seed_chosen=loop.seed if self.settings.sweep > 1 else None,
            job=job,
            drafter=self.drafter,
            at_once=at_once,
        )


def _versions() -> dict[str, str]:
    return {
        "mused": mused.__version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return f"cpu: {platform.machine()}"
