"""Blind looks that are kept: what was shown, and what somebody took it for.

Each sheet is a pair of files in looks/: NAME.txt are its answers, as they were written, and
NAME.json is its key with what was found right then, for the words that answers.py understands
change with the scene painter. looks/introduction.md says by hand what holds for them; the report
is made of all.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.answers import Answer, Marked, mark, read_answers
from benchmarks.quality.arms import ARMS
from benchmarks.quality.prompts import Asked
from mused.art.settings import Settings

FOLDER = Path(__file__).with_name("looks")
INTRODUCTION = "introduction.md"


@dataclass(frozen=True)
class Shown:
    """One picture of a look."""

    number: int
    """From 1, over all sheets."""
    sheet: str
    arm: str
    asked: Asked


@dataclass(frozen=True)
class Handed:
    """What was handed out to be looked at."""

    draw: int
    """Which draw of the prompts, from 1."""
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class Sheet:
    """One way to a picture, looked at: all its pictures, each with an answer."""

    handed: Handed
    marks: Mapping[int, Marked]
    """By number."""

    @property
    def arm(self) -> str:
        """The way to the pictures."""
        return self.handed.shown[0].arm

    @property
    def name(self) -> str:
        """Names its files, and its place in the report."""
        return self.arm if self.handed.draw == 1 else f"{self.arm}-{self.handed.draw}"


def write_key(handed: Handed, path: Path) -> None:
    """Write what is what: by number the sheet, the way to the picture and its prompt."""
    path.write_text(json.dumps(_key(handed), indent=1) + "\n")


def _key(handed: Handed) -> dict[str, Any]:
    shown = {str(each.number): [each.sheet, each.arm, each.asked.text] for each in handed.shown}
    return {"draw": handed.draw, "shown": shown}


def read_key(path: Path, asked: Sequence[Asked]) -> Handed:
    """Read a key. Raises OSError, and ValueError where it is none or names unknown prompts."""
    known = {each.text: each for each in asked}
    try:
        key = json.loads(path.read_text())
        shown = [
            Shown(int(number), sheet, arm, known[text])
            for number, (sheet, arm, text) in key["shown"].items()
        ]
        return Handed(int(key["draw"]), tuple(shown))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is no key of today's prompts ({error}): hand pictures out again, into "
            "another --folder"
        ) from error


def sheets_of(handed: Handed, answers: Mapping[int, Answer]) -> list[Sheet]:
    """The sheets that were looked at.

    Raises ValueError where a picture of one has no answer, or an answer no picture.
    """
    looked_at = {each.sheet for each in handed.shown if each.number in answers}
    lacking = [s.number for s in handed.shown if s.sheet in looked_at and s.number not in answers]
    if beyond := sorted(answers.keys() - {each.number for each in handed.shown}):
        raise ValueError(f"there are answers to pictures that were not shown: {beyond}")
    if lacking:
        raise ValueError(f"each picture of a sheet has one answer; none for: {lacking}")
    return [_marked(handed, letter, answers) for letter in sorted(looked_at)]


def _marked(handed: Handed, letter: str, answers: Mapping[int, Answer]) -> Sheet:
    shown = tuple(each for each in handed.shown if each.sheet == letter)
    marks = {each.number: mark(each.asked, answers[each.number]) for each in shown}
    return Sheet(Handed(handed.draw, shown), marks)


def keep(sheet: Sheet, answers: Path, folder: Path = FOLDER) -> None:
    """Keep a sheet's key, and its lines of the answers, instead of an earlier look at the same.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    right = {str(number): [each.subject, each.setting] for number, each in sheet.marks.items()}
    content = _key(sheet.handed) | {"right": right}
    (folder / f"{sheet.name}.json").write_text(json.dumps(content, indent=1) + "\n")
    numbers = {str(each.number) for each in sheet.handed.shown}
    lines = answers.read_text(encoding="utf-8").splitlines()
    own = [line for line in lines if line.partition("|")[0].strip() in numbers]
    (folder / f"{sheet.name}.txt").write_text("\n".join(own) + "\n")


def kept(asked: Sequence[Asked], folder: Path = FOLDER) -> list[Sheet]:
    """All kept sheets: those of the first draw first, each draw from noise to what shows most.

    Raises OSError and ValueError.
    """
    sheets = [_kept(path, asked) for path in folder.glob("*.json")]
    order = ["noise", "reference", *ARMS]
    last = {"default", Settings().start}  # looked at last, too
    return sorted(sheets, key=lambda s: (s.handed.draw, s.arm in last, order.index(s.arm)))


def _kept(path: Path, asked: Sequence[Asked]) -> Sheet:
    handed, answers = read_key(path, asked), read_answers(path.with_suffix(".txt"))
    right = json.loads(path.read_text())["right"]
    marks = {
        s.number: Marked(s.asked, answers[s.number], *right[str(s.number)]) for s in handed.shown
    }
    return Sheet(handed, marks)
