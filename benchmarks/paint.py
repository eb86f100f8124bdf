"""What painting costs: ``python -m benchmarks.paint [--quick] [--json] [--size N] [--threads N]``.

The bundled networks paint "sunset, boat and lake" with the default settings.

    size                  side of the picture in pixels
    steps                 steps measured
    threads               CPU threads
    device                where it ran
    load_seconds          reading the weights into networks
    step_seconds          one step, the median
    step_cpu_seconds      processor time of one step, the mean over all steps
    steps_per_second      one by step_seconds
    decode_share          of a step, decoding and its gradient
    look_share            of a step, cutouts, CLIP's image network and their gradient
    picture_seconds       a whole picture with the default steps, from the prompt to the pixels
    repeats               whether a second painting gave the same pixels
    peak_rss_mib          largest resident memory
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from mused.art import cutouts
from mused.art.cutouts import Augmentation
from mused.art.losses import prompt_loss
from mused.art.painter import Painter
from mused.art.progress import Progress, Watch
from mused.art.prompt import parse
from mused.art.record import Networks
from mused.art.settings import Settings
from mused.art.starts import random_codes

PROMPT = "sunset, boat and lake"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 steps instead of all")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--size", type=int, default=Settings().width)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    settings = Settings(
        width=arguments.size, height=arguments.size, seed=1, threads=arguments.threads
    )
    if arguments.quick:
        settings = replace(settings, steps=10)
    found = measure(settings)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{key:<20}{value}" for key, value in found.items()))


def measure(settings: Settings) -> dict[str, Any]:
    """All figures."""
    begun = time.perf_counter()
    painter = Painter.load(settings)
    loaded = time.perf_counter() - begun
    ends: list[float] = []

    def on_progress(progress: Progress) -> None:
        ends.append(time.perf_counter())

    busy, begun = time.process_time(), time.perf_counter()
    first = painter.paint(PROMPT, settings, Watch(on_progress=on_progress))
    whole, busy = time.perf_counter() - begun, time.process_time() - busy
    again = painter.paint(PROMPT, settings)
    step = median(after - before for before, after in pairwise(ends))
    decode, look = parts(painter.networks, settings)
    return {
        "size": settings.width,
        "steps": settings.steps,
        "threads": first.recipe.threads,
        "device": first.recipe.device,
        "load_seconds": round(loaded, 2),
        "step_seconds": round(step, 4),
        "step_cpu_seconds": round(busy / settings.steps, 4),
        "steps_per_second": round(1 / step, 2),
        "decode_share": round(decode / (decode + look), 2),
        "look_share": round(look / (decode + look), 2),
        "picture_seconds": round(whole, 2),
        "repeats": first.image.tobytes() == again.image.tobytes(),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def parts(networks: Networks, settings: Settings) -> tuple[float, float]:
    """Seconds of the two halves of a step, each with its gradient."""
    # Imported after mused.art, which makes torch's threads sleep while they wait.
    import torch

    generator = torch.Generator().manual_seed(0)
    z = random_codes(networks.vqgan, (settings.width, settings.height), generator)
    z = z.requires_grad_()
    frame = torch.rand(1, 3, settings.height, settings.width, device=z.device).requires_grad_()
    prompt = parse(PROMPT)
    texts = networks.clip.encode_text([part.text for part in prompt.parts])

    def decode() -> None:
        y = networks.vqgan.decode(networks.vqgan.quantize(z)[0])
        torch.autograd.backward(y.sum())

    def look() -> None:
        chosen = cutouts.draw(
            settings.cutouts, settings.width, settings.height, Augmentation(), generator
        )
        views = cutouts.cut(frame, chosen, networks.clip.input_resolution)
        loss = prompt_loss(networks.clip.encode_image(views), texts, prompt.parts)
        torch.autograd.backward(loss)

    return timed(decode), timed(look)


def timed(work: Callable[[], None]) -> float:
    """Return the median of five runs after one that warms up."""
    work()
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


if __name__ == "__main__":
    main()
