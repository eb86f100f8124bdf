"""The blind look: what is handed out, and how answers are marked."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality import look
from benchmarks.quality.answers import Answer, mark, read_answers
from benchmarks.quality.arms import path_of
from benchmarks.quality.prompts import Asked, prompts
from mused.art.settings import Settings
from mused.art.sheet import GAP, LABEL


def asked_of(words: str) -> Asked:
    return next(each for each in prompts() if words in each.text)


def painted(folder: Path, arms: tuple[str, ...], asked: tuple[Asked, ...]) -> None:
    """Stand-ins for pictures: a colour tells arm and prompt."""
    for place, arm in enumerate(arms):
        for each in asked:
            path = path_of(folder, arm, each)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (64, 64), (each.number * 3, place * 80, 0)).save(path)


def test_forty_are_looked_at_and_always_the_same() -> None:
    asked = look.chosen(prompts(), look.COUNT)
    assert len(set(asked)) == 40
    assert asked == look.chosen(prompts(), look.COUNT)
    shown = look.numbered(("noise", "sketch"), asked)
    assert [each.number for each in shown] == [*range(1, 81)]
    first, second = ([s.asked for s in shown if s.sheet == letter] for letter in "AB")
    assert set(first) == set(second) == set(asked)
    assert first != second, "who remembers a sheet gains nothing for the next"


def test_the_default_start_is_looked_at_last() -> None:
    assert look.LOOKED_AT[-1] == Settings().start
    assert {"noise", "reference", "sketch"} <= {*look.LOOKED_AT}
    assert len({*look.LOOKED_AT}) == len(look.LOOKED_AT)


def test_what_may_be_seen_tells_no_words(tmp_path: Path) -> None:
    arms = ("noise", "sketch")
    asked = look.chosen(prompts(), 10)
    painted(tmp_path, arms, asked)
    shown = look.numbered(arms, asked)
    look.hand_out(shown, tmp_path)
    names = {path.name for path in (tmp_path / "shown").iterdir()}
    assert names == {f"{i:03}.png" for i in range(1, 21)} | {"sheet-A.png", "sheet-B.png"}
    key = json.loads((tmp_path / "key.json").read_text())
    for each in shown:
        assert key[str(each.number)] == [each.sheet, each.arm, each.asked.text]
        with Image.open(tmp_path / "shown" / f"{each.number:03}.png") as image:
            assert image.info == {}, "no recipe"
            colour = image.getpixel((100, 100))
        assert colour == (each.asked.number * 3, arms.index(each.arm) * 80, 0)
    with Image.open(tmp_path / "shown" / "sheet-B.png") as sheet:
        pixels = np.asarray(sheet)
    for place, each in enumerate(s for s in shown if s.sheet == "B"):
        left = GAP + place % look.COLUMNS * (look.THUMBNAIL + GAP)
        top = GAP + place // look.COLUMNS * (look.THUMBNAIL + LABEL + GAP)
        assert pixels[top + 80, left + 80, 0] == each.asked.number * 3


@pytest.mark.parametrize(
    ("prompt", "subject", "setting", "right"),
    [
        ("sailing home", "a boat", "a lake at sunset", (True, True)),
        ("sailing home", "yacht", "the sea, evening", (True, True)),
        ("sailing home", "a house", "a desert at sunset", (False, False)),
        ("walking over the old bridge", "bridge", "a stream", (True, True)),
        ("kitty sitting", "a kitten", "grassy hills", (True, True)),
        ("kitty sitting", "a dog", "indoors", (False, False)),
        ("an apple in a fruit bowl", "fruit bowl", "on a desk", (True, True)),
        ("ancient pyramid", "pyramid", "-", (True, False)),
        ("at midnight only the owl", "an owl", "night", (True, True)),
        ("it rains on my red umbrella", "umbrella", "a sunny beach", (True, False)),
        ("red ball on blue", "a ball", "solid colour", (True, True)),
        ("a painting of a city skyline", "tall houses", "a city at night", (None, True)),
        ("an old guitar", "a guitar", "a room", (True, None)),
        ("only sea, only night", "nothing", "mountains", (None, False)),
    ],
)
def test_answers_are_marked_as_people_would(
    prompt: str, subject: str, setting: str, right: tuple[bool | None, bool | None]
) -> None:
    found = mark(asked_of(prompt), Answer(subject, setting))
    assert (found.subject, found.setting) == right


def test_the_plain_words_of_every_prompt_are_right_and_those_of_others_are_not() -> None:
    asked = prompts()
    for each in asked:
        found = mark(each, Answer(each.subject or "-", each.plain))
        assert (found.subject is not False, found.setting is not False) == (True, True), each
    others = [*asked]
    random.Random(0).shuffle(others)
    wrong = [mark(a, Answer(b.plain, b.plain)) for a, b in zip(asked, others, strict=True)]
    assert sum(bool(each.subject) for each in wrong) < 5
    assert sum(bool(each.setting) for each in wrong) < len(asked) / 3


def test_a_ruling_beats_the_rules_and_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "answers.txt"
    file.write_text(
        "# mine\n1 | an old mill | farmland | subject wrong\n2 | - | - | setting right\n"
    )
    answers = read_answers(file)
    assert answers[1] == Answer("an old mill", "farmland", subject_ruled="wrong")
    mill, cat = asked_of("windmill"), asked_of("kitty")
    assert mark(mill, answers[1]).subject is False
    assert mark(cat, answers[2]).setting is True
    shown = [look.Shown(1, "A", "sketch", mill), look.Shown(2, "A", "sketch", cat)]
    page = look.report(shown, look.marked(shown, answers), ("sketch",))
    assert "| `sketch`, the default | 0 of 2 | 2 of 2 |" in page
    assert "| an old mill | no* | farmland | yes |" in page
    assert f"| {cat.text} | - | no | - | yes* |" in page


@pytest.mark.parametrize(
    "line", ["one | a | b", "1 | a", "1 | a | b | maybe", "1 | a | b\n1 | a | b"]
)
def test_a_line_that_is_no_answer_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "answers.txt"
    file.write_text(line)
    with pytest.raises(ValueError, match=r"answers.txt, line [12]"):
        read_answers(file)


def test_the_command_paints_hands_out_and_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, docs = tmp_path / "look", tmp_path / "docs"
    docs.mkdir()
    arms = ["noise", "scenes"]
    base = ["--folder", str(folder), "--count", "3", "--arms", *arms]
    look.main([*base, "--side", "32", "--steps", "1", "--jobs", "1"])
    assert "shown" in capsys.readouterr().out
    shown = look.numbered(arms, look.chosen(prompts(), 3))
    answers = tmp_path / "answers.txt"
    answers.write_text("".join(f"{s.number} | {s.asked.plain} | {s.asked.plain}\n" for s in shown))
    look.main([*base, "--answers", str(answers), "--docs", str(docs)])
    assert capsys.readouterr().out.splitlines() == [
        "noise: subjects 3 of 3, settings 3 of 3",
        "scenes: subjects 3 of 3, settings 3 of 3",
    ]
    page = (docs / "blind-look.md").read_text()
    for letter in "AB":
        assert f"blind-look-{letter}.webp" in page
        assert (docs / f"blind-look-{letter}.webp").exists()
    answers.write_text("1 | a | b\n")
    with pytest.raises(SystemExit, match="one answer"):
        look.main([*base, "--answers", str(answers)])
    with pytest.raises(SystemExit, match="of other pictures"):
        look.main([*base[:4], "--arms", "scenes", "--answers", str(answers)])
