"""Finds skills among installed entry points; whatever is wrong with one becomes a status."""

import difflib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel, ValidationError

from mused.skills import templates
from mused.skills.contract import Skill
from mused.skills.errors import SkillError

GROUP = "mused.skills"
logger = logging.getLogger(__name__)


class Status(StrEnum):
    """What became of a skill at start-up."""

    OK = "ok"
    DISABLED = "disabled"
    LOAD_ERROR = "load error"
    CONFIG_ERROR = "config error"
    CHECK_FAILED = "check failed"


@dataclass(frozen=True)
class Entry:
    """A skill found or configured, and whether it works."""

    name: str
    status: Status
    reason: str = ""
    """Why it does not work; empty when it does."""
    origin: str = ""
    """The distribution it came with and its version."""
    skill: Skill | None = None
    """Set when the status is ok."""


@dataclass(frozen=True)
class Registry:
    """All skills of this installation, built-in ones first, then by name."""

    entries: tuple[Entry, ...]

    @property
    def working(self) -> tuple[Skill, ...]:
        """The skills whose status is ok."""
        return tuple(each.skill for each in self.entries if each.skill is not None)


def load_skills(
    config: Mapping[str, Mapping[str, Any]] | None = None,
    found: Iterable[EntryPoint] | None = None,
) -> Registry:
    """Load every skill of the entry-point group, configured by `config` (section by name).

    A failing skill is logged once and listed with its reason; nothing here raises.
    """
    config = config or {}
    points = sorted(entry_points(group=GROUP) if found is None else found, key=_order)
    entries: dict[str, Entry] = {}
    duplicates = []
    for point in points:
        if point.name in entries:
            reason = f"the name is taken by {entries[point.name].origin}"
            duplicates.append(Entry(point.name, Status.LOAD_ERROR, reason, _origin(point)))
        else:
            entries[point.name] = _load(point, config.get(point.name, {}))
    unknown = [_unknown(name, entries) for name in sorted(config.keys() - entries.keys())]
    registry = Registry((*entries.values(), *duplicates, *unknown))
    for each in registry.entries:
        if each.status not in (Status.OK, Status.DISABLED):
            logger.warning("skill %s: %s: %s", each.name, each.status, each.reason)
    return registry


def _order(point: EntryPoint) -> tuple[bool, str, str]:
    return (not point.value.startswith("mused."), point.name, point.value)


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _load(point: EntryPoint, config: Mapping[str, Any]) -> Entry:
    origin = _origin(point)
    settings = dict(config)
    enabled = settings.pop("enabled", True)
    if enabled is False:
        return Entry(point.name, Status.DISABLED, "switched off in the configuration", origin)
    if enabled is not True:
        reason = f"skills.{point.name}.enabled: {enabled!r} is neither true nor false"
        return Entry(point.name, Status.CONFIG_ERROR, reason, origin)
    status = Status.LOAD_ERROR
    try:
        kind = _skill_class(point)
        status = Status.CONFIG_ERROR
        values = _validated(kind, settings)
        status = Status.CHECK_FAILED
        skill = kind(values)
        templates.parse(skill)
        skill.check()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        return Entry(point.name, status, _reason(error), origin)
    return Entry(point.name, Status.OK, "", origin, skill)


def _skill_class(point: EntryPoint) -> type[Skill]:
    kind = point.load()
    if not (isinstance(kind, type) and issubclass(kind, Skill)):
        raise SkillError(f"{point.value} is not a subclass of mused.skills.contract.Skill")
    name = getattr(kind, "name", None)
    if name != point.name:
        raise SkillError(f"{point.value} calls itself {name!r}, its entry point {point.name!r}")
    if not issubclass(kind.settings_type, BaseModel):
        raise SkillError(f"{point.value}: settings_type is not a pydantic model")
    return kind


def _validated(kind: type[Skill], settings: Mapping[str, Any]) -> BaseModel:
    """The skill's settings; raises SkillError naming each key that is wrong."""
    try:
        return kind.settings_type.model_validate(settings)
    except ValidationError as error:
        complaints = []
        for each in error.errors():
            key = ".".join(["skills", kind.name, *map(str, each["loc"])])
            if each["type"] == "extra_forbidden":
                hint = _did_you_mean(str(each["loc"][-1]), kind.settings_type.model_fields)
                complaints.append(f"unknown key {key!r}{hint}")
            else:
                complaints.append(f"{key}: {each['msg']}")
        raise SkillError("; ".join(complaints)) from error


def _unknown(name: str, entries: Iterable[str]) -> Entry:
    reason = f"[skills.{name}] is configured but no such skill is installed"
    return Entry(name, Status.CONFIG_ERROR, reason + _did_you_mean(name, entries))


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, SkillError) else f"{type(error).__name__}: {error}"
