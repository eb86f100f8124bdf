"""README's examples are run; in all pages links lead somewhere and commands exist."""

import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Sequence
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
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "art/bundled/README.md",
    "benchmarks/quality/README.md",
    "daemon/hearing/bundled/vosk-mused-en/README.md",
    "docs/blind-look.md",
    "docs/family.md",
    "docs/measured.md",
    "docs/painting-speed.md",
    "systemd/README.md",
)


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


def told(page: str, program: str) -> list[list[str]]:
    """The words after `program` wherever it is called in a page: in blocks and within lines."""
    text = (ROOT / page).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [
        line.partition("#")[0]
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines += [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
    return [
        shlex.split(line.removeprefix(program)) for line in lines if line.startswith(f"{program} ")
    ]


def check_command(words: Sequence[str]) -> None:
    """Assert that mused has the command, and the command the options."""
    name, *arguments = words
    command = main.get_command(click.Context(main), name)
    if isinstance(command, click.Group) and arguments and not arguments[0].startswith("…"):
        command = command.get_command(click.Context(command), arguments.pop(0))
    assert command is not None, words
    options = {option for each in command.params for option in each.opts} | {"--help"}
    given = {each.partition("=")[0] for each in arguments if re.match(r"--?[a-z]", each)}
    assert given <= options, words


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_and_options_exist(page: str) -> None:
    commands = told(page, "mused")
    assert len(commands) > {"README.md": 40, "docs/family.md": 8}.get(page, -1)
    for words in commands:
        check_command(words)


@pytest.mark.parametrize("page", PAGES)
def test_the_benchmarks_and_their_options_exist(page: str) -> None:
    for module, *arguments in told(page, "python -m"):
        place = ROOT.joinpath(*module.split("."))
        sources = [*place.glob("*.py"), place.with_suffix(".py")]
        source = "".join(path.read_text() for path in sources if path.is_file())
        assert source, module
        for option in (each for each in arguments if each.startswith("--")):
            assert f'"{option}"' in source, f"{module} {option}"


def test_make_train_names_commands_and_files_of_earlier_ones() -> None:
    made = subprocess.run(
        ["make", "-n", "-o", ".venv/.ready", "TORCH=", "train"],
        cwd=ROOT,
        # That of a `make test` above us would have it tell of folders.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        check=True,
        capture_output=True,
        text=True,
    )
    written: set[str] = set()
    called = []
    for line in made.stdout.replace("\\\n", " ").splitlines():
        program, *words = shlex.split(line)
        assert program == ".venv/bin/mused"
        check_command(words)
        called.append(words[1])
        folder = "painter-training/" + words[1]
        if "--folder" in words:
            folder = words[words.index("--folder") + 1]
        assert folder not in {path.rpartition("/")[0] for path in written}, "would go on in there"
        named = {each for each in words if each.endswith(".safetensors")}
        assert named <= written
        file = {"transformer": "drafter", "enlarger": "drafter"}.get(words[1], words[1])
        written.add(f"{folder}/{file}.safetensors")
    assert {*called} == {"vqgan", "clip", "transformer", "enlarger", "judge", "speech"}


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (page, link)
        for page in PAGES
        for link in re.findall(r"\]\((?!http)([^)]+)\)", (ROOT / page).read_text("utf-8"))
    ],
)
def test_the_links_lead_somewhere(page: str, link: str) -> None:
    file, _, heading = link.partition("#")
    target = (ROOT / page).parent / file if file else ROOT / page
    assert target.exists()
    if heading:
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
        plain = [re.sub(r"[^\w\- ]", "", each.lower()) for each in headings]
        assert heading in [each.replace(" ", "-") for each in plain]
