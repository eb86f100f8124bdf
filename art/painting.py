"""One painting from its first frame to its recipe."""

import dataclasses
import logging
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from mused.art import checkpoint, starts
from mused.art.errors import DiskError, NotANumberError, OutOfMemoryError
from mused.art.goal import read_goal
from mused.art.loop import Loop
from mused.art.memory import Effort, has_bfloat16
from mused.art.picture import Picture, StopReason
from mused.art.progress import Progress, Watch
from mused.art.prompt import Prompt
from mused.art.record import Networks, Record
from mused.art.schedule import chapter_begin, is_flat, moment
from mused.art.settings import Settings
from mused.art.sweep import Sweep, spare_steps

log = logging.getLogger(__name__)


def _precision(settings: Settings, device: torch.device) -> str:
    if settings.precision != "auto":
        return settings.precision
    return "bfloat16" if has_bfloat16(device) else "float32"


class Painting:
    """One painting under way: begin(), then a step of all that is due() until nothing is.

    Raises PictureError where a picture it is painted from cannot be read.
    """

    loop: Loop
    """What is painted; of several starts the one whose step was the last."""

    def __init__(
        self, networks: Networks, prompt: Prompt, settings: Settings, watch: Watch
    ) -> None:
        self.networks = networks
        self.prompt = prompt
        self.settings = settings
        self.watch = watch
        self.notices: list[str] = []
        self.at_once = 1
        """How many loops shared a step at most."""
        self.reason: StopReason = "cancelled"
        self.record = Record(networks, prompt, settings)
        self._sweep: Sweep | None = None
        """The starts that are tried just now."""
        self._cancelled = False
        self._before = 0.0
        """Seconds spent before an interruption."""
        self._started = 0.0
        self._timed: tuple[float, int] | None = None
        """When the first step of this run ended, and how many were done then."""
        self._previewed = self._saved = 0.0

    def begin(self, at_once: int) -> None:
        """Make the first frame, or take up the last one; try so many starts at once.

        Raises PictureError.
        """
        self._started = self._previewed = self._saved = time.monotonic()
        settings = self.settings
        kept = self._kept()
        self.loop = self._start(kept["seed"] if kept else settings.seed or 0)
        if kept is not None:
            self.notices, self._before = list(kept["notices"]), kept["seconds"]
            self.loop.restore(kept["loop"])
            log.info("going on at step %d", self.loop.step_number)
        elif settings.sweep > 1 and settings.steps:
            self._sweep = Sweep(settings, self._start, at_once)
        self.watch.on_start(self._done)

    def _start(self, seed: int) -> Loop:
        """Return the loop before its first step."""
        # The very first thing: what is drawn before the seed cannot be repeated.
        generator = torch.Generator().manual_seed(seed)
        vqgan = self.networks.vqgan
        settings = dataclasses.replace(self.settings, seed=seed)
        f = vqgan.config.factor
        sides = (settings.width // f, settings.height // f)
        full = (max(1, sides[0]) * f, max(1, sides[1]) * f)
        half = (max(1, sides[0] // 2) * f, max(1, sides[1] // 2) * f)
        small = moment(settings, len(self.prompt.chapters), 0).small
        size, clip = half if small else full, self.networks.clip
        begun = starts.begin(self.prompt, settings, vqgan, clip, size, generator)
        goal, notices = read_goal(self.prompt, settings, self.networks.clips, full)
        for notice in (*begun.notices, *notices):
            self.notice(notice)
        loop = Loop(vqgan, goal, begun.z, generator)
        loop.sketched = begun.sketched
        loop.unknown = tuple(word for word in goal.unknown if word.lower() not in begun.known)
        loop.effort = Effort(precision=_precision(settings, self.networks.device))
        return loop

    def notice(self, words: str) -> None:
        """Tell the person something, once."""
        if words not in self.notices:
            log.warning("%s", words)
            self.notices.append(words)

    def cancelled(self) -> bool:
        """Say whether it is cancelled."""
        self._cancelled = self._cancelled or self.watch.cancelled()
        return self._cancelled

    def due(self) -> list[Loop]:
        """Return the loops whose step is next; none where the painting has ended."""
        if self.cancelled():
            return []
        if self._sweep is not None:
            if loops := self._sweep.due():
                return loops
            self.loop, self._sweep = self._sweep.best(), None
        if self.loop.step_number >= self.settings.steps:
            self.reason = "finished"
            return []
        # Before a step and not after one: a painting may go on from a checkpoint of its end.
        if is_flat(self.loop.losses[self._last_turn :], self.settings.patience):
            self.reason = "flat"
            return []
        return [self.loop]

    @property
    def _last_turn(self) -> int:
        """The first step of the last chapter at full size; before it nothing is flat."""
        settings, chapters = self.settings, len(self.prompt.chapters)
        full = math.ceil(settings.progressive * settings.steps)
        return max(full, chapter_begin(settings, chapters, chapters - 1))

    def lose_numbers(self, loop: Loop) -> None:
        """Go on in float32 after a loss or gradient was none. Raises NotANumberError."""
        if loop.effort.precision == "float32":
            raise NotANumberError(f"The loss is no number at step {loop.step_number + 1}")
        self.notice("bfloat16 lost the numbers: painting on in float32.")
        loop.use(dataclasses.replace(loop.effort, precision="float32", exact=True))

    def save_memory(self, loop: Loop, error: BaseException) -> None:
        """Take the next rung of the memory ladder. Raises OutOfMemoryError at its end."""
        side = min(self.settings.width, self.settings.height)
        effort = loop.effort.thriftier(self.settings.cutouts, side)
        if effort is None:
            raise OutOfMemoryError(
                f"There is not enough memory for {self.settings.width} x {self.settings.height} "
                "pixels with these weights: choose a smaller picture or smaller weights."
            ) from error
        self.notice(f"Memory ran short: {effort}.")
        loop.use(effort)

    @property
    def _done(self) -> int:
        """Steps done, those of starts that another one beat included."""
        if self._sweep is not None:
            return self._sweep.spent
        return self.loop.step_number + (spare_steps(self.settings) if self.settings.steps else 0)

    def moved(self, loop: Loop) -> None:
        """Tell of a step, and keep it."""
        self.loop = loop
        if self._sweep is not None:
            self._sweep.spent += 1
        now, done = time.monotonic(), self._done
        image = None
        due = self.watch.preview_seconds
        if due is not None and loop.frame is not None and now - self._previewed >= due:
            image = _image(loop.frame)
            self._previewed = now
        left = None
        steps = self.settings.steps + spare_steps(self.settings)
        if self._timed is None:
            # The first step warms caches up and would spoil the estimate.
            self._timed = (now, done)
        elif done > self._timed[1]:
            pace = (now - self._timed[0]) / (done - self._timed[1])
            left = pace * (steps - done)
        if self.watch.checkpoint and now - self._saved >= self.watch.checkpoint_seconds:
            self._keep()
        picture = self._frozen()
        self.watch.on_progress(Progress(done, steps, loop.losses[-1], left, image, picture))

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def _keep(self) -> None:
        # Starts that are only tried are tried again.
        if self.watch.checkpoint is None or self._sweep is not None:
            return
        self._saved = time.monotonic()
        state = {
            "seconds": self._seconds(),
            "notices": self.notices,
            "seed": self.loop.seed,
            "loop": self.loop.state(),
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

    def end(self) -> Picture:
        """Return the picture when nothing is due any more."""
        if self.reason != "cancelled":
            self.loop.decode()
        elif self.watch.leaving():
            self._keep()
        return self._frozen(self.reason)()

    def _frozen(self, reason: StopReason = "cancelled") -> Callable[[], Picture]:
        """Return a picture of now that may be made later and by another thread."""
        loop = self.loop
        frame = loop.decode() if loop.frame is None else loop.frame
        recipe = self.record.recipe(
            loop,
            reason,
            size=(frame.shape[3], frame.shape[2]),
            seconds=self._seconds(),
            notices=self.notices,
            job=self.watch.job,
            at_once=self.at_once,
        )
        return lambda: Picture(_image(frame), recipe)


def _image(frame: Tensor) -> Image.Image:
    """Return a frame [1, 3, H, W] in [0, 1] as 8-bit RGB."""
    pixels = (frame[0].permute(1, 2, 0).float() * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(pixels.numpy())
