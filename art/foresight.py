"""What a prompt asks for in vain, told before it is painted, without torch.

A usual prompt takes a millisecond, one of 4,000 characters up to a fifth of a second.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from mused.art.prompt import Prompt, words_of
from mused.art.scenes.compose import parse_scene
from mused.art.scenes.leeway import leeway_of
from mused.art.scenes.phrases import is_understood
from mused.art.scenes.scene import Scene
from mused.art.settings import BUNDLED, Settings

ONLY_AVOIDED = (
    "The prompt says only what to avoid: the picture begins with a scene of its own choosing. "
    "Say what to paint as well."
)
OWN_CHOICE = (
    "The words name nothing that the sketch can draw: it shows a scene of its own choosing."
)


@dataclass(frozen=True)
class Foreseen:
    """What the person should know of a picture to come."""

    notices: tuple[str, ...] = ()
    """Among those of its recipe, in the same words."""
    unknown: tuple[str, ...] = ()
    """Words of what is wanted that nothing knows which will paint."""


def foresee(prompt: Prompt, settings: Settings) -> Foreseen:
    """Return what is sure already: of a sketch nearly all, of other starts nothing.

    A published CLIP knows every word, and what others know is written in their weights.
    """
    if settings.start != "sketch":
        return Foreseen()
    seed, (first, *later) = settings.seed or 0, prompt.wanted
    scene = scene_of(first, seed)
    scenes = [scene, *(scene_of(words, seed) for words in later if words and settings.hold)]
    notices = [*of_sketch(first, scene)]
    for each in scenes[1:]:
        notices += undrawn(each.unknown)
    shipped = settings.clips in ((), (BUNDLED / "clip.safetensors",))
    strange = (word for each in scenes for word in unknown_to_sketch(each))
    return Foreseen(tuple(dict.fromkeys(notices)), tuple(dict.fromkeys(strange)) if shipped else ())


def scene_of(words: str, seed: int, avoided: str = "") -> Scene:
    """Return the scene that a sketch of the wanted words draws, without what is avoided."""
    return parse_scene(words, random.Random(seed), avoided, leeway_of(seed))


def of_sketch(words: str, scene: Scene) -> tuple[str, ...]:
    """Return what to tell the person about the sketch that a picture begins with."""
    chosen = (OWN_CHOICE,) if words and scene.chosen else ()
    return (*undrawn(scene.unknown), *chosen, *only_avoided(words))


def only_avoided(words: str) -> tuple[str, ...]:
    """Likewise where nothing is wanted."""
    return () if words else (ONLY_AVOIDED,)


def undrawn(unknown: Sequence[str]) -> tuple[str, ...]:
    """Likewise about words that a sketch could not draw."""
    return (f"The sketch does not show: {', '.join(unknown)}.",) if unknown else ()


def unknown_to_sketch(scene: Scene) -> list[str]:
    """Return the words that mean nothing to the scene painter, shown or not."""
    return [word for each in scene.unknown if not is_understood(each) for word in words_of(each)]
