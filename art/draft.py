"""The draft start: what the drafter makes of a prompt, as a picture to paint over.

Of several drafts the one is taken that CLIP finds nearest to the words (Ramesh et al., "Zero-Shot
Text-to-Image Generation", 2021, section 2.6).
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from PIL import Image
from torch.nn import functional

from mused.art.clip import Clip
from mused.art.drafter import Drafter, load_drafter, speaks_for
from mused.art.errors import WeightsError
from mused.art.picture import Weights
from mused.art.vqgan import VQGAN
from mused.art.weights import bundled, load_vqgan, sha256

CANDIDATES = 16


@dataclass(frozen=True)
class Draughtsman:
    """A drafter and the VQGAN whose codes it speaks, on the processor.

    There, so that a seed drafts the same whatever device paints over it.
    """

    drafter: Drafter
    vqgan: VQGAN
    weights: Weights

    @torch.no_grad()
    def draft(self, words: str, clip: Clip, seed: int) -> Image.Image:
        """Draw the words, as far as they are heard: a square picture, RGB, larger if it can."""
        generator = torch.Generator().manual_seed(seed)
        codes = self.drafter.draft([self.heard(words)] * CANDIDATES, generator)
        drafts = self.vqgan.decode(self.vqgan.quantize.lookup(codes)).clamp(-1, 1)
        side = clip.input_resolution
        shown = (drafts + 1) / 2
        views = functional.interpolate(shown, (side, side), mode="bicubic", antialias=True)
        device = next(clip.parameters()).device
        images = clip.encode_image(views.clamp(0, 1).to(device))
        text = clip.encode_text([clip.tokenizer.fit(words)])
        best = int((images @ text.T)[:, 0].argmax())
        picture = (self.drafter.enlarge(drafts[best : best + 1])[0] + 1) / 2
        return Image.fromarray((picture * 255).round().byte().permute(1, 2, 0).numpy())

    def heard(self, words: str) -> str:
        """Return the beginning of the words that the drafter has room for."""
        return self.drafter.tokenizer.fit(words)

    def unknown_words(self, words: str) -> list[str]:
        """Return the words that the drafter never learned."""
        return self.drafter.tokenizer.unknown_words(words)


@lru_cache(maxsize=1)
def draughtsman(weights: Path | None, vqgan: Path | None) -> Draughtsman:
    """Load a drafter and the VQGAN it speaks for: the one that paints, or the shipped one.

    None: the shipped weights. Raises WeightsError.
    """
    path = weights or bundled("drafter")
    drafter = load_drafter(path)
    # The shipped one first: it is small, and the one that paints may be anything but.
    for codes in dict.fromkeys((bundled("vqgan"), vqgan or bundled("vqgan"))):
        network = load_vqgan(codes)
        if speaks_for(drafter, network):
            return Draughtsman(drafter, network.eval(), Weights(path.name, sha256(path)))
    raise WeightsError(
        f"{path} drafts in the codes of another VQGAN: paint with the one it was trained for "
        '(setting "vqgan"), or train one with `mused train transformer --vqgan …`'
    )
