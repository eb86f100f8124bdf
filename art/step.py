"""One step of the VQGAN-CLIP loop, for one painting or for several that share the networks' work.

The frame is decoded from the nearest codes, cutouts of it are embedded by every CLIP in turn, and
the distance of the embeddings to the prompt's moves the latent. Several paintings are decoded and
embedded as one batch; everything else, random numbers and optimiser too, is each one's own.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from mused.art import cutouts, frozen
from mused.art.loop import Loop, decoded
from mused.art.losses import clamped_gradient, total_variation
from mused.art.schedule import Moment


def never() -> bool:
    """Nothing interrupts."""
    return False


def step(loops: Sequence[Loop], interrupted: Callable[[], bool] = never) -> list[float] | None:
    """Move the latents once; return the loss of each, or None where interrupted before that.

    Where a loss or a gradient is no number, the latent stays as it was and that loss is NaN. The
    loops must be of one `Loop.kind`. A step that did not come about is repeated with the same
    cutouts.
    """
    moments = [loop.turn() for loop in loops]
    random_states = [loop.generator.get_state() for loop in loops]
    losses = None
    try:
        losses = _gradients(loops, moments, interrupted)
    finally:
        moving = losses or [math.nan] * len(loops)
        for loop, state, loss in zip(loops, random_states, moving, strict=True):
            if not math.isfinite(loss):
                loop.generator.set_state(state)
    if losses is None:
        return None
    for loop, now, loss in zip(loops, moments, losses, strict=True):
        if math.isfinite(loss):
            loop.move(now, loss)
    return losses


def _gradients(
    loops: Sequence[Loop], moments: Sequence[Moment], interrupted: Callable[[], bool]
) -> list[float] | None:
    """Leave the gradients in every z.grad and return the losses; None where interrupted."""
    for loop in loops:
        loop.optimiser.zero_grad(set_to_none=True)
    raw = decoded(loops[0].vqgan, torch.cat([loop.z for loop in loops]), loops[0].effort)
    # The frames are leaves of their own: a CLIP's activations are gone before the next CLIP's and
    # the decoder's are needed, and cutouts can be looked at group by group.
    frames = [each.clamp(0, 1).requires_grad_() for each in torch.split(raw.detach(), 1)]
    for loop, frame in zip(loops, frames, strict=True):
        loop.frame = frame.detach()
    losses = _look(loops, moments, frames, interrupted)
    if losses is None or interrupted():
        return None
    for index, (loop, frame) in enumerate(zip(loops, frames, strict=True)):
        if weight := loop.goal.settings.total_variation:
            losses[index] += _pull(weight * total_variation(frame))
    towards = torch.cat([frame.grad for frame in frames if frame.grad is not None])
    # Not backward(raw, gradient): for that torch imports sympy, which takes half a second.
    torch.autograd.backward((raw * clamped_gradient(towards, raw.detach())).sum())
    for index, (loop, now) in enumerate(zip(loops, moments, strict=True)):
        if now.anchor:
            losses[index] += _pull(now.anchor * functional.mse_loss(loop.z, loop.start))
    gradients = (loop.z.grad for loop in loops)
    sound = torch.stack([each.isfinite().all() for each in gradients if each is not None])
    return losses.where(sound, math.nan).tolist()


def _look(
    loops: Sequence[Loop],
    moments: Sequence[Moment],
    frames: Sequence[Tensor],
    interrupted: Callable[[], bool],
) -> Tensor | None:
    """Leave in every frame.grad what the CLIPs make of it; return the losses, or None."""
    effort, settings = loops[0].effort, loops[0].goal.settings
    n = settings.cutouts
    height, width = frames[0].shape[2:]
    drawn = [
        cutouts.draw(n, width, height, loop.goal.augmentation, loop.generator) for loop in loops
    ]
    guides = list(zip(*(loop.goal.guides for loop in loops), strict=True))
    losses = torch.zeros(len(loops), dtype=torch.float64, device=frames[0].device)
    size = math.ceil(n / effort.chunks)
    for begin in range(0, n, size):
        chunks = [each.chunk(begin, min(n, begin + size)) for each in drawn]
        for same in guides:
            if interrupted():
                return None
            clip = same[0].clip
            views = [
                cutouts.cut(
                    frame, chunk, clip.input_resolution, deterministic=settings.deterministic
                )
                for frame, chunk in zip(frames, chunks, strict=True)
            ]
            images = frozen.embed(clip, torch.cat(views), effort.precision)
            found = [
                guide.loss(seen, now.chapter) * len(chunk) / n / len(guides)
                for guide, seen, now, chunk in zip(
                    same, torch.split(images, len(chunks[0])), moments, chunks, strict=True
                )
            ]
            torch.autograd.backward(found)
            losses += torch.stack(found).detach()
    return losses


def _pull(loss: Tensor) -> Tensor:
    """Add a loss's gradient; return its value."""
    torch.autograd.backward(loss)
    return loss.detach()
