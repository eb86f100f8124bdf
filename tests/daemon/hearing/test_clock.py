import random
from itertools import pairwise

from mused.daemon.hearing.clock import WINDOW, SampleClock

BLOCK = 0.02


def run(clock: SampleClock, start: float, seconds: float, speed: float = 1.0) -> float:
    """Blocks that arrive with jitter; the time after the last of them."""
    rng = random.Random(4)
    blocks = round(seconds / BLOCK)
    for number in range(blocks):
        clock.feed(start + number * BLOCK * speed + rng.uniform(0, 0.03), BLOCK)
    return start + blocks * BLOCK * speed


def test_jitter_and_a_drifting_sound_card_are_no_loss() -> None:
    clock = SampleClock()
    run(clock, 100.0, 3600.0, speed=1.0003)
    assert clock.lost == 0.0


def test_a_gap_is_counted_once() -> None:
    clock = SampleClock()
    end = run(clock, 100.0, 30.0)
    run(clock, end + 1.5, 30.0)
    assert abs(clock.lost - 1.5) < 0.05


def test_blocks_that_come_late_but_come_are_no_loss() -> None:
    clock = SampleClock()
    end = run(clock, 0.0, 12.0)
    for _ in range(100):  # two seconds' worth, all at once
        clock.feed(end + 2.0, BLOCK)
    run(clock, end + 2.0, 20.0)
    assert clock.lost == 0.0


def test_what_is_late_for_longer_than_a_window_counts_until_it_comes() -> None:
    clock = SampleClock()
    end = run(clock, 0.0, 12.0)
    run(clock, end + 2.0, 12.0)
    assert abs(clock.lost - 2.0) < 0.05
    for _ in range(100):
        clock.feed(end + 14.0, BLOCK)
    run(clock, end + 14.0, 12.0)
    assert clock.lost < 0.05


def test_whenever_a_stall_comes_what_catches_up_is_no_loss() -> None:
    for before in range(round(WINDOW / BLOCK), 2 * round(WINDOW / BLOCK) + 2):
        clock = SampleClock()
        for number in range(before + 1000):
            due = number * BLOCK
            stalled = before <= number < before + 400
            clock.feed((before + 400) * BLOCK if stalled else due, BLOCK)
            assert clock.lost == 0.0


def test_sound_that_comes_late_is_told_to_be_as_old_as_it_is() -> None:
    clock = SampleClock()
    recorded = [clock.feed(number * BLOCK, BLOCK) for number in range(1000)]
    late = (999 + 150) * BLOCK
    recorded += [clock.feed(late, 50 * BLOCK) for _ in range(3)]
    recorded += [clock.feed(late + number * BLOCK, BLOCK) for number in range(1, 1000)]
    steps = [after - before for before, after in pairwise(recorded)]
    expected = [BLOCK] * 999 + [50 * BLOCK] * 3 + [BLOCK] * 999
    assert max(abs(step - each) for step, each in zip(steps, expected, strict=True)) < 1e-6


def test_two_windows_after_a_loss_sound_is_as_old_as_it_was() -> None:
    clock = SampleClock()
    end = run(clock, 0.0, 12.0)
    end = run(clock, end + 1.5, 2 * WINDOW)
    assert abs(clock.feed(end, BLOCK) - end) < 0.05
