from pathlib import Path

from mused.training.speech.lexicon import Lexicon, build_lexicon, load_or_build
from mused.training.speech.phones import ARPABET


def test_a_word_is_said_as_the_synthesizers_say_it(small_lexicon: Lexicon) -> None:
    assert ("K", "AH", "M", "P", "Y", "UW", "T", "ER") in small_lexicon["computer"]
    assert ("K", "AH", "M", "P", "Y", "UW", "T", "AH") in small_lexicon["computer"]
    assert small_lexicon["red"] == (("R", "EH", "D"),)


def test_function_words_have_their_weak_forms() -> None:
    lexicon = build_lexicon(["a", "an", "for", "the", "o'clock"])
    assert {("AE", "N"), ("AH", "N")} == set(lexicon["an"])
    assert ("F", "ER") in lexicon["for"]
    assert {("AH",), ("EY",)} == set(lexicon["a"])
    assert {("DH", "AH"), ("DH", "IY")} <= set(lexicon["the"])
    assert lexicon["o'clock"]


def test_only_phones_of_the_network_are_used(small_lexicon: Lexicon) -> None:
    used = {phone for said in small_lexicon.values() for phones in said for phone in phones}
    assert used <= set(ARPABET)


def test_liquids_blended_into_their_vowel_are_kept() -> None:
    assert all("L" in phones for phones in build_lexicon(["whale"])["whale"])


def test_a_kept_lexicon_is_read_and_a_stale_one_replaced(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.json"
    first = load_or_build(["red"], path)
    written = path.stat().st_mtime_ns
    assert load_or_build(["red"], path) == first
    assert path.stat().st_mtime_ns == written
    assert set(load_or_build(["red", "boat"], path)) == {"red", "boat"}
