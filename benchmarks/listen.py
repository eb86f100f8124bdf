"""What listening costs and how soon it ends: ``python -m benchmarks.listen [--quick] [--json]``.

The whole listener beside the way of Vosk's microphone example (python/example/test_microphone.py
of vosk-api): one recogniser of the whole vocabulary that is fed everything, its partial results
asked for, its own endpointing. The same model, sound and process. Its cost is that of blocks of
8,000 samples, as the example takes them, half a second at 16 kHz; the time until it ends that of
blocks of a tenth of a second, which is better for Vosk: the listener cuts either up. Synthetic
voices. ``--quick`` takes a minute of each sound and one voice.

``--room MINUTES`` measures the costs from end to end instead, in real time: the daemon without a
voice, then the example, each in a process of its own at the microphone of the same private sound
server, hearing so many minutes of each sound (four times as long in all).

Keys of the JSON object:

* ``cpu_seconds_per_hour``: by kind of sound, each with ``mused``, ``vosk`` and their ``ratio``:
  ``quiet`` a room with faint noise, ``talk`` that is not meant for it, ``day`` 95 % quiet. Without
  ``--room`` that of recognising alone, with it that of the whole process and its children
* ``rss_mib``: resident memory of this process with the model loaded, ``before`` hearing anything
  and ``after`` everything
* ``seconds_after_speech``: from the last sample of speech to the block of sound that brought the
  utterance, by ``command`` and ``prompt`` ("computer, generate ..."), median and 95th percentile
  (``p95``) of ``mused`` and ``vosk``; ``vosk_cut``: sentences that Vosk had already ended before
  their last word
* ``decoding_seconds``: processor time that this block took in addition, in the same way
* ``sentences``: how many that were, and ``unheard``: those for which one of the two gave nothing
* with ``--room``: ``server_cpu_seconds_per_hour``: of the sound server, likewise; and ``minutes``

How often the daemon wakes up a second is told by ``benchmarks.idle``.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import vosk

from benchmarks import background, live
from benchmarks.daemon import resident_mib
from benchmarks.listening import Hearer, Sound, as_text, coloured_noise, voice_of, write_wav
from benchmarks.sentences import COMMANDS, PROMPTS, TALK
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.model import Model
from mused.daemon.service.room import Room
from mused.training.speech.voices import Voice, parse_voice

TITLE = "mused beside Vosk's microphone example, synthetic voices:"
FOR_COST, FOR_TIME = 8000, RATE // 10  # samples a block
MARGIN = 10  # seconds that a sound lasts longer than it is measured
QUIET_SHARE = 0.95  # of a day
KINDS = ("command", "prompt")
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
        self.decoding: list[float] = []
        """Processor seconds of the block that brought each."""

    def hear(self, sound: Sound) -> None:
        """Take the next piece of the sound."""
        data = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
        began = time.process_time()
        for at in range(0, len(data), 2 * self._block):
            block = data[at : at + 2 * self._block]
            self.seconds += len(block) / 2 / RATE
            block_began = time.process_time()
            if not self._vosk.AcceptWaveform(block):
                self._vosk.PartialResult()
            elif json.loads(self._vosk.Result())["text"]:
                self.ended.append(self.seconds)
                self.decoding.append(time.process_time() - block_began)
        self.cpu += time.process_time() - began


@dataclass(frozen=True)
class Answer:
    """Seconds from the last sample of a sentence's speech to the block that answered."""

    after_speech: float
    decoding: float
    """Processor seconds of this block."""


@dataclass(frozen=True)
class Wait:
    """The answers of each to a sentence."""

    kind: str
    mused: Answer | None
    vosk: Answer | None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What listening costs and how soon it ends.")
    parser.add_argument("--quick", action="store_true", help="a minute of each sound, one voice")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--room", type=float, metavar="MINUTES", help="costs in real time")
    options = parser.parse_args()
    results = in_real_time(options.room) if options.room else measure(quick=options.quick)
    print(json.dumps(results, indent=2) if options.json else as_text(TITLE, results))


def measure(*, quick: bool) -> dict[str, Any]:
    """All figures; the keys are explained above."""
    model = Model()
    voices = QUICK_VOICES if quick else VOICES
    seconds = 60 if quick else 1200
    memory = resident_mib(os.getpid())
    quiet = cost(model, background_of_a_room(seconds))
    talk = cost(model, talk_for_others(voices, seconds))
    texts = [*COMMANDS, *(f"generate {prompt}" for prompt in PROMPTS)]
    waits = [wait(model, text, voice) for voice in voices for text in texts]
    return {
        "synthetic_voices": True,
        "cpu_seconds_per_hour": beside(quiet, talk),
        "rss_mib": {"before": memory, "after": resident_mib(os.getpid())},
        "seconds_after_speech": {kind: latencies(waits, kind) for kind in KINDS},
        "decoding_seconds": {kind: decoding(waits, kind) for kind in KINDS},
        "sentences": len(waits),
        "unheard": sum(each.mused is None or each.vosk is None for each in waits),
    }


def in_real_time(minutes: float) -> dict[str, Any]:
    """What both cost in a room, the microphone included; the keys are explained above."""
    seconds = round(60 * minutes)
    sounds = {
        "quiet": background_of_a_room(seconds + MARGIN),
        "talk": talk_for_others(VOICES, seconds + MARGIN),
    }
    own: dict[str, dict[str, float]] = {}
    server: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, Room() as room:
        home = Path(folder)
        for name, sound in sounds.items():
            wav = write_wav(np.concatenate([*sound]), home / f"{name}.wav")
            costs = {
                "mused": live.of_mused(room, wav, seconds, home),
                "vosk": live.of_vosk(room, wav, seconds, home),
            }
            own[name] = {who: cost.own for who, cost in costs.items()}
            server[name] = {who: cost.server for who, cost in costs.items()}
    return {
        "synthetic_voices": True,
        "minutes": minutes,
        "cpu_seconds_per_hour": beside(own["quiet"], own["talk"]),
        "server_cpu_seconds_per_hour": beside(server["quiet"], server["talk"]),
    }


def beside(quiet: dict[str, float], talk: dict[str, float]) -> dict[str, dict[str, float]]:
    """Costs by kind of sound, and those of a day, which is mostly quiet."""
    day = {who: QUIET_SHARE * quiet[who] + (1 - QUIET_SHARE) * talk[who] for who in quiet}
    return {
        name: {
            **{who: round(each, 1) for who, each in figures.items()},
            "ratio": round(figures["mused"] / figures["vosk"], 3),
        }
        for name, figures in (("quiet", quiet), ("talk", talk), ("day", day))
    }


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
    told = ours.end()
    heard = [at for _, at in told.utterances]
    return Wait(
        "prompt" if text.startswith("generate") else "command",
        Answer(heard[-1] - end, told.decoding[-1]) if heard else None,
        Answer(plain.ended[-1] - end, plain.decoding[-1]) if plain.ended else None,
    )


def both(waits: Sequence[Wait], kind: str) -> tuple[list[tuple[Answer, Answer]], int]:
    """The answers of mused and Vosk where both have heard the sentence to its end.

    And the number of those that Vosk had ended before.
    """
    some = [each for each in waits if each.kind == kind]
    pairs = [(e.mused, e.vosk) for e in some if e.mused is not None and e.vosk is not None]
    whole = [(ours, theirs) for ours, theirs in pairs if theirs.after_speech > 0]
    return whole, len(pairs) - len(whole)


def latencies(waits: Sequence[Wait], kind: str) -> dict[str, float]:
    """Median and 95th percentile of each."""
    pairs, cut = both(waits, kind)
    return {**_spread([[each.after_speech for each in pair] for pair in pairs]), "vosk_cut": cut}


def decoding(waits: Sequence[Wait], kind: str) -> dict[str, float]:
    """The same of the block that brought the answer."""
    pairs, _ = both(waits, kind)
    return _spread([[each.decoding for each in pair] for pair in pairs])


def _spread(pairs: Sequence[Sequence[float]]) -> dict[str, float]:
    found = {}
    for who, figures in zip(("mused", "vosk"), zip(*pairs, strict=True), strict=True):
        found[f"{who} median"] = round(median(figures), 3)
        found[f"{who} p95"] = round(float(np.quantile(figures, 0.95)), 3)
    return found


if __name__ == "__main__":
    main()
