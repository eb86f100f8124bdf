"""The judge learns, resumes, and shares neither words nor network with the guide."""

import dataclasses
import random
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from mused.art.clip import compact_vocab_size
from mused.art.errors import WeightsError
from mused.art.scenes.compose import random_scene
from mused.art.scenes.describe import describe, facts_of
from mused.art.weights import bundled, load_clip, save_clip
from mused.daemon.commands import main
from mused.training.painter.captioned import NOUNS, draw_pairs
from mused.training.painter.clip import CLIPTask, CLIPTraining
from mused.training.painter.errors import PainterTrainingError
from mused.training.painter.judge import (
    Judge,
    JudgeTask,
    JudgeTraining,
    disturbed,
    judged,
    load_judge,
    shape,
)
from mused.training.painter.retold import retell
from mused.training.painter.run import run


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def small(steps: int = 4, looks: int = 3) -> JudgeTask:
    settings = JudgeTraining(
        steps=steps, pairs=4, width=4, resolution=32, spoilt=4, looks=looks, plain=1.0
    )
    return JudgeTask(settings)


def test_a_resumed_judge_equals_an_uncut_one_and_loads(tmp_path: Path) -> None:
    run(small(), 4, tmp_path / "uncut")
    run(small(), 2, tmp_path / "cut")
    run(small(), 4, tmp_path / "cut")
    uncut, cut = (load_judge(tmp_path / name / "judge.safetensors") for name in ("uncut", "cut"))
    pictures = torch.rand(2, 3, 32, 32)
    assert torch.equal(uncut.encode_image(pictures), cut.encode_image(pictures))
    assert uncut.encode_text(["a red boat"]).norm() == pytest.approx(1.0, abs=1e-5)
    assert "plain scenes: named" in (tmp_path / "cut" / "judge.txt").read_text()


def test_a_judge_goes_on_from_one_with_fewer_words(tmp_path: Path) -> None:
    settings = small().settings
    full = shape(settings)
    assert full.tokens is not None
    tokens = full.tokens[::2]
    torch.manual_seed(3)
    fewer = Judge(dataclasses.replace(full, tokens=tokens, vocab_size=compact_vocab_size(tokens)))
    path = tmp_path / "fewer.safetensors"
    save_clip(fewer, path, torch.float32)
    begun = JudgeTask(dataclasses.replace(settings, begin=str(path), seed=2))
    assert begun.clip.config.tokens == full.tokens
    pictures = torch.rand(2, 3, 32, 32)
    before, now = load_judge(path), begun.averaged()
    assert torch.equal(now.encode_image(pictures), before.encode_image(pictures))
    run(begun, 4, tmp_path / "on")
    after = load_judge(tmp_path / "on" / "judge.safetensors")
    assert not torch.equal(after.encode_image(pictures), before.encode_image(pictures))
    wide = dataclasses.replace(settings, begin=str(path), width=8)
    with pytest.raises(PainterTrainingError, match="of another shape"):
        JudgeTask(wide)


def test_the_command_goes_on_from_a_judge_and_from_nothing_else(tmp_path: Path) -> None:
    guide = bundled("clip")
    arguments = ["judge", "--from", str(guide), "--folder", str(tmp_path / "x"), "--steps", "1"]
    refused = CliRunner().invoke(main, ["train", *arguments])
    assert refused.exit_code == 1
    assert "holds no judge" in refused.output


def test_the_judge_learns_what_it_is_shown() -> None:
    task = small(40, looks=40)
    wrong = [task.step(i)["heads"] for i in range(40)]
    assert sum(wrong[-4:]) < sum(wrong[:4]) * 0.8


def test_no_painter_loads_a_judge_and_no_judge_is_a_guide(tmp_path: Path) -> None:
    judge, guide = tmp_path / "judge.safetensors", tmp_path / "clip.safetensors"
    save_clip(Judge(shape(JudgeTraining(width=2))), judge)
    save_clip(CLIPTask(CLIPTraining(width=2, resolution=32)).averaged(), guide)
    with pytest.raises(WeightsError, match="is no clip"):
        load_clip(judge)
    with pytest.raises(WeightsError, match="holds no judge"):
        load_judge(guide)


def test_captions_are_true_and_in_words_the_judge_knows() -> None:
    tokenizer = Judge(shape(JudgeTraining(width=2))).tokenizer
    said = set()
    for number in range(300):
        rng = random.Random(number)
        scene = random_scene(rng)
        caption = retell(scene, rng)
        assert caption.facts <= facts_of(scene), caption
        assert caption.facts, caption
        assert tokenizer.unknown_words(caption.text) == []
        said |= {noun for noun in NOUNS if ("noun", noun) in caption.facts}
    assert len(said) > 0.9 * len(NOUNS)


def test_the_judge_hears_other_captions_than_the_guide() -> None:
    rng = random.Random(7)
    scenes = [random_scene(rng) for _ in range(100)]
    guides = {describe(scene, rng).text for scene in scenes for _ in range(20)}
    own = [retell(scene, rng).text for scene in scenes]
    assert sum(text in guides for text in own) < 15


def test_views_keep_colours_and_stay_in_range() -> None:
    drawn = draw_pairs(random.Random(3), 4, 32, 1.0)
    views = disturbed(drawn.pictures, 32, torch.Generator().manual_seed(0))
    assert views.shape == (8, 3, 32, 32)
    assert views.amin() >= -1
    assert views.amax() <= 1.01
    assert (views.mean((2, 3)) - drawn.pictures.mean((2, 3))).abs().mean() < 0.3
    again = judged(drawn, random.Random(4))
    assert torch.equal(again.images, judged(drawn, random.Random(4)).images)
    assert not torch.equal(again.images, judged(drawn, random.Random(5)).images)
