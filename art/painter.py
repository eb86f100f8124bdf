"""Painting a prompt from the first frame to the saved picture.

from mused.art import paint
paint("a boat on a lake at sunset").save(Path("boat.png"))
"""

import dataclasses
import secrets
from pathlib import Path

import torch

from mused.art.clip import Clip
from mused.art.errors import SettingsError, WeightsError
from mused.art.painting import Painting
from mused.art.picture import Picture, Weights
from mused.art.progress import Watch
from mused.art.prompt import Prompt, parse
from mused.art.record import Networks
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.art.weights import load_clip, load_vqgan, sha256

BUNDLED = Path(__file__).parent / "bundled"


class Painter:
    """The loaded networks, for one painting after another."""

    def __init__(
        self, vqgan: VQGAN, clip: Clip, vqgan_weights: Weights, clip_weights: Weights
    ) -> None:
        self.networks = Networks(
            vqgan.requires_grad_(requires_grad=False).eval(),
            clip.requires_grad_(requires_grad=False).eval(),
            vqgan_weights,
            clip_weights,
        )
        self.threads = torch.get_num_threads()

    @classmethod
    def load(cls, settings: Settings) -> "Painter":
        """Load the weights the settings name. Raises WeightsError."""
        device = _device(settings)
        vqgan = settings.vqgan or _bundled("vqgan")
        clip = settings.clip or _bundled("clip")
        return cls(
            load_vqgan(vqgan).to(device),
            load_clip(clip).to(device),
            Weights(vqgan.name, sha256(vqgan)),
            Weights(clip.name, sha256(clip)),
        )

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
        parsed = parse(prompt) if isinstance(prompt, str) else prompt
        torch.set_num_threads(settings.threads or self.threads)
        return Painting(self.networks, parsed, settings, watch or Watch()).run()


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
