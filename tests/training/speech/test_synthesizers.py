import numpy as np
import pytest

from mused.training.speech.errors import SynthesisError
from mused.training.speech.phones import spoken
from mused.training.speech.synthesizers import align, speak
from mused.training.speech.voices import (
    ESPEAK_VARIANTS,
    HELD_OUT_VOICES,
    OTHER_VOICES,
    Delivery,
    parse_voice,
)

STOP = ("S", "T", "AA", "P")


@pytest.mark.parametrize(
    "name", ["espeak:en-US", "espeak:en-GB-scotland+f2", "flite:rms", "festival:ked_diphone"]
)
def test_a_voice_says_when_it_says_what(name: str) -> None:
    (speech,) = align(["stop"], parse_voice(name), [Delivery()])
    assert spoken(speech.segments) == STOP
    assert speech.segments[-1].end == pytest.approx(len(speech.samples) / 16000, abs=0.1)
    vowel = next(i for i, segment in enumerate(speech.segments) if segment.phone == "AA")
    start, end = (int(16000 * speech.segments[i].end) for i in (vowel - 1, vowel))
    loud = np.abs(speech.samples[start:end].astype(float)).mean()
    assert loud > 1.5 * np.abs(speech.samples.astype(float)).mean()


def test_every_held_out_voice_speaks() -> None:
    for voice in HELD_OUT_VOICES:
        assert np.abs(speak("yes", voice)).max() > 1000


def test_no_held_out_voice_is_trained_on() -> None:
    trained = {voice for voice, _ in OTHER_VOICES}
    for voice in HELD_OUT_VOICES:
        assert voice not in trained
        assert voice.name.partition("+")[2] not in ESPEAK_VARIANTS


def test_speech_is_the_same_every_time() -> None:
    assert np.array_equal(speak("yes", "espeak:en-US+f4"), speak("yes", "espeak:en-US+f4"))


def test_delivery_changes_the_pace() -> None:
    slow, fast = (len(speak("hello there", "flite:slt", Delivery(rate))) for rate in (0.7, 1.4))
    assert slow > 1.5 * fast


@pytest.mark.parametrize("name", ["espeak:en-US", "flite:slt", "festival:kal_diphone"])
def test_delivery_changes_the_pitch(name: str) -> None:
    low, high = (
        align(["aah, hello there"], parse_voice(name), [Delivery(pitch=pitch)])[0].samples
        for pitch in (0.8, 1.25)
    )
    assert pitch_of(high) > 1.2 * pitch_of(low)


def pitch_of(samples: np.ndarray) -> float:
    """Hertz: the lag at which the middle of the sound is most like itself, 60 to 400 Hz."""
    middle = samples[len(samples) // 3 :][:8000].astype(np.float64)
    likeness = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    return float(16000 / (40 + likeness[40:266].argmax()))


@pytest.mark.parametrize("name", ["espeak", "sam:one", ""])
def test_a_voice_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="voice"):
        speak("yes", name)


def test_a_missing_voice_is_named() -> None:
    with pytest.raises(SynthesisError, match="klingon"):
        speak("yes", "espeak:klingon")


def test_a_missing_synthesizer_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SynthesisError, match="apt install flite"):
        speak("yes", "flite:slt")
