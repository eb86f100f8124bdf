"""One painting from its first frame to its recipe."""

import dataclasses
import gc
import hashlib
import json
import logging
import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

import mused
from mused.art import checkpoint, starts
from mused.art.clip import Clip
from mused.art.errors import DiskError, NotANumberError, OutOfMemoryError, PictureError
from mused.art.goal import read_goal
from mused.art.loop import Loop
from mused.art.memory import Effort, is_out_of_memory
from mused.art.picture import Picture, Recipe, StopReason, Weights
from mused.art.progress import Progress, Watch
from mused.art.prompt import Prompt
from mused.art.schedule import chapter_begin, is_flat, moment
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.art.weights import sha256

log = logging.getLogger(__name__)

CURVE = 100
"""Losses a recipe keeps."""
TRIAL = 0.1
"""The part of the steps that each of several starts is tried for."""


@dataclass(frozen=True)
class Networks:
    """What paints."""

    vqgan: VQGAN
    clip: Clip
    vqgan_weights: Weights
    clip_weights: Weights

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.vqgan.codebook.device


def _precision(settings: Settings, device: torch.device) -> str:
    if settings.precision != "auto":
        return settings.precision
    half = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return "bfloat16" if half else "float32"


class Painting:
    """One painting under way."""

    def __init__(
        self, networks: Networks, prompt: Prompt, settings: Settings, watch: Watch
    ) -> None:
        self.networks = networks
        self.prompt = prompt
        self.settings = settings
        self.watch = watch
        self.notices: list[str] = []
        self.sketched: tuple[str, ...] = ()
        self.files = {str(path): _content(path) for path in settings.files}
        self.identity = self._identity()
        self.seed = settings.seed or 0
        """The seed of the start that is painted on."""
        self.tried = 0
        """Steps spent on starts that another one beat."""
        self.trying = False
        self.before = 0.0
        """Seconds spent before an interruption."""
        self.started = time.monotonic()
        self.timed: tuple[float, int] | None = None
        """When the first step of this run ended, and how many were done then."""
        self.previewed = self.saved = self.started

    def run(self) -> Picture:
        """Paint; see Painter.paint."""
        settings = self.settings
        kept = self._kept()
        if kept is not None:
            self.seed, self.tried = kept["seed"], kept["tried"]
        loop = self._begin(self.seed)
        if kept is not None:
            self.notices, self.before = list(kept["notices"]), kept["seconds"]
            loop.restore(kept["loop"])
            log.info("going on at step %d", loop.step_number)
        self.watch.on_start(self.tried + loop.step_number)
        if settings.sweep > 1 and settings.steps and kept is None:
            loop = self._best_of_several(loop)
        reason = self._steps(loop, settings.steps)
        if reason != "cancelled":
            loop.decode()
        return self._picture(loop, reason)

    def _begin(self, seed: int) -> Loop:
        """Return the loop before its first step."""
        # The very first thing: what is drawn before the seed cannot be repeated.
        generator = torch.Generator().manual_seed(seed)
        vqgan, clip = self.networks.vqgan, self.networks.clip
        settings = dataclasses.replace(self.settings, seed=seed)
        f = vqgan.config.factor
        sides = (settings.width // f, settings.height // f)
        full = (max(1, sides[0]) * f, max(1, sides[1]) * f)
        half = (max(1, sides[0] // 2) * f, max(1, sides[1] // 2) * f)
        small = moment(settings, len(self.prompt.chapters), 0).small
        begun = starts.begin(self.prompt, settings, vqgan, half if small else full, generator)
        self.sketched = begun.sketched
        goal, notices = read_goal(self.prompt, settings, clip, full)
        for notice in (*starts.undrawn(begun.unknown), *notices):
            self._notice(notice)
        loop = Loop(vqgan, clip, goal, begun.z, generator)
        loop.effort = Effort(precision=_precision(settings, self.networks.device))
        return loop

    def _best_of_several(self, first: Loop) -> Loop:
        """Paint several starts for a little while each and return the best by its loss."""
        settings = self.settings
        short = max(1, round(TRIAL * settings.steps))
        best, lowest = first, math.inf
        self.trying = True
        for number in range(settings.sweep):
            seed = ((settings.seed or 0) + number) % 2**63
            loop = self._begin(seed) if number else first
            if loop.effort != best.effort:
                loop.use(best.effort)  # memory is as short as it was before
            self.tried = number * short
            if self._steps(loop, short) == "cancelled":
                return loop
            settled = loop.losses[len(loop.losses) // 2 :]
            if (loss := sum(settled) / len(settled)) < lowest:
                best, lowest, self.seed = loop, loss, seed
        self.tried = (settings.sweep - 1) * short
        self.trying = False
        return best

    def _notice(self, words: str) -> None:
        if words not in self.notices:
            log.warning("%s", words)
            self.notices.append(words)

    def _steps(self, loop: Loop, upto: int) -> StopReason:
        while loop.step_number < upto:
            if self.watch.cancelled():
                return "cancelled"
            try:
                if not loop.step(self.watch.cancelled):
                    return "cancelled"
            except NotANumberError:
                if loop.effort.precision == "float32":
                    raise
                self._notice("bfloat16 lost the numbers: painting on in float32.")
                loop.use(dataclasses.replace(loop.effort, precision="float32", exact=True))
                continue
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                self._save_memory(loop, error)
                continue
            self._report(loop)
            if is_flat(loop.losses[self._last_turn :], self.settings.patience):
                return "flat"
        return "finished"

    @property
    def _last_turn(self) -> int:
        """The first step of the last chapter at full size; before it nothing is flat."""
        settings, chapters = self.settings, len(self.prompt.chapters)
        full = math.ceil(settings.progressive * settings.steps)
        return max(full, chapter_begin(settings, chapters, chapters - 1))

    def _save_memory(self, loop: Loop, error: BaseException) -> None:
        """Take the next rung of the memory ladder. Raises OutOfMemoryError at its end."""
        side = min(self.settings.width, self.settings.height)
        effort = loop.effort.thriftier(self.settings.cutouts, side)
        if effort is None:
            raise OutOfMemoryError(
                f"There is not enough memory for {self.settings.width} x {self.settings.height} "
                "pixels with these weights: choose a smaller picture or smaller weights."
            ) from error
        self._notice(f"Memory ran short: {effort}.")
        loop.use(effort)
        gc.collect()
        if self.networks.device.type == "cuda":
            torch.cuda.empty_cache()

    def _report(self, loop: Loop) -> None:
        now = time.monotonic()
        image = None
        due = self.watch.preview_seconds
        if due is not None and loop.frame is not None and now - self.previewed >= due:
            image = _image(loop.frame)
            self.previewed = now
        left = None
        done, steps = self.tried + loop.step_number, self._planned
        if self.timed is None:
            # The first step warms caches up and would spoil the estimate.
            self.timed = (now, done)
        elif done > self.timed[1]:
            pace = (now - self.timed[0]) / (done - self.timed[1])
            left = pace * (steps - done)
        if self.watch.checkpoint and now - self.saved >= self.watch.checkpoint_seconds:
            self._keep(loop)
        picture = self._frozen(loop)
        self.watch.on_progress(
            Progress(
                done,
                steps,
                loop.losses[-1],
                left,
                image,
                picture,
            )
        )

    @property
    def _planned(self) -> int:
        """All steps, those of starts that are only tried included."""
        steps, others = self.settings.steps, self.settings.sweep - 1
        return steps + others * max(1, round(TRIAL * steps))

    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.started

    def _identity(self) -> str:
        """Name what is painted and how, so that only the same painting is taken up again."""
        parts = [
            self.prompt.text,
            self.prompt.understood,
            self.settings.plain(),
            self.networks.vqgan_weights.sha256,
            self.networks.clip_weights.sha256,
            _versions(),
            self.files,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _keep(self, loop: Loop) -> None:
        # Starts that are only tried are tried again.
        if self.watch.checkpoint is None or self.trying:
            return
        self.saved = time.monotonic()
        state = {
            "seconds": self._seconds(),
            "notices": self.notices,
            "seed": self.seed,
            "tried": self.tried,
            "loop": loop.state(),
        }
        try:
            checkpoint.write(self.watch.checkpoint, self.identity, state)
        except DiskError as error:
            # Without checkpoints the picture still gets painted.
            log.warning("%s", error)

    def _kept(self) -> dict[str, Any] | None:
        """Return what an interrupted run of this painting kept."""
        if self.watch.checkpoint is None:
            return None
        return checkpoint.read(self.watch.checkpoint, self.identity)

    def _picture(self, loop: Loop, reason: StopReason) -> Picture:
        return self._frozen(loop, reason)()

    def _frozen(self, loop: Loop, reason: StopReason = "cancelled") -> Callable[[], Picture]:
        """Return a picture of now that may be made later and by another thread."""
        frame = loop.decode() if loop.frame is None else loop.frame
        recipe = self._recipe(loop, reason, frame)
        return lambda: Picture(_image(frame), recipe)

    def _recipe(self, loop: Loop, reason: StopReason, frame: Tensor) -> Recipe:
        stride = max(1, -(-len(loop.losses) // CURVE))
        return Recipe(
            prompt=self.prompt.text,
            understood=self.prompt.understood,
            settings=self.settings,
            width=frame.shape[3],
            height=frame.shape[2],
            steps_done=loop.step_number,
            stop_reason=reason,
            vqgan=self.networks.vqgan_weights,
            clip=self.networks.clip_weights,
            device=_device_name(self.networks.device),
            precision=loop.effort.precision,
            threads=torch.get_num_threads(),
            versions=_versions(),
            seconds=round(self._seconds(), 3),
            losses=tuple(round(loss, 5) for loss in loop.losses[::stride]),
            start=self.settings.start,
            sketched=self.sketched,
            notices=tuple(self.notices),
            files=self.files,
            seed_chosen=self.seed if self.settings.sweep > 1 else None,
            job=self.watch.job,
        )


def _content(path: Path) -> str:
    """Return the SHA-256 of a picture that is painted from. Raises PictureError."""
    try:
        return sha256(path)
    except FileNotFoundError as error:
        raise PictureError(f"There is no picture {path}") from error
    except OSError as error:
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error


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


def _image(frame: Tensor) -> Image.Image:
    """Return a frame [1, 3, H, W] in [0, 1] as 8-bit RGB."""
    pixels = (frame[0].permute(1, 2, 0).float() * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(pixels.numpy())
