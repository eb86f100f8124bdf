"""What is told of a prompt before it is painted, beside what its picture then tells."""

import dataclasses
from pathlib import Path

import pytest

from mused.art.foresight import OWN_CHOICE, Foreseen, foresee
from mused.art.painter import Painter
from mused.art.prompt import LONGEST, parse
from mused.art.settings import BUNDLED, Settings


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("a red boat on a lake", ()),
        ("a quokka sleeping by a lake", ("quokka",)),
        ("quokkas", ("quokkas",)),
        ("a boat | quokka:-1", ()),
        ("no boat", ()),
        ("a beach without people:2 | without zeppelins", ()),
        ("a sleeping cat ^ a quokka's boat ^ no boat", ("quokka",)),
    ],
)
def test_what_is_told_before_is_what_the_picture_tells(
    small: Settings, painter: Painter, prompt: str, unknown: tuple[str, ...]
) -> None:
    settings = dataclasses.replace(small, start="sketch", anchor=1.0, steps=0)
    foreseen = foresee(parse(prompt), settings)
    recipe = painter.paint(prompt, settings).recipe
    others = ("CLIP", "is read word for word")
    of_sketch = [each for each in recipe.notices if not any(other in each for other in others)]
    assert list(foreseen.notices) == of_sketch
    assert set(recipe.unknown) <= set(foreseen.unknown) == set(unknown)


def test_nothing_is_told_that_only_weights_know(tmp_path: Path) -> None:
    """What a draft shows, and which words a CLIP of one's own knows."""
    quokka = parse("a quokka")
    assert foresee(quokka, Settings(start="draft")) == Foreseen()
    assert foresee(quokka, Settings(start="noise")) == Foreseen()
    other = foresee(quokka, Settings(clip=tmp_path / "own.safetensors"))
    assert other == Foreseen(("The sketch does not show: quokka.", OWN_CHOICE))
    shipped = foresee(quokka, Settings(clip=BUNDLED / "clip.safetensors"))
    assert shipped == dataclasses.replace(other, unknown=("quokka",))


def test_the_longest_prompt_is_read_too() -> None:
    foreseen = foresee(parse(("quokka, " * LONGEST)[:LONGEST]), Settings())
    assert foreseen.unknown == ("quokka",)
