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


def test_only_a_short_reason_is_said() -> None:
    assert words.failed("a boat", "The disk is full.") == (
        "Sorry, I could not paint a boat. The disk is full."
    )
    assert words.failed("a boat", "x" * 500).endswith("The queue says why.")
