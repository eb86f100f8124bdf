"""The options of ``mused paint`` that are settings of the painter, and how they are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from mused.art.settings import (
    BUNDLED,
    LONGEST_SIDE,
    LOOSELY,
    SHIPPED,
    SHORTEST_SIDE,
    FreshStart,
    Settings,
)
from mused.daemon.models import store

Command = TypeVar("Command", bound=Callable[..., Any])

STARTS = get_args(FreshStart)
OPTIMISERS = ["adam", "adamw", "radam"]
USUAL = Settings()
NETWORKS = ("vqgan", "clip", "drafter")


class Size(click.ParamType[tuple[int, int]]):
    """``WIDTHxHEIGHT`` in pixels."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Width and height."""
        if isinstance(value, tuple):
            return value
        width, x, height = str(value).lower().partition("x")
        if not (x and width.isdecimal() and height.isdecimal()):
            self.fail(f"{value!r} is not WIDTHxHEIGHT, for example 256x192", param, ctx)
        return int(width), int(height)


class Liked(click.ParamType[tuple[Path, float]]):
    """``PICTURE`` or ``PICTURE:WEIGHT``."""

    name = "picture[:weight]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Path, float]:
        """The picture and its weight, 1 where none is given."""
        if isinstance(value, tuple):
            return value
        path, weight = Path(value), 1.0
        name, colon, number = str(value).rpartition(":")
        if colon and not path.exists():
            try:
                path, weight = Path(name), float(number)
            except ValueError:
                self.fail(f"{number!r} is no weight: say PICTURE:0.5, for example", param, ctx)
        if not path.is_file():
            self.fail(f"there is no picture {path}", param, ctx)
        return path.absolute(), weight


class Weights(click.ParamType[str]):
    """The path of a weights file, SHIPPED, or a name of ``mused models list``."""

    name = "model"

    def __init__(self, *, named: bool = True) -> None:
        self.named = named
        """Whether models of this kind have names."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name or the absolute path."""
        path = Path(value)
        if path.is_file():
            return str(path.absolute())
        if value == SHIPPED:
            return SHIPPED
        if not self.named or not store.is_name(path) or path.name != value:
            self.fail(f"there is no file {path}", param, ctx)
        return str(value)


_OPTIONS = (
    click.option("--seed", type=int, help="The same seed paints the same picture."),
    click.option(
        "--steps",
        type=int,
        help=f"Optimisation steps; 0 shows the start. {USUAL.steps} if nothing is set.",
    ),
    click.option(
        "--size",
        type=Size(),
        help=f"Pixels, {SHORTEST_SIDE} to {LONGEST_SIDE} a side, for example 256x192. "
        f"{USUAL.width}x{USUAL.height} if nothing is set.",
    ),
    click.option(
        "--start",
        type=click.Choice(STARTS),
        help="What the loop begins with: a sketch of the words, a transformer's draft, random "
        f"codes, random pixels or random colours in the corners. {USUAL.start} if nothing is set.",
    ),
    click.option(
        "--like",
        type=Liked(),
        multiple=True,
        help="Paint towards this picture too; below zero away from it. May be repeated.",
    ),
    click.option(
        "--learning-rate",
        type=float,
        help="How far a step goes: 0.05 fine, 0.2 coarse. If not given "
        f"{USUAL.rate} over a sketch or a draft, {Settings(start='noise').rate} from noise.",
    ),
    click.option(
        "--optimiser", type=click.Choice(OPTIMISERS), help=f"{USUAL.optimiser} if not given."
    ),
    click.option(
        "--cutouts",
        type=int,
        help="Views of the picture CLIP judges in each step; "
        f"{USUAL.cutouts} if not given, 32 suit large ones.",
    ),
    click.option(
        "--anchor",
        type=float,
        help="How strongly it is held to its start; 0: freely, as from noise. If not given "
        f"{USUAL.hold:g} over a sketch or a draft, {LOOSELY:g} where only published CLIPs judge.",
    ),
    click.option(
        "--anchor-fade",
        type=float,
        help="Part of the steps after which the anchor is gone, 0 to 1; 0: it stays.",
    ),
    click.option("--total-variation", type=float, help="Smooths: about 1 to 20; 0: not at all."),
    click.option(
        "--average",
        type=float,
        help="Show the moving average of the steps with this decay: 0.9 for 40 steps, 0.99 for "
        "500; 0: the last step.",
    ),
    click.option(
        "--patience", type=int, help="End early where so many steps gained nothing; 0: never."
    ),
    click.option(
        "--sweep",
        type=int,
        help="Try so many starts for a tenth of the steps and go on with the best.",
    ),
    click.option(
        "--progressive",
        type=float,
        help="Paint this first part of the steps at half the size, where they are cheaper: 0.6.",
    ),
    click.option(
        "--vqgan",
        type=Weights(),
        help="The network that paints: a model's name, a file, or `shipped`.",
    ),
    click.option(
        "--clip",
        type=Weights(),
        multiple=True,
        help="The network that judges, likewise. May be repeated: the mean of several counts.",
    ),
    click.option(
        "--drafter",
        type=Weights(named=False),
        help="The transformer of --start draft: a file, or `shipped`.",
    ),
    click.option(
        "--at-once",
        type=int,
        help="Variations or starts that share their steps: 16 on a GPU and 1 on the processor if "
        "not given. The last digits of a picture may depend on it.",
    ),
    click.option(
        "--deterministic",
        is_flag=True,
        default=None,
        help="The same pixels in every run on a GPU too, where it is slower.",
    ),
)


def painting_options(command: Command) -> Command:
    """Add the options to a command, in the order they are listed here."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given as JSON values for Settings.read()."""
    asked = {key: value for key, value in given.items() if value not in (None, ())}
    if "size" in asked:
        asked["width"], asked["height"] = asked.pop("size")
    if "clip" in asked:
        first, *more = asked["clip"]
        asked["clip"] = [first, *more] if more else first
    for kind in NETWORKS:
        if asked.get(kind) == SHIPPED:
            asked[kind] = None  # whatever the configuration names
    if isinstance(asked.get("clip"), list):
        shipped = str(BUNDLED / "clip.safetensors")
        asked["clip"] = [shipped if each == SHIPPED else each for each in asked["clip"]]
    if "like" in asked:
        asked["image_prompts"] = [[str(path), weight] for path, weight in asked.pop("like")]
    return asked


def differing(settings: Settings) -> dict[str, Any]:
    """Return the settings that are not the default ones, as JSON values."""
    usual = Settings().plain()
    return {key: value for key, value in settings.plain().items() if value != usual[key]}
