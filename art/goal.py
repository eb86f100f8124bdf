"""What a picture is painted towards: a story's chapters and image prompts, as CLIPs see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from mused.art import cutouts
from mused.art.clip import Clip
from mused.art.cutouts import Augmentation
from mused.art.foresight import undrawn
from mused.art.losses import likeness_loss, prompt_loss
from mused.art.prompt import Prompt, SubPrompt
from mused.art.reading import load_start
from mused.art.settings import Settings
from mused.art.starts import known_to_sketch, pixels_of, sketch


@dataclass(frozen=True)
class Chapter:
    """What a picture is painted towards in one chapter of its story."""

    parts: Sequence[SubPrompt]
    sketch: Image.Image | None = None
    """What a later chapter crosses over to and is held to, and the first one at full size; None:
    what was painted before."""


@dataclass(frozen=True)
class Guide:
    """One CLIP and what it makes of the prompt."""

    clip: Clip
    chapters: Sequence[Chapter]
    texts: Sequence[Tensor]
    """Of each chapter, the embeddings of its parts, [len(parts), d]."""
    liked: Sequence[tuple[Tensor, float]] = ()
    """Embeddings of the image prompts' cutouts, [m, d], and weights."""

    def loss(self, images: Tensor, chapter: int) -> Tensor:
        """Return how far cutouts with the embeddings [n, d] are from what is wanted."""
        towards = prompt_loss(images, self.texts[chapter], self.chapters[chapter].parts)
        return towards + likeness_loss(images, self.liked)


@dataclass(frozen=True)
class Goal:
    """What a picture is painted towards, and how."""

    chapters: Sequence[Chapter]
    guides: Sequence[Guide]
    """The mean of what they say counts; each has the same weight."""
    settings: Settings
    unknown: tuple[str, ...] = ()
    """Words of what is wanted that no CLIP knows, nor any sketch here."""
    augmentation: Augmentation = field(default_factory=Augmentation)


def read_goal(
    prompt: Prompt, settings: Settings, clips: Sequence[Clip], size: tuple[int, int]
) -> tuple[Goal, list[str]]:
    """Return the goal of a picture of size (width, height) and what to tell the person.

    Raises PictureError where an image prompt cannot be read.
    """
    notices = [
        notice for part in prompt.parts for clip in clips for notice in _misread(part.text, clip)
    ]
    notices += [
        f'"{text}" is read word for word: say also what to paint, not only what to avoid.'
        for text in prompt.word_for_word
    ]
    chapters = []
    known: set[str] = set()
    for number, parts in enumerate(prompt.chapters):
        drawn = None
        words = prompt.wanted[number]
        held = settings.hold and settings.start == "sketch"
        if held and words and (number or settings.progressive):
            drawn, scene = sketch(words, size, settings.seed or 0, prompt.avoided[number])
            notices += undrawn(scene.unknown)
            known |= known_to_sketch(words, scene)
            if number and scene.chosen:
                drawn = None  # a later chapter is not led away to what nobody asked for
        chapters.append(Chapter(parts, drawn))
    guides = [_guide(clip, chapters, settings, size) for clip in clips]
    unknown = [word for word in _unknown_to_all(prompt, clips) if word.lower() not in known]
    return Goal(chapters, guides, settings, tuple(unknown)), list(dict.fromkeys(notices))


def _guide(
    clip: Clip, chapters: Sequence[Chapter], settings: Settings, size: tuple[int, int]
) -> Guide:
    with torch.no_grad():
        texts = [clip.encode_text([part.text for part in each.parts]) for each in chapters]
    liked = [(_look(path, settings, clip, size), weight) for path, weight in settings.image_prompts]
    return Guide(clip, chapters, texts, liked)


def _misread(text: str, clip: Clip) -> list[str]:
    notices = []
    kept = clip.tokenizer.fit(text)
    if kept != text:
        notices.append(f'The prompt is too long for CLIP and was read up to "{kept}".')
    unknown = dict.fromkeys(clip.tokenizer.unknown_words(kept))
    if unknown:
        notices.append(f"CLIP does not know: {', '.join(unknown)}. It cannot guide there.")
    return notices


def _unknown_to_all(prompt: Prompt, clips: Sequence[Clip]) -> tuple[str, ...]:
    text = " ".join(prompt.wanted)
    each = [clip.tokenizer.unknown_words(text) for clip in clips]
    return tuple(word for word in dict.fromkeys(each[0]) if all(word in one for one in each))


def _look(path: Path, settings: Settings, clip: Clip, size: tuple[int, int]) -> Tensor:
    """Return the embeddings of a picture's cutouts, disturbed like those of the frame, [n, d]."""
    device = next(clip.parameters()).device
    frame = ((pixels_of(load_start(path, *size)) + 1) / 2).to(device)
    generator = torch.Generator().manual_seed(settings.seed or 0)
    drawn = cutouts.draw(settings.cutouts, *size, Augmentation(), generator)
    with torch.no_grad():
        views = cutouts.cut(frame, drawn, clip.input_resolution)
        return clip.encode_image(views)
