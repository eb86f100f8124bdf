import random

from mused.daemon.hearing.clock import SampleClock

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
