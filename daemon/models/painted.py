"""The weights that a recipe tells of, on this machine: by their hash, wherever they lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mused.art.picture import Recipe, Weights
from mused.art.settings import BUNDLED, quoted
from mused.daemon.errors import StoreError
from mused.daemon.models import hashes, store
from mused.daemon.models.catalogue import catalogue

Network = Literal["vqgan", "clip", "drafter"]

LARGEST = 20 * 10**9
"""Bytes of the largest file that is looked into: a recipe may name any."""


@dataclass(frozen=True)
class Found:
    """What to set for a picture to be painted again."""

    settings: dict[str, Any]
    """As JSON values: paths, names of installed models, or None for what is shipped."""
    changed: tuple[str, ...] = ()
    """In words: which are not those that painted."""


@dataclass(frozen=True)
class _Candidate:
    setting: str | None
    file: Path
    named: bool
    """Whether it is where the recipe says, or has the name told there."""


def weights_of(recipe: Recipe, kind: Network) -> Found:
    """Find the weights of a kind that painted, or that drafted its first frame.

    Raises StoreError where there are none on this machine, of any hash, that the recipe can mean.
    """
    if kind == "vqgan":
        setting, changed = _found(kind, recipe.settings.vqgan, recipe.vqgan)
        return Found({kind: setting}, changed)
    if kind == "drafter":
        if recipe.drafter is None:
            return Found({})
        setting, changed = _found(kind, recipe.settings.drafter, recipe.drafter)
        return Found({kind: setting}, changed)
    painted = (recipe.clip, *recipe.more_clips)
    clips = recipe.settings.clips or (None,)
    # A recipe that somebody wrote may tell of fewer than it names.
    told = [*painted, *(Weights(str(path), "") for path in clips[len(painted) :])]
    found = [_found(kind, path, weights) for path, weights in zip(clips, told, strict=False)]
    settings = [setting for setting, _ in found]
    words = tuple(word for _, words in found for word in words)
    return Found({kind: settings if len(settings) > 1 else settings[0]}, words)


def _found(
    kind: Network, path: Path | None, painted: Weights
) -> tuple[str | None, tuple[str, ...]]:
    """The setting that stands for the weights that painted, and in words where they changed."""
    there = [each for each in _candidates(kind, path, painted) if _is_file(each.file)]
    for each in there:
        if _sha256(each.file) == painted.sha256:
            return each.setting, ()
    for each in there:
        if each.named:
            which = each.setting or f"the {kind} shipped with mused"
            return each.setting, (f"{which} has changed since",)
    raise StoreError(_missing(kind, painted))


def _candidates(kind: Network, path: Path | None, painted: Weights) -> Iterator[_Candidate]:
    """The likeliest first: hashing large ones takes seconds."""
    shipped = BUNDLED / f"{kind}.safetensors"
    if path is None:
        yield _Candidate(None, shipped, named=True)
    else:
        yield _Candidate(str(path), path, named=True)
    name = _name_of(painted)
    models = [model for model in store.installed().values() if model.kind == kind]
    for model in sorted(models, key=lambda model: model.name != name):
        yield _Candidate(model.name, model.path, named=path is not None and model.name == name)
    if path is not None:
        yield _Candidate(str(shipped), shipped, named=False)


def _is_file(path: Path) -> bool:
    try:
        # What the kernel tells in a file has no size, and may never end.
        return path.is_file() and 0 < path.stat().st_size <= LARGEST
    except (OSError, ValueError):
        return False


def _sha256(path: Path) -> str | None:
    try:
        return hashes.sha256_of(path)
    except OSError:  # then painting says so
        return None


def _name_of(painted: Weights) -> str:
    """The name under which they were installed where they painted, if they were."""
    return painted.name.removesuffix(".safetensors")


def _missing(kind: Network, painted: Weights) -> str:
    name = _name_of(painted)
    missing = (
        f"{quoted(painted.name)} (sha256 {quoted(painted.sha256[:12])}), is not on this machine"
    )
    if kind == "drafter":
        return (
            f"the drafter of the first frame, {missing}: name its file, or another, with --drafter"
        )
    get = (
        f"`mused models pull {name}`"
        if name in catalogue()
        else "`mused models import FILE --name NAME` where you have the file"
    )
    return f"the {kind} that painted, {missing}: {get}, or paint with another, --{kind} NAME"
