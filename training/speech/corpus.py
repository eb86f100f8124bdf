"""The training corpus: synthetic speech as cepstra with the phone of every frame.

Made in shards, each in a process of its own and repeatable from the seed and its number, so that a
cut costs one shard.
"""

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from mused.art.files import write_atomically
from mused.training.speech.augment import degrade, noise
from mused.training.speech.features import FRAME_LENGTH, FRAME_SHIFT, SAMPLE_RATE, Floats, mfcc
from mused.training.speech.phones import CLASS_IDS, GARBAGE, SILENCE, Segment
from mused.training.speech.sentences import brief, made_up_talk, ordinary, utterance
from mused.training.speech.synthesizers import Speech, align
from mused.training.speech.voices import (
    DEMO_VOICE,
    OTHER_VOICES,
    Delivery,
    Voice,
    random_delivery,
    random_espeak_voice,
)

Classes = npt.NDArray[np.uint8]
_UNKNOWN_TALK = 0.14  # share of the texts
_BRIEF = 0.12  # likewise; a word alone sounds unlike one inside a sentence
_SEGMENT_MARGIN = 0.15  # seconds of silence or noise on either side of an utterance


@dataclass(frozen=True)
class Corpus:
    """All utterances one after the other."""

    features: npt.NDArray[np.float16]
    """Cepstra, shape (frames, 40)."""
    classes: Classes
    """The index into phones.CLASSES of each frame, shape (frames,)."""

    @property
    def hours(self) -> float:
        """How much sound that is."""
        return len(self.classes) * FRAME_SHIFT / SAMPLE_RATE / 3600


def frame_classes(segments: tuple[Segment, ...], frames: int) -> Classes:
    """The class spoken at the centre of each frame; silence after the last segment."""
    centres = (np.arange(frames) * FRAME_SHIFT + FRAME_LENGTH / 2) / SAMPLE_RATE
    ends = np.array([segment.end for segment in segments])
    classes = np.array([CLASS_IDS[segment.phone] for segment in segments] + [0], dtype=np.uint8)
    return np.asarray(classes[np.searchsorted(ends, centres, side="right")])


def _at_speed(speech: Speech, factor: float) -> Speech:
    """Faster and higher, as a tape would play it."""
    samples = soxr.resample(speech.samples, SAMPLE_RATE * factor, SAMPLE_RATE)
    segments = tuple(Segment(s.phone, s.end / factor) for s in speech.segments)
    return Speech(samples, segments)


def _with_margins(speech: Speech, rng: np.random.Generator) -> Speech:
    before, after = (int(SAMPLE_RATE * rng.uniform(0, 2 * _SEGMENT_MARGIN)) for _ in range(2))
    samples = np.pad(speech.samples, (before, after))
    shift = before / SAMPLE_RATE
    head = (Segment("SIL", shift),) if before else ()
    return Speech(samples, (*head, *(Segment(s.phone, s.end + shift) for s in speech.segments)))


def _plan(number: int, count: int, rng: random.Random) -> tuple[list[tuple[Voice, Delivery]], bool]:
    """Who says the texts of a shard: espeak-ng's voices mixed, or one other voice throughout."""
    if number % 2 == 0:
        voices = [
            (DEMO_VOICE, Delivery(rng.uniform(0.85, 1.2)))
            if rng.random() < 0.1
            else random_espeak_voice(rng)
            for _ in range(count)
        ]
        return voices, True
    voice = rng.choices([v for v, _ in OTHER_VOICES], [w for _, w in OTHER_VOICES])[0]
    return [(voice, random_delivery(rng)) for _ in range(count)], False


def speak_shard(seed: int, number: int, count: int) -> list[Speech]:
    """The clean utterances of a shard."""
    rng = random.Random(f"speech {seed} {number}")
    texts, unknown = zip(*(_text(rng) for _ in range(count)), strict=True)
    plan, mixed = _plan(number, count, rng)
    if mixed:
        spoken = [align([t], v, [d])[0] for t, (v, d) in zip(texts, plan, strict=True)]
    else:
        spoken = align(texts, plan[0][0], [delivery for _, delivery in plan])
    return [_as_garbage(s) if no_word else s for s, no_word in zip(spoken, unknown, strict=True)]


def _text(rng: random.Random) -> tuple[str, bool]:
    """Something to say, and whether it is to be learnt as garbage.

    Half of the talk in unknown words is: the phones keep a chance there, for words that are known
    but were never heard next to one another.
    """
    kind = rng.random()
    if kind < _UNKNOWN_TALK:
        return made_up_talk(rng), kind < _UNKNOWN_TALK / 2
    if kind < _UNKNOWN_TALK + _BRIEF:
        return brief(rng), False
    return (ordinary if kind < 0.5 else utterance)(rng), False


def _as_garbage(speech: Speech) -> Speech:
    segments = (Segment(SILENCE if s.phone == SILENCE else GARBAGE, s.end) for s in speech.segments)
    return Speech(speech.samples, tuple(segments))


def _crowd(spoken: Sequence[Speech], rng: np.random.Generator) -> Speech:
    """Three to six people at once: nobody's words."""
    length = int(SAMPLE_RATE * rng.uniform(2, 4))
    chosen = rng.integers(len(spoken), size=rng.integers(3, 7))
    voices = [np.resize(spoken[i].samples.astype(np.float32), length) for i in chosen]
    mixed = sum(np.roll(voice, rng.integers(length)) / (voice.std() + 1.0) for voice in voices)
    return Speech(
        (1000 * np.asarray(mixed)).astype(np.int16), (Segment(GARBAGE, length / SAMPLE_RATE),)
    )


def make_shard(seed: int, number: int, count: int, copies: int = 2) -> Corpus:
    """Clean utterances, degraded copies of them, and some sounds without speech."""
    spoken = speak_shard(seed, number, count)
    rng = np.random.default_rng((seed, number))
    features: list[Floats] = []
    classes: list[Classes] = []
    for _ in range(copies):
        for speech in spoken:
            told = _at_speed(speech, rng.uniform(0.84, 1.19)) if rng.random() < 0.5 else speech
            told = _with_margins(told, rng)
            babble = spoken[rng.integers(len(spoken))].samples.astype(np.float32)
            cepstra = mfcc(degrade(told.samples, rng, babble))
            features.append(cepstra)
            classes.append(frame_classes(told.segments, len(cepstra)))
    for _ in range(count // 15):
        crowd = _crowd(spoken, rng)
        cepstra = mfcc(degrade(crowd.samples, rng, None))
        features.append(cepstra)
        classes.append(frame_classes(crowd.segments, len(cepstra)))
    for _ in range(max(1, count // 12)):
        length = int(SAMPLE_RATE * rng.uniform(1, 3))
        level = 0.0 if rng.random() < 0.15 else np.exp(rng.uniform(np.log(2), np.log(3000)))
        cepstra = mfcc((level * noise(rng, length)).clip(-32768, 32767).astype(np.int16))
        features.append(cepstra)
        classes.append(np.zeros(len(cepstra), dtype=np.uint8))
    return Corpus(np.concatenate(features).astype(np.float16), np.concatenate(classes))


def _write_shard(path: Path, seed: int, number: int, count: int) -> None:
    shard = make_shard(seed, number, count)
    write_atomically(
        path, lambda file: np.savez(file, features=shard.features, classes=shard.classes)
    )


def make_corpus(
    folder: Path,
    *,
    seed: int,
    shards: int,
    count: int = 150,
    processes: int | None = None,
    report: Callable[[int], None] = lambda done: None,
) -> Corpus:
    """The corpus, made where it is not in the folder yet; `report` gets the shards done so far."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"seed{seed}-{number:04d}-{count}.npz" for number in range(shards)]
    missing = {number: path for number, path in enumerate(paths) if not path.exists()}
    there = shards - len(missing)
    if there:
        report(there)
    for done in _in_parallel(missing, seed, count, processes or os.cpu_count() or 1):
        report(there + done)
    loaded = [np.load(path) for path in paths]
    return Corpus(
        np.concatenate([shard["features"] for shard in loaded]),
        np.concatenate([shard["classes"] for shard in loaded]),
    )


def _in_parallel(
    missing: Mapping[int, Path], seed: int, count: int, processes: int
) -> Iterator[int]:
    """Write shards, by their numbers; yields how many are."""
    # A fresh process for each shard: espeak-ng goes on from its last text (see espeak.py).
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, max_tasks_per_child=1) as pool:
        jobs = [pool.submit(_write_shard, path, seed, n, count) for n, path in missing.items()]
        try:
            for done, job in enumerate(jobs, 1):
                job.result()
                yield done
        finally:
            pool.shutdown(cancel_futures=True)
