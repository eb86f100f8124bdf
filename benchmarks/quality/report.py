"""The blind looks as a page: the shares, then each sheet with its prompts and answers."""

from collections.abc import Sequence

from benchmarks.quality.answers import Marked
from benchmarks.quality.looks import Sheet
from mused.art.settings import Settings

TITLES = {"reference": "the loop of nerdyrodent's VQGAN-CLIP, from noise, with the same weights"}


def counts(sheet: Sheet) -> dict[str, tuple[int, int]]:
    """How many subjects and settings are right, of how many."""
    marks = sheet.marks.values()
    subjects = [each.subject for each in marks if each.subject is not None]
    settings = [each.setting for each in marks if each.setting is not None]
    return {
        "subjects": (sum(subjects), len(subjects)),
        "settings": (sum(settings), len(settings)),
    }


def report(sheets: Sequence[Sheet], introduction: str) -> str:
    """The page, in Markdown."""
    lines = [
        "# A blind look",
        "",
        introduction.strip(),
        "",
        "| painted from | subjects right | settings right |",
        "|---|---|---|",
    ]
    for sheet in sheets:
        cells = " | ".join(f"{right} of {all_}" for right, all_ in counts(sheet).values())
        lines.append(f"| {_title(sheet)} | {cells} |")
    for sheet in sheets:
        title, marks = _title(sheet), sheet.marks
        lines += [
            "",
            f"## {title[0].upper()}{title[1:]}",
            "",
            f"![the pictures that were looked at]({picture_of(sheet)})",
            "",
            "| | prompt | subject named | | setting named | |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(each.number, marks[each.number]) for each in sheet.handed.shown]
    return "\n".join(lines) + "\n"


def picture_of(sheet: Sheet) -> str:
    """The name of the picture of a sheet that stands beside the page."""
    return f"blind-look-{sheet.name}.webp"


def _title(sheet: Sheet) -> str:
    default = ", the default" if sheet.arm == Settings().start else ""
    draw = f", draw {sheet.handed.draw}" if sheet.handed.draw > 1 else ""
    return TITLES.get(sheet.arm, f"`{sheet.arm}`{default}") + draw


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
