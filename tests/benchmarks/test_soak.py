"""What `benchmarks.soak` counts as lost and as false, from commands whose hearing is known."""

from benchmarks.soak import Comparison, Words, compare

TIME, DAY = Words("what time is it", 100.0), Words("what day is it", 900.0)


def test_all_that_was_said_is_heard() -> None:
    heard = [Words("what time is it", 108.6), Words("what day is a", 909.1)]
    assert compare([TIME, DAY], heard) == Comparison(lost=[], false=[], right=1)


def test_a_false_wake_does_not_make_up_for_a_lost_command() -> None:
    false = Words("what day is it", 500.0)
    found = compare([TIME, DAY], [Words("what time is it", 108.6), false])
    assert found == Comparison(lost=[DAY], false=[false], right=1)


def test_a_second_utterance_beside_a_command_is_false_and_not_the_one_of_the_same_words() -> None:
    false = Words("how is it", 103.0)
    found = compare([TIME], [false, Words("what time is it", 108.6)])
    assert found == Comparison(lost=[], false=[false], right=1)


def test_what_is_heard_after_its_piece_of_sound_is_false_and_the_command_lost() -> None:
    late = Words("what time is it", 120.0)
    assert compare([TIME], [late]) == Comparison(lost=[TIME], false=[late], right=0)
