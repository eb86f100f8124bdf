"""Which models the configuration uses."""

from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.models import store
from mused.daemon.models.store import Installed


def settings_of(config: Config) -> dict[str, tuple[Path, ...]]:
    """The settings that name models or their paths, by their names: "[hearing] model"."""
    hearing, painting = config.hearing, config.painting
    return {
        "[hearing] model": (hearing.model,) if hearing.model else (),
        "[painting] vqgan": (painting.vqgan,) if painting.vqgan else (),
        "[painting] clip": painting.clip or (),
    }


def users(model: Installed, config: Config) -> list[str]:
    """The settings that use a model, by its name or by a path inside it."""
    return [
        name
        for name, values in settings_of(config).items()
        if any(_is(value, model) for value in values)
    ]


def _is(value: Path, model: Installed) -> bool:
    if store.is_name(value):
        return str(value) == model.name
    return value.resolve().is_relative_to(model.folder.resolve())


def how_to_use(model: Installed) -> str:
    """What to do with an installed model."""
    setting = {"vosk": "[hearing] model", "vqgan": "[painting] vqgan", "clip": "[painting] clip"}
    words = f'{setting[model.kind]} = "{model.name}" in the configuration'
    if model.kind in store.NETWORKS:
        return f"mused paint --{model.kind} {model.name}, or {words}"
    return words
