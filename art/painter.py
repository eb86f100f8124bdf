"""Painting a prompt from the first frame to the saved picture.

from mused.art import paint
paint("a boat on a lake at sunset").save(Path("boat.png"))
"""

import dataclasses
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from mused.art.batch import Batch, how_many
from mused.art.clip import Clip
from mused.art.determinism import deterministic
from mused.art.errors import SettingsError
from mused.art.painting import Painting
from mused.art.picture import Picture, Weights
from mused.art.progress import Watch
from mused.art.prompt import Prompt, parse
from mused.art.record import Networks
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.art.weights import bundled, load_clip, load_vqgan, sha256

Wish = tuple[Prompt | str, Settings]
"""What is to be painted and how."""
Watching = Callable[[int], Watch]


def unwatched(index: int) -> Watch:
    """Nobody looks at any of them."""
    return Watch()


class Painter:
    """The loaded networks, for one painting after another."""

    def __init__(
        self,
        vqgan: VQGAN,
        clip: Clip,
        vqgan_weights: Weights,
        clip_weights: Weights,
        more_clips: Sequence[tuple[Clip, Weights]] = (),
    ) -> None:
        self.networks = Networks(
            vqgan.requires_grad_(requires_grad=False).eval(),
            clip.requires_grad_(requires_grad=False).eval(),
            vqgan_weights,
            clip_weights,
            [(each.requires_grad_(requires_grad=False).eval(), w) for each, w in more_clips],
        )
        self.threads = torch.get_num_threads()

    @classmethod
    def load(cls, settings: Settings) -> "Painter":
        """Load the weights the settings name. Raises WeightsError."""
        device = _device(settings)
        vqgan = settings.vqgan or bundled("vqgan")
        paths = settings.clips or (bundled("clip"),)
        first, *more = [(load_clip(path).to(device), _weights(path)) for path in paths]
        return cls(load_vqgan(vqgan).to(device), first[0], _weights(vqgan), first[1], more)

    def paint(
        self, prompt: Prompt | str, settings: Settings | None = None, watch: Watch | None = None
    ) -> Picture:
        """Paint a prompt.

        Cancelled, it returns the last frame; the recipe says so. Raises PromptError,
        PictureError, WeightsError (of a drafter), OutOfMemoryError, NotANumberError and
        DeviceLostError.
        """
        watch = watch or Watch()
        return self.paint_many([(prompt, settings or Settings())], lambda _: watch)[0]

    def paint_many(self, wishes: Sequence[Wish], watch: Watching = unwatched) -> list[Picture]:
        """Paint several prompts, or one with several seeds; on a GPU they share their steps.

        watch: returns what is to be seen of the picture of an index, and how it is stopped. Each
        comes out as if it was painted alone, up to the last bits of floating-point numbers. The
        settings of all must agree in threads, at_once and deterministic. Where one fails, the
        others are painted to their ends before its error is raised. Raises as paint() does.
        """
        paintings = [self._painting(*wish, watch(index)) for index, wish in enumerate(wishes)]
        if not paintings:
            return []
        settings = paintings[0].settings
        if any(_shared(each.settings) != _shared(settings) for each in paintings):
            raise SettingsError(
                "pictures painted together have the same threads, at_once and deterministic"
            )
        pictures: dict[int, Picture] = {}

        def ended(painting: Painting, picture: Picture) -> None:
            pictures[paintings.index(painting)] = picture
            painting.watch.on_picture(picture)

        torch.set_num_threads(settings.threads or self.threads)
        with deterministic(wanted=settings.deterministic):
            Batch(paintings, how_many(settings, self.networks.device)).run(ended)
        return [pictures[index] for index in range(len(paintings))]

    def _painting(self, prompt: Prompt | str, settings: Settings, watch: Watch) -> Painting:
        if settings.seed is None:
            settings = dataclasses.replace(settings, seed=secrets.randbelow(2**31))
        # As numbers in the recipe, whatever later versions choose.
        settings = settings.in_numbers(small=self.networks.small_clip)
        parsed = parse(prompt) if isinstance(prompt, str) else prompt
        return Painting(self.networks, parsed, settings, watch)


def paint(
    prompt: Prompt | str, settings: Settings | None = None, watch: Watch | None = None
) -> Picture:
    """Load the weights and paint one prompt; Painter keeps them for several."""
    settings = settings or Settings()
    return Painter.load(settings).paint(prompt, settings, watch)


def paint_many(wishes: Sequence[Wish], watch: Watching = unwatched) -> list[Picture]:
    """Load the weights that the first wish names and paint all; see Painter.paint_many."""
    if not wishes:
        return []
    return Painter.load(wishes[0][1]).paint_many(wishes, watch)


def _weights(path: Path) -> Weights:
    return Weights(path.name, sha256(path))


def _shared(settings: Settings) -> tuple[object, ...]:
    return settings.threads, settings.at_once, settings.deterministic


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
