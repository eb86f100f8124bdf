"""One painting from its first frame to its recipe."""

import dataclasses
import gc
import hashlib
import json
import logging
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

import mused
from mused.art import checkpoint, starts
from mused.art.clip import Clip
from mused.art.errors import DiskError, NotANumberError, OutOfMemoryError
from mused.art.loop import Goal, Loop
from mused.art.memory import Effort, is_out_of_memory
from mused.art.picture import Picture, Recipe, StopReason, Weights
from mused.art.progress import Progress, Watch
from mused.art.prompt import Prompt
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.art.weights import sha256

log = logging.getLogger(__name__)

CURVE = 100
"""Losses a recipe keeps."""


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
        self.identity = ""
        self.before = 0.0
        """Seconds spent before an interruption."""
        self.started = time.monotonic()
        self.timed: tuple[float, int] | None = None
        """When the first step of this run ended, and how many were done then."""
        self.previewed = self.saved = self.started

    def run(self) -> Picture:
        """Paint; see Painter.paint."""
        # The very first thing: what is drawn before the seed cannot be repeated.
        generator = torch.Generator().manual_seed(self.settings.seed or 0)
        f = self.networks.vqgan.config.factor
        size = (max(f, self.settings.width // f * f), max(f, self.settings.height // f * f))
        begun = starts.begin(self.prompt, self.settings, self.networks.vqgan, size, generator)
        self.sketched = begun.sketched
        if begun.unknown:
            words = ", ".join(begun.unknown)
            self.notices.append(f"The sketch does not know: {words}; they are left to CLIP.")
        self.identity = self._identity()
        loop = self._loop(begun.z, generator)
        self._resume(loop)
        self.watch.on_start(loop.step_number)
        reason = self._steps(loop)
        if reason == "finished":
            loop.decode()
        return self._picture(loop, reason)

    def _loop(self, z: Tensor, generator: torch.Generator) -> Loop:
        clip = self.networks.clip
        texts = [part.text for part in self.prompt.parts]
        for text in texts:
            kept = clip.tokenizer.fit(text)
            if kept != text:
                self._notice(f'The prompt is too long for CLIP and was read up to "{kept}".')
            unknown = clip.tokenizer.unknown_words(kept)
            if unknown:
                self._notice(f"This CLIP does not know: {', '.join(unknown)}.")
        with torch.no_grad():
            goal = Goal(self.prompt.parts, clip.encode_text(texts), self.settings)
        loop = Loop(self.networks.vqgan, clip, goal, z, generator)
        loop.effort = Effort(precision=_precision(self.settings, self.networks.device))
        return loop

    def _notice(self, words: str) -> None:
        log.warning("%s", words)
        self.notices.append(words)

    def _steps(self, loop: Loop) -> StopReason:
        while loop.step_number < self.settings.steps:
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
        return "finished"

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
        if self.timed is None:
            # The first step warms caches up and would spoil the estimate.
            self.timed = (now, loop.step_number)
        elif loop.step_number > self.timed[1]:
            pace = (now - self.timed[0]) / (loop.step_number - self.timed[1])
            left = pace * (self.settings.steps - loop.step_number)
        if self.watch.checkpoint and now - self.saved >= self.watch.checkpoint_seconds:
            self._keep(loop)
        picture = self._frozen(loop)
        self.watch.on_progress(
            Progress(
                loop.step_number,
                self.settings.steps,
                loop.losses[-1],
                left,
                image,
                picture,
            )
        )

    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.started

    def _identity(self) -> str:
        """Name what is painted and how, so that only the same painting is taken up again."""
        parts = [
            self.prompt.text,
            self.settings.plain(),
            self.networks.vqgan_weights.sha256,
            self.networks.clip_weights.sha256,
            _versions(),
            sha256(self.settings.start_picture) if self.settings.start_picture else None,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _keep(self, loop: Loop) -> None:
        if self.watch.checkpoint is None:
            return
        self.saved = time.monotonic()
        state = {"seconds": self._seconds(), "notices": self.notices, "loop": loop.state()}
        try:
            checkpoint.write(self.watch.checkpoint, self.identity, state)
        except DiskError as error:
            # Without checkpoints the picture still gets painted.
            log.warning("%s", error)

    def _resume(self, loop: Loop) -> None:
        if self.watch.checkpoint is None:
            return
        state = checkpoint.read(self.watch.checkpoint, self.identity)
        if state is not None:
            loop.restore(state["loop"])
            self.before = state["seconds"]
            self.notices = list(state["notices"])
            log.info("going on at step %d", loop.step_number)

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
            job=self.watch.job,
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


def _image(frame: Tensor) -> Image.Image:
    """Return a frame [1, 3, H, W] in [0, 1] as 8-bit RGB."""
    pixels = (frame[0].permute(1, 2, 0).float() * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(pixels.numpy())
