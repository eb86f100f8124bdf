"""README's examples are run, its links lead somewhere, its commands exist."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from mused.art.picture import read_recipe
from mused.daemon.commands import main
from mused.daemon.config import Config
from mused.daemon.folders.prompt_file import read_requests
from mused.skills.contract import Utterance
from mused.skills.router import Router

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_skill_works() -> None:
    [source] = [block for block in blocks("python") if "class Coffee" in block]
    space: dict[str, object] = {}
    exec(compile(source, "README.md", "exec"), space)  # noqa: S102 - our own README
    skill = space["Coffee"]
    assert isinstance(skill, type)
    match = Router([skill()]).match(Utterance("please make me a coffee", "cli", "t"))
    assert match is not None
    assert match.intent == "make"


def test_the_library_example_paints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [source] = [block for block in blocks("python") if "import Settings, paint" in block]
    exec(compile(source, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert read_recipe(tmp_path / "library.png").steps_done == 20


@pytest.mark.parametrize("block", [b for b in blocks("toml") if re.match(r"\[(?!project)", b)])
def test_the_settings_exist(block: str) -> None:
    Config.model_validate(tomllib.loads(block))


def test_the_prompt_file_is_one(tmp_path: Path) -> None:
    [block] = [block for block in blocks("toml") if block.startswith("prompt")]
    (tmp_path / "boat.toml").write_text(block)
    [request] = read_requests(tmp_path / "boat.toml", "boat.toml", ())
    assert request.settings["width"] == 256


def test_the_commands_and_options_exist() -> None:
    lines = [line.partition("#")[0] for block in blocks("sh") for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("mused ")]
    assert len(commands) > 8
    for name, *arguments in commands:
        command = main.get_command(click.Context(main), name)
        if isinstance(command, click.Group) and arguments:
            command = command.get_command(click.Context(command), arguments.pop(0))
        assert command is not None, name
        options = {option for each in command.params for option in each.opts}
        assert {each for each in arguments if each.startswith("-")} <= options


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http|#)([^)#]+)", README))
def test_the_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
