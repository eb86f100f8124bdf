import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from mused.art.picture import read_recipe
from mused.daemon.commands import COMMANDS, main

QUICK = ("--size", "64x64", "--steps", "3", "--seed", "5")


@pytest.fixture
def mused(tmp_path: Path) -> Callable[..., Result]:
    file = tmp_path / "mused.toml"
    file.write_text(
        f'state = "{tmp_path}/state"\n[folders]\ngallery = "{tmp_path}/gallery"\n'
        f'[control]\nsocket = "{tmp_path}/mused.sock"\n'
    )
    runner = CliRunner()
    return lambda *arguments: runner.invoke(main, ["--config", str(file), *map(str, arguments)])


def test_paint_inspect_and_repeat(mused: Callable[..., Result], tmp_path: Path) -> None:
    first, second = tmp_path / "one.png", tmp_path / "two.png"
    done = mused("paint", "a red boat", "-o", first, *QUICK)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(first)
    again = mused("paint", "--from", first, "-o", second)
    assert again.exit_code == 0, again.output
    assert Image.open(first).tobytes() == Image.open(second).tobytes()
    recipe = json.loads(mused("inspect", "--json", second).stdout)
    assert (recipe["prompt"], recipe["settings"]["seed"]) == ("a red boat", 5)
    assert "a red boat" in mused("inspect", first).stdout


def test_a_repeated_picture_takes_the_threads_of_the_first(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    """Settings leave them to the machine, pixels depend on them."""
    usual = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        mused("paint", "a red boat", "-o", tmp_path / "one.png", *QUICK)
        torch.set_num_threads(1)
        mused("paint", "--from", tmp_path / "one.png", "-o", tmp_path / "two.png")
    finally:
        torch.set_num_threads(usual)
    first, second = (read_recipe(tmp_path / name) for name in ("one.png", "two.png"))
    assert first.settings.threads is None
    assert (second.threads, second.precision) == (first.threads, first.precision) == (2, "float32")


def test_from_a_picture(mused: Callable[..., Result], tmp_path: Path) -> None:
    Image.new("RGB", (90, 60), "green").save(tmp_path / "green.jpg")
    out = tmp_path / "out.png"
    done = mused("paint", "a tree", "--from", tmp_path / "green.jpg", "-o", out, *QUICK)
    assert done.exit_code == 0, done.output
    assert read_recipe(out).start == "picture"


def test_without_a_name_it_goes_to_the_gallery_and_replaces_nothing(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    paths = {mused("paint", "a tree", *QUICK).stdout.strip() for _ in range(2)}
    assert len(paths) == 2
    assert all(Path(path).parent == tmp_path / "gallery" for path in paths)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["paint"], "say what to paint"),
        (["paint", "..."], "nothing to paint"),
        (["paint", "a boat", "--size", "big"], "is not WIDTHxHEIGHT"),
        (["paint", "a boat", "--size", "9x9", "-o", "x.png"], "width = 9"),
        (["paint", "a boat", "-o", "/nowhere/x.png"], "no folder /nowhere"),
        (["paint", "a boat", "--from", "/nowhere.png"], "does not exist"),
        (["inspect", __file__], "cannot be read"),
        (["ask", "hello"], "mused is not running"),
        (["queue"], "mused is not running"),
        (["status"], "mused is not running"),
        (["train", "nothing"], "No such command"),
    ],
)
def test_errors_say_what_is_wrong(
    mused: Callable[..., Result], arguments: list[str], words: str
) -> None:
    result: Any = mused(*arguments)
    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_itself(mused: Callable[..., Result], command: str) -> None:
    result = mused(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5
