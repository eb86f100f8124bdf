"""Hearing a model out: decode synthetic speech with Vosk and count what went wrong."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mused.training.speech.features import SAMPLE_RATE

_BLOCK = 1600


@dataclass(frozen=True)
class Heard:
    """What the recogniser made of one sound."""

    text: str
    confidences: tuple[float, ...]
    """One per word, 0..1."""


class Decoder:
    """Stock Vosk with a model folder."""

    def __init__(self, folder: Path) -> None:
        import vosk

        vosk.SetLogLevel(-1)
        self._vosk = vosk
        self._model: Any = vosk.Model(str(folder))

    def hear(self, samples: npt.NDArray[np.int16], grammar: Sequence[str] | None = None) -> Heard:
        """All words of a sound, those of several utterances joined."""
        arguments = [] if grammar is None else [json.dumps(list(grammar), ensure_ascii=False)]
        recognizer = self._vosk.KaldiRecognizer(self._model, SAMPLE_RATE, *arguments)
        recognizer.SetWords(enable_words=True)
        data = np.ascontiguousarray(samples, dtype="<i2").tobytes()
        results = [
            json.loads(recognizer.Result())
            for start in range(0, len(data), _BLOCK)
            if recognizer.AcceptWaveform(data[start : start + _BLOCK])
        ]
        results.append(json.loads(recognizer.FinalResult()))
        words = [word for result in results for word in result.get("result", [])]
        return Heard(
            " ".join(word["word"] for word in words), tuple(word["conf"] for word in words)
        )


def edits(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Words to substitute, insert and delete (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, got in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (expected != got))
    return row[-1]


def mistakes(reference: Sequence[str], heard: Sequence[str]) -> list[tuple[str, str]]:
    """The (said, heard) pairs of a least-edits alignment that differ; "" stands for no word."""
    rows, columns = len(reference), len(heard)
    cost = [[max(i, j) if i * j == 0 else 0 for j in range(columns + 1)] for i in range(rows + 1)]
    for i, j in product(range(1, rows + 1), range(1, columns + 1)):
        swapped = cost[i - 1][j - 1] + (reference[i - 1] != heard[j - 1])
        cost[i][j] = min(swapped, cost[i - 1][j] + 1, cost[i][j - 1] + 1)
    found = []
    i, j = rows, columns
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (reference[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            if reference[i] != heard[j]:
                found.append((reference[i], heard[j]))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            found.append((reference[i], ""))
        else:
            j -= 1
            found.append(("", heard[j]))
    return found[::-1]


def word_error_rate(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    """Edits per reference word over (reference, heard) pairs."""
    errors = words = 0
    for reference, heard in pairs:
        errors += edits(reference, heard)
        words += len(reference)
    return errors / max(1, words)
