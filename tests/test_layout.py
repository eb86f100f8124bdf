"""Where things lie, and who may know whom."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("art", "daemon", "skills", "training")
FOLDERS = (*ROOMS, "tests", "benchmarks")
FOR_SKILLS = {"mused.art.prompt", "mused.art.errors"}
PAINT_BY_THEMSELVES = tuple(
    ROOT / "daemon" / "commands" / f"{name}.py" for name in ("paint_alone", "sheet")
)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("mused", *parts)).removesuffix(".__init__")


OURS = {module_name(path) for path in sources(*ROOMS)} | {"mused"}


def imports(path: Path) -> Iterator[str]:
    """What a file imports anywhere, with the names it takes from a module appended."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} is a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(path: Path) -> set[str]:
    """The modules of mused that a file names."""
    found = set()
    for name in imports(path):
        if name.partition(".")[0] == "mused":
            found.add(name if name in OURS else name.rpartition(".")[0])
    assert found <= OURS, f"{path} imports {found - OURS}"
    return found


def test_links_lead_to_the_rooms() -> None:
    links = {path.name: path for path in (ROOT / "mused").iterdir() if path.is_symlink()}
    assert set(links) == {*ROOMS, "systemd"}
    for name, link in links.items():
        assert str(link.readlink()) == f"../{name}"
        assert link.resolve() == ROOT / name


def test_systemd_is_no_package() -> None:
    # From the repository's root it would hide systemd-python.
    assert not list((ROOT / "systemd").rglob("*.py"))


def test_every_package_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {module_name(path) for path in sources(*ROOMS) if path.name == "__init__.py"}
    folders = {module_name(path.parent / "__init__.py") for path in sources(*ROOMS)}
    assert folders == packages
    assert sorted(project["tool"]["setuptools"]["packages"]) == sorted({"mused", *packages})


def test_rooms_go_by_their_full_names() -> None:
    # PyPI has packages named art and daemon.
    for path in sources(*FOLDERS):
        assert not {name.partition(".")[0] for name in imports(path)} & set(ROOMS), path


def test_art_knows_nothing_of_the_daemon() -> None:
    for path in sources("art"):
        outside = {name for name in imported_modules(path) if not name.startswith("mused.art")}
        assert outside <= {"mused"}, path


def test_skills_know_the_contract_and_prompts() -> None:
    for path in sources("skills"):
        outside = {name for name in imported_modules(path) if not name.startswith("mused.skills")}
        assert outside <= FOR_SKILLS, path


def test_training_is_built_on_art_and_on_what_skills_listen_for() -> None:
    for path in sources("training"):
        rooms = {".".join(name.split(".")[:2]) for name in imported_modules(path)}
        assert rooms <= {"mused", "mused.art", "mused.skills", "mused.training"}, path


def test_nothing_that_runs_needs_training() -> None:
    # `mused train` finds its trainers by name, when one is asked for.
    for path in sources("art", "daemon", "skills"):
        assert not any(name.startswith("mused.training") for name in imported_modules(path)), path


def test_only_mused_paint_and_sheet_paint_in_their_own_process() -> None:
    for path in sources("daemon"):
        taken = {"mused.art.paint", "mused.art.Painter"} & set(imports(path))
        assert not taken or path in PAINT_BY_THEMSELVES


IMPORT_ALL = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
    heavy = {"torch", "torchvision", "vosk", "sounddevice", "pyttsx3"} & sys.modules.keys()
    if heavy:
        sys.exit(f"{name} imports {', '.join(sorted(heavy))}")
"""


def test_the_daemon_and_skills_import_without_torch() -> None:
    own = [module_name(path) for path in sources("skills", "daemon")]
    named = {name for path in sources("skills", "daemon") for name in imported_modules(path)}
    from_art = sorted(name for name in named if name.startswith("mused.art"))
    assert "mused.art.prompt" in from_art
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps([*own, *from_art])],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
