"""How long painting will take, from a small part of a step that is timed on this machine.

Importing this does not import torch.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from mused.art.settings import SHORTEST_SIDE, Settings

if TYPE_CHECKING:
    from mused.art.clip import Clip
    from mused.art.record import Networks

ENOUGH = 0.25
"""Seconds a part of a step must take to tell how long the whole takes."""
HALF = 0.5


def step_seconds(networks: "Networks", settings: Settings, short: float = 0.0) -> float:
    """Return about how many seconds a step at full size takes on the networks' device.

    Decodes some cells of a latent and looks at some cutouts, each with its gradient, ever more of
    them until the time it takes says something. Right within a factor of two.

    short: seconds of a step that nobody needs to know better; small parts make it seem longer.
    """
    import torch

    vqgan = networks.vqgan
    f, dim = vqgan.config.factor, vqgan.config.embed_dim
    cells = max(1, settings.width // f) * max(1, settings.height // f)

    def decode(count: int) -> float:
        z = torch.zeros(1, dim, 4, -(-count // 4), device=networks.device).requires_grad_()
        return _seconds(lambda: torch.autograd.backward(vqgan.decode(z).sum()))

    def look(clip: "Clip", count: int) -> float:
        side = clip.input_resolution
        views = torch.rand(count, 3, side, side, device=networks.device).requires_grad_()
        return _seconds(lambda: torch.autograd.backward(clip.encode_image(views).sum()))

    looks = (partial(look, clip) for clip in networks.clips)
    looking = sum(_whole(each, 1, settings.cutouts, short / 2) for each in looks)
    return _whole(decode, 16, cells, short / 2) + looking


def _whole(part: Callable[[int], float], begin: int, all_of_them: int, short: float) -> float:
    """Return how long all of something takes, from the time a part of it takes."""
    count = min(begin, all_of_them)
    while (seconds := part(count)) < ENOUGH and count < all_of_them:
        if seconds * all_of_them / count < short:
            break
        count = min(4 * count, all_of_them)
    return seconds * all_of_them / count


def _seconds(work: Callable[[], None]) -> float:
    """Return how long it takes, not counting what is made ready the first time."""
    spent = []
    for _ in range(2):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
        if spent[0] > 4 * ENOUGH:
            break
    return min(spent)


def steps_of(settings: Settings) -> float:
    """Return how many steps at full size cost as much as all of a painting's."""
    from mused.art.sweep import spare_steps

    small = settings.progressive * settings.steps * (1 - HALF**2)
    return settings.steps + spare_steps(settings) - small


def smaller(settings: Settings) -> Settings:
    """Return settings for a quick version of the same picture: less of what takes long."""
    scale = max(settings.width, settings.height) / 128
    if scale > 1:
        sides = (settings.width, settings.height)
        width, height = (max(SHORTEST_SIDE, round(side / scale)) for side in sides)
        settings = replace(settings, width=width, height=height)
    return replace(
        settings, cutouts=min(settings.cutouts, 8), steps=min(settings.steps, 100), sweep=1
    )
