"""A blind look: pictures without their prompts, and what somebody takes them for.

    python -m benchmarks.quality.look
    python -m benchmarks.quality.look --answers build/look/answers.txt --docs docs

The first command paints 40 of the held-out prompts, drawn by chance and always the same, at seed
0 from every start and by the reference loop. Into build/look/shown go sheets named by letters and
their pictures, numbered over all sheets, each sheet in an order of its own: that folder is what
the one who looks may see. build/look/key.json says what is what. Who looks writes a line for each
number: `7 | a boat | a lake at sunset`, the main subject and the setting, `-` where there is none
to be seen. Who has seen a better sheet recognises more on a worse one: sheets are lettered from
the least to the most that their start shows, and are best looked at in that order.

The second command marks the answers (benchmarks.quality.answers tells how), prints how
many are right for each way to a picture, and with --docs writes blind-look.md and the sheets there.
"""

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

import torch
from PIL import Image

from benchmarks.quality.answers import Answer, Marked, mark, read_answers
from benchmarks.quality.arms import ARMS, USUAL, Plan, path_of
from benchmarks.quality.making import made
from benchmarks.quality.prompts import Asked, prompts
from mused.art.errors import ArtError
from mused.art.settings import WORTH_HOLDING, Settings
from mused.art.sheet import arranged

COUNT = 40
COLUMNS = 8
SIDE = 256
"""Pixels of every picture that is shown, whatever it was painted at."""
THUMBNAIL = 160
SEED = 0
KEY = "key.json"
LOOKED_AT = (
    "noise",
    "reference",
    *(start for start in USUAL if start in WORTH_HOLDING and start != Settings().start),
    Settings().start,
)
"""From the least to the most that is seen before any painting; the default start comes last."""
INTRODUCTION = (
    f"{COUNT} prompts of benchmarks/quality/prompts.toml, drawn by chance, painted at seed {SEED} "
    "and looked at without their prompts: `python -m benchmarks.quality.look`. "
    "`benchmarks/quality/answers.py` says what counts as right; a ruling by hand has an asterisk."
)
TITLES = {"reference": "the loop of nerdyrodent's VQGAN-CLIP, from noise, with the same weights"}


@dataclass(frozen=True)
class Shown:
    """One picture of the look."""

    number: int
    """From 1, over all sheets."""
    sheet: str
    arm: str
    asked: Asked


def chosen(asked: Sequence[Asked], count: int) -> tuple[Asked, ...]:
    """The prompts that are looked at: drawn by chance, always the same."""
    return tuple(random.Random("blind").sample(list(asked), min(count, len(asked))))


def numbered(arms: Sequence[str], asked: Sequence[Asked]) -> list[Shown]:
    """All pictures with their numbers, every sheet in an order of its own."""
    shown: list[Shown] = []
    for letter, arm in zip(ascii_uppercase, arms, strict=False):
        order = list(asked)
        random.Random(f"blind {arm}").shuffle(order)
        shown += [Shown(len(shown) + i, letter, arm, each) for i, each in enumerate(order, 1)]
    return shown


def hand_out(shown: Sequence[Shown], folder: Path) -> None:
    """Write what may be seen into folder/shown, and the key beside it."""
    target = folder / "shown"
    target.mkdir(parents=True, exist_ok=True)
    by_sheet: dict[str, list[Shown]] = {}
    for each in shown:
        _picture(folder, each).save(target / f"{each.number:03}.png")
        by_sheet.setdefault(each.sheet, []).append(each)
    for letter, pictures in by_sheet.items():
        _sheet(folder, pictures).save(target / f"sheet-{letter}.png")
    (folder / KEY).write_text(json.dumps(key_of(shown), indent=1))


def key_of(shown: Sequence[Shown]) -> dict[str, list[str]]:
    """What is what: by number the sheet, the way to the picture and its prompt."""
    return {str(each.number): [each.sheet, each.arm, each.asked.text] for each in shown}


def check_key(shown: Sequence[Shown], folder: Path) -> None:
    """Raise ValueError where other pictures were handed out there than are to be marked."""
    key = folder / KEY
    if key.is_file() and json.loads(key.read_text()) != key_of(shown):
        raise ValueError(f"{key} is of other pictures: mark with the same --arms and --count")


def _picture(folder: Path, shown: Shown, side: int = SIDE) -> Image.Image:
    with Image.open(path_of(folder, shown.arm, shown.asked)) as image:
        return image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def _sheet(folder: Path, shown: Sequence[Shown]) -> Image.Image:
    images = [_picture(folder, each, THUMBNAIL) for each in shown]
    return arranged(images, [str(each.number) for each in shown], COLUMNS)


def marked(shown: Sequence[Shown], answers: Mapping[int, Answer]) -> dict[int, Marked]:
    """The marks of all answers.

    Raises ValueError where a picture of a sheet has no answer, or an answer no picture.
    """
    looked_at = {each.sheet for each in shown if each.number in answers}
    lacking = [s.number for s in shown if s.sheet in looked_at and s.number not in answers]
    if beyond := sorted(answers.keys() - {each.number for each in shown}):
        raise ValueError(f"there are answers to pictures that were not shown: {beyond}")
    if lacking:
        raise ValueError(f"each picture of a sheet has one answer; none for: {lacking}")
    return {s.number: mark(s.asked, answers[s.number]) for s in shown if s.number in answers}


def counts(marks: Sequence[Marked]) -> dict[str, tuple[int, int]]:
    """How many subjects and settings are right, of how many."""
    subjects = [each.subject for each in marks if each.subject is not None]
    settings = [each.setting for each in marks if each.setting is not None]
    return {
        "subjects": (sum(subjects), len(subjects)),
        "settings": (sum(settings), len(settings)),
    }


def report(shown: Sequence[Shown], marks: Mapping[int, Marked], arms: Sequence[str]) -> str:
    """The look as a page: the shares, then each sheet with its prompts and answers."""
    by_arm = {
        arm: [marks[each.number] for each in shown if each.arm == arm and each.number in marks]
        for arm in arms
    }
    looked_at = {arm: found for arm, found in by_arm.items() if found}
    lines = [
        "# A blind look",
        "",
        INTRODUCTION,
        "",
        "| painted from | subjects right | settings right |",
        "|---|---|---|",
    ]
    for arm, found in looked_at.items():
        cells = " | ".join(f"{right} of {all_}" for right, all_ in counts(found).values())
        lines.append(f"| {_title(arm)} | {cells} |")
    for arm in looked_at:
        pictures = [each for each in shown if each.arm == arm]
        lines += [
            "",
            f"## {_title(arm)[0].upper()}{_title(arm)[1:]}",
            "",
            f"![the pictures that were looked at]({_file(pictures[0].sheet)})",
            "",
            "| | prompt | subject named | | setting named | |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(each.number, marks[each.number]) for each in pictures]
    return "\n".join(lines) + "\n"


def _title(arm: str) -> str:
    default = ", the default" if arm == Settings().start else ""
    return TITLES.get(arm, f"`{arm}`{default}")


def _row(number: int, found: Marked) -> str:
    answer = found.answer
    subject = _sign(found.subject, answer.subject_ruled)
    setting = _sign(found.setting, answer.setting_ruled)
    words = (found.asked.text, answer.subject, subject, answer.setting, setting)
    return f"| {number} | " + " | ".join(words) + " |"


def _sign(right: bool | None, ruled: str | None) -> str:
    if right is None:
        return ""
    return ("yes" if right else "no") + ("*" if ruled else "")


def _file(letter: str) -> str:
    return f"blind-look-{letter}.webp"


def publish(
    shown: Sequence[Shown], marks: Mapping[int, Marked], arms: Sequence[str], folder: Path, to: Path
) -> None:
    """Write blind-look.md and the sheets that were looked at. Raises OSError."""
    to.mkdir(parents=True, exist_ok=True)
    (to / "blind-look.md").write_text(report(shown, marks, arms))
    for letter in dict.fromkeys(each.sheet for each in shown if each.number in marks):
        pictures = [each for each in shown if each.sheet == letter]
        _sheet(folder, pictures).save(to / _file(letter), quality=80)


def main(words: Sequence[str] | None = None) -> None:
    """Hand out pictures, or mark answers."""
    options = _options(words)
    asked = chosen(prompts(), options.count)
    shown = numbered(options.arms, asked)
    try:
        if options.answers is None:
            plan = Plan(seed=SEED, side=options.side, steps=options.steps)
            made(options.folder, options.arms, asked, plan, options.jobs)
            hand_out(shown, options.folder)
            print(f"{options.folder / 'shown'} is to be looked at; the key is beside it")
            return
        check_key(shown, options.folder)
        marks = marked(shown, read_answers(options.answers))
    except (OSError, ValueError, ArtError) as error:
        raise SystemExit(str(error)) from None
    for arm in options.arms:
        found = [marks[each.number] for each in shown if each.arm == arm and each.number in marks]
        if found:
            right = (f"{name} {share} of {all_}" for name, (share, all_) in counts(found).items())
            print(f"{arm}:", ", ".join(right))
    if options.docs:
        try:
            publish(shown, marks, options.arms, options.folder, options.docs)
        except OSError as error:
            raise SystemExit(str(error)) from None
        print(options.docs / "blind-look.md", file=sys.stderr)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    plan = Plan()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("build", "look"))
    parser.add_argument("--arms", nargs="+", choices=tuple(ARMS), default=LOOKED_AT)
    parser.add_argument("--count", type=int, default=COUNT, help="prompts of each")
    parser.add_argument("--jobs", type=int, help="processes; default: one a core")
    parser.add_argument("--side", type=int, default=plan.side, help="of pictures from noise")
    parser.add_argument("--steps", type=int, default=plan.steps, help="from noise")
    parser.add_argument("--answers", type=Path, help="mark these")
    parser.add_argument("--docs", type=Path, help="write blind-look.md and its sheets here")
    return parser.parse_args(words)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
