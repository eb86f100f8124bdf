import pytest

from mused.daemon import words


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a city skyline", "Your painting of a city skyline is ready."),
        ("sunset, boat and lake", "Your painting of sunset, boat and lake is ready."),
        ("a watercolour of mountains", "Your watercolour of mountains is ready."),
        ("a painting of a castle", "Your painting of a castle is ready."),
        ("a red boat:0.5 | a lake:2 | text:-1", "Your painting of a lake is ready."),
        ("", "Your painting of  is ready."),
    ],
)
def test_ready(prompt: str, said: str) -> None:
    assert words.ready(prompt) == said


def test_a_long_prompt_is_cut_at_a_word() -> None:
    said = words.ready("boat " * 100)
    assert len(said) < 160
    assert "boat is ready." in said
