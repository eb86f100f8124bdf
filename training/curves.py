"""Training curves: every figure of a log over the steps, drawn as one picture."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

PANEL = (400, 200)
"""Width and height of one figure's panel, in pixels."""
COLUMNS = 3
SPAN = 0.05
"""The part of the steps over which the dark line is the mean."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 28, 24
_FINE = 2  # drawn twice as large and shrunk, which smooths the lines
_NOT_FIGURES = ("step", "s")

Series = Mapping[int, float]
"""A figure's value at some steps."""


def read_log(path: Path) -> dict[str, Series]:
    """Return every figure of a log with a JSON object a line, each of which has its "step".

    Of a step that was done again after a crash the last line counts, which alone is of this run;
    a line cut by a crash and values that are no numbers are left out.
    """
    figures: dict[str, dict[int, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row: dict[str, Any] = json.loads(line)
            step = int(row["step"])
        except (KeyError, TypeError, ValueError):
            continue
        for name, value in row.items():
            if name in _NOT_FIGURES or not isinstance(value, int | float):
                continue
            if math.isfinite(value):
                figures.setdefault(name, {})[step] = float(value)
    return {name: dict(sorted(values.items())) for name, values in figures.items()}


def draw_curves(figures: Mapping[str, Series]) -> Image.Image:
    """Return one panel for each figure: pale what was logged, dark its running mean."""
    columns = max(1, min(COLUMNS, len(figures)))
    rows = max(1, -(-len(figures) // columns))
    width, height = (side * _FINE for side in PANEL)
    image = Image.new("RGB", (columns * width, rows * height), "white")
    for number, (name, values) in enumerate(figures.items()):
        row, column = divmod(number, columns)
        image.paste(_panel(name, values), (column * width, row * height))
    return image.resize((columns * PANEL[0], rows * PANEL[1]), Image.Resampling.LANCZOS)


def _panel(name: str, values: Series) -> Image.Image:
    width, height = (side * _FINE for side in PANEL)
    panel = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(panel)
    font = ImageFont.load_default(12 * _FINE)
    left, right = _LEFT * _FINE, width - _RIGHT * _FINE
    top, bottom = _TOP * _FINE, height - _BOTTOM * _FINE
    steps, smooth = list(values), smoothed(list(values.values()))
    low, high = reach(list(values.values()))

    def at(step: int, value: float) -> tuple[float, float]:
        along = (step - steps[0]) / max(1, steps[-1] - steps[0])
        up = (min(max(value, low), high) - low) / (high - low)
        return left + along * (right - left), bottom - up * (bottom - top)

    pen.rectangle((left, top, right, bottom), outline="#cccccc", width=_FINE)
    pen.line([at(*pair) for pair in values.items()], fill="#a9c7e8", width=_FINE)
    last = [at(*pair) for pair in zip(steps, smooth, strict=True)]
    pen.line(last, fill="#1f4e8c", width=2 * _FINE)
    pen.circle(last[-1], 2 * _FINE, fill="#1f4e8c")
    middle = (left + right) / 2
    pen.text((left, 6 * _FINE), f"{name}  {smooth[-1]:.4g}", fill="black", font=font)
    for value, y in ((high, top), (low, bottom)):
        pen.text((left - 6 * _FINE, y), f"{value:.3g}", fill="#555555", font=font, anchor="rm")
    pen.text((left, bottom + 5 * _FINE), f"{steps[0]}", fill="#555555", font=font)
    pen.text((middle, bottom + 5 * _FINE), "steps", fill="#555555", font=font, anchor="ma")
    pen.text((right, bottom + 5 * _FINE), f"{steps[-1]}", fill="#555555", font=font, anchor="ra")
    return panel


def smoothed(values: Sequence[float]) -> list[float]:
    """Return at each value the mean of the last ones, a twentieth of all."""
    span = max(1, round(SPAN * len(values)))
    parts = (values[max(0, i + 1 - span) : i + 1] for i in range(len(values)))
    return [sum(part) / len(part) for part in parts]


def reach(values: Sequence[float]) -> tuple[float, float]:
    """Return what the axis goes from and to: all but the wildest hundredth, never nothing."""
    ordered = sorted(values)
    cut = len(ordered) // 100
    low, high = ordered[cut], ordered[-1 - cut]
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - margin, high + margin
