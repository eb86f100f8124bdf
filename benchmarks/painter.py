"""What the shipped networks can do: ``python -m benchmarks.painter [--quick] [--json]``.

On scenes they have not seen, and on the photographs that come inside scikit-image, which nobody
drew here: the codebook's reconstructions, and what CLIP and the judge of benchmarks.quality name
without any training for it. Nothing is downloaded.

Keys of the JSON object:

    scenes.<side>.psnr, .ssim       reconstruction of whole scenes by the VQGAN at 64, 128, 192 and
                                    256 pixels: decibels, and structural similarity (Wang et al.,
                                    2004), both the mean
    scenes.<side>.codes             codes of the codebook that were used at all
    scenes.<side>.perplexity        how many codes would be as even a use (exp of the entropy)
    photographs.<side>.<figure>     the same for the photographs
    photographs.<name>.psnr, .ssim  of each one, at 256 pixels
    guide.plain.named, .twin        of CLIP: of 84 objects "a <object>" is the nearest to a plain
                                    scene of one; a caption is nearer to its scene than to the twin
                                    that differs in one thing. guide.any: all kinds of scenes
    guide.photographs.named, .five  photographs whose object is nearest of the 84, or among five
    guide.photographs.<name>        the place of its object among the 84, then the nearest three
    guide.robust.<how>              plain scenes of all 84 objects, named right: clean, through the
                                    codebook, with Gaussian noise of a standard deviation, zoomed
                                    into, and attacked towards another object's caption with at
                                    most 4 of 255 steps a pixel: fgsm, pgd, and pgd through the
                                    loop's cutouts; .fooled: named as that other object
    judge.<figure>                  the same of the judge
"""

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.quality.probes import embedded
from benchmarks.robustness import robustness
from mused.art.clip import Clip
from mused.art.painter import Painter
from mused.art.reading import load_start
from mused.art.scenes.compose import random_scene
from mused.art.scenes.raster import Pixels
from mused.art.scenes.render import render
from mused.art.scenes.words import OBJECTS
from mused.art.settings import Settings
from mused.art.vqgan import VQGAN
from mused.training.painter.clip import object_sense
from mused.training.painter.judge import load_judge
from mused.training.painter.look import TEMPLATES
from mused.training.painter.pictures import to_tensor
from mused.training.painter.reconstruction import Reconstruction, by_codes, overall
from mused.training.painter.samples import embed_labels

SIDES = (64, 128, 192, 256)
JUDGE = Path(__file__).parent / "quality" / "judge.safetensors"
PHOTOGRAPHS: Mapping[str, tuple[str, ...]] = {
    "astronaut.png": ("woman", "face", "person"),
    "brick.png": (),
    "camera.png": ("person",),
    "chelsea.png": ("cat",),
    "clock_motion.png": ("clock",),
    "coffee.png": ("cup",),
    "coins.png": (),
    "grass.png": (),
    "gravel.png": (),
    "hubble_deep_field.jpg": ("stars",),
    "moon.png": ("moon",),
    "motorcycle_left.png": (),
    "rocket.jpg": ("rocket",),
}
"""Those inside scikit-image, with the objects of ours that each shows; () where it has none."""


def photograph(name: str, side: int) -> Pixels:
    """A photograph's middle, uint8 [side, side, 3]."""
    with resources.as_file(resources.files("skimage.data") / name) as path:
        return np.asarray(load_start(path, side, side))


def reconstructed(vqgan: VQGAN, pictures: Sequence[Pixels]) -> list[Reconstruction]:
    """Pictures, uint8 [H, W, 3], through the codebook and back."""
    return [by_codes(vqgan, to_tensor([pixels])) for pixels in pictures]


def zero_shot(clip: Clip) -> dict[str, Any]:
    """Which of the 84 objects a CLIP sees in the photographs that show one of them."""
    names = list(OBJECTS)
    labels = embed_labels(clip, names, TEMPLATES)
    figures: dict[str, Any] = {}
    places = []
    for file, shown in PHOTOGRAPHS.items():
        if not shown:
            continue
        picture = (to_tensor([photograph(file, 256)]) + 1) / 2
        order = (embedded(clip, picture) @ labels.T)[0].argsort(descending=True).tolist()
        ranked = [names[i] for i in order]
        places.append(1 + min(ranked.index(noun) for noun in shown))
        figures[f"photographs.{file.partition('.')[0]}"] = [places[-1], *ranked[:3]]
    figures["photographs.named"] = sum(place == 1 for place in places) / len(places)
    figures["photographs.five"] = sum(place <= 5 for place in places) / len(places)
    return figures


def measure(*, quick: bool) -> dict[str, Any]:
    """All figures."""
    networks = Painter.load(Settings()).networks
    scenes = [random_scene(random.Random(f"held out {i}")) for i in range(8 if quick else 48)]
    figures: dict[str, Any] = {}
    for side in SIDES:
        for kind, pictures in (
            ("scenes", [render(scene, side, side) for scene in scenes]),
            ("photographs", [photograph(name, side) for name in PHOTOGRAPHS]),
        ):
            found = overall(reconstructed(networks.vqgan, pictures))
            figures |= {f"{kind}.{side}.{name}": value for name, value in found.items()}
    large = reconstructed(networks.vqgan, [photograph(name, 256) for name in PHOTOGRAPHS])
    for file, each in zip(PHOTOGRAPHS, large, strict=True):
        name = file.partition(".")[0]
        figures |= {f"photographs.{name}.psnr": each.psnr, f"photographs.{name}.ssim": each.ssim}
    for name, clip in (("guide", networks.clip), ("judge", load_judge(JUDGE))):
        for kind, plain in (("plain", 1.0), ("any", 0.0)):
            sense = object_sense(clip, batches=1 if quick else 8, plain=plain)
            figures |= {f"{name}.{kind}.{key}": value for key, value in sense.items()}
        figures |= {f"{name}.{key}": value for key, value in zero_shot(clip).items()}
        disturbed = robustness(clip, networks.vqgan, each=1 if quick else 3)
        figures |= {f"{name}.robust.{key}": value for key, value in disturbed.items()}
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}


def main(words: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer scenes")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(words)
    figures = measure(quick=options.quick)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<40}{value if not isinstance(value, list) else ' '.join(map(str, value))}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
