"""``mused sample``, ``reconstruct``, ``classify``, ``scenes``: what networks do by themselves."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mused.art import milestones
from mused.art.drafter import load_drafter
from mused.art.scenes.words import OBJECTS
from mused.art.starts import sketch
from mused.art.weights import bundled
from mused.daemon.commands import main
from mused.training.painter import vqvae
from mused.training.painter.likeness import psnr, ssim
from mused.training.painter.own import Captioned


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_likeness_is_that_of_the_papers() -> None:
    rng = np.random.default_rng(0)
    one = np.kron(rng.uniform(-1, 1, (8, 8, 3)), np.ones((6, 6, 1)))
    for other in (np.clip(one + rng.normal(0, 0.2, one.shape), -1, 1), 0.5 * one, -one):
        x, y = (torch.from_numpy(each).permute(2, 0, 1) for each in (one, other))
        window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        shown = ((one + 1) / 2, (other + 1) / 2)
        expected = structural_similarity(*shown, channel_axis=2, data_range=1, **window)
        assert ssim(x, y) == pytest.approx(expected, abs=1e-6)
        assert psnr(x, y) == pytest.approx(peak_signal_noise_ratio(one, other, data_range=2))


def test_without_a_terminal_lines_tell_how_many_scenes_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(milestones, "PAUSE", 0.0)
    done = CliRunner().invoke(
        main, ["scenes", str(tmp_path / "new"), "--size", "64", "--count", "2"]
    )
    assert done.stderr == "drawing: 1 of 2 scenes\ndrawing: 2 of 2 scenes\n"


def test_scenes_are_an_example_of_pictures_of_ones_own(tmp_path: Path) -> None:
    def drawn(name: str, *arguments: str) -> list[bytes]:
        folder = str(tmp_path / name)
        done = CliRunner().invoke(main, ["scenes", folder, "--size", "64", *arguments])
        assert done.exit_code == 0, done.output
        return [path.read_bytes() for path in sorted((tmp_path / name).iterdir())]

    three = drawn("one", "--count", "3")
    assert drawn("same", "--count", "2") == three[:4]
    assert drawn("other", "--count", "2", "--seed", "1") != three[:4]
    own = Captioned(tmp_path / "one", 32)
    assert [len(captions) for captions in own.captions.values()] == [3, 3, 3]
    refused = CliRunner().invoke(main, ["scenes", str(tmp_path / "one")])
    assert refused.exit_code == 2
    assert "name a new folder" in refused.output


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        return image.size


def test_a_training_takes_the_shipped_drafter_by_name(tmp_path: Path) -> None:
    before = load_drafter(bundled("drafter")).state_dict()
    for words in ("transformer --from", "enlarger --drafter"):
        name, option = words.split()
        folder = tmp_path / name
        arguments = [name, option, "shipped", "--steps", "1", "--seed", "9"]
        done = CliRunner().invoke(main, ["train", *arguments, "--folder", str(folder)])
        assert done.exit_code == 0, done.output
        after = load_drafter(folder / "drafter.safetensors").state_dict()
        assert after.keys() == before.keys()
        blocks = [each for each in before if each.startswith("blocks.")]
        assert all(torch.allclose(after[each], before[each], atol=0.05) for each in blocks)
    refused = CliRunner().invoke(main, ["train", "transformer", "--from", str(tmp_path / "none")])
    assert refused.exit_code == 2
    assert "there is no file" in refused.output


def test_commands_train_sample_reconstruct_and_classify(tmp_path: Path) -> None:
    def mused(*arguments: object) -> str:
        done = CliRunner().invoke(main, [str(each) for each in arguments])
        assert done.exit_code == 0, done.output
        return done.output

    mused("train", "vae", "--steps", 1, "--folder", tmp_path / "vae")
    mused("sample", tmp_path / "vae" / "vae.safetensors", "-o", tmp_path / "vae.png", "--count", 3)
    assert size_of(tmp_path / "vae.png") == (192, 64)
    told = mused(
        "sample", "shipped", "a boat", "a quokka", "-o", tmp_path / "draft.png", "--count", 1
    )
    assert "The drafter does not know: quokka.\n" in told
    assert size_of(tmp_path / "draft.png") == (512, 256)
    assert mused("scenes", tmp_path / "scenes", "--count", 2, "--size", 128)
    drawn, other = tmp_path / "scenes" / "000.png", tmp_path / "scenes" / "001.png"
    told = mused("reconstruct", drawn, "--size", 128, "-o", tmp_path / "back.png")
    _, figures, written = told.splitlines()
    assert float(figures.split()[1]) > 20
    assert written == str(tmp_path / "back.png")
    alone = size_of(tmp_path / "back.png")
    assert mused("reconstruct", drawn, "-o", tmp_path / "back.png").endswith("back-2.png\n")
    several = ("--weights", tmp_path / "vae" / "vae.safetensors", "--weights", "shipped")
    told = mused(
        "reconstruct", drawn, other, "--size", 128, *several, "-o", tmp_path / "family.png"
    )
    vae, *_, vqgan = (line for line in told.splitlines() if "the mean of 2" in line)
    assert "codes" not in vae
    assert "of 1024 codes, as even as" in vqgan
    family = size_of(tmp_path / "family.png")
    assert family[0] > alone[0], "a column for each network"
    assert family[1] > alone[1], "a row for each picture"
    told = mused("classify", drawn, "--labels", "boat, castle,")
    shares = [float(line.split("%")[0]) for line in told.splitlines()]
    assert math.isclose(sum(shares), 100, abs_tol=0.2)
    assert shares[0] >= shares[1]
    told = mused("classify", drawn, "--labels", "boat, quokka")
    assert "does not know: quokka" in told
    refused = CliRunner().invoke(main, ["sample", str(vqvae.__file__)])
    assert refused.exit_code == 1
    assert "safetensors" in refused.output
    for name in ("x.tiff", "nowhere/x.png"):
        refused = CliRunner().invoke(main, ["reconstruct", str(drawn), "-o", str(tmp_path / name)])
        assert refused.exit_code == 2


def test_the_shipped_clip_tells_a_man_from_a_woman(tmp_path: Path) -> None:
    for drawn, other in (("man", "woman"), ("woman", "man")):
        path = tmp_path / f"{drawn}.png"
        sketch(f"a {drawn} on a beach", (256, 256), seed=3)[0].save(path)
        done = CliRunner().invoke(main, ["classify", str(path), "--labels", "man, woman"])
        assert [line.split()[1] for line in done.output.splitlines()] == [drawn, other]


def test_what_can_be_drawn_is_listed() -> None:
    done = CliRunner().invoke(main, ["scenes", "--words"])
    assert done.exit_code == 0
    assert f"{len(OBJECTS)} things: sailboat, " in done.output
    assert "pixel art" in done.output
