import dataclasses
from pathlib import Path

import pytest

from mused.art.schedule import chapter_begin, is_flat, moment
from mused.art.settings import Settings, Start


def test_the_learning_rate_drops_in_the_last_quarter() -> None:
    settings = Settings(steps=8, learning_rate=0.2)
    rates = [moment(settings, 1, step).learning_rate for step in range(8)]
    assert rates == pytest.approx([0.2] * 6 + [0.02] * 2)


@pytest.mark.parametrize(("steps", "chapters"), [(12, 3), (10, 3), (7, 7), (2, 5), (0, 2)])
def test_chapters_share_the_steps_out_in_order(steps: int, chapters: int) -> None:
    settings = Settings(steps=steps)
    seen = [moment(settings, chapters, step).chapter for step in range(steps)]
    assert seen == sorted(seen)
    lengths = [seen.count(chapter) for chapter in range(chapters)]
    assert max(lengths) - min(lengths) <= 1
    for chapter in set(seen):
        assert seen.index(chapter) == chapter_begin(settings, chapters, chapter)


def test_every_chapter_settles_in_its_last_quarter() -> None:
    settings = Settings(steps=16, learning_rate=1)
    rates = [moment(settings, 2, step).learning_rate for step in range(16)]
    assert rates == [1, 1, 1, 1, 1, 1, 0.1, 0.1] * 2


def test_a_later_chapter_crosses_over_in_its_first_half() -> None:
    settings = Settings(steps=12)
    assert [moment(settings, 2, step).crossing for step in range(12)] == pytest.approx(
        [0.0] * 6 + [1 / 3, 1 / 2, 1, 0, 0, 0]
    )
    assert moment(Settings(steps=2), 2, 1).crossing == 1


def test_a_fading_anchor_comes_down_in_five_stairs() -> None:
    settings = Settings(steps=20, anchor=1.5, anchor_fade=0.5)
    anchors = [moment(settings, 1, step).anchor for step in range(20)]
    stairs = [1.5, 1.5, 1.2, 1.2, 0.9, 0.9, 0.6, 0.6, 0.3, 0.3]
    assert anchors == pytest.approx(stairs + [0.0] * 10)
    assert {moment(Settings(steps=20), 1, step).anchor for step in range(20)} == {20.0}


def test_the_first_part_is_small() -> None:
    settings = Settings(steps=10, progressive=0.6)
    assert [moment(settings, 1, step).small for step in range(10)] == [True] * 6 + [False] * 4


def test_flat_is_what_falls_no_more() -> None:
    falling = [1 - step / 100 for step in range(50)]
    assert not is_flat(falling, 5)
    assert not is_flat(falling, 0)
    assert not is_flat([0.5] * 9, 5), "too few to tell"
    assert is_flat([*falling, *[0.5] * 10], 5)
    assert is_flat([*falling, *range(1, 11)], 5), "rising is not falling either"
    assert is_flat([-1.0] * 10, 5)
    assert not is_flat([-step / 100 for step in range(50)], 5)


@pytest.mark.parametrize(
    ("start", "rate", "anchor"),
    [("sketch", 0.03, 20.0), ("noise", 0.1, 0.0), ("pixels", 0.1, 0.0)],
)
def test_only_a_start_that_shows_something_holds_the_picture(
    start: Start, rate: float, anchor: float
) -> None:
    now = moment(Settings(steps=20, start=start), 1, 0)
    assert (now.learning_rate, now.anchor) == (rate, anchor)
    held = [Settings(start=start).in_numbers(small=small).anchor for small in (True, False)]
    assert held == [anchor, min(anchor, 1.0)], "a published CLIP frays nothing, and may change it"
    chosen = moment(Settings(steps=20, start=start, learning_rate=0.3, anchor=0.7), 1, 0)
    assert (chosen.learning_rate, chosen.anchor) == (0.3, 0.7)


def test_what_was_chosen_for_a_start_is_told_from_what_somebody_chose() -> None:
    recorded = Settings(learning_rate=0.03, anchor=2.0)
    assert recorded.chosen_by_start == ("learning_rate",)
    assert Settings(start="noise", anchor=0.0).chosen_by_start == ("learning_rate", "anchor")
    loosely = Settings(learning_rate=0.1, anchor=1.0)
    assert loosely.chosen_by_start == (), "the shipped CLIP, which is small, holds firmly"
    named = dataclasses.replace(loosely, clip=Path("clip-vit-b32"))
    assert named.chosen_by_start == ("anchor",), "it may be large"
