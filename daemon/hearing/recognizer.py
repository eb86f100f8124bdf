"""Recognition of one utterance: Vosk's results joined, in times of the audio stream."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mused.daemon.hearing.audio import FRAME_BYTES
from mused.daemon.hearing.model import Model
from mused.skills.contract import Word

UNKNOWN = "[unk]"
"""What stands for speech outside of the vocabulary or grammar, whatever the model calls it."""
CHUNK_BYTES = 5 * FRAME_BYTES  # a partial result every 100 ms is often enough


class Recognizer:
    """Recognises from the first frame fed until `finish`; then it is spent.

    `start` is the first frame's time in seconds of the stream. With `grammar`, a list of phrases,
    only those and `UNKNOWN` come out; without, the model's whole vocabulary. A new one for each
    utterance costs a millisecond and makes the result independent of everything heard before.
    """

    def __init__(self, model: Model, start: float, grammar: Sequence[str] | None = None) -> None:
        import vosk

        self._unknown = model.unknown
        extra = () if grammar is None else (_as_vosk_reads_it(grammar, model.unknown),)
        self._vosk: Any = vosk.KaldiRecognizer(model.handle, 16000, *extra)
        self._vosk.SetWords(enable_words=True)
        self._start = start
        self._rest = bytearray()
        self._words: list[Word] = []
        self._partial = ""

    @property
    def text(self) -> str:
        """Everything recognised so far, with the part that may still change."""
        partial = map(self._named, self._partial.split())
        return " ".join([*(word.text for word in self._words), *partial])

    def feed(self, frame: bytes) -> bool:
        """Take the next sound; True when Vosk itself saw an utterance end."""
        self._rest += frame
        if len(self._rest) < CHUNK_BYTES:
            return False
        return self._accept()

    def finish(self) -> tuple[Word, ...]:
        """All words of the utterance; nothing may be fed afterwards."""
        if self._rest:
            self._accept()
        self._take(self._vosk.FinalResult())
        return tuple(self._words)

    def _accept(self) -> bool:
        chunk, self._rest = bytes(self._rest), bytearray()
        if not self._vosk.AcceptWaveform(chunk):
            self._partial = json.loads(self._vosk.PartialResult())["partial"]
            return False
        self._take(self._vosk.Result())
        return True

    def _take(self, result: str) -> None:
        found = [self._word(each) for each in json.loads(result).get("result", [])]
        self._words += [
            replace(word, start=word.start + self._start, end=word.end + self._start)
            for word in found
        ]
        self._partial = ""

    def _word(self, found: dict[str, Any]) -> Word:
        text = self._named(found["word"])
        return Word(text, float(found["conf"]), float(found["start"]), float(found["end"]))

    def _named(self, word: str) -> str:
        return UNKNOWN if word == self._unknown else word


def _as_vosk_reads_it(grammar: Sequence[str], unknown: str | None) -> str:
    """The grammar as JSON. Vosk does not decode ``\\u00e9``: such a word would be left out."""
    phrases = [*grammar] if unknown is None else [*grammar, unknown]
    return json.dumps(phrases, ensure_ascii=False)
