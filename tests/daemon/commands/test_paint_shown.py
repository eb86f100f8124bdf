"""What ``mused paint`` says: before it begins, meanwhile, and where it is left."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image

from mused.art import milestones
from mused.art.picture import read_recipe, save

QUICK = ("--size", "64x64", "--steps", "5", "--seed", "5", "--start", "noise")


WITHOUT_TORCH = """
import sys
from click.testing import CliRunner
from mused.daemon.commands import main
done = CliRunner().invoke(main, sys.argv[1:])
print(done.output)
sys.exit("torch was loaded" if "torch" in sys.modules else done.exit_code)
"""


TORCH_MISSING = """
import sys
sys.modules["torch"] = None
from mused.daemon.commands import main
main()
"""


@pytest.mark.parametrize(
    "more",
    [
        ["paint", "a boat", "--alone"],
        ["train", "vae"],
        ["sample", __file__],
        ["classify", __file__, "--labels", "boat"],
    ],
)
def test_without_torch_there_are_words(own_folders: list[str], more: list[str]) -> None:
    command = [sys.executable, "-c", TORCH_MISSING, *own_folders, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: this needs torch, which is not installed: run `make setup`\n"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["..."], "nothing to paint"),
        (["a boat", "--average", "1"], "average = 1"),
        (["a boat", "--size", "9x9"], "width = 9"),
        (["a boat", "--like", __file__], "is no picture"),
        (["a boat", "--from", __file__], "is no picture"),
        (["a boat", "-o", "/nowhere/x.png"], "no folder /nowhere"),
    ],
)
def test_what_is_wrong_is_said_before_torch_is_loaded(
    own_folders: list[str], more: list[str], words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *own_folders, "paint", *more],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert words in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


def test_json_lines_tell_every_step(mused: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    done = mused("paint", "a quux", "--json", "-o", out, *QUICK, "--start", "sketch")
    assert done.exit_code == 0, done.output
    events: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["foretold"] + ["progress"] * 5 + ["written"]
    assert [event["step"] for event in events[1:-1]] == [1, 2, 3, 4, 5]
    fourth = events[4]
    assert fourth["steps"] == 5
    assert fourth["loss"] == read_recipe(out).losses[3]
    assert fourth["steps_per_second"] > 0
    assert fourth["seconds_left"] == pytest.approx(1 / fourth["steps_per_second"], abs=0.1)
    assert events[-1]["picture"] == str(out)
    assert any("quux" in notice for notice in events[0]["notices"])
    assert set(events[0]["notices"]) < set(events[-1]["notices"])


def test_words_nobody_knows_are_told_once_and_before_it_is_painted(
    own_folders: list[str], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mused", *own_folders, "paint", "a boat and a quux", "-o",
         tmp_path / "x.png", "--size", "64x64", "--steps", "100000"],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    told = next(process.stderr)
    assert told == "The sketch does not show: quux.\n"
    next(process.stderr)  # that it takes long
    process.send_signal(signal.SIGINT)
    assert told not in process.communicate(timeout=20)[1]
    assert told.strip() in read_recipe(tmp_path / "x.png").notices


def test_the_bar_shows_how_it_goes(own_folders: list[str], tmp_path: Path) -> None:
    """In a terminal; the path alone is on standard output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mused", *own_folders, "paint", "a boat", "-o", tmp_path / "x.png",
         *QUICK, "--steps", "60"],
        stdout=subprocess.PIPE, stderr=theirs, text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    os.close(theirs)
    text = "".join(_until_closed(ours))
    assert process.communicate(timeout=20)[0] == f"{tmp_path / 'x.png'}\n"
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text)
    assert re.search(r"\d+/60 [\d.]+ steps/s, loss \d\.\d+, 0:\d\d left", plain), plain


def test_without_a_terminal_lines_show_how_it_goes(
    mused: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milestones, "PAUSE", 0.0)
    done = mused("paint", "a boat", "-o", tmp_path / "x.png", *QUICK)
    assert done.stdout == f"{tmp_path / 'x.png'}\n"
    told = re.findall(r"painting: (\d) of 5 steps, .*loss \d", done.stderr)
    assert told == ["1", "2", "3", "4", "5"]


def _until_closed(terminal: int) -> Iterator[str]:
    try:
        while part := os.read(terminal, 10_000):
            yield part.decode(errors="replace")
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(terminal)


def test_a_long_painting_is_told_before_and_kept_when_interrupted(
    own_folders: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "x.png"
    process = subprocess.Popen(
        [sys.executable, "-m", "mused", *own_folders, "paint", "a boat", "--json", "-o", out,
         "--animation", tmp_path / "x.gif", *QUICK, "--steps", "100000", "--size", "160x120"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    events = (json.loads(line) for line in process.stdout)
    estimate = next(events)
    assert estimate["event"] == "estimate"
    assert estimate["seconds"] == pytest.approx(100_000 * estimate["step_seconds"], abs=1)
    assert "--size 128x96 --steps 100" in estimate["words"]
    assert next(events)["event"] == "progress"
    process.send_signal(signal.SIGINT)
    *_, written, film = events
    assert written["picture"] == str(out)
    assert re.fullmatch(r"Stopped after \d+ of 100000 steps\.", written["notices"][-1])
    assert film["picture"] == str(tmp_path / "x.gif")
    assert process.wait(timeout=20) == 130
    assert process.communicate()[1].startswith("stopping after this step; Ctrl-C once more")
    assert read_recipe(out).stop_reason == "cancelled"


def test_a_recipe_does_not_steer_the_terminal(mused: Callable[..., Result], tmp_path: Path) -> None:
    """Anybody may have written it."""
    mused("paint", "a boat", "-o", tmp_path / "x.png", *QUICK, "--steps", "0")
    recipe = read_recipe(tmp_path / "x.png")
    object.__setattr__(recipe, "prompt", "a \x1b]0;boat\x07\x9b31m")
    with Image.open(tmp_path / "x.png") as image:
        save(image, recipe, tmp_path / "y.png")
    shown = mused("inspect", tmp_path / "y.png").stdout
    assert r"a \x1b]0;boat\x07\x9b31m" in shown
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_a_second_ctrl_c_ends_a_long_step_at_once(own_folders: list[str], tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mused", *own_folders, "paint", "a boat", "-o", tmp_path / "x.png",
         "--json", "--size", "1536x1536", "--steps", "100"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        # The steps that follow take many seconds each.
        assert json.loads(process.stdout.readline())["event"] == "estimate"
        process.send_signal(signal.SIGINT)
        assert "stopping after this step" in process.stderr.readline()
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert time.monotonic() - asked < 2
