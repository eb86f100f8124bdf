"""The shipped networks, as everybody gets them."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mused.art.painter import Painter
from mused.art.picture import read_recipe
from mused.art.settings import BUNDLED, Settings
from mused.art.starts import encode, sketch

VOSK = BUNDLED.parents[1] / "daemon" / "hearing" / "bundled"
SETTINGS = Settings(width=128, height=128, steps=15, seed=1, threads=1)


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter.load(SETTINGS)


def test_the_shipped_weights_are_small() -> None:
    sizes = [path.stat().st_size for path in BUNDLED.glob("*.safetensors")]
    assert len(sizes) == 3
    assert max(sizes) <= 15 * 2**20
    assert sum(sizes) <= 26 * 2**20
    assert VOSK.is_dir()
    vosk = sum(path.stat().st_size for path in VOSK.rglob("*") if path.is_file())
    assert sum(sizes) + vosk <= 32 * 2**20


@pytest.mark.parametrize("prompt", ["sunset, boat and lake", "a red house in a green meadow"])
def test_a_picture_comes_closer_to_its_prompt_and_keeps_its_objects(
    painter: Painter, prompt: str
) -> None:
    # Held less to the sketch than by default, so that the loss shows how far CLIP can pull.
    freer = dataclasses.replace(SETTINGS, learning_rate=0.06, anchor=0.3, cutouts=8)
    picture = painter.paint(prompt, freer)
    assert picture.recipe.losses[-1] < 0.85 * picture.recipe.losses[0]
    drawn, _ = sketch(prompt, (128, 128), 1)
    shades = [
        np.asarray(image.convert("L").resize((32, 32))).ravel() for image in (drawn, picture.image)
    ]
    assert np.corrcoef(shades[0], shades[1])[0, 1] > 0.8
    colours = np.asarray(picture.image, dtype=float)
    assert np.abs(colours - np.asarray(drawn, dtype=float)).mean() > 5, "nothing was painted"


def test_the_vqgan_gives_scenes_back(painter: Painter) -> None:
    drawn, _ = sketch("a castle on a hill at night", (128, 128), 2)
    vqgan = painter.networks.vqgan
    with torch.inference_mode():
        shown = (vqgan.decode(encode(vqgan, drawn))[0].clamp(-1, 1) + 1) * 127.5
    error = shown.permute(1, 2, 0).numpy() - np.asarray(drawn, dtype=float)
    decibel = 10 * np.log10(255**2 / np.square(error).mean())
    assert decibel > 20


def test_clip_knows_which_scene_is_which(painter: Painter) -> None:
    prompts = ["a boat on a lake at sunset", "a castle at night", "a green tree on a meadow"]
    clip = painter.networks.clip
    pictures = torch.stack(
        [
            torch.from_numpy(np.asarray(sketch(p, (64, 64), 5)[0]).copy()).permute(2, 0, 1)
            for p in prompts
        ]
    )
    with torch.inference_mode():
        alike = clip.encode_image(pictures / 255) @ clip.encode_text(prompts).T
    assert alike.argmax(1).tolist() == [0, 1, 2]


AGAIN = """
import dataclasses, sys
from pathlib import Path
from mused.art import paint
from mused.art.picture import read_recipe

first, second = map(Path, sys.argv[1:])
recipe = read_recipe(first)
settings = dataclasses.replace(recipe.settings, threads=recipe.threads, precision=recipe.precision)
paint(recipe.prompt, settings).save(second)
"""


def test_the_same_recipe_gives_the_same_pixels(painter: Painter, tmp_path: Path) -> None:
    """In a process that knows nothing but the saved picture."""
    short = dataclasses.replace(SETTINGS, steps=4, seed=None, threads=None)
    first = painter.paint("sunset, boat and lake", short).save(tmp_path / "first.png")
    second = tmp_path / "second.png"
    subprocess.run([sys.executable, "-c", AGAIN, str(first), str(second)], check=True)
    assert Image.open(first).tobytes() == Image.open(second).tobytes()
    assert read_recipe(first).losses == read_recipe(second).losses
