"""Writing a trained network, a lexicon and a language model as a folder that stock Vosk loads."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePath

from mused.training.speech.errors import ModelWriteError
from mused.training.speech.features import HIGH_FREQUENCY, LOW_FREQUENCY, MELS, SAMPLE_RATE, Floats
from mused.training.speech.graph import (
    UNKNOWN,
    check_graph,
    language_graph,
    lexicon_graph,
    number_words,
    with_unknown,
    word_table,
)
from mused.training.speech.kaldi import TRANSITION_IDS, acoustic_model
from mused.training.speech.lexicon import Lexicon
from mused.training.speech.network import TimeDelayNetwork, as_affines
from mused.training.speech.ngram import END, LanguageModel
from mused.training.speech.openfst import const_fst, lookahead_fst
from mused.training.speech.phones import LAST_PHONE_ID, POSITIONS, SILENCE_PHONE_ID

MODEL_FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/disambig_tid.int",
    "graph/phones/word_boundary.int",
    "graph/words.txt",
)
"""Every file that libvosk reads, by its path in the folder."""
CARD_FILES = ("README.md", "manifest.json")


@dataclass(frozen=True)
class DecoderSettings:
    """Numbers of the decoder that can change without training again."""

    acoustic_scale: float = 0.6
    prior_power: float = 0.45
    """0 trusts the network's own habits, 1 divides them out fully."""
    garbage: float = 0.9
    """Cost per 30 ms of calling it an unknown word; smaller rejects more."""
    beam: float = 12.0
    lattice_beam: float = 5.0
    max_active: int = 3000


def _mfcc_conf() -> str:
    # No dither: the same sound must always give the same words.
    return (
        f"--sample-frequency={SAMPLE_RATE}\n"
        "--use-energy=false\n"
        f"--num-mel-bins={MELS}\n"
        f"--num-ceps={MELS}\n"
        f"--low-freq={LOW_FREQUENCY:g}\n"
        f"--high-freq={HIGH_FREQUENCY:g}\n"
        "--dither=0\n"
    )


def _model_conf(settings: DecoderSettings) -> str:
    return (
        "--min-active=200\n"
        f"--max-active={settings.max_active}\n"
        f"--beam={settings.beam:g}\n"
        f"--lattice-beam={settings.lattice_beam:g}\n"
        f"--acoustic-scale={settings.acoustic_scale:g}\n"
        # libvosk reckons with three in its word times, whatever is written here.
        "--frame-subsampling-factor=3\n"
        f"--endpoint.silence-phones={SILENCE_PHONE_ID}\n"
        "--endpoint.rule2.min-trailing-silence=0.5\n"
        "--endpoint.rule3.min-trailing-silence=0.75\n"
        "--endpoint.rule4.min-trailing-silence=1.0\n"
    )


def _word_boundary() -> str:
    lines = [f"{SILENCE_PHONE_ID} nonword"]
    lines += [
        f"{phone} {POSITIONS[(phone - 2) % len(POSITIONS)]}"
        for phone in range(2, LAST_PHONE_ID + 1)
    ]
    return "".join(f"{line}\n" for line in lines)


def model_files(
    network: TimeDelayNetwork,
    priors: Floats,
    lexicon: Lexicon,
    language: LanguageModel,
    settings: DecoderSettings,
) -> dict[str, bytes]:
    """Every file of the model by its path in the folder, checked.

    Raises ModelWriteError for anything libvosk would refuse or crash on.
    """
    complete = with_unknown(lexicon)
    ids = number_words(complete)
    for word in complete:
        if not word or word.split() != [word]:
            raise ModelWriteError(f"{word!r} is not one word")
        if not complete[word]:
            raise ModelWriteError(f"{word!r} has no pronunciation")
    missing = language.words() - ids.keys() - {END}
    if missing:
        raise ModelWriteError(f"the language model has words without sound: {sorted(missing)[:5]}")
    if UNKNOWN not in language.probabilities[()]:
        raise ModelWriteError(f"the language model gives {UNKNOWN} no probability")
    spoken = lexicon_graph(complete, ids)
    sentences = language_graph(language, ids)
    check_graph(spoken, sentences, len(ids))
    final = acoustic_model(as_affines(network), priors**settings.prior_power, settings.garbage)
    texts = {
        "conf/mfcc.conf": _mfcc_conf(),
        "conf/model.conf": _model_conf(settings),
        "graph/words.txt": word_table(ids),
        # Must exist; one number that no transition has.
        "graph/disambig_tid.int": f"{TRANSITION_IDS + 1}\n",
        "graph/phones/word_boundary.int": _word_boundary(),
    }
    return {
        "am/final.mdl": final,
        "graph/HCLr.fst": lookahead_fst(spoken.fst, spoken.reachable, spoken.final_label),
        "graph/Gr.fst": const_fst(sentences, "input"),
        **{path: text.encode() for path, text in texts.items()},
    }


def check_replaceable(folder: Path) -> None:
    """Raises ModelWriteError unless the folder is absent, empty or a model of ours."""
    files = [PurePath(name) for name in (*MODEL_FILES, *CARD_FILES)]
    ours = {each for file in files for each in (file, *file.parents)}
    found = folder.rglob("*") if folder.is_dir() else iter([folder] if folder.exists() else [])
    model = (folder / "am" / "final.mdl").is_file()
    other = next((p for p in found if not model or p.relative_to(folder) not in ours), None)
    if other is not None:
        raise ModelWriteError(
            f"{folder} is not replaced, as it holds {other.name} and is no speech model made here: "
            "give a new or empty --out folder"
        )


def write_folder(files: dict[str, bytes], folder: Path) -> None:
    """Put these files at `folder`, in place of an older model; nobody sees a half-written one.

    Raises ModelWriteError as `check_replaceable` does.
    """
    check_replaceable(folder)
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    fresh, old = staging / "new", staging / "old"
    try:
        for path, content in files.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(staging)
