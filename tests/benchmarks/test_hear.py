"""The figures of `benchmarks.hear`, from sentences whose hearing is known."""

from benchmarks.hear import Spoken, commands_beside_prompts, seam
from mused.training.speech.voices import HELD_OUT_VOICES

VOICE = HELD_OUT_VOICES[0]


def spoken(text: str, heard: str) -> Spoken:
    return Spoken(VOICE, text, heard, None)


def test_commands_and_prompts_are_counted_apart() -> None:
    heard = [
        spoken("what time is it", "what time is it"),
        spoken("what is the date today", "what is the day today"),
        spoken("stop", "shop"),
        spoken("generate a red boat", "generate a red coat"),
    ]
    assert commands_beside_prompts(heard) == {
        "commands": {"word_error_rate": 0.2, "sentences_exact": 0.3333, "intent_accuracy": 0.6667},
        "prompts": {"word_error_rate": 0.25, "sentences_exact": 0.0, "intent_accuracy": 1.0},
    }


def test_a_first_word_is_lost_at_the_seam_where_it_is_wrong_missing_or_the_sentence_missed() -> (
    None
):
    heard = [
        spoken("generate a red boat", "generate a blue boat"),
        spoken("help", "how alp"),
        spoken("what time is it", "time is it"),
        spoken("never mind", ""),
    ]
    assert seam(heard) == {
        "right": 1,
        "of": 4,
        "wrong": [
            f"{VOICE}: help -> how alp",
            f"{VOICE}: what time is it -> time is it",
            f"{VOICE}: never mind -> (missed)",
        ],
    }
