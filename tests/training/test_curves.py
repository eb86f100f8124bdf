"""Training curves as a picture."""

import json
from pathlib import Path

import numpy as np
import pytest

from mused.training.curves import COLUMNS, PANEL, draw_curves, reach, read_log, smoothed


def test_a_log_is_read_with_its_cuts(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    rows = [
        {"step": 20, "s": 1.0, "loss": 3.0, "psnr": 10},
        {"step": 40, "s": 2.0, "loss": 9.0},
        {"step": 40, "s": 0.5, "loss": 2.0},
        {"step": 60, "s": 1.5, "loss": float("nan"), "note": "x"},
    ]
    log.write_text("\n".join([*map(json.dumps, rows), '{"step": 80, "lo']))
    assert read_log(log) == {"loss": {20: 3.0, 40: 2.0}, "psnr": {20: 10.0}}


def test_every_figure_has_a_panel() -> None:
    falling = {step: 100.0 / step for step in range(20, 4000, 20)}
    curves = draw_curves(
        {"loss": falling, "noun": {20: 0.1, 40: 0.3}, "one": {7: 1.0}, "d": {1: 0}}
    )
    assert curves.size == (COLUMNS * PANEL[0], 2 * PANEL[1])
    pixels = np.asarray(curves).astype(int)
    assert all(pixels[:200, x : x + 400].min() < 60 for x in (0, 400, 800))
    assert pixels[200:, 400:].min() == 255, "no fifth figure"


def test_a_falling_figure_falls_in_the_picture() -> None:
    pixels = np.asarray(draw_curves({"loss": {step: -float(step) for step in range(200)}}))
    dark = (pixels[:, :, 2].astype(int) - pixels[:, :, 0] > 60) & (pixels[:, :, 0] < 90)
    first, last = (np.nonzero(dark[:, x])[0].mean() for x in (80, 370))
    assert last > first + 100


def test_single_spikes_do_not_flatten_the_curve() -> None:
    low, high = reach([1.0 + 0.001 * i for i in range(400)] + [1e9])
    assert 0.9 < low < high < 1.6
    assert reach([5.0]) == pytest.approx((4.75, 5.25))
    assert reach([0.0, 0.0]) == (-1.0, 1.0)


def test_the_mean_follows_the_values() -> None:
    assert smoothed([4.0]) == [4.0]
    assert smoothed([float(i) for i in range(40)])[-1] == 38.5
