"""How well mused hears: ``python -m benchmarks.hear [--quick] [--json] [--model FOLDER]``.

Synthetic voices that the bundled recogniser was never trained on say "computer, ..." before
commands and prompts, ordinary talk, and nothing; whole listener, default settings. Figures say
nothing about human voices. ``--quick`` takes three of the voices, less talk and less noise.

Keys of the JSON object:

* ``voices``: what spoke; ``sentences``: wake phrase and command in one breath, all voices together
* ``wake_misses``: sentences that gave no utterance; ``missed``: which, and by which voice
* ``word_error_rate``: of the command, missed sentences counted as all words wrong; by voice group
  (``clean``), over a fan 20 dB below the voice (``fan``), and ``all`` of both
* ``sentences_exact``: share of sentences heard word for word
* ``commands``, ``prompts``: ``word_error_rate``, ``sentences_exact`` and ``intent_accuracy`` of the
  fixed commands and of the "generate" sentences alone
* ``seam``: how many first words after the wake phrase were ``right``, ``of`` how many, and which
  were ``wrong``
* ``intent_accuracy``: share whose intent is that of the same sentence typed
* ``prompt_accuracy``: share of the "generate" sentences whose prompt is word for word right
* ``asked_back``: of commands without free text, those understood ``right`` and ``wrong``, how many
  there were and how many had so little confidence that mused asks first
* ``answer_after``: median and largest time from the end of speech to the utterance, in seconds
* ``false_wakes``: by kind of sound: ``minutes`` heard, ``provisional`` turns that opened and were
  dropped silently, ``utterances`` that mused would have answered
* ``real_time_factor``: CPU seconds of one core per second of sound, by kind of sound

``--grammar`` measures something else: commands heard by a grammar of all that the skills' templates
without free text can say, and by the whole vocabulary, from the same sound, the wake phrase in it.
Keys, for both ``grammar`` and ``vocabulary``:

* ``word_error_rate`` and ``intent_accuracy`` of the fixed commands
* ``prompts_taken``: share of the "generate" sentences that would be carried out as a command

Measured once with ``--quick`` (72 commands, 180 prompts; 730 sentences in the grammar): word error
.127 by the grammar and .008 by the vocabulary, intents .847 and .986, and 39 % of the prompts would
have been carried out as a command. So mused hears commands by the whole vocabulary, too.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.listening import (
    ROUTER,
    Sound,
    Told,
    as_text,
    fan_noise,
    level,
    listen,
    share,
    voice_of,
)
from benchmarks.sentences import COMMANDS, PROMPTS, TALK
from mused.daemon.config import Hearing
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.model import Model
from mused.daemon.hearing.recognizer import UNKNOWN, Recognizer
from mused.skills.contract import Match, Utterance
from mused.training.speech.scoring import word_error_rate
from mused.training.speech.sentences import words_of
from mused.training.speech.skill_sentences import fixed_sentences
from mused.training.speech.voices import HELD_OUT_VOICES, Voice, parse_voice

WAKE = "computer"
TITLE = "mused hears synthetic voices that it was never trained on:"
QUICK_VOICES = ("espeak:en-US+f4", "flite:rms", "festival:ked_diphone")


@dataclass(frozen=True)
class Spoken:
    """One sentence after the wake phrase, by one voice."""

    voice: Voice
    text: str
    heard: str
    """Empty for a miss."""
    answer_after: float | None
    confidence: float = 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How well mused hears.")
    parser.add_argument("--quick", action="store_true", help="fewer voices, less talk and noise")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--grammar", action="store_true", help="commands by a grammar instead")
    parser.add_argument("--model", type=Path, help="a Vosk model other than the bundled one")
    options = parser.parse_args()
    voices = list(map(parse_voice, QUICK_VOICES)) if options.quick else list(HELD_OUT_VOICES)
    model = Model(options.model)
    if options.grammar:
        results = by_grammar(model, voices)
    else:
        results = measure(model, voices, quick=options.quick)
    print(json.dumps(results, indent=2) if options.json else as_text(TITLE, results))


def measure(model: Model, voices: Sequence[Voice], *, quick: bool) -> dict[str, Any]:
    """All figures; the keys are explained above."""
    cost: dict[str, Told] = defaultdict(Told)
    spoken = {
        "clean": [each for voice in voices for each in sentences(model, voice, cost["sentences"])],
        "fan": [
            each
            for voice in voices
            for each in sentences(model, voice, cost["sentences over a fan"], fan=True)
        ],
    }
    everything = [each for some in spoken.values() for each in some]
    unwanted = {name: listen(model, sound) for name, sound in nothing_for_us(voices, quick=quick)}
    waits = [each.answer_after for each in everything if each.answer_after is not None]
    return {
        "synthetic_voices": True,
        "voices": [str(voice) for voice in voices],
        "sentences": len(everything),
        "wake_misses": sum(not each.heard for each in everything),
        "missed": [
            f"{each.voice}, {name}: {each.text}"
            for name, some in spoken.items()
            for each in some
            if not each.heard
        ],
        "word_error_rate": {
            **{name: by_group(some) for name, some in spoken.items()},
            "all": error_rate(everything),
        },
        "sentences_exact": share(is_exact(each) for each in everything),
        **commands_beside_prompts(everything),
        "seam": seam(everything),
        **accuracies(everything),
        "asked_back": asked_back(everything),
        "answer_after": {"median": round(median(waits), 2), "largest": round(max(waits), 2)},
        "false_wakes": {
            name: {
                "minutes": round(told.seconds / 60, 1),
                "provisional": told.provisional,
                "utterances": len(told.utterances),
            }
            for name, told in unwanted.items()
        },
        "real_time_factor": {
            name: round(told.cpu / told.seconds, 4) for name, told in {**cost, **unwanted}.items()
        },
    }


def by_grammar(model: Model, voices: Sequence[Voice]) -> dict[str, Any]:
    """The figures of ``--grammar``."""
    grammars = {"grammar": [WAKE, *fixed_commands(model)], "vocabulary": None}
    spoken: dict[str, list[Spoken]] = {name: [] for name in grammars}
    for voice in voices:
        for text in (*COMMANDS, *(f"generate {prompt}" for prompt in PROMPTS)):
            voiced = voice_of(f"{WAKE}, {text}", voice)
            clean = np.concatenate([np.zeros(RATE // 2), voiced, np.zeros(RATE // 2)])
            for sound in (clean, clean + fan_noise(len(clean), level(voiced) / 10)):
                for name, grammar in grammars.items():
                    heard = recognised(model, sound, grammar)
                    spoken[name].append(Spoken(voice, text, heard, None))
    return {
        "synthetic_voices": True,
        "voices": [str(voice) for voice in voices],
        **{name: commands_and_prompts(some) for name, some in spoken.items()},
    }


def fixed_commands(model: Model) -> list[str]:
    """All that the templates without free text can say and the model knows."""
    return [each for each in fixed_sentences() if not model.missing_words(each.split())]


def recognised(model: Model, sound: Sound, grammar: Sequence[str] | None) -> str:
    """The words after the wake phrase."""
    recognizer = Recognizer(model, 0.0, grammar)
    recognizer.feed(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
    words = [word.text for word in recognizer.finish() if word.text != UNKNOWN]
    return " ".join(words[1:] if words[:1] == [WAKE] else words)


def commands_and_prompts(spoken: Sequence[Spoken]) -> dict[str, float]:
    """What became of the fixed commands, and of the prompts that might be taken for some."""
    commands = [each for each in spoken if each.text in COMMANDS]
    prompts = [understood(each.heard) for each in spoken if each.text not in COMMANDS]
    return {
        "word_error_rate": error_rate(commands),
        "intent_accuracy": intent_accuracy(commands),
        "prompts_taken": share(each is not None and ROUTER.is_fixed(each) for each in prompts),
    }


def sentences(model: Model, voice: Voice, cost: Told, *, fan: bool = False) -> list[Spoken]:
    """Each command and prompt, heard by a listener of its own."""
    spoken = []
    for text in (*COMMANDS, *(f"generate {prompt}" for prompt in PROMPTS)):
        voiced = voice_of(f"computer, {text}", voice)
        sound = np.concatenate([np.zeros(RATE), voiced, np.zeros(RATE * 3)])
        if fan:
            sound += fan_noise(len(sound), level(voiced) / 10)
        told = listen(model, sound)
        cost.seconds += told.seconds
        cost.cpu += told.cpu
        if told.utterances:
            utterance, at = told.utterances[0]
            wait = at - 1 - len(voiced) / RATE
            spoken.append(Spoken(voice, text, utterance.text, wait, utterance.confidence))
        else:
            spoken.append(Spoken(voice, text, "", None))
    return spoken


def nothing_for_us(voices: Sequence[Voice], *, quick: bool) -> Iterable[tuple[str, Sound]]:
    """Sounds that should wake nobody, by name."""
    minutes = 2 if quick else 30
    samples = RATE * 60 * minutes
    rng = np.random.default_rng(1)
    yield "silence", np.zeros(samples)
    yield "white noise", rng.normal(0, 400, samples)
    yield "fan", fan_noise(samples, 800)
    bursts = np.repeat(rng.integers(0, 2, samples // RATE), RATE) * rng.normal(0, 2000, samples)
    yield "bursts of noise", bursts
    talk = [
        piece
        for voice in voices
        for text in (TALK[::2] if quick else TALK)
        for piece in (voice_of(text, voice), np.zeros(RATE * 3 // 2))
    ]
    yield "talk", np.concatenate(talk)


def is_exact(spoken: Spoken) -> bool:
    """Whether every word is right."""
    return words_of(spoken.text) == words_of(spoken.heard)


def error_rate(spoken: Iterable[Spoken]) -> float:
    """Word error rate."""
    return round(word_error_rate((words_of(s.text), words_of(s.heard)) for s in spoken), 4)


def commands_beside_prompts(spoken: Sequence[Spoken]) -> dict[str, dict[str, float]]:
    """How well the fixed commands were heard, and how well the prompts."""
    commands = [each for each in spoken if each.text in COMMANDS]
    prompts = [each for each in spoken if each.text not in COMMANDS]
    return {
        name: {
            "word_error_rate": error_rate(some),
            "sentences_exact": share(is_exact(each) for each in some),
            "intent_accuracy": intent_accuracy(some),
        }
        for name, some in (("commands", commands), ("prompts", prompts))
    }


def seam(spoken: Sequence[Spoken]) -> dict[str, Any]:
    """Whether the first word after the wake phrase survived; a missed sentence has lost it."""
    wrong = [each for each in spoken if words_of(each.heard)[:1] != words_of(each.text)[:1]]
    return {
        "right": len(spoken) - len(wrong),
        "of": len(spoken),
        "wrong": [f"{each.voice}: {each.text} -> {each.heard or '(missed)'}" for each in wrong],
    }


def by_group(spoken: Sequence[Spoken]) -> dict[str, float]:
    """Word error rate of each synthesizer."""
    groups: dict[str, list[Spoken]] = defaultdict(list)
    for each in spoken:
        groups[each.voice.group].append(each)
    return {group: error_rate(some) for group, some in sorted(groups.items())}


def accuracies(spoken: Sequence[Spoken]) -> dict[str, float]:
    """Whether what was heard does what was said."""
    pairs = [(understood(each.text), understood(each.heard)) for each in spoken]
    prompts = [(said, heard) for said, heard in pairs if said and "prompt" in said.slots]
    return {
        "intent_accuracy": intent_accuracy(spoken),
        "prompt_accuracy": share(
            heard is not None
            and words_of(said.slots["prompt"]) == words_of(heard.slots.get("prompt", ""))
            for said, heard in prompts
        ),
    }


def intent_accuracy(spoken: Sequence[Spoken]) -> float:
    """Share of the sentences whose intent is that of the same sentence typed."""
    return share(intent(understood(each.text)) == intent(understood(each.heard)) for each in spoken)


def asked_back(spoken: Sequence[Spoken]) -> dict[str, dict[str, int]]:
    """Right and wrong commands, and how many of them would be asked about."""
    found = {"right": {"heard": 0, "asked": 0}, "wrong": {"heard": 0, "asked": 0}}
    for each in spoken:
        heard, said = understood(each.heard), understood(each.text)
        if heard is not None and ROUTER.is_fixed(heard):
            counts = found["right" if intent(heard) == intent(said) else "wrong"]
            counts["heard"] += 1
            counts["asked"] += each.confidence < Hearing().ask_below
    return found


def understood(text: str) -> Match | None:
    """What a text means to mused."""
    return ROUTER.match(Utterance(text=text, source="wav", turn="benchmark"))


def intent(match: Match | None) -> tuple[str, str] | None:
    """Skill and intent."""
    return None if match is None else (match.skill, match.intent)


if __name__ == "__main__":
    main()
