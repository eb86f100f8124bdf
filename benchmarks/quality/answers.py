"""What somebody who saw pictures without their prompts took them for, and whether it is right.

The subject is right where the answer names the prompt's object, by any name the scene painter
knows it by. The setting is right where the answer names the prompt's kind of place (a lake and
the sea are one kind, meadows, fields and hills another); where the prompt has no place, or the
answer names none, the hour or the weather. A prompt about a view has no other subject than that.
What these rules misjudge may be ruled by hand, in the open: the ruling is printed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.quality.prompts import Asked
from mused.art.scenes.reading import read_request
from mused.art.scenes.request import SceneRequest
from mused.art.scenes.words import TIMES, WEATHERS

Ruling = Literal["right", "wrong"]
_RULINGS: Mapping[str, Ruling] = {"right": "right", "wrong": "wrong"}

KINDS = (
    {"sea", "lake", "river"},
    {"hills", "meadow", "field"},
    {"city", "road"},
    {"beach", "sea"},
)
"""Places that nobody could tell apart for sure; every other place is a kind of its own."""
_ALSO = {
    "indoors": "room",
    "interior": "room",
    "wall": "room",
    "desk": "room",
    "tabletop": "room",
    "grassy": "grass",
    "grassland": "meadow",
    "plain": "plain background",
    "blank": "plain background",
    "solid": "plain background",
    "starry": "night",
    "seascape": "sea",
    "cityscape": "city",
}
"""Other words of people for a place, in the scene painter's."""


@dataclass(frozen=True)
class Answer:
    """What a picture was taken for."""

    subject: str
    setting: str
    subject_ruled: Ruling | None = None
    setting_ruled: Ruling | None = None


@dataclass(frozen=True)
class Marked:
    """An answer beside what was asked."""

    asked: Asked
    answer: Answer
    subject: bool | None
    """Whether the subject is right; None where the prompt is about a view."""
    setting: bool | None
    """Whether the setting is right; None where the prompt has none."""


def read_answers(path: Path) -> dict[int, Answer]:
    """Read a file with a line `NUMBER | subject | setting` for each picture.

    After them may stand rulings, `subject right`, `setting wrong` and so on. Empty lines and
    remarks after # are skipped. Raises ValueError where a line is not like that.
    """
    answers: dict[int, Answer] = {}
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error.reason}") from error
    for place, line in enumerate(content.splitlines(), 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        number, *parts = (part.strip() for part in text.split("|"))
        if not number.isdecimal() or len(parts) < 2:
            raise ValueError(f"{path}, line {place}: not like `7 | a boat | a lake at sunset`")
        if int(number) in answers:
            raise ValueError(f"{path}, line {place}: {number} has been answered before")
        rulings = dict(_ruling(path, place, part) for part in parts[2:])
        answers[int(number)] = Answer(
            parts[0], parts[1], rulings.get("subject"), rulings.get("setting")
        )
    return answers


def _ruling(path: Path, place: int, text: str) -> tuple[str, Ruling]:
    what, _, word = text.partition(" ")
    if what not in ("subject", "setting") or word not in _RULINGS:
        raise ValueError(f"{path}, line {place}: {text!r} is no ruling like `subject right`")
    return what, _RULINGS[word]


def mark(asked: Asked, answer: Answer) -> Marked:
    """Compare an answer with what was asked."""
    wanted = read_request(asked.plain)
    subject: bool | None = None
    if asked.subject:
        named = {each.noun for each in _understood(answer.subject).subjects}
        subject = _ruled(asked.subject in named, answer.subject_ruled)
    setting: bool | None = None
    if wanted.landscapes or wanted.time or wanted.weather:
        said = _understood(f"{answer.setting}, {answer.subject}")
        setting = _ruled(_agree(wanted, said), answer.setting_ruled)
    return Marked(asked, answer, subject, setting)


def _ruled(right: bool, ruling: Ruling | None) -> bool:
    return right if ruling is None else ruling == "right"


def _understood(words: str) -> SceneRequest:
    """An answer in the scene painter's words."""
    plain = re.sub(r"[a-z]+", lambda word: _ALSO.get(word.group(), word.group()), words.lower())
    return read_request(plain)


def _agree(wanted: SceneRequest, said: SceneRequest) -> bool:
    """Whether the setting that was said is the one that was wanted."""
    if wanted.landscapes and said.landscapes:
        return any(_one_kind(a, b) for a in wanted.landscapes for b in said.landscapes)
    hours = _shared((wanted.time,), (said.time,), TIMES)
    weathers = _shared((wanted.weather,), (said.weather,), WEATHERS)
    return hours or weathers


def _one_kind(place: str, other: str) -> bool:
    return place == other or any({place, other} <= kind for kind in KINDS)


def _shared(wanted: Collection[str], said: Collection[str], known: Collection[str]) -> bool:
    return bool({*wanted} & {*said} & {*known})
