"""Written models are loaded by the real libvosk: it alone knows whether they are right."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mused.training.speech.corpus import Corpus
from mused.training.speech.errors import ModelWriteError
from mused.training.speech.export import MODEL_FILES, DecoderSettings, model_files, write_folder
from mused.training.speech.kaldi import acoustic_model
from mused.training.speech.lexicon import Lexicon
from mused.training.speech.network import TimeDelayNetwork, as_affines
from mused.training.speech.ngram import LanguageModel, estimate
from mused.training.speech.phones import CLASSES
from mused.training.speech.report import padded
from mused.training.speech.scoring import Decoder
from mused.training.speech.synthesizers import speak
from mused.training.speech.train import class_priors
from mused.training.speech.voices import DEMO_VOICE


@pytest.fixture(scope="module")
def files(
    small_network: TimeDelayNetwork,
    small_corpus: Corpus,
    small_lexicon: Lexicon,
    small_language: LanguageModel,
) -> dict[str, bytes]:
    priors = class_priors(small_corpus, len(CLASSES))
    return model_files(small_network, priors, small_lexicon, small_language, DecoderSettings())


@pytest.fixture(scope="module")
def decoder(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Decoder:
    folder = tmp_path_factory.mktemp("model") / "small"
    write_folder(files, folder)
    return Decoder(folder)


@pytest.mark.parametrize("word", ["computer", "stop", "boat"])
def test_words_learned_in_seconds_are_recognised(decoder: Decoder, word: str) -> None:
    heard = decoder.hear(padded(speak(word, DEMO_VOICE)))
    assert heard.text == word
    assert 0 < heard.confidences[0] <= 1


def test_a_grammar_given_at_run_time_is_kept_to(decoder: Decoder) -> None:
    sound = padded(speak("computer", DEMO_VOICE))
    assert decoder.hear(sound, ["stop", "[unk]"]).text in ("[unk]", "stop", "")
    assert decoder.hear(sound, ["computer", "[unk]"]).text == "computer"


def test_silence_is_silence(decoder: Decoder) -> None:
    assert decoder.hear(np.zeros(16000, dtype=np.int16)).text == ""


def test_a_folder_is_replaced_whole(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_folder({"README.md": b"old", "am/final.mdl": b"old"}, folder)
    write_folder(files, folder)
    written = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    assert set(written) == set(files) == set(MODEL_FILES)
    assert list(tmp_path.iterdir()) == [folder]
    assert written["am/final.mdl"].read_bytes() == files["am/final.mdl"]


def test_a_failed_write_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_folder({"am/final.mdl": b"old"}, folder)
    with pytest.raises(OSError, match="too long"):
        write_folder({"x" * 300: b"new"}, folder)
    assert (folder / "am" / "final.mdl").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [folder]


def test_the_old_folder_is_put_back_where_the_new_one_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rename = tmp_path / "model", Path.rename
    write_folder({"am/final.mdl": b"old"}, folder)

    def full(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space"):
        write_folder({"am/final.mdl": b"new"}, folder)
    assert (folder / "am" / "final.mdl").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    "there", [["thesis.txt"], ["README.md"], ["am/final.mdl", "ivector/final.ie"]]
)
def test_a_folder_that_is_no_model_of_ours_is_not_touched(tmp_path: Path, there: list[str]) -> None:
    folder = tmp_path / "documents"
    for name in there:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("precious")
    with pytest.raises(ModelWriteError, match="documents is not replaced, as it holds"):
        write_folder({"am/final.mdl": b"new"}, folder)
    assert all((folder / name).read_text() == "precious" for name in there)
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    write_folder({"am/final.mdl": b"new"}, tmp_path)
    assert (tmp_path / "am" / "final.mdl").read_bytes() == b"new"


def test_words_without_sound_are_refused(
    small_network: TimeDelayNetwork, small_lexicon: Lexicon
) -> None:
    priors = np.ones(len(CLASSES), dtype=np.float32)
    language = estimate([["purple"]], [*small_lexicon, "purple"], extra={"[unk]": 1.0})
    with pytest.raises(ModelWriteError, match="purple"):
        model_files(small_network, priors, small_lexicon, language, DecoderSettings())


def test_a_language_model_that_knows_no_unknown_is_refused(
    small_network: TimeDelayNetwork, small_lexicon: Lexicon
) -> None:
    priors = np.ones(len(CLASSES), dtype=np.float32)
    language = estimate([["red"]], small_lexicon)
    with pytest.raises(ModelWriteError, match="unk"):
        model_files(small_network, priors, small_lexicon, language, DecoderSettings())


def test_a_network_of_the_wrong_size_is_refused(small_network: TimeDelayNetwork) -> None:
    affines = as_affines(small_network)
    priors = np.ones(len(CLASSES), dtype=np.float32)
    with pytest.raises(ModelWriteError, match="priors"):
        acoustic_model(affines, priors[:-1], 0.9)
    affines[2] = replace(affines[2], weight=affines[2].weight[:, :-1])
    with pytest.raises(ModelWriteError, match="layer 2"):
        acoustic_model(affines, priors, 0.9)
