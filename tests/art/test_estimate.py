"""What is quicker than a long painting."""

import pytest

from mused.art.estimate import smaller
from mused.art.settings import LONGEST_SIDE, SHORTEST_SIDE, Settings


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((256, 192), (128, 96)),
        ((64, 48), (64, 48)),
        ((LONGEST_SIDE, SHORTEST_SIDE), (128, SHORTEST_SIDE)),
        ((100, LONGEST_SIDE), (SHORTEST_SIDE, 128)),
    ],
)
def test_a_draft_is_a_picture_of_its_own(size: tuple[int, int], expected: tuple[int, int]) -> None:
    draft = smaller(Settings(width=size[0], height=size[1], steps=3000, cutouts=64, sweep=4))
    assert (draft.width, draft.height) == expected
    assert (draft.steps, draft.cutouts, draft.sweep) == (100, 8, 1)
