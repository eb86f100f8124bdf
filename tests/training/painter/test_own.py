"""Training on pictures of one's own, with their captions."""

import os
import random
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from mused.art.drafter import load_drafter
from mused.art.weights import bundled, load_clip
from mused.daemon.commands import main
from mused.training.painter.clip import CONTEXT, CLIPTask, CLIPTraining
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.own import Captioned, has_captions
from mused.training.painter.run import run
from mused.training.painter.transformer import TransformerTask, TransformerTraining

COLOURS = ("red", "blue", "green", "white")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve plain pictures, three of each colour, called by words the scene painter lacks."""
    own = tmp_path / "own"
    own.mkdir()
    for number in range(12):
        colour = COLOURS[number % 4]
        Image.new("RGB", (40, 40), colour).save(own / f"{number}.png")
        (own / f"{number}.txt").write_text(f"{colour} wallpaper\n\nquokkas like {colour}\n")
    return own


def small_clip(folder: Path, steps: int) -> CLIPTask:
    settings = CLIPTraining(
        steps=steps, pairs=4, looks=1, width=8, resolution=32, spoilt=4, data=str(folder)
    )
    return CLIPTask(settings)


def test_clip_learns_what_captions_mean(folder: Path) -> None:
    task = small_clip(folder, 60)
    for number in range(60):
        task.step(number)
    assert task.own is not None
    assert len(task.kept_out) == 1
    assert task.kept_out[0] not in task.own.files
    share, count = task.own.named(task.averaged(), task.own.files)
    assert count == 11
    assert share > 0.7, "chance would be a quarter"


def test_a_resumed_clip_of_own_pictures_equals_an_uncut_one(folder: Path, tmp_path: Path) -> None:
    uncut, cut, resumed = (small_clip(folder, 4) for _ in range(3))
    run(uncut, 4, tmp_path / "uncut")
    run(cut, 2, tmp_path / "cut")
    run(resumed, 4, tmp_path / "cut")
    one, other = uncut.averaged().state_dict(), resumed.averaged().state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    clip = load_clip(tmp_path / "cut" / "clip.safetensors")
    assert clip.tokenizer.unknown_words("quokkas like a red wallpaper") == []
    told = (tmp_path / "cut" / "clip.txt").read_text()
    assert told == "1 pictures kept out: nearest to their own caption 1.000\n"


def test_captions_that_say_the_same_are_no_negatives(folder: Path) -> None:
    task = small_clip(folder, 1)
    assert task.own is not None
    drawn = task.own.drawn(random.Random(0), 8, 32)
    batch = task.look(drawn, random.Random(1))
    for row, texts in enumerate(drawn.texts):
        untrue = [caption.text not in texts for caption in batch.captions]
        assert batch.negatives()[row].tolist() == untrue
    assert batch.negatives().any()


def test_a_drafter_hears_the_captions_of_own_pictures(folder: Path, tmp_path: Path) -> None:
    settings = TransformerTraining(
        str(bundled("vqgan")), steps=1, batch=2, side=16, width=32, layers=1, data=str(folder)
    )
    task = TransformerTask(settings)
    assert task.own is not None
    pictures, texts = task.own.draw(random.Random(3), 20, 16)
    assert pictures.shape == (20, 3, 16, 16)
    for picture, told in zip(pictures, texts, strict=True):
        red = picture[0].mean() > 0.9 > picture[1].mean()
        assert ("red wallpaper" in told) == bool(red)
    run(task, 1, tmp_path / "run")
    drafter = load_drafter(tmp_path / "run" / "drafter.safetensors")
    assert drafter.tokenizer.unknown_words("quokkas like wallpaper") == []


def test_captions_are_cut_to_what_is_heard(folder: Path) -> None:
    (folder / "0.txt").write_text("red wallpaper " * 40)
    (text,) = Captioned(folder, CONTEXT).captions[folder / "0.png"]
    assert 10 < len(text.split()) <= CONTEXT - 2


def test_pictures_without_captions_are_left_out(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "0.txt").unlink()
    (folder / "1.txt").write_bytes(b"\xff\xfe\x00")
    (folder / "2.txt").unlink()
    os.mkfifo(folder / "2.txt")
    (folder / "3.txt").write_text("\n \n")
    kept = Captioned(folder, CONTEXT).files
    assert "4 of 12 pictures have no captions" in caplog.text
    assert [file.stem for file in kept] == ["10", "11", "4", "5", "6", "7", "8", "9"]
    (folder / "4.png").write_bytes(b"no picture")
    only = Captioned(folder, CONTEXT)
    only.files = [folder / "4.png"]
    with pytest.raises(PainterTrainingError, match="no picture that can be read"):
        only.draw(random.Random(0), 1, 16)


def test_clip_refuses_a_folder_without_captions(folder: Path, tmp_path: Path) -> None:
    assert has_captions(folder)
    for text in folder.glob("*.txt"):
        text.unlink()
    assert not has_captions(folder)
    options = ["--steps", "1", "--data", str(folder), "--folder", str(tmp_path / "run")]
    refused = CliRunner().invoke(main, ["train", "clip", *options])
    assert refused.exit_code == 1
    assert "holds no captions: beside a picture, boat.jpg" in refused.output


@pytest.mark.parametrize("trainer", ["vae", "transformer", "clip"])
def test_a_folder_without_pictures_is_refused(tmp_path: Path, trainer: str) -> None:
    (tmp_path / "own").mkdir()
    options = ["--steps", "1", "--data", str(tmp_path / "own"), "--folder", str(tmp_path / "run")]
    refused = CliRunner().invoke(main, ["train", trainer, *options])
    assert refused.exit_code == 1
    assert f"{tmp_path / 'own'} holds no pictures" in refused.output


def test_a_picture_that_cannot_be_read_is_named(folder: Path, tmp_path: Path) -> None:
    for number in range(2, 12):
        (folder / f"{number}.png").write_bytes(b"no picture")
    options = ["--steps", "1", "--data", str(folder), "--folder", str(tmp_path / "run")]
    done = CliRunner().invoke(main, ["train", "vae", *options])
    assert done.exit_code == 0, done.output
    assert f"{folder / '5.png'} is no picture" in done.stderr
