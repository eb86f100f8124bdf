"""Which models the configuration uses."""

from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.models import store
from mused.daemon.models.store import Installed


def settings_of(config: Config) -> dict[str, Path]:
    """The settings that name a model or its path, by their names: "[hearing] model"."""
    found = {
        "[hearing] model": config.hearing.model,
        "[painting] vqgan": config.painting.vqgan,
        "[painting] clip": config.painting.clip,
    }
    return {name: value for name, value in found.items() if value is not None}


def users(model: Installed, config: Config) -> list[str]:
    """The settings that use a model, by its name or by a path inside it."""
    return [name for name, value in settings_of(config).items() if _is(value, model)]


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
