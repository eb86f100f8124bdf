"""Pictures of one's own with captions: boat.jpg, and beside it boat.txt with a caption a line."""

import logging
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mused.art.clip import Clip, Tokenizer
from mused.training.painter.captioned import Drawn
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.pictures import LARGEST, Folder, to_tensor

log = logging.getLogger(__name__)

LEAST = 0.85
"""The part of a picture's side that is always shown: captions are of the whole."""
KEPT_OUT = 10
"""Of so many pictures one can be kept out of training, to be tried on."""


class Captioned(Folder):
    """The pictures below a folder that have captions, cut to so many tokens of CLIP's text.

    Raises PainterTrainingError where there is none.
    """

    def __init__(self, path: Path, context_length: int) -> None:
        super().__init__(path)
        tokenizer = Tokenizer(context_length)
        told = {file: tuple(map(tokenizer.fit, captions_of(file))) for file in self.files}
        self.captions = {file: texts for file, texts in told.items() if texts}
        """By file, in the order of the files."""
        self.files = list(self.captions)
        if not self.files:
            raise PainterTrainingError(
                f"{path} holds no captions: beside a picture, boat.jpg, it needs a text, boat.txt, "
                "with a caption a line"
            )
        if len(told) > len(self.files):
            without = len(told) - len(self.files)
            log.warning("%s: %d of %d pictures have no captions", path, without, len(told))

    @property
    def texts(self) -> list[str]:
        """Every caption once."""
        return list(dict.fromkeys(text for texts in self.captions.values() for text in texts))

    def keep_out(self) -> list[Path]:
        """Take some pictures out, and return them."""
        kept = self.files[KEPT_OUT - 1 :: KEPT_OUT]
        self.files = [file for file in self.files if file not in set(kept)]
        return kept

    def draw(
        self, rng: random.Random, count: int, side: int
    ) -> tuple[Tensor, list[tuple[str, ...]]]:
        """Pictures, nearly whole, [count, 3, side, side] in [-1, 1], and the captions of each."""
        found, texts = [], []
        for _ in range(count):
            file, whole = self.pick(rng)
            full = rng.randint(round(LEAST * LARGEST), LARGEST)
            top, left = rng.randint(0, LARGEST - full), rng.randint(0, LARGEST - full)
            part = Image.fromarray(whole[top : top + full, left : left + full])
            found.append(np.asarray(part.resize((side, side), Image.Resampling.LANCZOS)))
            texts.append(self.captions[file])
        return to_tensor(found), texts

    def drawn(self, rng: random.Random, count: int, side: int) -> Drawn:
        """Pictures for CLIP to look at."""
        pictures, texts = self.draw(rng, count, side + side // 2)
        return Drawn((), pictures, side, tuple(texts))

    @torch.no_grad()
    def named(self, clip: Clip, files: list[Path]) -> tuple[float, int]:
        """How often a picture's first caption is the nearest of all, and of how many pictures."""
        readable = [(file, whole) for file in files if (whole := self.read(file)) is not None]
        if not readable:
            return 0.0, 0
        side = clip.input_resolution
        shown = [Image.fromarray(whole).resize((side, side)) for _, whole in readable]
        images = clip.encode_image((to_tensor([np.asarray(each) for each in shown]) + 1) / 2)
        texts = [self.captions[file][0] for file, _ in readable]
        nearest = (images @ clip.encode_text(texts).T).argmax(1).tolist()
        right = [texts[at] == text for at, text in zip(nearest, texts, strict=True)]
        return sum(right) / len(right), len(right)


def captions_of(picture: Path) -> list[str]:
    """The captions beside a picture; none where there is no text, or none that can be read."""
    path = picture.with_suffix(".txt")
    try:
        # A pipe would be waited for.
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, UnicodeDecodeError):
        return []
    return [text for line in lines if (text := line.strip())]


def has_captions(folder: Path) -> bool:
    """Say whether any picture below a folder has captions."""
    return any(captions_of(file) for file in Folder(folder).files)
