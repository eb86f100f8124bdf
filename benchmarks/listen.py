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
  (``p95``) of ``vosk`` and of mused with each setting of ``endpointing``: ``quick``, ``normal``
  (the default) and ``patient``
* ``decoding_seconds``: processor time that this block took in addition, in the same way
* ``sentences``: how many that were, and ``unheard``: those for which one of them gave nothing or
  had ended before the last word, and which are not counted
* ``cut``: what haste costs: the share of prompts with a pause of so many seconds in their middle
  that each of them took for ended there, and how many ``prompts`` that were
* with ``--room``: ``server_cpu_seconds_per_hour``: of the sound server, likewise; and ``minutes``

How often the daemon wakes up a second is told by ``benchmarks.idle``.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
import vosk

from benchmarks import background, live
from benchmarks.daemon import resident_mib
from benchmarks.listening import (
    Hearer,
    Sound,
    as_text,
    coloured_noise,
    share,
    voice_of,
    write_wav,
)
from benchmarks.sentences import COMMANDS, PROMPTS, TALK
from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.model import Model
from mused.daemon.service.room import Room
from mused.training.speech.voices import Voice, parse_voice

TITLE = "mused beside Vosk's microphone example, synthetic voices:"
FOR_COST, FOR_TIME = 8000, RATE // 10  # samples a block
MARGIN = 10  # seconds that a sound lasts longer than it is measured
QUIET_SHARE = 0.95  # of a day
KINDS = ("command", "prompt")
ENDPOINTING: tuple[Literal["quick", "normal", "patient"], ...] = ("quick", "normal", "patient")
WHO = ("vosk", *ENDPOINTING)
PAUSES = (0.4, 0.6, 1.0)  # seconds in the middle of a prompt
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
    """The answers of each of WHO to a sentence; None: it heard nothing, or not to the end."""

    kind: str
    answers: Mapping[str, Answer | None]


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
        "unheard": sum(None in each.answers.values() for each in waits),
        "cut": cut(model, voices),
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
    """How long after a sentence in one breath each of them has its words."""
    speech = voice_of(f"computer, {text}", voice)
    end = 1 + len(speech) / RATE
    answers = {}
    for who, ended in endings(model, speech).items():
        whole = bool(ended) and all(at > end for at, _ in ended)
        answers[who] = Answer(ended[-1][0] - end, ended[-1][1]) if whole else None
    return Wait("prompt" if text.startswith("generate") else "command", answers)


def endings(model: Model, speech: Sound) -> dict[str, list[tuple[float, float]]]:
    """The second of each utterance that each of WHO told, and what its block took to decode.

    The speech begins after a second of quiet, and three follow it.
    """
    faint = coloured_noise(len(speech) + 4 * RATE, 15.0, 0.5, np.random.default_rng(5))
    sound = faint + np.pad(speech, (RATE, 3 * RATE))
    plain = Plain(model, FOR_TIME)
    plain.hear(sound)
    found = {"vosk": [*zip(plain.ended, plain.decoding, strict=True)]}
    for endpointing in ENDPOINTING:
        ours = Hearer(model, FOR_TIME, Hearing(endpointing=endpointing))
        ours.hear(sound)
        told = ours.end()
        at = [at for _, at in told.utterances]
        found[endpointing] = [*zip(at, told.decoding, strict=True)]
    return found


def cut(model: Model, voices: Sequence[Voice]) -> dict[str, Any]:
    """How often a pause in the middle of a prompt ends it."""
    shares: dict[str, dict[str, float]] = {}
    for pause in PAUSES:
        ended = [hasty(model, prompt, voice, pause) for voice in voices for prompt in PROMPTS]
        shares[str(pause)] = {who: share(each[who] for each in ended if who in each) for who in WHO}
    return {"prompts": len(voices) * len(PROMPTS)} | shares


def hasty(model: Model, prompt: str, voice: Voice, pause: float) -> dict[str, bool]:
    """Whether each of WHO that heard anything ended a prompt in the pause after half its words."""
    words = f"computer, generate {prompt}".split()
    half = (len(words) + 2) // 2
    first, second = (voice_of(" ".join(part), voice) for part in (words[:half], words[half:]))
    sound = np.concatenate((first, np.zeros(int(pause * RATE)), second))
    again = 1 + len(first) / RATE + pause + FOR_TIME / RATE
    return {
        who: any(at < again for at, _ in ended)
        for who, ended in endings(model, sound).items()
        if ended
    }


def latencies(waits: Sequence[Wait], kind: str) -> dict[str, float]:
    """Median and 95th percentile of each, where all have heard the sentence to its end."""
    return _spread([{w: a.after_speech for w, a in each.items()} for each in _whole(waits, kind)])


def decoding(waits: Sequence[Wait], kind: str) -> dict[str, float]:
    """The same of the block that brought the answer."""
    return _spread([{w: a.decoding for w, a in each.items()} for each in _whole(waits, kind)])


def _whole(waits: Sequence[Wait], kind: str) -> list[dict[str, Answer]]:
    some = [{w: a for w, a in each.answers.items() if a} for each in waits if each.kind == kind]
    return [answers for answers in some if len(answers) == len(WHO)]


def _spread(sentences: Sequence[Mapping[str, float]]) -> dict[str, float]:
    found = {}
    for who in WHO if sentences else ():
        figures = [each[who] for each in sentences]
        found[f"{who} median"] = round(median(figures), 3)
        found[f"{who} p95"] = round(float(np.quantile(figures, 0.95)), 3)
    return found


if __name__ == "__main__":
    main()
