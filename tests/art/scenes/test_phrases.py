"""A prompt is cut where another thing begins to be spoken of."""

import pytest

from mused.art.scenes.phrases import Phrase, phrases_of


def told(phrase: Phrase) -> str:
    """Its words in a fixed order."""
    adjectives = [str(phrase.count or ""), phrase.size, phrase.shade, *phrase.colours]
    named = [*phrase.strange, *(token.phrase for token in phrase.modifiers)]
    head = phrase.head.phrase if phrase.head else ""
    return " ".join(word for word in (*adjectives, *named, head) if word)


@pytest.mark.parametrize(
    ("prompt", "phrases"),
    [
        ("two small dark red boats on a lake", ["2 small dark red boats", "lake"]),
        ("sunset boat castle", ["sunset boat", "castle"]),
        ("blue sea white sand yellow boat", ["blue sea", "white sand", "yellow boat"]),
        ("a red and white boat, and a blue one", ["red white boat", "1 blue"]),
        ("a red boat and blue house", ["red boat", "blue house"]),
        ("a grey foggy morning with a boat", ["grey foggy morning", "boat"]),
        ("snow, white horse", ["snow", "white horse"]),
        ("a cute dog eating grass", ["cute dog", "eating grass"]),
        ("an orange and an orange cat", ["orange ball", "orange cat"]),
        ("the sky is pink", ["sky", "pink"]),
    ],
)
def test_phrases_end_where_another_thing_begins(prompt: str, phrases: list[str]) -> None:
    assert [told(phrase) for phrase in phrases_of(prompt) if told(phrase)] == phrases


def test_what_leads_to_a_phrase_is_kept_with_it() -> None:
    boat, house = [phrase for phrase in phrases_of("a boat, in front of no house") if phrase.head]
    assert (boat.leads, house.leads) == ([], [",", "in front", "of"])
    assert (boat.denied, house.denied) == (False, True)
