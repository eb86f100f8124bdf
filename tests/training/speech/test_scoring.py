import pytest

from mused.training.speech.scoring import edits, mistakes, word_error_rate


@pytest.mark.parametrize(
    ("said", "heard", "count"),
    [
        ("a red boat", "a red boat", 0),
        ("a red boat", "a boat", 1),
        ("a red boat", "the red big boat", 2),
        ("stop", "", 1),
        ("", "stop now", 2),
    ],
)
def test_edits_are_counted_in_words(said: str, heard: str, count: int) -> None:
    assert edits(said.split(), heard.split()) == count


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("a red boat", "a red boat", []),
        ("an old house", "a gold house", [("an", "a"), ("old", "gold")]),
        ("in the snow", "the snow", [("in", "")]),
        ("stop", "please stop now", [("", "please"), ("", "now")]),
        ("", "", []),
    ],
)
def test_mistakes_say_which_word_was_taken_for_which(
    said: str, heard: str, wrong: list[tuple[str, str]]
) -> None:
    found = mistakes(said.split(), heard.split())
    assert found == wrong
    assert len(found) == edits(said.split(), heard.split())


def test_the_error_rate_is_over_the_words_that_were_said() -> None:
    assert word_error_rate([(["a", "b", "c", "d"], ["a", "x"]), (["e"], ["e"])]) == 3 / 5
