"""Painting a prompt from the first frame to the saved picture.

from mused.art import paint
paint("a boat on a lake at sunset").save(Path("boat.png"))
"""

import dataclasses
import gc
import hashlib
import json
import logging
import platform
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

import mused
from mused.art import checkpoint, starts
from mused.art.clip import Clip
from mused.art.errors import (
    DiskError,
    NotANumberError,
    OutOfMemoryError,
    SettingsError,
    WeightsError,
)
from mused.art.loop import Goal, Loop
from mused.art.memory import Effort, is_out_of_memory
from mused.art.picture import Picture, Recipe, StopReason, Weights
from mused.art.prompt import Prompt, parse
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.art.weights import load_clip, load_vqgan, sha256

log = logging.getLogger(__name__)

BUNDLED = Path(__file__).parent / "bundled"
CURVE = 100
"""Losses a recipe keeps."""


@dataclass(frozen=True)
class Progress:
    """How far a painting is."""

    step: int
    steps: int
    loss: float
    seconds_left: float | None
    """None until the first step was timed."""
    image: Image.Image | None
    """The frame before this step, where a preview was due."""


@dataclass(frozen=True)
class Watch:
    """What a caller wants to see of a painting, and how it stops one."""

    on_start: Callable[[int], None] = lambda step: None
    """Told once, before the first step, how many were done before an interruption."""
    on_progress: Callable[[Progress], None] = lambda progress: None
    cancelled: Callable[[], bool] = lambda: False
    """Asked between the parts of every step."""
    preview_seconds: float | None = None
    """How often a Progress carries an image; None: never."""
    checkpoint: Path | None = None
    """Where the state is kept, and taken up again when it is of the same painting."""
    checkpoint_seconds: float = 5.0
    job: str | None = None
    """Written into the recipe."""


class Painter:
    """The loaded networks, for one painting after another."""

    def __init__(
        self, vqgan: VQGAN, clip: Clip, vqgan_weights: Weights, clip_weights: Weights
    ) -> None:
        self.vqgan = vqgan.requires_grad_(requires_grad=False).eval()
        self.clip = clip.requires_grad_(requires_grad=False).eval()
        self.vqgan_weights = vqgan_weights
        self.clip_weights = clip_weights

    @classmethod
    def load(cls, settings: Settings) -> "Painter":
        """Load the weights the settings name. Raises WeightsError."""
        vqgan = settings.vqgan or _bundled("vqgan")
        clip = settings.clip or _bundled("clip")
        painter = cls(
            load_vqgan(vqgan),
            load_clip(clip),
            Weights(vqgan.name, sha256(vqgan)),
            Weights(clip.name, sha256(clip)),
        )
        device = _device(settings)
        painter.vqgan.to(device)
        painter.clip.to(device)
        return painter

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.vqgan.codebook.device

    def paint(
        self, prompt: Prompt | str, settings: Settings | None = None, watch: Watch | None = None
    ) -> Picture:
        """Paint a prompt.

        Cancelled, it returns the last frame; the recipe says so. Raises PromptError,
        PictureError, OutOfMemoryError and NotANumberError.
        """
        settings = settings or Settings()
        if settings.seed is None:
            settings = dataclasses.replace(settings, seed=secrets.randbelow(2**31))
        return _Painting(
            self,
            parse(prompt) if isinstance(prompt, str) else prompt,
            settings,
            watch or Watch(),
        ).run()


def paint(
    prompt: Prompt | str, settings: Settings | None = None, watch: Watch | None = None
) -> Picture:
    """Load the weights and paint one prompt; Painter keeps them for several."""
    settings = settings or Settings()
    return Painter.load(settings).paint(prompt, settings, watch)


def _bundled(name: str) -> Path:
    path = BUNDLED / f"{name}.safetensors"
    if not path.is_file():
        raise WeightsError(
            f"The weights {path} are missing: run `mused train {name}`, or name others "
            f'with the setting "{name}".'
        )
    return path


def _device(settings: Settings) -> torch.device:
    if settings.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(settings.device)
    except RuntimeError as error:
        raise SettingsError(f"device = {settings.device!r} is unknown to torch") from error
    if device.type not in {"cpu", "cuda"}:
        raise SettingsError(f'device = {settings.device!r}: only "cpu" and "cuda" paint')
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(f"device = {settings.device!r}, but torch sees no GPU")
    return device


def _precision(settings: Settings, device: torch.device) -> str:
    if settings.precision != "auto":
        return settings.precision
    half = device.type == "cuda" and torch.cuda.is_bf16_supported()
    return "bfloat16" if half else "float32"


class _Painting:
    """One painting under way."""

    def __init__(self, painter: Painter, prompt: Prompt, settings: Settings, watch: Watch) -> None:
        self.painter = painter
        self.prompt = prompt
        self.settings = settings
        self.watch = watch
        self.notices: list[str] = []
        self.before = 0.0
        """Seconds spent before an interruption."""
        self.started = time.monotonic()
        self.timed: tuple[float, int] | None = None
        """When the first step of this run ended, and how many were done then."""
        self.previewed = self.saved = self.started

    def run(self) -> Picture:
        if self.settings.threads:
            torch.set_num_threads(self.settings.threads)
        # The very first thing: what is drawn before the seed cannot be repeated.
        generator = torch.Generator().manual_seed(self.settings.seed or 0)
        f = self.painter.vqgan.config.factor
        size = (max(f, self.settings.width // f * f), max(f, self.settings.height // f * f))
        begun = starts.begin(self.prompt, self.settings, self.painter.vqgan, size, generator)
        loop = self._loop(begun.z, generator)
        self._resume(loop)
        self.watch.on_start(loop.step_number)
        reason = self._steps(loop)
        if self.watch.checkpoint and reason == "finished":
            self._keep(loop)
        frame = loop.frame if reason == "cancelled" else None
        image = _image(loop.decode() if frame is None else frame)
        return Picture(image, self._recipe(loop, reason, image, begun.sketched))

    def _loop(self, z: Tensor, generator: torch.Generator) -> Loop:
        clip = self.painter.clip
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
        loop = Loop(self.painter.vqgan, clip, goal, z, generator)
        loop.effort = Effort(precision=_precision(self.settings, self.painter.device))
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
                loop.use(dataclasses.replace(loop.effort, precision="float32"))
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
        if self.painter.device.type == "cuda":
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
        self.watch.on_progress(
            Progress(loop.step_number, self.settings.steps, loop.losses[-1], left, image)
        )

    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.started

    def _identity(self) -> str:
        """Name what is painted and how, so that only the same painting is taken up again."""
        parts = [
            self.prompt.text,
            self.settings.plain(),
            self.painter.vqgan_weights.sha256,
            self.painter.clip_weights.sha256,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _keep(self, loop: Loop) -> None:
        if self.watch.checkpoint is None:
            return
        self.saved = time.monotonic()
        state = {"seconds": self._seconds(), "notices": self.notices, "loop": loop.state()}
        try:
            checkpoint.write(self.watch.checkpoint, self._identity(), state)
        except DiskError as error:
            # Without checkpoints the picture still gets painted.
            log.warning("%s", error)

    def _resume(self, loop: Loop) -> None:
        if self.watch.checkpoint is None:
            return
        state = checkpoint.read(self.watch.checkpoint, self._identity())
        if state is not None:
            loop.restore(state["loop"])
            self.before = state["seconds"]
            self.notices = list(state["notices"])
            log.info("going on at step %d", loop.step_number)

    def _recipe(
        self, loop: Loop, reason: StopReason, image: Image.Image, sketched: tuple[str, ...]
    ) -> Recipe:
        stride = max(1, -(-len(loop.losses) // CURVE))
        return Recipe(
            prompt=self.prompt.text,
            settings=self.settings,
            width=image.width,
            height=image.height,
            steps_done=loop.step_number,
            stop_reason=reason,
            vqgan=self.painter.vqgan_weights,
            clip=self.painter.clip_weights,
            device=_device_name(self.painter.device),
            precision=loop.effort.precision,
            threads=torch.get_num_threads(),
            versions={
                "mused": mused.__version__,
                "torch": torch.__version__,
                "python": platform.python_version(),
            },
            seconds=round(self._seconds(), 3),
            losses=tuple(round(loss, 5) for loss in loop.losses[::stride]),
            start=self.settings.start,
            sketched=sketched,
            notices=tuple(self.notices),
            job=self.watch.job,
        )


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return f"cpu: {platform.machine()}"


def _image(frame: Tensor) -> Image.Image:
    """Return a frame [1, 3, H, W] in [0, 1] as 8-bit RGB."""
    pixels = (frame[0].permute(1, 2, 0).float() * 255).round().to("cpu", torch.uint8)
    return Image.fromarray(pixels.numpy())
