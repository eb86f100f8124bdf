r"""What painting costs: ``python -m benchmarks.paint [--quick] [--json] [--size N] [--threads N]
[--reference CLONE --reference-python PYTHON]``.

The bundled networks paint "sunset, boat and lake" with the default settings:

    size                  side of the picture in pixels
    steps                 steps measured
    threads               CPU threads
    device                where it ran
    precision             what the networks computed in
    load_seconds          reading the weights into networks
    step_seconds          one step, the median
    step_cpu_seconds      processor time of one step, the mean over all steps
    steps_per_second      one by step_seconds
    decode_share          of a step, decoding and its gradient
    look_share            of a step, cutouts, CLIP's image network and their gradient
    picture_seconds       a whole picture with the default steps, from the prompt to the pixels
    repeats               whether a second painting gave the same pixels
    peak_rss_mib          largest resident memory

Random weights of the published architectures, VQGAN f16-16384 and CLIP ViT-B/32, paint with 32
cutouts in a process of their own, at 256 x 256 and on a GPU at 512 x 512, too. The figures of the
latter, and of several pictures at once, are "not measured" without a GPU, and so are the
reference's without --reference. Under "side_by_side", "at_once" tells how many times more pictures
sixteen at once are than one after the other, with the same networks at 256 x 256, and by size:

    our_step_seconds, our_step_cpu_seconds    one step, the medians
    our_peak_rss_mib, our_peak_gpu_mib        largest memory of the process, loading included
    our_decode_share …                        of a step: decode, cutouts, clip (each with its
                                              gradient) and rest
    their_…                                   the same of the reference's own generate.py
    times_faster, times_less_cpu              theirs by ours, of the medians
    peak_rss_mib_ratio, peak_gpu_mib_ratio    ours by theirs
    float32_limit_step_seconds                the step's operations at the rate at which this
    bfloat16_limit_step_seconds               machine multiplies matrices, measured in this run
    of_limit                                  the bfloat16 limit by our_step_seconds

Both processes run at the same time and take turns, step by step. With --reference CLONE the other
one is nerdyrodent/VQGAN-CLIP as it is, with its own loop, default augmentations and optimiser:

    git clone https://github.com/nerdyrodent/VQGAN-CLIP && cd VQGAN-CLIP
    git clone https://github.com/openai/CLIP
    git clone https://github.com/CompVis/taming-transformers
    python3 -m venv venv
    venv/bin/pip install torch==2.13.0 torchvision==0.28.0 kornia==0.9.0 torch_optimizer ftfy \
        regex omegaconf einops tqdm imageio requests packaging pytorch-lightning transformers
    cd MUSED; python -m benchmarks.paint --reference VQGAN-CLIP \
        --reference-python VQGAN-CLIP/venv/bin/python

What it needs beyond that to be imported by today's torch is in `benchmarks.painting.theirs`.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.painting import beside
from mused.art import cutouts, frozen
from mused.art.cutouts import Augmentation
from mused.art.losses import prompt_loss
from mused.art.painter import Painter
from mused.art.progress import Progress, Watch
from mused.art.prompt import parse
from mused.art.record import Networks
from mused.art.settings import Settings
from mused.art.starts import random_codes

PROMPT = "sunset, boat and lake"


CUTOUTS = 32
STEPS = 6
AT_ONCE = 16
NOT_MEASURED = "not measured"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 steps, and 1 beside the reference")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--size", type=int, default=Settings().width)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--reference", type=Path, metavar="CLONE")
    parser.add_argument("--reference-python", type=Path, metavar="PYTHON")
    arguments = parser.parse_args()
    if (arguments.reference is None) != (arguments.reference_python is None):
        parser.error("--reference and --reference-python belong together")
    settings = Settings(
        width=arguments.size, height=arguments.size, seed=1, threads=arguments.threads
    )
    if arguments.quick:
        settings = replace(settings, steps=10)
    found = measure(settings)
    theirs = None
    if arguments.reference:
        # Not resolved: a virtual environment's python is a link.
        theirs = (arguments.reference_python.absolute(), arguments.reference.absolute())
    steps = 1 if arguments.quick else STEPS
    found["side_by_side"] = side_by_side(theirs, int(found["threads"]), steps)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(lines(found)))


def lines(found: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The figures, one a line."""
    for key, value in found.items():
        if isinstance(value, dict):
            yield f"{indent}{key}"
            yield from lines(value, indent + "  ")
        else:
            yield f"{indent}{key:<30}{value}"


def side_by_side(theirs: tuple[Path, Path] | None, threads: int, steps: int) -> dict[str, Any]:
    """Our loop and the reference's with published architectures, by the picture's size."""
    import torch

    from benchmarks.painting import limit, networks

    on_gpu = torch.cuda.is_available()
    device = "cuda" if on_gpu else "cpu"
    rates = {
        precision: limit.operations_a_second(precision, device, threads)
        for precision in ("float32", "bfloat16")
    }
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="mused-paint-") as scratch:
        paths = networks.write(Path(scratch))
        for size, operations in limit.STEP.items():
            if size > 256 and not on_gpu:
                found[str(size)] = NOT_MEASURED
                continue
            plan = {
                "prompt": PROMPT,
                "size": size,
                "cutouts": CUTOUTS,
                "threads": threads,
                **paths,
            }
            turns = steps * 10 if on_gpu else steps
            figures = beside.summed_up(beside.alternate(theirs, plan, turns, Path(scratch)))
            for precision, rate in rates.items():
                figures[f"{precision}_limit_step_seconds"] = round(operations / rate, 4)
            limited = figures["bfloat16_limit_step_seconds"]
            figures["of_limit"] = round(limited / figures["our_step_seconds"], 2)
            found[str(size)] = figures
        found["at_once"] = (
            at_once(Settings(**_published(paths), steps=turns)) if on_gpu else NOT_MEASURED
        )
    if theirs is None:
        found["reference"] = NOT_MEASURED
    return found


def _published(paths: Mapping[str, str]) -> dict[str, Any]:
    weights = {name: Path(paths[name]) for name in ("vqgan", "clip")}
    return {**weights, "cutouts": CUTOUTS, "start": "noise", "anchor": 0.0, "seed": 1}


def at_once(settings: Settings, count: int = AT_ONCE) -> float:
    """How many times more pictures `count` at once are than one alone."""
    painter = Painter.load(settings)
    seconds = []
    for pictures in (1, 1, count):  # the first one warms up
        wishes = [(PROMPT, replace(settings, seed=seed, at_once=count)) for seed in range(pictures)]
        begun = time.perf_counter()
        painter.paint_many(wishes)
        seconds.append(time.perf_counter() - begun)
    return round(count * seconds[1] / seconds[2], 2)


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
    decode, look = parts(painter.networks, settings, first.recipe.precision)
    return {
        "size": settings.width,
        "steps": settings.steps,
        "threads": first.recipe.threads,
        "device": first.recipe.device,
        "precision": first.recipe.precision,
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


def parts(networks: Networks, settings: Settings, precision: str) -> tuple[float, float]:
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
        y = frozen.decode(networks.vqgan, networks.vqgan.quantize(z)[0], precision)
        torch.autograd.backward(y.sum())

    def look() -> None:
        chosen = cutouts.draw(
            settings.cutouts, settings.width, settings.height, Augmentation(), generator
        )
        views = cutouts.cut(frame, chosen, networks.clip.input_resolution)
        images = frozen.embed(networks.clip, views, precision)
        loss = prompt_loss(images, texts, prompt.parts)
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
