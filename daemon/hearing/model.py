"""Vosk models: found only by a path we resolved, checked before libvosk sees them."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mused.daemon.errors import ModelError, StoreError
from mused.daemon.hearing import sounds
from mused.daemon.hearing.symbols import symbols_of
from mused.daemon.models import store

BUNDLED = Path(__file__).parent / "bundled" / "vosk-mused-en"
"""The shipped model: for the demo and the tests, trained on synthetic voices only."""

# libvosk crashes or stays silent on a folder that lacks one of these.
_NEEDED = ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst")
_NEEDED_FLAT = ("final.mdl", "mfcc.conf", "HCLr.fst", "Gr.fst")
_UNKNOWN = ("[unk]", "<unk>", "<UNK>", "[UNK]")
"""What models call speech that is none of their words; Vosk's own say "[unk]"."""
_PULL = (
    "one that works: `mused models pull vosk-small-en-us`, then set [hearing] model = "
    '"vosk-small-en-us"'
)


class Model:
    """A loaded Vosk model; shared by all recognisers of a process.

    `folder` None takes the bundled model, a name the installed one of that name. Raises
    ModelError naming what is missing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = BUNDLED if folder is None else _resolve(folder)
        self._decoys: dict[str, tuple[str, ...]] = {}
        check_folder(self.folder)
        import vosk  # 0.2 s, and only hearing needs it

        vosk.SetLogLevel(-1)
        try:
            # Vosk's own look-up by name can download unchecked files and exit the process.
            self._vosk: Any = vosk.Model(model_path=str(self.folder))
        except Exception as error:
            raise ModelError(
                f"Vosk cannot load the model {self.folder}, standard error has the reason; {_PULL}."
            ) from error

    @property
    def is_bundled(self) -> bool:
        """Whether this is the shipped model, which understands synthetic voices only."""
        return self.folder.resolve() == BUNDLED.resolve()

    @property
    def handle(self) -> Any:
        """The `vosk.Model`."""
        return self._vosk

    @property
    def unknown(self) -> str | None:
        """The model's word for speech that is none of its words, None where it has no such word.

        A grammar without it takes anything that is said for one of its phrases.
        """
        return next((each for each in _UNKNOWN if not self.missing_words([each])), None)

    def missing_words(self, words: Iterable[str]) -> list[str]:
        """Those of `words` that the model cannot recognise, in order."""
        return [word for word in words if self._vosk.vosk_model_find_word(word) < 0]

    def vocabulary(self) -> list[str]:
        """Every word of the model made of letters, none a capital, whatever the language."""
        graph = self.folder / "graph" if (self.folder / "graph").is_dir() else self.folder
        if (graph / "words.txt").is_file():
            lines = (graph / "words.txt").read_text(encoding="utf-8").splitlines()
            words = [line.split()[0] for line in lines if line.strip()]
        else:  # most of Vosk's small models keep them inside
            words = symbols_of(graph / "Gr.fst")
        return [word for word in words if word == word.lower() and _is_spelled(word)]

    def decoys(self, phrase: str) -> tuple[str, ...]:
        """Words, and pairs of words, that are easily taken for `phrase`; a second at most.

        Worked out once for each phrase.
        """
        if phrase not in self._decoys:
            self._decoys[phrase] = tuple(sounds.decoys(phrase, self.vocabulary()))
        return self._decoys[phrase]

    def check_vocabulary(self, needed: Mapping[str, Iterable[str]]) -> None:
        """Raise ModelError when a phrase has a word that Vosk would silently drop.

        `needed` maps what the phrases are for ("the wake phrase") to the phrases.
        """
        complaints = [
            self._complaint(word, purpose)
            for purpose, phrases in needed.items()
            for word in self.missing_words(words_of(phrases))
        ]
        if complaints:
            raise ModelError(f"{self.folder} does not know " + "; ".join(complaints))

    def like(self, word: str) -> list[str]:
        """Three words of the model that sound most like `word`; a third of a second's work."""
        return sounds.nearest(word, self.vocabulary(), 3)

    def _complaint(self, word: str, purpose: str) -> str:
        near = self.like(word)
        hint = f", which sounds like: {', '.join(near)}" if near else ""
        return f"{word!r} of {purpose}{hint}"


def _is_spelled(word: str) -> bool:
    """Whether it is made of letters; many scripts write their vowels as marks upon them."""
    return word.isalpha() or all(unicodedata.category(each)[0] in "LM" for each in word)


def words_of(phrases: Iterable[str]) -> list[str]:
    """The different words of `phrases`, lower case, in order."""
    return list(dict.fromkeys(word for phrase in phrases for word in phrase.lower().split()))


def _resolve(model: Path) -> Path:
    try:
        return store.resolve(model.expanduser(), "vosk")
    except StoreError as error:
        raise ModelError(str(error)) from error


def check_folder(folder: Path) -> None:
    """Raise ModelError naming what a Vosk model's folder lacks."""
    if not folder.is_dir():
        raise ModelError(f"there is no Vosk model at {folder}; {_PULL}.")
    if (folder / "graph" / "HCLG.fst").exists() or (folder / "HCLG.fst").exists():
        raise ModelError(
            f"the Vosk model {folder} has a static graph (HCLG.fst) and cannot listen for a wake "
            f"phrase; take a small one. {_PULL}."
        )
    missing = min((_missing(folder, _NEEDED), _missing(folder, _NEEDED_FLAT)), key=len)
    if missing:
        raise ModelError(f"the Vosk model {folder} lacks {', '.join(missing)}; {_PULL}.")


def _missing(folder: Path, needed: Sequence[str]) -> list[str]:
    return [name for name in needed if not (folder / name).is_file()]
