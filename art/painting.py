"""One painting from its first frame to its recipe."""

import dataclasses
import gc
import logging
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from mused.art import checkpoint, starts, sweep
from mused.art.errors import DiskError, NotANumberError, OutOfMemoryError
from mused.art.goal import read_goal
from mused.art.loop import Loop
from mused.art.memory import Effort, is_out_of_memory
from mused.art.picture import Picture, StopReason
from mused.art.progress import Progress, Watch
from mused.art.prompt import Prompt
from mused.art.record import Networks, Record
from mused.art.schedule import chapter_begin, is_flat, moment
from mused.art.settings import Settings

log = logging.getLogger(__name__)


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
        self.record = Record(networks, prompt, settings)
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
        loop = self._begin(kept["seed"] if kept else settings.seed or 0)
        if kept is not None:
            self.tried = kept["tried"]
            self.notices, self.before = list(kept["notices"]), kept["seconds"]
            loop.restore(kept["loop"])
            log.info("going on at step %d", loop.step_number)
        self.watch.on_start(self.tried + loop.step_number)
        if settings.sweep > 1 and settings.steps and kept is None:
            self.trying = True
            loop = sweep.best_start(loop, settings, self._begin, self._try_out)
            self.trying, self.tried = False, sweep.spare_steps(settings)
        reason = self._steps(loop, settings.steps)
        if reason != "cancelled":
            loop.decode()
        elif self.watch.leaving():
            self._keep(loop)
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
        goal, notices = read_goal(self.prompt, settings, clip, full)
        for notice in (*starts.undrawn(begun.unknown), *notices):
            self._notice(notice)
        loop = Loop(vqgan, clip, goal, begun.z, generator)
        loop.sketched = begun.sketched
        loop.effort = Effort(precision=_precision(settings, self.networks.device))
        return loop

    def _try_out(self, loop: Loop, spent: int) -> bool:
        """Paint one of several starts for a while; False where cancelled."""
        self.tried = spent
        return self._steps(loop, sweep.trial_steps(self.settings)) != "cancelled"

    def _notice(self, words: str) -> None:
        if words not in self.notices:
            log.warning("%s", words)
            self.notices.append(words)

    def _steps(self, loop: Loop, upto: int) -> StopReason:
        while loop.step_number < upto:
            if self.watch.cancelled():
                return "cancelled"
            # Before a step and not after one: a painting may go on from a checkpoint of its end.
            if is_flat(loop.losses[self._last_turn :], self.settings.patience):
                return "flat"
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
        done = self.tried + loop.step_number
        steps = self.settings.steps + sweep.spare_steps(self.settings)
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

    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.started

    def _keep(self, loop: Loop) -> None:
        # Starts that are only tried are tried again.
        if self.watch.checkpoint is None or self.trying:
            return
        self.saved = time.monotonic()
        state = {
            "seconds": self._seconds(),
            "notices": self.notices,
            "seed": loop.seed,
            "tried": self.tried,
            "loop": loop.state(),
        }
        try:
            checkpoint.write(self.watch.checkpoint, self.record.identity, state)
        except DiskError as error:
            # Without checkpoints the picture still gets painted.
            log.warning("%s", error)

    def _kept(self) -> dict[str, Any] | None:
        """Return what an interrupted run of this painting kept."""
        if self.watch.checkpoint is None:
            return None
        return checkpoint.read(self.watch.checkpoint, self.record.identity)

    def _picture(self, loop: Loop, reason: StopReason) -> Picture:
        return self._frozen(loop, reason)()

    def _frozen(self, loop: Loop, reason: StopReason = "cancelled") -> Callable[[], Picture]:
        """Return a picture of now that may be made later and by another thread."""
        frame = loop.decode() if loop.frame is None else loop.frame
        recipe = self.record.recipe(
            loop,
            reason,
            size=(frame.shape[3], frame.shape[2]),
            seconds=self._seconds(),
            notices=self.notices,
            job=self.watch.job,
        )
        return lambda: Picture(_image(frame), recipe)


def _image(frame: Tensor) -> Image.Image:
    """Return a frame [1, 3, H, W] in [0, 1] as 8-bit RGB."""
    pixels = (frame[0].permute(1, 2, 0).float() * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(pixels.numpy())
