"""The model in daemon/hearing/bundled does what its manifest promises (synthetic voices)."""

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from mused.training.speech.report import (
    DEMO_PHRASE,
    Entry,
    decoded_exactly,
    hear_voices,
    padded,
)
from mused.training.speech.scoring import Decoder
from mused.training.speech.sentences import words_of
from mused.training.speech.synthesizers import speak
from mused.training.speech.voices import DEMO_VOICE, Delivery, parse_voice

FOLDER = Path(str(files("mused.daemon.hearing"))) / "bundled" / "vosk-mused-en"
UNRELATED = ("come here please", "the commuter train is late again")


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(FOLDER)


def entries() -> Sequence[Entry]:
    content = json.loads((FOLDER / "manifest.json").read_text())
    return [Entry(**entry) for entry in content["phrases"]]


def test_the_manifest_is_broad() -> None:
    assert len(entries()) >= 40
    assert len({entry.voice for entry in entries()}) >= 8
    assert Entry(DEMO_PHRASE, str(DEMO_VOICE)) in entries()


@pytest.mark.parametrize("voice", sorted({entry.voice for entry in entries()}))
def test_phrases_of_the_manifest_come_out_exactly(decoder: Decoder, voice: str) -> None:
    said = [entry.text for entry in entries() if entry.voice == voice]
    assert decoded_exactly(decoder, said, parse_voice(voice)) == said


def test_the_demo_is_understood_whatever_the_pace(decoder: Decoder) -> None:
    wanted = " ".join(words_of(DEMO_PHRASE))
    for rate in (0.85, 1.0, 1.2):
        sound = padded(speak(DEMO_PHRASE, DEMO_VOICE, Delivery(rate)))
        assert decoder.hear(sound).text == wanted, rate


@pytest.mark.parametrize("text", UNRELATED)
def test_unrelated_talk_does_not_begin_with_the_wake_word(decoder: Decoder, text: str) -> None:
    grammar = ["computer", "commuter", "compute", "come here", "come", "the", "[unk]"]
    heard = decoder.hear(padded(speak(text, DEMO_VOICE)), grammar)
    assert not heard.text.startswith("computer")


def test_the_model_is_small() -> None:
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size <= 6_000_000


def test_the_card_says_which_words_are_taken_for_which() -> None:
    card = (FOLDER / "README.md").read_text()
    assert "| in commands: said | heard | times |" in card


def test_every_figure_of_the_card_tells_what_was_said(decoder: Decoder) -> None:
    card = (FOLDER / "README.md").read_text()
    rows = re.findall(r"^\| ((?:commands|free prompts), [^|]+) \|", card, re.MULTILINE)
    assert sorted(hear_voices(decoder, per_voice=1)) == sorted(rows)


def test_the_card_says_the_voices_are_synthetic() -> None:
    assert "synthetic voices" in (FOLDER / "README.md").read_text()
