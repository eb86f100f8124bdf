"""How fast scenes are drawn: ``python -m benchmarks.scenes [--quick] [--json]``.

Random scenes of all styles on one core, square pictures, CPU time of this process. ``--quick``
draws a tenth of them.

Keys of the JSON object:

* ``pictures``: how many were drawn at each side
* ``per_core_second``: by side in pixels, pictures a second of one core's CPU time
* ``parses_per_core_second``: prompts turned into scenes
"""

import argparse
import json
import random
import time

from mused.art.scenes.captions import random_prompt
from mused.art.scenes.compose import parse_scene, random_scene
from mused.art.scenes.render import render

SIDES = (64, 128, 192, 256)


def measure(count: int) -> dict[str, object]:
    """Draw `count` pictures of every side."""
    rates = {}
    for side in SIDES:
        scenes = [random_scene(random.Random(i)) for i in range(count)]
        began = time.process_time()
        for scene in scenes:
            render(scene, side, side)
        rates[str(side)] = round(count / (time.process_time() - began))
    prompts = [random_prompt(random.Random(i)) for i in range(10 * count)]
    began = time.process_time()
    for prompt in prompts:
        parse_scene(prompt, random.Random(0))
    parses = round(len(prompts) / (time.process_time() - began))
    return {"pictures": count, "per_core_second": rates, "parses_per_core_second": parses}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(40 if arguments.quick else 400)
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
