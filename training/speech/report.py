"""What a model can do, measured: word errors, wakes, and the phrases it must always get right.

All voices are synthetic. Nothing here says how well people are understood.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from mused.training.speech.errors import ModelWriteError
from mused.training.speech.graph import UNKNOWN
from mused.training.speech.scoring import Decoder, mistakes, word_error_rate
from mused.training.speech.sentences import WAKE_WORD, command, words_of
from mused.training.speech.synthesizers import align, speak
from mused.training.speech.voices import (
    DEMO_VOICE,
    HELD_OUT_VOICES,
    OTHER_VOICES,
    Delivery,
    Voice,
)
from mused.training.speech.word_lists import NEAR_MISSES

COMMANDS = "commands, all voices"
PROMPTS = "free prompts, all voices"
DEMO_PHRASE = "computer, generate a sunset with a boat on a lake"
PHRASES: tuple[str, ...] = (
    DEMO_PHRASE,
    "computer, generate a painting of a city skyline",
    "generate sunset, boat and lake",
    "computer, generate a red house on a hill at night",
    "computer, what time is it",
    "computer, how is it going",
    "computer, stop",
    "computer",
    "stop",
    "cancel that",
    "never mind",
    "yes",
    "help",
    "Your painting of a sunset with a boat on a lake is ready.",
)
"""Candidates for the manifest: what the tests and the demo say."""

UNRELATED: tuple[str, ...] = (
    "the commuter train is late again",
    "come here please",
    "we compared the company with another",
    "the weather was nice and we went to the market",
    "can you pass me the salt",
    "i compute the total every evening",
    "she bought a new scooter yesterday",
    "let us have dinner at seven",
    "he is generally a generous man",
    "come to the computing centre",
    "the committee will meet on monday",
    "my tutor lives in another city",
)
"""Talk that must wake nobody, with words that no vocabulary holds and words that sound alike."""

WAKE_GRAMMAR: tuple[str, ...] = (
    WAKE_WORD,
    *NEAR_MISSES,
    *"the a and to of you i it that is in on for was yes no what this with have there".split(),  # noqa: SIM905  reads best
    UNKNOWN,
)
"""What the wake word is told from when wakes are measured."""

FREE_PROMPTS: tuple[str, ...] = (
    "generate a wizard riding a golden dragon over a burning castle",
    "computer, paint a lonely astronaut walking through a garden of crystal flowers",
    "draw a sad clown",
    "computer, make an old fisherman reading a newspaper in the harbour",
    "generate the last train leaving an empty station in winter",
    "paint three monkeys playing drums in the jungle",
    "computer, draw a glowing jellyfish above a frozen lake",
    "generate a tiny house inside a glass bottle",
    "computer, create a portrait of a young queen with a silver crown",
    "paint a quiet library full of ancient books and warm light",
    "generate a giant octopus attacking a pirate ship in a storm",
    "computer, paint the view from my window on a rainy morning",
    "generate an accountant asleep at his desk under a pile of paper",
    "computer, draw two hedgehogs having breakfast in a cosy kitchen",
    "paint the shadow of a bicycle on a yellow wall",
    "generate a mermaid combing her hair on a rock by moonlight",
    "computer, create a cover for a novel about lighthouse keepers",
    "paint an astronaut planting tulips on mars",
    "generate a bear in a raincoat waiting for the bus",
    "computer, make a map of an island that does not exist",
    "draw a thoughtful owl with round spectacles",
    "generate a spiral staircase leading down into the ocean",
    "computer, paint a violin made of ice and snow",
    "paint my grandmother knitting by the fire with her cat",
)
"""Prompts written by hand, which no template makes; some of their words are not known."""

MANIFEST_VOICES: tuple[Voice, ...] = (
    DEMO_VOICE,
    Voice("espeak", "en"),
    Voice("espeak", "en-US+f2"),
    Voice("espeak", "en-US+m3"),
    *(voice for voice, _ in OTHER_VOICES if voice.name != "kal"),
    *HELD_OUT_VOICES[:3],
    *HELD_OUT_VOICES[-2:],
)


@dataclass(frozen=True)
class Entry:
    """A phrase that the model decodes exactly in a voice."""

    text: str
    voice: str


@dataclass(frozen=True)
class VoiceFigures:
    """How well one group of voices was understood."""

    utterances: int
    word_error_rate: float
    exact: float
    """Share of utterances without any error."""


@dataclass(frozen=True)
class Confusion:
    """A word taken for another; "" stands for no word."""

    said: str
    heard: str
    times: int


@dataclass(frozen=True)
class WakeFigures:
    """How often "computer" was found where it was said, and where it was not, by confidence."""

    found: dict[str, float]
    false: dict[str, float]
    """Share of unrelated sentences whose first word came out as the wake word."""


def padded(samples: npt.NDArray[np.int16], level: float = 0.35) -> npt.NDArray[np.int16]:
    """Speech at a usual level with a little silence around it."""
    return np.pad((samples * level).astype(np.int16), (4800, 9600))


Pair = tuple[Sequence[str], Sequence[str]]
"""Words said and words heard."""


def hear_voices(decoder: Decoder, *, per_voice: int, seed: int = 20) -> dict[str, list[Pair]]:
    """What is heard in the held-out voices, of random commands and of prompts written by hand."""
    rng = random.Random(seed)
    pairs: dict[str, list[Pair]] = defaultdict(list)
    for voice in HELD_OUT_VOICES:
        commands = [command(rng) for _ in range(per_voice)]
        free = FREE_PROMPTS[:per_voice]
        texts = [*commands, *free]
        groups = [f"commands, {voice.group}"] * len(commands) + [PROMPTS] * len(free)
        manner = [Delivery(rng.uniform(0.9, 1.1), rng.uniform(0.9, 1.1)) for _ in texts]
        for text, group, speech in zip(texts, groups, align(texts, voice, manner), strict=True):
            heard = decoder.hear(padded(speech.samples)).text.split()
            pairs[group].append((words_of(text), heard))
            if group != PROMPTS:
                pairs[COMMANDS].append(pairs[group][-1])
    return pairs


def figures(pairs: dict[str, list[Pair]]) -> dict[str, VoiceFigures]:
    """Word errors of each group."""
    return {
        group: VoiceFigures(
            len(found),
            word_error_rate(found),
            sum(list(said) == list(got) for said, got in found) / len(found),
        )
        for group, found in pairs.items()
    }


def confusions(pairs: Iterable[Pair]) -> list[Confusion]:
    """Which words are taken for which, the most frequent first."""
    counted = Counter(wrong for said, got in pairs for wrong in mistakes(said, got))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [Confusion(said, got, times) for (said, got), times in ranked]


def measure_wakes(
    decoder: Decoder, *, per_voice: int, floors: Sequence[float] = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)
) -> WakeFigures:
    """Wakes by the confidence that is asked of the wake word, in held-out voices."""
    rng = random.Random(7)
    meant: list[float] = []
    unmeant: list[float] = []
    for voice in HELD_OUT_VOICES:
        woken = [f"{WAKE_WORD}, {command(rng).removeprefix(WAKE_WORD)}" for _ in range(per_voice)]
        for texts, found in ((woken, meant), (list(UNRELATED), unmeant)):
            for speech in align(texts, voice, [Delivery()] * len(texts)):
                found.append(_wake_confidence(decoder, speech.samples))
    return WakeFigures(
        *(
            {f"{floor:g}": float(np.mean([c > floor for c in found])) for floor in floors}
            for found in (meant, unmeant)
        )
    )


def _wake_confidence(decoder: Decoder, samples: npt.NDArray[np.int16]) -> float:
    """Of the first word, if that is the wake word; else 0."""
    heard = decoder.hear(padded(samples), WAKE_GRAMMAR)
    return heard.confidences[0] if heard.text.split()[:1] == [WAKE_WORD] else 0.0


def decoded_exactly(decoder: Decoder, texts: Sequence[str], voice: Voice) -> list[str]:
    """Those of `texts` that come out word for word, at two levels."""
    if voice.engine == "espeak":
        sounds = [speak(text, voice) for text in texts]
    else:  # festival starts but once
        sounds = [each.samples for each in align(texts, voice, [Delivery()] * len(texts))]
    return [text for text, sound in zip(texts, sounds, strict=True) if _exact(decoder, text, sound)]


def _exact(decoder: Decoder, text: str, samples: npt.NDArray[np.int16]) -> bool:
    wanted = " ".join(words_of(text))
    return all(decoder.hear(padded(samples, level)).text == wanted for level in (0.35, 0.1))


def find_manifest(decoder: Decoder) -> list[Entry]:
    """All phrases in all manifest voices that come out exactly.

    Raises ModelWriteError where that is not enough to build tests and the demo on.
    """
    found: list[Entry] = []
    for voice in MANIFEST_VOICES:
        exact = decoded_exactly(decoder, PHRASES, voice)
        if voice == DEMO_VOICE and len(exact) < len(PHRASES):
            missed = [text for text in PHRASES if text not in exact]
            raise ModelWriteError(f"the demo's voice is not understood: {missed}; train longer")
        found += [Entry(text, str(voice)) for text in exact]
    if len(found) < 40 or len({entry.voice for entry in found}) < 8:
        raise ModelWriteError(f"only {len(found)} phrases come out exactly; train longer")
    return found


@dataclass(frozen=True)
class Report:
    """All that was measured of a model."""

    voices: dict[str, VoiceFigures]
    wakes: WakeFigures
    manifest: list[Entry]
    confusions: dict[str, list[Confusion]]
    """By what was said: commands, or prompts written by hand."""

    def manifest_json(self) -> dict[str, object]:
        """The content of manifest.json."""
        return {
            "what": "phrases this model must decode exactly, spoken by synthetic voices",
            "phrases": [asdict(entry) for entry in self.manifest],
        }


def measure(decoder: Decoder, *, per_voice: int) -> Report:
    """Everything; about a second per utterance and voice."""
    manifest = find_manifest(decoder)  # first: it ends a hopeless model's examination soonest
    pairs = hear_voices(decoder, per_voice=per_voice)
    return Report(
        figures(pairs),
        measure_wakes(decoder, per_voice=max(2, per_voice // 2)),
        manifest,
        {group: confusions(pairs[group]) for group in (COMMANDS, PROMPTS)},
    )
