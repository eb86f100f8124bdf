"""Lines about long tasks: not too many, neither of quick ones nor of those of a day."""

from types import SimpleNamespace

import pytest

from mused.art import milestones
from mused.art.milestones import Milestones


@pytest.mark.parametrize(
    ("steps", "seconds_a_step", "lines"),
    [
        (40, 0.2, 0),  # over before anybody asks
        (40, 5.0, 20),  # every ten seconds
        (40, 60.0, 40),
        (100_000, 0.3, 100),  # every hundredth of eight hours
    ],
)
def test_lines_are_ten_seconds_and_a_hundredth_apart(
    monkeypatch: pytest.MonkeyPatch, steps: int, seconds_a_step: float, lines: int
) -> None:
    now = [0.0]
    monkeypatch.setattr(milestones, "time", SimpleNamespace(monotonic=lambda: now[0]))
    due = Milestones()
    found = 0
    for step in range(1, steps + 1):
        now[0] += seconds_a_step
        found += due.passed(step, steps)
    assert found == pytest.approx(lines, abs=1)


def test_the_next_task_begins_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milestones, "PAUSE", 0.0)
    due = Milestones()
    assert [due.passed(done, 10) for done in (5, 5, 10, 1, 1, 2)] == [
        True, False, True, True, False, True,
    ]  # fmt: skip
