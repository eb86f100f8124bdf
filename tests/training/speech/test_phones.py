import pytest

from mused.training.speech.errors import SynthesisError
from mused.training.speech.phones import (
    ARPABET,
    GARBAGE,
    GARBAGE_CLASS,
    LAST_PHONE_ID,
    POSITIONS,
    SILENCE,
    Segment,
    acoustic_class,
    from_espeak,
    from_festival,
    merge,
    phone_id,
    word_positions,
)


def test_phone_numbers_have_no_holes_and_share_their_class() -> None:
    ids = {phone_id(p, w): p for p in (*ARPABET, GARBAGE) for w in POSITIONS}
    assert sorted([phone_id(SILENCE, "begin"), *ids]) == list(range(1, LAST_PHONE_ID + 1))
    for number, phone in ids.items():
        assert acoustic_class(number) == (*ARPABET, GARBAGE).index(phone) + 1
    assert acoustic_class(LAST_PHONE_ID) == GARBAGE_CLASS


@pytest.mark.parametrize(
    ("count", "positions"),
    [(1, ["singleton"]), (2, ["begin", "end"]), (3, ["begin", "internal", "end"])],
)
def test_positions_in_a_word(count: int, positions: list[str]) -> None:
    assert word_positions(count) == positions


@pytest.mark.parametrize(
    ("mnemonic", "base", "phones"),
    [
        ("A@", "en-US", ("AA", "R")),
        ("A@", "en-GB-x-rp", ("AA",)),
        ("aa", "en-US", ("AE",)),
        ("aa", "en-GB-x-rp", ("AA",)),
        ("aa", "en-GB-scotland", ("AE",)),
        ("@L", "en", ("AH", "L")),
        ("_:", "en", (SILENCE,)),
        (";", "en", ()),
    ],
)
def test_espeak_phonemes_follow_the_accent(
    mnemonic: str, base: str, phones: tuple[str, ...]
) -> None:
    assert from_espeak(mnemonic, base) == phones


def test_unknown_phones_are_named() -> None:
    with pytest.raises(SynthesisError, match="'Q!'"):
        from_espeak("Q!", "en")
    with pytest.raises(SynthesisError, match="'qq'"):
        from_festival("qq")


def test_merging_joins_silences_and_drops_what_has_no_length() -> None:
    said = [Segment("SIL", 0.1), Segment("SIL", 0.2), Segment("T", 0.2), Segment("AH", 0.3)]
    assert merge(said) == (Segment("SIL", 0.2), Segment("AH", 0.3))
