"""The blind look: what is handed out, and how answers are marked."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality import look, looks
from benchmarks.quality.answers import Answer, mark, read_answers
from benchmarks.quality.arms import path_of
from benchmarks.quality.looks import Handed, Shown
from benchmarks.quality.prompts import Asked, prompts
from benchmarks.quality.report import picture_of, report
from mused.art.settings import Settings
from mused.art.sheet import GAP, LABEL

DOCS = Path(__file__).parents[3] / "docs"


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
    shown = look.numbered(("noise", "sketch"), asked).shown
    assert [each.number for each in shown] == [*range(1, 81)]
    first, second = ([s.asked for s in shown if s.sheet == letter] for letter in "AB")
    assert set(first) == set(second) == set(asked)
    assert first != second, "who remembers a sheet gains nothing for the next"


def test_a_later_draw_shows_nothing_that_an_earlier_one_has_shown() -> None:
    first = look.chosen(prompts(), 40)
    answers = dict.fromkeys(range(1, 41), Answer("-", "-"))
    kept = looks.sheets_of(look.numbered(("sketch",), first), answers)
    second = look.chosen(prompts(), 20, 2, kept)
    assert len(second) == 20
    assert not {*first} & {*second}
    assert len(look.chosen(prompts(), 40, 2, kept)) == len(prompts()) - 40, "all that are left"
    assert look.chosen(prompts(), 20, 3, kept) != second
    new = [*prompts(), Asked(len(prompts()), "a new one", "", "sea")]
    assert {*look.chosen(new, 40, 1, kept)} == {*first}, "the same, whatever came after"


def test_the_page_in_the_repository_is_that_of_the_kept_looks() -> None:
    """`python -m benchmarks.quality.look --docs docs` would change nothing."""
    sheets = looks.kept(prompts())
    assert [sheet.name for sheet in sheets][:3] == ["draft", "default", "noise-2"]
    introduction = (looks.FOLDER / looks.INTRODUCTION).read_text()
    assert (DOCS / look.PAGE).read_text() == report(sheets, introduction)
    assert {picture_of(sheet) for sheet in sheets} == {p.name for p in DOCS.glob("blind-look-*")}


def test_the_default_start_is_looked_at_last() -> None:
    assert look.LOOKED_AT[-1] == Settings().start
    assert {"noise", "reference", "sketch"} <= {*look.LOOKED_AT}
    assert len({*look.LOOKED_AT}) == len(look.LOOKED_AT)


def test_what_may_be_seen_tells_no_words(tmp_path: Path) -> None:
    arms = ("noise", "sketch")
    asked = look.chosen(prompts(), 10)
    painted(tmp_path, arms, asked)
    handed = look.numbered(arms, asked, 3)
    shown = handed.shown
    look.hand_out(handed, tmp_path)
    names = {path.name for path in (tmp_path / "shown").iterdir()}
    assert names == {f"{i:03}.png" for i in range(1, 21)} | {"sheet-A.png", "sheet-B.png"}
    assert looks.read_key(tmp_path / "key.json", prompts()) == handed
    for each in shown:
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
    shown = (Shown(1, "A", "sketch", mill), Shown(2, "A", "sketch", cat))
    handed = Handed(1, shown)
    page = report(looks.sheets_of(handed, answers), "By hand.")
    assert page.startswith("# A blind look\n\nBy hand.\n\n| painted from")
    assert "| `sketch`, the default | 0 of 2 | 2 of 2 |" in page
    assert "| an old mill | no* | farmland | yes |" in page
    assert f"| {cat.text} | - | no | - | yes* |" in page
    later = report(looks.sheets_of(Handed(2, shown), answers), "")
    assert "| `sketch`, the default, draw 2 | 0 of 2 | 2 of 2 |" in later
    assert "(blind-look-sketch-2.webp)" in later


@pytest.mark.parametrize(
    "line", ["one | a | b", "1 | a", "1 | a | b | maybe", "1 | a | b\n1 | a | b"]
)
def test_a_line_that_is_no_answer_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "answers.txt"
    file.write_text(line)
    with pytest.raises(ValueError, match=r"answers.txt, line [12]"):
        read_answers(file)


def test_the_command_paints_hands_out_marks_and_keeps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, docs, kept = tmp_path / "look", tmp_path / "docs", tmp_path / "kept"
    kept.mkdir()
    (kept / looks.INTRODUCTION).write_text("Written by hand.\n")
    base = ["--folder", str(folder), "--looks", str(kept)]
    arms = ["noise", "scenes"]
    small = ["--count", "3", "--side", "32", "--steps", "1", "--jobs", "1"]
    look.main([*base, "--arms", *arms, *small])
    assert "shown" in capsys.readouterr().out
    shown = looks.read_key(folder / "key.json", prompts()).shown
    answers = tmp_path / "answers.txt"
    lines = [f"{s.number} | {s.asked.plain} | {s.asked.plain}\n" for s in shown]
    answers.write_text("# mine\n" + "".join(lines))
    look.main([*base, "--answers", str(answers), "--docs", str(docs)])
    subjects = sum(bool(each.asked.subject) for each in shown[:3])
    right = f"subjects {subjects} of {subjects}, settings 3 of 3"
    assert capsys.readouterr().out.splitlines() == [f"noise: {right}", f"scenes: {right}"]
    page = (docs / look.PAGE).read_text()
    assert "Written by hand." in page
    for arm in arms:
        assert f"(blind-look-{arm}.webp)" in page
        assert (docs / f"blind-look-{arm}.webp").exists()
    assert (kept / "scenes.txt").read_text() == "".join(lines[3:])

    second = ["--folder", str(tmp_path / "second"), "--looks", str(kept), "--draw", "2"]
    look.main([*second, "--arms", "scenes", *small])
    answers.write_text("".join(f"{i} | - | -\n" for i in (1, 2, 3)))
    look.main([*second, "--answers", str(answers), "--docs", str(docs)])
    assert "scenes-2: subjects 0 of" in capsys.readouterr().out
    longer = (docs / look.PAGE).read_text()
    assert f"| `scenes` | {subjects} of {subjects} | 3 of 3 |\n| `scenes`, draw 2 | 0 of" in longer
    assert page.split("\n## ")[1] in longer, "what was looked at before stays"
    key = kept / "scenes.json"
    key.write_text(key.read_text().replace("true", "false"))
    assert [sheet.name for sheet in looks.kept(prompts(), kept)] == ["noise", "scenes", "scenes-2"]
    again = looks.kept(prompts(), kept)[1].marks.values()
    assert not any(each.subject or each.setting for each in again), "as it was found right then"
    key.write_text(key.read_text().replace("false", "true"))
    (docs / look.PAGE).unlink()
    look.main(["--looks", str(kept), "--docs", str(docs)])
    assert (docs / look.PAGE).read_text() == longer


def test_answers_without_their_pictures_are_refused(tmp_path: Path) -> None:
    key, answers = tmp_path / "key.json", tmp_path / "answers.txt"
    answers.write_text("1 | a | b\n9 | a | b\n")
    words = ["--folder", str(tmp_path), "--answers", str(answers)]
    with pytest.raises(SystemExit, match=r"key\.json"):
        look.main(words)
    looks.write_key(look.numbered(("noise",), look.chosen(prompts(), 3)), key)
    with pytest.raises(SystemExit, match=r"not shown: \[9\]"):
        look.main(words)
    answers.write_text("1 | a | b\n")
    with pytest.raises(SystemExit, match=r"one answer; none for: \[2, 3\]"):
        look.main(words)
    key.write_text(key.read_text().replace(look.chosen(prompts(), 3)[0].text, "a prompt of old"))
    with pytest.raises(SystemExit, match="no key of today's prompts"):
        look.main(words)
