"""``mused sheet``: a file of prompts becomes one sheet."""

import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image

from mused.art import foresight
from mused.art.painting import Painting
from mused.art.sheet import GAP, LABEL

QUICK = ("--size", "64x48", "--steps", "1", "--seed", "5")

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_prompt_is_painted_onto_one_sheet(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    prompts, sheet = tmp_path / "prompts.txt", tmp_path / "sheet.webp"
    prompts.write_text("# three\na red boat\n\na castle at night\na cat\n")
    done = mused("sheet", prompts, "-o", sheet, "--columns", "3", *QUICK)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(sheet)
    with Image.open(sheet) as image:
        assert image.format == "WEBP"
        assert image.size == (GAP + 3 * (64 + GAP), GAP + 48 + 2 * LABEL + GAP)
        pixels = np.asarray(image.convert("RGB")).astype(int)
    pictures = [pixels[GAP : GAP + 48, x : x + 64] for x in (8, 80, 152)]
    assert all(picture.std() > 10 for picture in pictures)
    assert pictures[1].mean() < pictures[0].mean() - 20, "the night is darker"
    again = mused("sheet", prompts, "-o", sheet, *QUICK)
    assert again.stdout.strip() == str(tmp_path / "sheet-2.webp")


def test_it_says_of_each_line_what_is_not_known(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a red boat\na quux\n")
    done = mused("sheet", prompts, "-o", tmp_path / "s.png", *QUICK)
    assert "line 2: The sketch does not show: quux." in done.stderr
    assert "line 1" not in done.stderr


def test_it_is_painted_though_its_foresight_fails(
    mused: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "unknown_to_sketch", None)
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a quux\n")
    options = (*QUICK, "--start", "sketch")
    for command in (("sheet", prompts), ("paint", "a quux")):
        done = mused(*command, "-o", tmp_path / "s.png", *options)
        assert done.exit_code == 0, done.output
        assert "Traceback" not in done.stderr


def test_a_picture_is_what_paint_makes_of_the_prompt(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text("a red boat\n")
    assert mused("sheet", tmp_path / "one.txt", "-o", tmp_path / "s.png", *QUICK).exit_code == 0
    assert mused("paint", "a red boat", "-o", tmp_path / "p.png", *QUICK).exit_code == 0
    with Image.open(tmp_path / "s.png") as sheet, Image.open(tmp_path / "p.png") as picture:
        assert sheet.crop((GAP, GAP, GAP + 64, GAP + 48)).tobytes() == picture.tobytes()


def test_ctrl_c_keeps_the_sheet_as_far_as_it_is(
    mused: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Painting.begin

    def interrupted(self: Painting, at_once: int) -> None:
        begin(self, at_once)
        if self.prompt.text == "a boat":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Painting, "begin", interrupted)
    prompts, out = tmp_path / "two.txt", tmp_path / "s.png"
    prompts.write_text("a boat\na cat\n")
    done = mused("sheet", prompts, "-o", out, *QUICK, "--steps", "5000")
    assert done.exit_code == 130, done.output
    assert "Stopped: 2 of 2 pictures are unfinished." in done.stderr
    with Image.open(out) as image:
        assert image.width == GAP + 2 * (64 + GAP)


def test_a_prompt_may_name_pictures_wherever_they_lie(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "like.png")
    file = tmp_path / "one.toml"
    file.write_text(f'prompt = "a boat"\nimage_prompts = [["{tmp_path}/like.png", 0.5]]\n')
    done = mused("sheet", file, "-o", tmp_path / "s.png", "--size", "16x16", "--steps", "0")
    assert done.exit_code == 0, done.output


def test_what_cannot_be_painted_is_said_before_anything_is(
    mused: Callable[..., Result], tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a boat\na boat:x:y:2:3:4 | :\n")
    bad = mused("sheet", prompts, "-o", tmp_path / "s.png")
    assert (bad.exit_code, "line 2" in bad.output) == (1, True), bad.output
    wrong = mused("sheet", prompts, "-o", tmp_path / "s.bmp")
    assert (wrong.exit_code, "must end in" in wrong.output) == (2, True)
    nowhere = mused("sheet", prompts, "-o", tmp_path / "no" / "s.png")
    assert (nowhere.exit_code, "no folder" in nowhere.output) == (2, True)
