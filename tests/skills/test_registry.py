"""Skills as plug-ins: whatever is wrong with one becomes a status with a reason."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from mused.skills import registry
from mused.skills.registry import Status

PLUGINS = """
import sys
from collections.abc import Mapping
from pydantic import BaseModel, ConfigDict
from mused.skills.contract import Reply, Skill
from mused.skills.errors import SkillError

class Coffee(Skill):
    name = "coffee"
    class Cups(BaseModel):
        model_config = ConfigDict(extra="forbid")
        cups: int = 1
    settings_type = Cups
    def sentences(self):
        return {"brew": ["brew [a] coffee"]}
    async def handle(self, match, context):
        return Reply(f"{self.settings.cups} cups")

class Unplugged(Coffee):
    name = "unplugged"
    def check(self):
        raise SkillError("the coffee machine is not plugged in: plug it in")

class Broken(Coffee):
    name = "broken"
    def sentences(self):
        return {"brew": ["brew (a coffee"]}

class Dumb(Coffee):
    name = "dumb"
    def sentences(self):
        return {}

class Crashing(Coffee):
    name = "crashing"
    def __init__(self, settings=None):
        raise RuntimeError("no beans")

class NotASkill:
    name = "notaskill"
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mused_test_plugins.py").write_text(PLUGINS)
    (tmp_path / "mused_test_exits.py").write_text("import sys; sys.exit(1)")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mused_test_plugins", raising=False)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, registry.GROUP)


def one(name: str, value: str, **settings: object) -> registry.Entry:
    (entry,) = registry.load_skills(
        {name: settings} if settings else {}, [point(name, value)]
    ).entries
    assert entry.name == name
    assert (entry.skill is not None) == (entry.status == Status.OK)
    return entry


def test_built_in_skills_come_as_entry_points() -> None:
    found = registry.load_skills()
    assert [entry.name for entry in found.entries if entry.origin.startswith("mused ")] == [
        "clock", "generate", "help", "mute", "progress", "stop",
    ]  # fmt: skip
    assert {entry.status for entry in found.entries} == {Status.OK}
    assert all(skill.example for skill in found.working)


def test_a_skill_can_be_switched_off() -> None:
    found = registry.load_skills({"clock": {"enabled": False}})
    entry = next(entry for entry in found.entries if entry.name == "clock")
    assert entry.status == Status.DISABLED
    assert "clock" not in {skill.name for skill in found.working}


@pytest.mark.usefixtures("plugins")
def test_settings_reach_the_skill() -> None:
    entry = one("coffee", "mused_test_plugins:Coffee", enabled=True, cups=3)
    assert entry.skill is not None
    assert entry.skill.settings.model_dump() == {"cups": 3}


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"cup": 2}, "unknown key 'skills.coffee.cup', did you mean 'cups'?"),
        ({"sugar": 2}, "unknown key 'skills.coffee.sugar'"),
        ({"cups": "many"}, "skills.coffee.cups: Input should be a valid integer"),
        ({"enabled": "no"}, "skills.coffee.enabled: 'no' is neither true nor false"),
    ],
)
def test_wrong_settings(settings: dict[str, object], reason: str) -> None:
    entry = one("coffee", "mused_test_plugins:Coffee", **settings)
    assert entry.status == Status.CONFIG_ERROR
    assert entry.reason.startswith(reason)


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("name", "value", "status", "reason"),
    [
        ("gone", "mused_test_nowhere:Gone", Status.LOAD_ERROR, "No module named"),
        ("gone", "mused_test_plugins:Gone", Status.LOAD_ERROR, "AttributeError"),
        ("exits", "mused_test_exits:Exits", Status.LOAD_ERROR, "SystemExit"),
        ("notaskill", "mused_test_plugins:NotASkill", Status.LOAD_ERROR, "not a subclass"),
        ("tea", "mused_test_plugins:Coffee", Status.LOAD_ERROR, "calls itself 'coffee'"),
        ("unplugged", "mused_test_plugins:Unplugged", Status.CHECK_FAILED, "plug it in"),
        ("broken", "mused_test_plugins:Broken", Status.CHECK_FAILED, "'brew (a coffee'"),
        ("dumb", "mused_test_plugins:Dumb", Status.CHECK_FAILED, "no sentence templates"),
        ("crashing", "mused_test_plugins:Crashing", Status.CHECK_FAILED, "no beans"),
    ],
)
def test_a_failing_skill_is_a_status(
    name: str, value: str, status: Status, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    entry = one(name, value)
    assert entry.status == status
    assert reason in entry.reason
    assert [record.message for record in caplog.records] == [
        f"skill {name}: {status}: {entry.reason}"
    ]


@pytest.mark.usefixtures("plugins")
def test_a_name_is_taken_once() -> None:
    first, second = registry.load_skills(
        found=[
            point("clock", "mused_test_plugins:Coffee"),
            point("clock", "mused.skills.clock:Clock"),
        ]
    ).entries
    assert (first.status, second.status) == (Status.OK, Status.LOAD_ERROR)
    assert "the name is taken" in second.reason


def test_a_section_without_a_skill_is_reported() -> None:
    entry = registry.load_skills({"clok": {}}).entries[-1]
    assert (entry.name, entry.status) == ("clok", Status.CONFIG_ERROR)
    assert entry.reason.endswith("did you mean 'clock'?")
