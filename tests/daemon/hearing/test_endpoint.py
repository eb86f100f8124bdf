from hypothesis import given
from hypothesis import strategies as st

from mused.daemon.hearing.endpoint import Ending, Endpointer

FRAME = 0.02
SPEECH = True
SILENCE = False


def endpointer() -> Endpointer:
    return Endpointer(end_silence=0.9, no_speech_timeout=6.0, longest_utterance=20.0)


def feed(target: Endpointer, seconds: float, speech: bool) -> Ending | None:
    """The first ending while `seconds` of frames are fed."""
    for _ in range(round(seconds / FRAME)):
        if ending := target.feed(FRAME, speech):
            return ending
    return None


def test_silence_after_speech_ends_the_utterance() -> None:
    target = endpointer()
    assert feed(target, 1.0, SPEECH) is None
    assert feed(target, 0.88, SILENCE) is None
    assert feed(target, FRAME, SILENCE) is Ending.SILENCE


def test_a_pause_shorter_than_the_end_silence_does_not_end_it() -> None:
    target = endpointer()
    for _ in range(5):
        assert feed(target, 0.5, SPEECH) is None
        assert feed(target, 0.8, SILENCE) is None
    assert feed(target, FRAME, SPEECH) is None
    assert feed(target, 1.0, SILENCE) is Ending.SILENCE


def test_a_listener_who_hears_nothing_gives_up_after_the_timeout() -> None:
    target = endpointer()
    assert feed(target, 5.98, SILENCE) is None
    assert feed(target, FRAME, SILENCE) is Ending.NO_SPEECH


def test_a_click_is_not_the_beginning_of_an_utterance() -> None:
    target = endpointer()
    feed(target, 0.04, SPEECH)
    assert feed(target, 2.0, SILENCE) is None
    assert feed(target, 5.0, SILENCE) is Ending.NO_SPEECH


def test_a_speaker_who_never_pauses_is_cut_off() -> None:
    target = endpointer()
    assert feed(target, 19.98, SPEECH) is None
    assert feed(target, FRAME, SPEECH) is Ending.TOO_LONG


@given(st.lists(st.booleans(), max_size=1500))
def test_every_utterance_ends_in_time_and_only_for_a_reason(frames: list[bool]) -> None:
    target = endpointer()
    for number, speech in enumerate(frames, 1):
        ending = target.feed(FRAME, speech)
        if ending is Ending.SILENCE:
            assert not any(frames[number - 45 : number])
            assert any(frames[:number])
        if ending is Ending.NO_SPEECH:
            assert sum(frames[:number]) * FRAME < 0.06
        if ending:
            return
        assert number * FRAME < 20.0
