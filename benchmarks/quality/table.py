"""The figures as text: a line for each way to a picture, then the comparison, then the probes."""

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = ("r1", "r5", "cosine", "object_probe", "named", "false_alarm")
PAIRS = "noise-reference"


def text(figures: Mapping[str, Any], arms: Sequence[str]) -> str:
    """Lines for people; the keys are those of the JSON object."""
    lines = [f"{figures['prompts']} prompts", "", _row("", COLUMNS)]
    lines += [_row(arm, [f"{figures[f'{arm}.{name}']:.3f}" for name in COLUMNS]) for arm in arms]
    if f"{PAIRS}.cosine" in figures:
        lines += ["", _row(PAIRS, ("mean", "low", "high", "p"))]
        for column in COLUMNS:
            keys = [f"{PAIRS}.{column}{end}" for end in ("", ".low", ".high", ".p")]
            lines.append(_row(f"  {column}", [f"{figures[key]:+.3f}" for key in keys]))
    lines += [
        "",
        *(
            f"{k:<28}{v}"
            for k, v in figures.items()
            if k.startswith(("budget.", "judge.", "guide."))
        ),
    ]
    return "\n".join(lines)


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<18}" + "".join(f"{cell:>14}" for cell in cells)
