import pytest

from mused.daemon import words


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a city skyline", "Your painting of a city skyline is ready."),
        ("sunset, boat and lake", "Your painting of sunset, boat and lake is ready."),
        ("a painting of a castle", "Your painting of a castle is ready."),
        ("a red boat:0.5 | a lake:2 | text:-1", "Your painting of a lake is ready."),
    ],
)
def test_ready(prompt: str, said: str) -> None:
    assert words.ready(prompt) == said


def test_unknown_words_are_told() -> None:
    assert words.ready("a quokka", ["quokka"]) == (
        "Your painting of a quokka is ready. I do not know the word quokka."
    )


@pytest.mark.parametrize(
    ("count", "prompts", "said"),
    [
        (1, 1, "Your painting of a red boat is ready."),
        (3, 1, "While I was away, three paintings of a red boat were finished."),
        (3, 2, "While I was away, three paintings were finished. The last is of a red boat."),
    ],
)
def test_pictures_that_nobody_announced_are_summed_up(count: int, prompts: int, said: str) -> None:
    assert words.ready_meanwhile(count, prompts, "a red boat", ()) == said
    unknown = words.ready_meanwhile(count, prompts, "a red boat", ["quokka"])
    assert unknown == f"{said} I do not know the word quokka."


def test_only_a_short_reason_is_said() -> None:
    assert words.failed("a boat", "The disk is full.") == (
        "Sorry, I could not paint a boat. The disk is full."
    )
    assert words.failed("a boat", "x" * 500).endswith("The queue says why.")
