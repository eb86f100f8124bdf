import math

import pytest

from mused.daemon.hearing.audio import FRAME_SECONDS, frames_in
from mused.daemon.hearing.levels import CONTEXT, KEPT, RISES, STANDS_OUT, Levels


def levels(*parts: tuple[float, float]) -> Levels:
    """Seconds and the level they have, one after the other."""
    made = Levels()
    for seconds, level in parts:
        for _ in range(frames_in(seconds)):
            made.note(level)
    return made


def test_a_level_is_found_by_the_seconds_of_the_stream() -> None:
    some = levels((1.0, 100.0), (1.0, 700.0))
    assert some.between(0.2, 0.8).max() == pytest.approx(100.0)
    assert some.between(1.2, 1.8).min() == pytest.approx(700.0)
    assert some.loudness == pytest.approx(700.0)
    assert not len(some.between(2.5, 3.0))


def test_only_the_last_seconds_are_known() -> None:
    some = levels((1.0, 100.0), (KEPT, 700.0))
    assert not len(some.between(0.0, 0.9))
    assert some.between(0.0, 1.5).min() == pytest.approx(700.0)


@pytest.mark.parametrize(("decibels", "stands_out"), [(STANDS_OUT + 1, True), (6.5, False)])
def test_a_voice_stands_out_if_it_is_much_louder_than_what_was_just_before(
    decibels: float, stands_out: bool
) -> None:
    voice = 200.0 * 10 ** (decibels / 20)
    found = levels((2.0, 200.0), (0.6, voice)).foreground(2.0, 2.6)
    assert (found is not None) is stands_out


def test_a_loud_word_before_is_the_same_speakers_also_with_a_pause_between() -> None:
    just_before = levels((2.0, 100.0), (0.2, 1000.0), (0.06, 50.0), (0.6, 1500.0))
    assert just_before.foreground(2.26, 2.86) is None
    with_pause = levels((2.0, 1300.0), (0.5, 50.0), (0.6, 1500.0))
    assert with_pause.foreground(2.5, 3.1) is None
    softer = levels((2.0, 900.0), (0.5, 50.0), (0.6, 1500.0))
    assert softer.foreground(2.5, 3.1) is not None


def test_the_floor_is_between_the_voice_and_the_others() -> None:
    found = levels((CONTEXT, 200.0), (0.4, 100.0), (0.6, 2000.0)).foreground(
        CONTEXT + 0.4, CONTEXT + 1.0
    )
    assert found is not None
    assert found.others == pytest.approx(200.0)
    assert 250.0 < found.floor < 1600.0


def test_a_voice_that_an_earcon_covers_for_a_moment_is_as_loud_as_the_rest_of_it() -> None:
    found = levels((1.6, 200.0), (0.3, 2000.0), (0.2, math.inf), (0.3, 2000.0)).foreground(1.6, 2.4)
    assert found is not None
    assert found.voice == pytest.approx(2000.0)


def test_nothing_stands_out_of_what_nobody_has_heard() -> None:
    assert levels((1.0, math.inf), (0.6, 2000.0)).foreground(1.0, 1.6) is None
    assert levels((0.6, 2000.0)).foreground(0.0, 0.6) is None
    assert levels((1.0, 2000.0), (0.6, math.inf)).foreground(1.0, 1.6) is None
    assert levels((1.0, 2000.0)).foreground(5.0, 5.0 + FRAME_SECONDS) is None


@pytest.mark.parametrize(("decibels", "rises"), [(RISES + 1, True), (RISES - 1, False)])
def test_who_was_hardly_softer_a_moment_before_goes_on_with_a_sentence(
    decibels: float, rises: bool
) -> None:
    some = levels((1.0, 50.0), (0.15, 1000.0 / 10 ** (decibels / 20)), (0.6, 1000.0))
    assert some.rises(1.15, 1.75) is rises


def test_who_has_paused_begins_anew() -> None:
    assert levels((1.0, 1000.0), (0.3, 50.0), (0.6, 1000.0)).rises(1.3, 1.9)


def test_what_nobody_has_heard_covers_no_beginning() -> None:
    assert levels((1.0, math.inf), (0.6, 1000.0)).rises(1.0, 1.6)
    assert levels((0.6, 1000.0)).rises(0.0, 0.6)
    assert levels((0.5, 1000.0), (0.6, math.inf)).rises(0.5, 1.1)
