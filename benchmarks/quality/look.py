"""A blind look: pictures without their prompts, and what somebody takes them for.

    python -m benchmarks.quality.look [--draw 2]
    python -m benchmarks.quality.look --answers build/look/answers.txt --docs docs
    python -m benchmarks.quality.look --docs docs

The first command paints 40 prompts, drawn by chance, at seed 0 from every start and by the
reference loop. A draw is always the same; a later one shows none that an earlier one showed, for
what was looked at may have been mended for. Into build/look/shown go sheets named by letters and
their pictures, numbered over all sheets, each sheet in an order of its own: that folder is what
the one who looks may see. build/look/key.json says what is what. Who looks writes a line for each
number: `7 | a boat | a lake at sunset`, the main subject and the setting, `-` where there is none
to be seen. Who has seen a better sheet recognises more on a worse one: sheets are lettered from
the least to the most that their start shows, and are best looked at in that order.

The second command marks the answers (benchmarks.quality.answers tells how), prints how many are
right for each way to a picture, and with --docs keeps keys and answers in looks/ here and writes
the sheets, and blind-look.md of all looks that are kept. The third writes that page again.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase

import torch
from PIL import Image

from benchmarks.quality import looks
from benchmarks.quality.answers import read_answers
from benchmarks.quality.arms import ARMS, BUDGETED, USUAL, Plan, path_of
from benchmarks.quality.looks import Handed, Sheet, Shown
from benchmarks.quality.making import made, say
from benchmarks.quality.prompts import Asked, prompts
from benchmarks.quality.report import counts, picture_of, report
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
PAGE = "blind-look.md"
LOOKED_AT = (
    "noise",
    "reference",
    *(start for start in USUAL if start in WORTH_HOLDING and start != Settings().start),
    Settings().start,
)
"""From the least to the most that is seen before any painting; the default start comes last."""


def chosen(
    asked: Sequence[Asked], count: int, draw: int = 1, kept: Sequence[Sheet] = ()
) -> tuple[Asked, ...]:
    """So many prompts of a draw, by chance and always the same.

    Those of a draw that was looked at before are the same again, however many prompts came
    after; another one takes none that an earlier one has shown.
    """
    again = _shown([sheet for sheet in kept if sheet.handed.draw == draw])
    before = _shown([sheet for sheet in kept if sheet.handed.draw < draw])
    left = [each for each in asked if (each in again if again else each not in before)]
    return tuple(random.Random(f"blind {draw}").sample(left, min(count, len(left))))


def _shown(sheets: Sequence[Sheet]) -> set[Asked]:
    return {each.asked for sheet in sheets for each in sheet.handed.shown}


def numbered(arms: Sequence[str], asked: Sequence[Asked], draw: int = 1) -> Handed:
    """All pictures with their numbers, every sheet in an order of its own."""
    shown: list[Shown] = []
    for letter, arm in zip(ascii_uppercase, arms, strict=False):
        order = list(asked)
        random.Random(f"blind {arm} {draw}").shuffle(order)
        shown += [Shown(len(shown) + i, letter, arm, each) for i, each in enumerate(order, 1)]
    return Handed(draw, tuple(shown))


def hand_out(handed: Handed, folder: Path) -> None:
    """Write what may be seen into folder/shown, and the key beside it."""
    target = folder / "shown"
    target.mkdir(parents=True, exist_ok=True)
    by_sheet: dict[str, list[Shown]] = {}
    for each in handed.shown:
        _picture(folder, each).save(target / f"{each.number:03}.png")
        by_sheet.setdefault(each.sheet, []).append(each)
    for letter, pictures in by_sheet.items():
        _sheet(folder, pictures).save(target / f"sheet-{letter}.png")
    looks.write_key(handed, folder / KEY)


def _picture(folder: Path, shown: Shown, side: int = SIDE) -> Image.Image:
    with Image.open(path_of(folder, shown.arm, shown.asked)) as image:
        return image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def _sheet(folder: Path, shown: Sequence[Shown]) -> Image.Image:
    images = [_picture(folder, each, THUMBNAIL) for each in shown]
    return arranged(images, [str(each.number) for each in shown], COLUMNS)


def publish(to: Path, kept_in: Path) -> None:
    """Write the page of all looks that are kept. Raises OSError and ValueError."""
    to.mkdir(parents=True, exist_ok=True)
    introduction = (kept_in / looks.INTRODUCTION).read_text()
    (to / PAGE).write_text(report(looks.kept(prompts(), kept_in), introduction))
    print(to / PAGE, file=sys.stderr)


def main(words: Sequence[str] | None = None) -> None:
    """Hand out pictures, mark answers, or write the page."""
    options = _options(words)
    try:
        if options.answers is not None:
            _mark(options)
        if options.docs is not None:
            publish(options.docs, options.looks)
        if options.answers is None and options.docs is None:
            _hand_out(options)
    except (OSError, ValueError, ArtError) as error:
        raise SystemExit(str(error)) from None


def _hand_out(options: argparse.Namespace) -> None:
    asked = chosen(prompts(), options.count, options.draw, looks.kept(prompts(), options.looks))
    if not asked:
        raise ValueError(f"draw {options.draw}: every prompt was shown before: add some")
    if len(asked) < options.count:
        say(f"draw {options.draw}: {len(asked)} prompts only, all others were shown before")
    plan = Plan(seed=SEED, side=options.side, steps=options.steps)
    made(options.folder, options.arms, asked, plan, options.jobs)
    hand_out(numbered(options.arms, asked, options.draw), options.folder)
    print(f"{options.folder / 'shown'} is to be looked at; the key is beside it")


def _mark(options: argparse.Namespace) -> None:
    handed = looks.read_key(options.folder / KEY, prompts())
    for sheet in looks.sheets_of(handed, read_answers(options.answers)):
        right = (f"{name} {share} of {all_}" for name, (share, all_) in counts(sheet).items())
        print(f"{sheet.name}:", ", ".join(right))
        if options.docs is not None:
            looks.keep(sheet, options.answers, options.looks)
            options.docs.mkdir(parents=True, exist_ok=True)
            picture = _sheet(options.folder, sheet.handed.shown)
            picture.save(options.docs / picture_of(sheet), quality=80)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    plan = Plan()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("build", "look"))
    timeless = tuple(arm for arm in ARMS if arm not in BUDGETED)
    parser.add_argument("--arms", nargs="+", choices=timeless, default=LOOKED_AT)
    parser.add_argument("--draw", type=int, default=1, help="which draw of the prompts, from 1")
    parser.add_argument("--count", type=int, default=COUNT, help="prompts of each")
    parser.add_argument("--jobs", type=int, help="processes; default: one a core")
    parser.add_argument("--side", type=int, default=plan.side, help="of pictures from noise")
    parser.add_argument("--steps", type=int, default=plan.steps, help="from noise")
    parser.add_argument("--answers", type=Path, help="mark these")
    parser.add_argument("--docs", type=Path, help=f"write {PAGE} and its sheets here")
    parser.add_argument(
        "--looks", type=Path, default=looks.FOLDER, help="where looks are kept; default: beside us"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
