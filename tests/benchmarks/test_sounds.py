"""The sounds that hearing is measured with: repeatable, as long as they say, and kept apart."""

import random
from itertools import islice

import numpy as np
import pytest

from benchmarks import background
from benchmarks.soak import COMMANDS, House
from benchmarks.talk import sentence
from benchmarks.wake import CONDITIONS, KINDS, Positive, Slice, missed, pieces, unwanted
from mused.daemon.hearing.audio import RATE


def sentences(seed: int, *, developing: bool) -> list[str]:
    rng = random.Random(seed)
    return [sentence(rng, developing=developing) for _ in range(400)]


def test_no_sentence_is_both_for_development_and_for_results() -> None:
    chosen_by, reported = sentences(1, developing=True), sentences(1, developing=False)
    assert not {*chosen_by} & {*reported}
    assert reported == sentences(1, developing=False) != sentences(2, developing=False)


def test_talk_never_calls_mused_but_nearly_does() -> None:
    said = sentences(3, developing=False)
    assert not any(text.split()[0] == "computer" for text in said)
    assert any(" computer " in text for text in said)
    assert any(text.startswith(("commut", "comput", "come ", "com")) for text in said)
    assert not any("{" in text or "|" in text for text in said)


@pytest.mark.parametrize("kind", [background.quiet, background.noise, background.music])
def test_background_is_repeatable_finite_and_as_long_as_asked(kind: object) -> None:
    assert callable(kind)
    once, again = (np.concatenate([*kind(50, np.random.default_rng(4))]) for _ in range(2))
    assert len(once) == 50 * RATE
    assert np.isfinite(once).all()
    assert np.array_equal(once, again)


def test_a_slice_of_talk_is_heard_in_pieces_that_say_who_speaks() -> None:
    for sound, said in islice(pieces("talk", 3, developing=False), 5):
        assert 0 < len(sound) < 20 * RATE
        voice, _, text = said.partition(": ")
        assert voice.partition(":")[0] in {"espeak", "flite", "festival"}
        assert text


def test_shares_of_sounds_are_those_of_a_house() -> None:
    shares = {kind: KINDS.count(kind) / len(KINDS) for kind in KINDS}
    assert shares == {"talk": 0.5, "music": 0.15, "noise": 0.15, "babble": 0.1, "quiet": 0.1}


def test_false_wakes_and_misses_are_counted() -> None:
    found = unwanted([Slice("talk", 1800, 9, 2, ["somebody"]), Slice("quiet", 1800, 1)])
    assert (found["false_wakes"], found["false_wakes_per_hour"]) == (1, 1.0)
    assert found["by_sound"]["talk"] == {"hours": 0.5, "provisional": 2, "false_wakes": 1}
    assert found["cpu_seconds_per_hour"] == 10
    tried = [
        Positive(condition, "espeak:en", "espeak-ng", "stop", heard, right=heard, others=0)
        for condition in CONDITIONS
        for heard in (True, condition != "5 dB")
    ]
    figures = missed(tried)
    assert figures["missed"] == {**dict.fromkeys(CONDITIONS, 0.0), "5 dB": 0.5}
    assert figures["right"] == {**dict.fromkeys(CONDITIONS, 1.0), "5 dB": 0.5}
    assert figures["answers_to_talk"] == 0
    assert figures["misses"] == ["5 dB, espeak:en: stop"]


def test_every_half_hour_of_a_day_has_two_commands_in_twenty_second_pieces() -> None:
    house = House()
    said, sound = house.part(5)
    assert len(said) == 2
    assert {each.text for each in said} <= {*COMMANDS}
    assert all(each.at % background.PIECE == 0 for each in said)
    lengths = {len(piece) for piece in islice(sound, 20)}
    assert lengths == {background.PIECE * RATE}
    assert house.part(5)[0] == said
