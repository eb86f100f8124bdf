"""The benchmark of quality: what it asks, how it judges, what it keeps."""

import dataclasses
import json
import random
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from benchmarks.quality import table
from benchmarks.quality.__main__ import JUDGE, compared, main
from benchmarks.quality.arms import (
    ARMS,
    USUAL,
    Plan,
    budgets_of,
    make,
    missing,
    path_of,
    read,
)
from benchmarks.quality.budgets import Pace
from benchmarks.quality.compare import difference
from benchmarks.quality.probes import pair, told, views
from benchmarks.quality.prompts import prompts
from benchmarks.quality.verdict import Verdict, judge_pictures
from mused.art import scenes
from mused.art.painter import Painter
from mused.art.scenes.captions import random_prompt
from mused.art.scenes.compose import parse_scene, random_scene
from mused.art.scenes.describe import describe
from mused.art.scenes.render import render
from mused.art.scenes.words import OBJECTS
from mused.art.settings import WORTH_HOLDING, Settings, Start
from mused.art.weights import save_clip
from mused.training.painter.clip import object_sense
from mused.training.painter.judge import Judge, JudgeTraining, load_judge, shape
from mused.training.painter.retold import retell

FEW = Plan(side=32, steps=2, cutouts=2)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_prompts_are_no_captions_and_their_plain_words_draw_what_they_are_about() -> None:
    asked = prompts()
    assert len(asked) >= 60
    assert len({each.text for each in asked}) == len(asked)
    scenes = [random_scene(random.Random(i)) for i in range(3000)]
    learned = {
        tell(scene, random.Random(i)).text
        for i, scene in enumerate(scenes)
        for tell in (describe, retell)
    }
    usual = {random_prompt(random.Random(i)) for i in range(5000)}
    assert not {each.text for each in asked} & (learned | usual)
    for each in asked:
        scene = parse_scene(each.plain, random.Random(0))
        assert scene.unknown == (), each
        nouns = {placed.noun for placed in scene.objects}
        assert nouns == ({each.subject} if each.subject else set()), each


def test_fewer_prompts_are_spread_over_all() -> None:
    few = prompts(8)
    assert len(few) == 8
    assert few[0].number == 0
    assert few[-1].number > 50


def test_a_difference_is_as_sure_as_it_is() -> None:
    clear = difference([1.0] * 20, [0.0] * 10 + [1.0] * 10)
    assert clear.mean == 0.5
    assert 0.2 < clear.low < 0.5 < clear.high < 0.8
    # All ten signs the same way happen by chance twice in 1024.
    assert clear.p == pytest.approx(2 / 1024, abs=0.002)
    none = difference([1.0, 0.0] * 10, [0.0, 1.0] * 10)
    assert none.mean == 0
    assert none.low < 0 < none.high
    assert none.p == 1


def test_a_pair_differs_in_its_object_only() -> None:
    for noun in OBJECTS:
        shown, hidden = pair(noun, 3)
        assert {placed.noun for placed in shown.objects} == {noun}
        assert dataclasses.replace(shown, objects=()) == hidden
    assert pair("cat", 1) != pair("cat", 2)


def test_probes_count_what_is_told_apart() -> None:
    closeness = torch.tensor([[[0.9, 0.1]] * 4, [[0.5, 0.5], [0.5, 0.5], [0.2, 0.4], [0.6, 0.3]]])
    found = told(("cat", "dog"), closeness)
    assert found.by_object == {"cat": 1.0, "dog": 0.25}
    assert found.accuracy == 0.625
    assert found.thresholds["cat"] == pytest.approx(0.5)
    # The cat's two held-out pairs are right; of the dog's, 0.5 without a dog is above 0.4.
    assert found.found == pytest.approx((4 + 3) / 8)
    assert found.gap == pytest.approx((0.8 * 4 + 0.1) / 8)
    # The cat's scenes without it are alike; the dog's fall twice: 0.5, 0.5, 0.4, 0.3.
    assert found.control == pytest.approx(2 / 6)
    assert found.control_gap == pytest.approx(0.2 / 6)


def test_the_guide_tells_objects_apart() -> None:
    clip = Painter.load(Settings()).networks.clip
    for noun in ("cat", "sailboat", "apple", "castle"):
        shown, hidden = views(pair(noun, 0), 64)[:, None]
        text = clip.encode_text([f"a {noun}"])[0]
        assert clip.encode_image(shown)[0] @ text > clip.encode_image(hidden)[0] @ text + 0.1


def test_pictures_of_the_prompts_are_judged_better_than_of_others() -> None:
    judge = Painter.load(Settings()).networks.clip
    asked = prompts(12)
    drawn = [
        torch.from_numpy(render(parse_scene(each.plain, random.Random(1)), 96, 96).copy())
        .permute(2, 0, 1)
        .float()
        / 255
        for each in asked
    ]
    thresholds = dict.fromkeys(OBJECTS, 0.3)
    right = judge_pictures(judge, drawn, asked, prompts(), thresholds).means()
    wrong = judge_pictures(judge, [*drawn[1:], drawn[0]], asked, prompts(), thresholds).means()
    assert right["r1"] > 0.6
    assert right["named"] > 0.6
    assert wrong["r5"] < 0.3
    assert wrong["named"] < 0.2
    assert right["cosine"] > wrong["cosine"] + 0.2
    assert right["object_probe"] > 0.6 > 0.2 > right["false_alarm"]


def test_what_was_made_is_kept_and_not_mixed_with_other_plans(tmp_path: Path) -> None:
    asked = prompts(2)
    arms = ("scenes", "noise", "reference")
    assert list(make(tmp_path, arms, asked, FEW, jobs=1)) == [a for a in arms for _ in asked]
    made = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.png")}
    assert len(made) == 6
    assert not list(tmp_path.rglob("*.part"))
    path_of(tmp_path, "noise", asked[1]).unlink()
    before = read(tmp_path, "noise", asked[0])
    assert list(make(tmp_path, arms, asked, FEW, jobs=1)) == ["noise"]
    kept = {p: p.stat().st_mtime_ns for p in made}
    assert [p for p in made if kept[p] != made[p]] == [path_of(tmp_path, "noise", asked[1])]
    assert before.shape == (3, 32, 32)
    with pytest.raises(ValueError, match="made in another way"):
        list(make(tmp_path, arms, asked, dataclasses.replace(FEW, steps=3), jobs=1))


@pytest.mark.parametrize("name", ["by start", "scenes"])
def test_pictures_of_another_default_or_scene_painter_are_not_judged(
    tmp_path: Path, name: str
) -> None:
    note = tmp_path / "plan.json"
    list(make(tmp_path, ("scenes",), prompts(1), FEW, jobs=1))
    noted = json.loads(note.read_text())
    assert noted["by start"]["sketch"] == [Settings().rate, Settings().hold]
    before = {key: value for key, value in noted.items() if key != name}
    for other in (before | {name: "other"}, before):
        note.write_text(json.dumps(other))
        with pytest.raises(ValueError, match=rf"another way \(.*plan.json tells other {name}, or"):
            list(make(tmp_path, ("scenes",), prompts(1), FEW, jobs=1))


def test_the_note_knows_the_source_of_the_scene_painter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [folder] = scenes.__path__
    copy = shutil.copytree(folder, tmp_path / "scenes", ignore=shutil.ignore_patterns("__*"))
    list(make(tmp_path / "pictures", ("scenes",), prompts(1), FEW, jobs=1))
    monkeypatch.setattr(scenes, "__path__", [str(copy)])
    (copy / "__init__.py").write_bytes(Path(folder, "__init__.py").read_bytes())
    assert not list(make(tmp_path / "pictures", ("scenes",), prompts(1), FEW, jobs=1))
    with (copy / "waters.py").open("a") as file:
        file.write("# other waves\n")
    with pytest.raises(ValueError, match="tells other scenes"):
        list(make(tmp_path / "pictures", ("scenes",), prompts(1), FEW, jobs=1))


def test_budgets_may_come_later_and_then_stay(tmp_path: Path) -> None:
    asked = prompts(1)
    list(make(tmp_path, ("sketch-alone",), asked, Plan(side=32), jobs=1))
    timed = Plan(side=32, budgets=(0, 1, 2))
    assert list(make(tmp_path, ("sketch-15s",), asked, timed, jobs=1)) == ["sketch-15s"]
    assert budgets_of(tmp_path) == (0, 1, 2)
    with pytest.raises(ValueError, match="tells other plan"):
        list(make(tmp_path, (), asked, Plan(side=32, budgets=(1, 2, 3)), jobs=1))


def test_every_start_of_the_program_is_a_way_refined_and_alone() -> None:
    starts = {start for start in get_args(Start) if start != "picture"}
    assert starts | {f"{start}-alone" for start in starts} <= {*ARMS}
    assert {"default", "sketch", "noise", "reference", "scenes"} <= {*USUAL} <= {*ARMS}
    for start in starts:
        settings = Plan(side=64).settings(start, prompts()[3])
        assert (settings.start, settings.seed) == (start, 3)
        # What a start shows is painted over as the program does it unless told otherwise.
        usual = Settings(start=settings.start, seed=3, threads=1)
        assert (settings == usual) == (start in WORTH_HOLDING)


def test_the_default_is_painted_once(tmp_path: Path) -> None:
    asked = prompts(2)
    pairs = missing(tmp_path, ("default", Settings().start), asked)
    assert pairs == [(Settings().start, each) for each in asked]
    default, start = (path_of(tmp_path, arm, asked[0]) for arm in ("default", Settings().start))
    assert default == start


def test_a_look_has_one_seed_and_a_budget_its_steps(tmp_path: Path) -> None:
    asked = prompts(1)
    plan = Plan(side=32, steps=0, seed=7, budgets=(0, 1, 2))
    assert plan.settings("sketch", asked[0]).seed == 7
    assert budgets_of(tmp_path) == ()
    assert list(make(tmp_path, ("default-15s", "sketch-alone"), asked, plan, jobs=1))
    assert budgets_of(tmp_path) == (0, 1, 2)
    within, alone = (read(tmp_path, arm, asked[0]) for arm in ("default-15s", "sketch-alone"))
    assert torch.equal(within, alone), "no step fits"


def test_steps_fit_into_what_is_left_beside_the_start() -> None:
    pace = Pace(start=1.0, step=0.5)
    assert [pace.steps_within(seconds) for seconds in (0, 1, 15)] == [0, 0, 28]
    assert pace.figures()["budget.60s.steps"] == 118


def test_the_command_makes_judges_and_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge, threads = tmp_path / "judge.safetensors", torch.get_num_threads()
    # Untrained: what it finds is chance, what is printed is not.
    save_clip(Judge(shape(JudgeTraining(width=2))), judge)
    words = ["--json", "--quick", "--arms", "scenes", "noise-alone", "--jobs", "2"]
    main([*words, "--folder", str(tmp_path / "pictures"), "--judge", str(judge)])
    figures = json.loads(capsys.readouterr().out)
    assert {f"{arm}.{name}" for arm in ("scenes", "noise-alone") for name in table.COLUMNS} <= {
        *figures
    }
    assert len(list(tmp_path.rglob("pictures/*/*.png"))) == 16
    assert figures["budget.15s.steps"] < figures["budget.60s.steps"]
    assert torch.get_num_threads() == threads, "so that judging repeats"
    assert figures["guide.probe"] > 0.9
    assert 0.3 < figures["guide.probe.control"] < 0.7
    assert figures["judge.probe"] < 0.8


def test_without_a_judge_nothing_is_painted(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="nowhere"):
        main(["--quick", "--folder", str(tmp_path / "x"), "--judge", str(tmp_path / "nowhere")])
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(not JUDGE.exists(), reason="the judge's weights are not here")
def test_the_judge_is_good_enough_to_judge() -> None:
    judge = load_judge(JUDGE)
    assert object_sense(judge, plain=1.0)["named"] > 0.85
    asked = prompts()
    drawn = [
        torch.from_numpy(render(parse_scene(each.plain, random.Random(1)), 96, 96).copy())
        .permute(2, 0, 1)
        .float()
        / 255
        for each in asked
    ]
    found = judge_pictures(judge, drawn, asked, asked, dict.fromkeys(OBJECTS, 0.3)).means()
    assert found["r5"] > 0.85
    assert found["named"] > 0.85


def test_the_table_holds_every_figure_of_every_way() -> None:
    better = Verdict(*[(1.0, 1.0, 0.5)] * 6)
    worse = Verdict(*[(0.0, 1.0, 0.25)] * 6)
    figures: dict[str, Any] = {"prompts": 3, "judge.probe": 0.97}
    for arm, verdict in (("noise", better), ("reference", worse)):
        figures |= {f"{arm}.{name}": value for name, value in verdict.means().items()}
    figures |= compared(better, worse)
    lines = table.text(figures, ("noise", "reference")).splitlines()
    assert lines[3].split() == ["noise", *["0.833"] * 6]
    assert lines[4].split() == ["reference", *["0.417"] * 6]
    assert any(line.split()[:2] == ["cosine", "+0.417"] for line in lines)
    assert lines[-1].split() == ["judge.probe", "0.97"]
