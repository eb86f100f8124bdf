"""Recipes inside pictures, and settings as JSON."""

import io
import json
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from click.testing import CliRunner
from PIL import Image

from benchmarks.fuzz.mutate import damaged
from benchmarks.fuzz.values import changed, value
from mused.art import formats
from mused.art import prompt as prompts
from mused.art.errors import ArtError, PictureError
from mused.art.picture import Recipe, Weights, read_recipe, save
from mused.art.settings import Settings
from mused.daemon.commands.inspect import inspect

KINDS = ("PNG", "JPEG", "WEBP", "GIF")
WHOLE = Recipe(
    prompt="a red boat:2 | fog:-0.5",
    understood="a red boat:2 | fog:-0.5",
    settings=Settings(seed=7, start_picture=Path("/x.png"), start="picture",
                      image_prompts=((Path("/y.png"), 0.5),)),
    width=64, height=48, steps_done=40, stop_reason="finished",
    vqgan=Weights("vqgan.safetensors", "0" * 64), clip=Weights("clip.safetensors", "1" * 64),
    device="cpu: x86_64", precision="float32", threads=2, versions={"mused": "0.1.0"},
    seconds=1.5, losses=(0.9, 0.8, 0.7), start="picture", sketched=("boat",), notices=("None.",),
    files={"/x.png": "2" * 64}, seed_chosen=7, variations=1, job="3",
)  # fmt: skip


class Recipes:
    """Pictures with recipes in them that mused did not write, and settings."""

    may_run = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        noise = np.random.default_rng(1).integers(0, 256, (24, 40, 3), dtype=np.uint8)
        self.image = Image.fromarray(noise)

    def make(self, random: Random) -> tuple[bytes, str]:
        """Return a picture of any of the formats, or a JSON file with settings."""
        if random.random() < 0.25:
            settings = changed(WHOLE.settings.plain(), random)
            return json.dumps(settings).encode("utf-8", "surrogatepass"), ".json"
        kind = random.choice(KINDS)
        chance = random.random()
        text = _text(random) if chance < 0.8 else json.dumps(WHOLE.plain())
        content = self._picture(kind, text)
        if chance > 0.7:
            content = damaged(content, random)
        return content, f".{kind.lower()}"

    def _picture(self, kind: str, text: str) -> bytes:
        buffer = io.BytesIO()
        try:
            options = formats.save_options(kind, text, "a boat", "mused")
            self.image.save(buffer, kind, **options)
        except ValueError:  # too long for the format
            options = formats.save_options(kind, text[:10_000], "a boat", "mused")
            self.image.save(buffer, kind, **options)
        return buffer.getvalue()

    def attempt(self, path: Path) -> None:
        """Read it, write it again, show it."""
        if path.suffix == ".json":
            settings = Settings.read(_object(path))
            assert Settings.read(json.loads(json.dumps(settings.plain()))) == settings
            return
        recipe = read_recipe(path)
        plain = recipe.plain()
        json.dumps(plain, allow_nan=False)
        assert json.dumps(Recipe.from_plain(plain).plain()) == json.dumps(plain)
        for suffix in (".png", ".jpg", ".webp"):
            saved = save(self.image, recipe, self.folder / f"again{suffix}", free_name=True)
            read = read_recipe(saved).settings
            saved.unlink()
            assert read == recipe.settings, f"{suffix} holds another recipe"
        self._show(path)
        with suppress(ArtError):  # a recipe that paints nothing any more
            prompts.parse(prompts.again(recipe.prompt, recipe.understood))

    def _show(self, path: Path) -> None:
        for options in ([], ["--json"]):
            shown = CliRunner().invoke(inspect, [*options, str(path)])
            assert shown.exit_code == 0, f"inspect: {shown.exception!r}"
            text = shown.output.replace("\n", "")
            assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text), f"shown: {text!r}"


def _text(random: Random) -> str:
    """Return what a recipe may have become."""
    chance = random.random()
    if chance < 0.85:
        return json.dumps(changed(WHOLE.plain(), random))
    if chance < 0.95:
        return json.dumps(value(random))
    return random.choice(("", "{", "[" * 10_000, '{"a":' * 10_000, "9" * 10_000, "null"))


def _object(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_bytes())
    if not isinstance(content, dict):
        raise PictureError("no object")  # whoever reads settings has made sure of that
    return content
