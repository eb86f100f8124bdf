"""False wakes and missed ones: ``python -m benchmarks.wake [--quick] [--json] [--hours 10]``.

Synthetic voices, default settings, the whole listener, faster than real time. Ten hours nobody
talks to mused: talk in every voice of espeak-ng, flite and festival, trained on or not, with many
sentences that nearly begin with the wake phrase; several voices at once; noise; made-up music;
quiet. Then "computer, ..." before every command and prompt, in voices never trained on, clean and
over noise, and while somebody else talks on and on. Repeatable: slices of six minutes, each from
its number alone. ``--quick`` takes 24 minutes and a tenth of the sentences; ``--keep FOLDER`` goes
on where an earlier run was cut off; ``--after 20`` leaves out the first twenty hours, of which the
listener's makers have seen what woke it.

``--develop`` uses other sentences (no text is in both halves), seeds and positives (trained voices
only), for choosing decoys and thresholds. Not all was chosen so: some false wakes of the first ten
hours that count were mended knowing them, and the floor of the wake phrase's confidence was set on
the voices that count. Only hours after those that were looked at are free of this.

Keys of the JSON object:

* ``hours`` of sound that is not meant for mused, which begin ``after`` so many, and ``by_sound``
  the same by kind of sound, with ``provisional`` turns that opened and were dropped silently and
  ``false_wakes``, the utterances that mused would have answered
* ``false_wakes``, ``false_wakes_per_hour``; ``false_wakes_at``: slice, second, what was said
  there and by whom, and what mused heard
* ``cpu_seconds_per_hour``: of listening, without the synthesizers
* ``positives``: sentences in each condition; ``missed``: share that gave no utterance, by
  condition; ``missed_by_voice``: the same by group of voices; ``right``: share whose utterance has
  the intent of the sentence. ``10 dB babble`` is four people who begin to talk with the sentence,
  ``10 dB talk`` one who has talked for seconds before and goes on, so much below the voice
* ``answers_to_talk``: utterances of these others that mused would have answered
* ``misses``: every condition, voice and sentence that was missed, except over babble and talk
"""

import argparse
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import background
from benchmarks.hear import intent, understood
from benchmarks.listening import (
    Hearer,
    Sound,
    as_text,
    coloured_noise,
    level,
    listen,
    share,
    voice_of,
    voices_of,
)
from benchmarks.sentences import COMMANDS, PROMPTS
from benchmarks.talk import sentence
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.model import Model
from mused.training.speech.voices import (
    HELD_OUT_VOICES,
    OTHER_VOICES,
    Voice,
    random_delivery,
    random_espeak_voice,
)

TITLE = "mused, waiting for its name among synthetic voices and noises:"
SLICE = 360  # seconds
KINDS = (
    *("talk", "music", "talk", "quiet", "talk", "noise", "talk", "babble", "talk", "quiet"),
    *("talk", "noise", "talk", "music", "talk", "talk", "babble", "talk", "noise", "music"),
)
"""What each slice of twenty is: half talk of one at a time, a tenth several voices at once."""
QUICK_KINDS = ("talk", "babble", "music", "noise")
BABBLE = "10 dB babble"
TALK = ("15 dB talk", "10 dB talk", "6 dB talk")
CONDITIONS = ("clean", "20 dB", "10 dB", "5 dB", BABBLE, *TALK)
BEFORE = (4.0, 9.0)  # seconds that somebody else has talked before the wake phrase


@dataclass
class Slice:
    """What came of one slice."""

    kind: str
    seconds: float = 0.0
    cpu: float = 0.0
    provisional: int = 0
    false_wakes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Positive:
    """A sentence meant for mused, and whether it was heard."""

    condition: str
    voice: str
    group: str
    text: str
    heard: bool
    right: bool
    others: int
    """Utterances of somebody else."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="False wakes and missed ones.")
    parser.add_argument("--quick", action="store_true", help="24 minutes of sound, fewer sentences")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--hours", type=float, default=10.0, help="of sound; 10")
    parser.add_argument("--after", type=float, default=0.0, help="hours to leave out before; 0")
    parser.add_argument("--develop", action="store_true", help="other sentences, to choose by")
    parser.add_argument("--keep", type=Path, help="a folder for what is done, to go on from")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    results = measure(options)
    print(json.dumps(results, indent=2) if options.json else as_text(TITLE, results))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All figures; the keys are explained above."""
    kinds = QUICK_KINDS if options.quick else KINDS
    first = round(options.after * 3600 / SLICE)
    slices = len(QUICK_KINDS) if options.quick else round(options.hours * 3600 / SLICE)
    voices = 12
    # A fresh process for each: espeak-ng's breath and flutter go on from text to text.
    context = get_context("spawn")
    with ProcessPoolExecutor(options.processes, context, max_tasks_per_child=1) as pool:
        nothing = [
            pool.submit(
                _negative, number, kinds[number % len(kinds)], options.develop, options.keep
            )
            for number in range(first, first + slices)
        ]
        meant = [
            pool.submit(_positives, number, options.develop, options.quick, options.keep)
            for number in range(voices)
        ]
        negatives = [Slice(**job.result()) for job in nothing]
        positives = [Positive(**each) for job in meant for each in job.result()]
    after = round(first * SLICE / 3600, 2)
    return {"synthetic_voices": True, "after": after, **unwanted(negatives), **missed(positives)}


def unwanted(slices: Sequence[Slice]) -> dict[str, Any]:
    """The figures of what was not meant for mused."""
    hours = sum(each.seconds for each in slices) / 3600
    wakes = [wake for each in slices for wake in each.false_wakes]
    return {
        "hours": round(hours, 2),
        "by_sound": {kind: _of_kind(kind, slices) for kind in dict.fromkeys(KINDS)},
        "false_wakes": len(wakes),
        "false_wakes_per_hour": round(len(wakes) / hours, 2) if hours else None,
        "false_wakes_at": wakes,
        "cpu_seconds_per_hour": round(sum(each.cpu for each in slices) / hours) if hours else None,
    }


def _of_kind(kind: str, slices: Sequence[Slice]) -> dict[str, float]:
    some = [each for each in slices if each.kind == kind]
    return {
        "hours": round(sum(each.seconds for each in some) / 3600, 2),
        "provisional": sum(each.provisional for each in some),
        "false_wakes": sum(len(each.false_wakes) for each in some),
    }


def missed(positives: Sequence[Positive]) -> dict[str, Any]:
    """The figures of what was meant for mused."""
    groups: dict[str, list[Positive]] = defaultdict(list)
    for each in positives:
        groups[f"{each.condition}, {each.group}"].append(each)
    conditions = {
        name: [each for each in positives if each.condition == name] for name in CONDITIONS
    }
    return {
        "positives": {name: len(some) for name, some in conditions.items()},
        "missed": {name: share(not e.heard for e in some) for name, some in conditions.items()},
        "right": {name: share(e.right for e in some) for name, some in conditions.items()},
        "missed_by_voice": {
            name: share(not each.heard for each in some) for name, some in sorted(groups.items())
        },
        "answers_to_talk": sum(each.others for each in positives),
        "misses": [
            f"{e.condition}, {e.voice}: {e.text}"
            for e in positives
            if not e.heard and e.condition not in {BABBLE, *TALK}
        ],
    }


def _negative(number: int, kind: str, developing: bool, keep: Path | None) -> dict[str, Any]:
    """A slice that is not meant for mused, as the fields of `Slice`."""
    file = keep / f"slice{'-develop' * developing}-{number}-{kind}.json" if keep else None
    if file is not None and file.exists():
        kept: dict[str, Any] = json.loads(file.read_text())
        return kept
    hearer, spoken = Hearer(Model()), []
    for sound, said in pieces(kind, number, developing=developing):
        spoken.append((hearer.told.seconds, said))
        hearer.hear(sound)
    told = hearer.end()
    result = Slice(kind, told.seconds, told.cpu, told.provisional)
    for utterance, at in told.utterances:
        said = " / ".join(s for begin, s in spoken if utterance.start - 6 < begin < at and s)
        result.false_wakes.append(
            f"slice {number}, {kind}, second {at:.0f}: {said} -> {utterance.text}"
        )
    _keep(asdict(result), file)
    return asdict(result)


def _keep(result: object, file: Path | None) -> None:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result))


def pieces(kind: str, number: int, *, developing: bool) -> Iterator[tuple[Sound, str]]:
    """The sounds of a slice one after the other, and what is said in each by whom."""
    seed = f"{'develop' if developing else 'measure'} {kind} {number}"
    rng = random.Random(seed)
    numbers = np.random.default_rng(rng.getrandbits(64))
    match kind:
        case "talk":
            yield from _talk(rng, numbers, developing)
        case "babble":
            yield from _babble(rng, numbers, developing)
        case "music":
            yield from ((sound, "") for sound in background.music(SLICE, numbers))
        case "noise":
            yield from ((sound, "") for sound in background.noise(SLICE, numbers))
        case _:
            yield from ((sound, "") for sound in background.quiet(SLICE, numbers))


def _talk(
    rng: random.Random, numbers: np.random.Generator, developing: bool
) -> Iterator[tuple[Sound, str]]:
    """One speaker after the other, near or far, over the noise of a room."""
    said = _sentences(rng, SLICE / 2.5, developing)
    rng.shuffle(said)
    floor = 10 ** rng.uniform(0, 2.2)
    left = SLICE * RATE
    for speech, what in said:
        loudness = 10 ** rng.uniform(-1, 0.25)
        sound = np.append(speech * loudness, np.zeros(int(RATE * rng.uniform(0.15, 2.5))))
        yield (sound + coloured_noise(len(sound), floor, 0.5, numbers))[:left], what
        left -= len(sound)
        if left <= 0:
            return


def _babble(
    rng: random.Random, numbers: np.random.Generator, developing: bool
) -> Iterator[tuple[Sound, str]]:
    """Three to six speakers at once, as at a party or from a television."""
    said = _sentences(rng, 100, developing)
    lines = []
    for _ in range(rng.randint(3, 6)):
        rng.shuffle(said)
        line = np.concatenate([10 ** rng.uniform(-1, 0) * speech for speech, _ in said])
        lines.append(np.resize(line, SLICE * RATE))
    mixed = np.sum(lines, axis=0) * rng.uniform(0.3, 0.9)
    for at in range(0, len(mixed), 10 * RATE):
        part = mixed[at : at + 10 * RATE]
        yield part + coloured_noise(len(part), 20.0, 0.5, numbers), "several at once"


def _sentences(rng: random.Random, count: float, developing: bool) -> list[tuple[Sound, str]]:
    """Sentences by a few speakers, and who says what; four of five speakers are espeak-ng's."""
    others = [*HELD_OUT_VOICES, *(voice for voice, _ in OTHER_VOICES)]
    if developing:
        others = [voice for voice, _ in OTHER_VOICES]
    found = []
    for speaker in range(6):
        voice = random_espeak_voice(rng)[0] if speaker % 2 else rng.choice(others)
        delivery = random_delivery(rng)
        texts = [sentence(rng, developing=developing) for _ in range(int(count / 6) + 1)]
        sounds = voices_of(texts, voice, [delivery] * len(texts))
        found += [(s, f"{voice}: {text}") for s, text in zip(sounds, texts, strict=True)]
    return found


def _positives(
    number: int, developing: bool, quick: bool, keep: Path | None
) -> list[dict[str, Any]]:
    """Each command and prompt by one voice in all conditions, as the fields of `Positive`."""
    file = (
        keep / f"voice{'-develop' * developing}{'-quick' * quick}-{number}.json" if keep else None
    )
    if file is not None and file.exists():
        kept: list[dict[str, Any]] = json.loads(file.read_text())
        return kept
    rng = random.Random(f"voice {number} {developing}")
    voice = HELD_OUT_VOICES[number]
    if developing:
        trained = [each for each, _ in OTHER_VOICES]
        voice = trained[number] if number < len(trained) else random_espeak_voice(rng)[0]
    texts = [*COMMANDS, *(f"generate {prompt}" for prompt in PROMPTS)]
    found = _meant(voice, texts[number % 10 :: 10] if quick else texts, number)
    result = [asdict(each) for each in found]
    _keep(result, file)
    return result


def _meant(voice: Voice, texts: Sequence[str], seed: int) -> list[Positive]:
    model, found = Model(), []
    noises, talks = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    crowd, talker = _crowd(seed), _talker(seed)
    for text in texts:
        speech = voice_of(f"computer, {text}", voice)
        for condition in CONDITIONS:
            rng, people, lead = noises, crowd, RATE
            if condition in TALK:
                rng, people, lead = talks, talker, round(talks.uniform(*BEFORE) * RATE)
            people = np.roll(people, rng.integers(len(people)))
            sound = np.concatenate([np.zeros(lead), speech, np.zeros(2 * RATE)])
            noise = _over(condition, level(speech), people, rng)
            told = listen(model, sound + np.resize(noise, len(sound)))
            begin, end = lead / RATE, (lead + len(speech)) / RATE
            ours = [each.text for each, _ in told.utterances if begin < each.start < end]
            right = any(intent(understood(each)) == intent(understood(text)) for each in ours)
            others = len(told.utterances) - len(ours)
            name = str(voice)
            found.append(Positive(condition, name, voice.group, text, bool(ours), right, others))
    return found


def _talker(seed: int) -> Sound:
    """One person who hardly takes a breath, for a minute."""
    rng = random.Random(seed)
    others = [voice for voice, _ in OTHER_VOICES]
    voice = rng.choice(others)
    parts: list[Sound] = []
    while sum(len(part) for part in parts) < 60 * RATE:
        said = voice_of(sentence(rng, developing=False), voice)
        parts += [said, np.zeros(int(RATE * rng.uniform(0.05, 0.35)))]
    return np.concatenate(parts)


def _over(condition: str, speech: float, people: Sound, rng: np.random.Generator) -> Sound:
    """The noise of a condition, as far below the level of the `speech` as it says."""
    if condition == "clean":
        return np.zeros(1)
    rms = speech / 10 ** (int(condition.split(maxsplit=1)[0]) / 20)
    if condition == BABBLE or condition in TALK:
        return people * (rms / level(people))
    return coloured_noise(20 * RATE, rms, rng.choice((0.0, 0.5, 1.0)), rng)


def _crowd(seed: int) -> Sound:
    """Four people who talk at once, for 20 seconds."""
    rng = random.Random(seed)
    lines = [
        np.concatenate([voice_of(sentence(rng, developing=False), voice) for _ in range(8)])
        for voice in (Voice("flite", "slt"), Voice("flite", "awb"), *HELD_OUT_VOICES[:2])
    ]
    mixed: Sound = np.sum([np.resize(line, 20 * RATE) for line in lines], axis=0)
    return mixed


if __name__ == "__main__":
    main()
