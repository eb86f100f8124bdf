"""What listening costs and how soon it ends: ``python -m benchmarks.listen [--quick] [--json]``.

The whole listener beside the way of Vosk's microphone example: one recogniser of the whole
vocabulary that is fed everything, its partial results asked for, its own endpointing. The same
model, sound, process and order of blocks (a fifth of a second, as the example takes them; the
listener cuts them up). Synthetic voices. ``--quick`` takes a minute of each sound and one voice.

Keys of the JSON object:

* ``cpu_seconds_per_hour``: by kind of sound, each with ``mused``, ``vosk`` and their ``ratio``:
  ``quiet`` a room with faint noise, ``talk`` that is not meant for it, ``day`` 95 % quiet
* ``rss_mib``: resident memory of this process with the model loaded, ``before`` hearing anything
  and ``after`` everything
* ``seconds_after_speech``: from the last sample of speech to the utterance, by ``command`` and
  ``prompt`` ("computer, generate ..."), median and 95th percentile (``p95``) of ``mused`` and
  ``vosk``; ``vosk_cut``: sentences that Vosk had already ended before their last word
* ``sentences``: how many that were, and ``unheard``: those for which one of the two gave nothing

How often the daemon wakes up a second is told by ``benchmarks.idle``.
"""

import argparse
import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import vosk

from benchmarks import background
from benchmarks.daemon import resident_mib
from benchmarks.listening import Hearer, Sound, as_text, coloured_noise, voice_of
from benchmarks.sentences import COMMANDS, PROMPTS, TALK
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.model import Model
from mused.training.speech.voices import Voice, parse_voice

TITLE = "mused beside Vosk's microphone example, synthetic voices:"
FOR_COST, FOR_TIME = RATE // 2, RATE // 10  # samples a block: what is best for Vosk
QUIET_SHARE = 0.95  # of a day
QUICK_VOICES = (parse_voice("espeak:en-US+f4"),)
VOICES = tuple(
    map(parse_voice, ("espeak:en-US+f4", "espeak:en+adam", "espeak:en-US+paul", "flite:rms"))
)


class Plain:
    """A recogniser that is fed everything; notes when it says that an utterance has ended."""

    def __init__(self, model: Model, block: int) -> None:
        self._block = block
        self._vosk = vosk.KaldiRecognizer(model.handle, RATE)
        self.cpu = 0.0
        self.seconds = 0.0
        self.ended: list[float] = []
        """Seconds of the sound at which a result with words came."""

    def hear(self, sound: Sound) -> None:
        """Take the next piece of the sound."""
        data = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
        began = time.process_time()
        for at in range(0, len(data), 2 * self._block):
            block = data[at : at + 2 * self._block]
            self.seconds += len(block) / 2 / RATE
            if not self._vosk.AcceptWaveform(block):
                self._vosk.PartialResult()
            elif json.loads(self._vosk.Result())["text"]:
                self.ended.append(self.seconds)
        self.cpu += time.process_time() - began


@dataclass(frozen=True)
class Wait:
    """Seconds from the last sample of a sentence's speech to the answer of each."""

    kind: str
    mused: float | None
    vosk: float | None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What listening costs and how soon it ends.")
    parser.add_argument("--quick", action="store_true", help="a minute of each sound, one voice")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results = measure(quick=options.quick)
    print(json.dumps(results, indent=2) if options.json else as_text(TITLE, results))


def measure(*, quick: bool) -> dict[str, Any]:
    """All figures; the keys are explained above."""
    model = Model()
    voices = QUICK_VOICES if quick else VOICES
    seconds = 60 if quick else 1200
    memory = resident_mib(os.getpid())
    quiet = cost(model, background_of_a_room(seconds))
    talk = cost(model, talk_for_others(voices, seconds))
    day = {
        who: QUIET_SHARE * quiet[who] + (1 - QUIET_SHARE) * talk[who] for who in ("mused", "vosk")
    }
    texts = [*COMMANDS, *(f"generate {prompt}" for prompt in PROMPTS)]
    waits = [wait(model, text, voice) for voice in voices for text in texts]
    return {
        "synthetic_voices": True,
        "cpu_seconds_per_hour": {
            name: {**{who: round(each, 1) for who, each in figures.items()},
                   "ratio": round(figures["mused"] / figures["vosk"], 3)}
            for name, figures in (("quiet", quiet), ("talk", talk), ("day", day))
        },
        "rss_mib": {"before": memory, "after": resident_mib(os.getpid())},
        "seconds_after_speech": {kind: latencies(waits, kind) for kind in ("command", "prompt")},
        "sentences": len(waits),
        "unheard": sum(each.mused is None or each.vosk is None for each in waits),
    }  # fmt: skip


def cost(model: Model, sounds: Iterator[Sound]) -> dict[str, float]:
    """CPU seconds of each for an hour of such sound."""
    ours, plain = Hearer(model, FOR_COST), Plain(model, FOR_COST)
    for sound in sounds:
        ours.hear(sound)
        plain.hear(sound)
    return {
        "mused": 3600 * ours.told.cpu / ours.told.seconds,
        "vosk": 3600 * plain.cpu / plain.seconds,
    }


def background_of_a_room(seconds: int) -> Iterator[Sound]:
    """Faint noise, like that of a quiet room through a microphone."""
    rng = np.random.default_rng(5)
    for _ in range(0, seconds, background.PIECE):
        yield coloured_noise(background.PIECE * RATE, 15.0, 0.5, rng)


def talk_for_others(voices: Sequence[Voice], seconds: int) -> Iterator[Sound]:
    """People who talk to each other, with a breath between their sentences."""
    rng, left = random.Random(5), seconds * RATE
    said = [voice_of(text, voice) for voice in voices for text in TALK[:: 4 // len(voices)]]
    while left > 0:
        speech = rng.choice(said)
        sound = np.append(speech, np.zeros(int(RATE * rng.uniform(0.2, 1.5))))[:left]
        left -= len(sound)
        yield sound


def wait(model: Model, text: str, voice: Voice) -> Wait:
    """How long after a sentence in one breath each of the two has its words."""
    speech = voice_of(f"computer, {text}", voice)
    faint = coloured_noise(len(speech) + 4 * RATE, 15.0, 0.5, np.random.default_rng(5))
    sound = faint + np.pad(speech, (RATE, 3 * RATE))
    ours, plain = Hearer(model, FOR_TIME), Plain(model, FOR_TIME)
    ours.hear(sound)
    plain.hear(sound)
    end = 1 + len(speech) / RATE
    heard = [at for _, at in ours.end().utterances]
    return Wait(
        "prompt" if text.startswith("generate") else "command",
        heard[-1] - end if heard else None,
        plain.ended[-1] - end if plain.ended else None,
    )


def latencies(waits: Sequence[Wait], kind: str) -> dict[str, float]:
    """Median and 95th percentile of each, where both have heard the sentence to its end."""
    some = [each for each in waits if each.kind == kind]
    pairs = [(e.mused, e.vosk) for e in some if e.mused is not None and e.vosk is not None]
    whole = [(ours, theirs) for ours, theirs in pairs if theirs > 0]
    found = {}
    for who, figures in zip(("mused", "vosk"), zip(*whole, strict=True), strict=True):
        found[f"{who} median"] = round(median(figures), 2)
        found[f"{who} p95"] = round(float(np.quantile(figures, 0.95)), 2)
    return {**found, "vosk_cut": len(pairs) - len(whole)}


if __name__ == "__main__":
    main()
