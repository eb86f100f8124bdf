"""The synthetic voices the recogniser learns from, and those it must never hear before a test."""

import random
from dataclasses import dataclass
from typing import Literal

Engine = Literal["espeak", "flite", "festival"]


@dataclass(frozen=True)
class Voice:
    """A voice of a synthesizer; its text form is "espeak:en-US+f2", "flite:slt", ..."""

    engine: Engine
    name: str

    def __str__(self) -> str:
        return f"{self.engine}:{self.name}"

    @property
    def group(self) -> str:
        """What figures are reported for: all variants of espeak-ng together, others one by one."""
        return "espeak-ng" if self.engine == "espeak" else str(self)


@dataclass(frozen=True)
class Delivery:
    """How a voice speaks, as factors of its usual rate, pitch and liveliness.

    All synthesizers follow the rate; festival's HTS voice keeps its pitch, flite's keep the range.
    """

    rate: float = 1.0
    pitch: float = 1.0
    range: float = 1.0


def parse_voice(text: str) -> Voice:
    """The voice named "engine:name"; ValueError says what is wrong."""
    engine, _, name = text.partition(":")
    if not name:
        raise ValueError(f'voice {text!r} is not of the form "espeak:en-US+f2"')
    match engine:
        case "espeak" | "flite" | "festival":
            return Voice(engine, name)
        case _:
            raise ValueError(f"voice {text!r}: the engine is one of espeak, flite, festival")


DEMO_VOICE = Voice("espeak", "en-US")
"""The default voice of espeak-ng, which is what pyttsx3 speaks with on Linux."""

ESPEAK_BASES = (
    "en-US",
    "en",
    "en-029",
    "en-GB-scotland",
    "en-GB-x-gbclan",
    "en-GB-x-gbcwmd",
    "en-GB-x-rp",
    "en-US-nyc",
)
_BASE_WEIGHTS = (10, 3, 1, 2, 1, 1, 2, 2)

_VARIANTS = """
Alex Alicia Andy Annie AnxiousAndy Demonic Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario
Michael Mike Nguyen RicishayMax RicishayMax2 RicishayMax3 Storm Tweaky UniRobot anika anikaRobot
announcer antonio aunty benjamin boris caleb croak david ed edward edward2 f1 f2 f3 f5 fast
grandma gustave iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 klatt5 klatt6 m1
m2 m3 m4 m5 m6 m8 marcelo max michel miguel norbert pablo pedro quincy rob robert robosoft
robosoft2 robosoft3 robosoft4 robosoft5 robosoft6 robosoft7 robosoft8 sandro shelby steph2 steph3
travis victor whisper whisperf zac
"""
ESPEAK_VARIANTS = tuple(_VARIANTS.split())
"""Every variant Debian's espeak-ng brings, except those of HELD_OUT_VOICES."""

HELD_OUT_VOICES: tuple[Voice, ...] = (
    Voice("espeak", "en-US+f4"),
    Voice("espeak", "en-US+m7"),
    Voice("espeak", "en-US+Andrea"),
    Voice("espeak", "en-US+grandpa"),
    Voice("espeak", "en-US+paul"),
    Voice("espeak", "en+adam"),
    Voice("espeak", "en+belinda"),
    Voice("espeak", "en-GB-scotland+linda"),
    Voice("espeak", "en-GB-x-rp+Denis"),
    Voice("espeak", "en-US-nyc+steph"),
    Voice("flite", "rms"),
    Voice("festival", "ked_diphone"),
)
"""Never trained on, with no accent: what benchmarks are measured with."""

OTHER_VOICES: tuple[tuple[Voice, float], ...] = (
    (Voice("flite", "slt"), 3.0),
    (Voice("flite", "awb"), 3.0),
    (Voice("flite", "kal16"), 2.0),
    (Voice("flite", "kal"), 1.0),
    (Voice("festival", "kal_diphone"), 3.0),
    (Voice("festival", "cmu_us_slt_arctic_hts"), 2.0),
)
"""Trained voices beside espeak-ng's, with how often each speaks."""


def random_espeak_voice(rng: random.Random) -> tuple[Voice, Delivery]:
    """A trained espeak-ng voice, the plain one often, at its own rate and pitch."""
    base = rng.choices(ESPEAK_BASES, _BASE_WEIGHTS)[0]
    plain = rng.random() < 0.2
    name = base if plain else f"{base}+{rng.choice(ESPEAK_VARIANTS)}"
    return Voice("espeak", name), random_delivery(rng)


def random_delivery(rng: random.Random) -> Delivery:
    """A rate, pitch and pitch range as people differ."""
    return Delivery(rng.uniform(0.75, 1.3), rng.uniform(0.8, 1.25), rng.uniform(0.5, 1.5))
