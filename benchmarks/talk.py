"""Endless talk that is not meant for mused, for `benchmarks.wake`.

Made up by rule, so that hours of it never repeat; much of it is words the recogniser does not know.
"""

import random
import zlib
from functools import lru_cache

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from benchmarks.sentences import COMMANDS, TALK
from mused.training.speech.sentences import ordinary
from mused.training.speech.word_lists import NEAR_MISSES

_WHO = "(i|you|we|they|my sister|our neighbour|the plumber|a colleague|his uncle|the teacher)"
_THING = (
    "(bicycle|suitcase|newspaper|laundry|omelette|tax return|umbrella|battery|recipe|luggage|"
    "spreadsheet|invoice|curtain|sandwich|passport|toothbrush|prescription|lawn mower|kettle)"
)
_WHEN = "(yesterday|after lunch|on thursday|last winter|every weekend|at half past nine|by then)"
_PLACE = "(in the cellar|at the station|behind the sofa|near the supermarket|on the motorway)"
EVERYDAY = (
    f"{_WHO} (forgot|found|repaired|lost|borrowed|dropped) the {_THING} {_PLACE}",
    f"{_WHO} (wanted|decided|promised|refused) to (sell|clean|return|replace) the {_THING} {_WHEN}",
    f"(have you seen|did they mention|who ordered|where is) (my|the|that) {_THING} {_WHEN}",
    f"(honestly|apparently|of course) {_WHO} (complained|laughed|argued) about the {_THING}",
    f"the (forecast|minister|referee|documentary) (said|claimed|denied) it {_WHEN}",
    f"(breakfast|traffic|the meeting|the concert) was (awful|lovely|cancelled|endless) {_WHEN}",
    "(and then|but|so|well|because) (nothing happened|everybody clapped|it rained|she apologised)",
    "(seven|twelve|forty|ninety) (passengers|emails|kilometres|pounds) (are missing|were too many)",
)
"""Templates in hassil's language."""
WAKE_INSIDE = (
    f"(my|your|her|the old|that|another|every) computer (broke|crashed|is slow|was stolen) {_WHEN}",
    f"{_WHO} (bought|sold|hates|fixed) (a|the|this) computer {_PLACE}",
    "(she studies|he teaches|they like) computer (science|games|graphics|music)",
    f"put the {_THING} next to the computer please",
)
"""The wake phrase in the middle of a sentence, where it calls nobody."""
ALMOST = (
    f"{{near}} (is|was|has been) (fine|late|difficult|wrong) {_WHEN}",
    f"{{near}} and {{near}} {_PLACE}",
    f"(come to|come here|compute the|compare her|can pew) (whole|other|last|first) {_THING}",
    "{near} {near}",
)
"""Sentences that begin with a word that sounds like the wake phrase or rhymes with it."""
_SHARES = {"everyday": 40, "almost": 18, "inside": 10, "random": 17, "talk": 8, "command": 7}


def sentence(rng: random.Random, *, developing: bool) -> str:
    """Something said by somebody to somebody else.

    Half of all sentences are for development (choosing decoys and thresholds), never for results.
    """
    while True:
        text = _any(rng)
        if text.split()[0] != "computer" and (zlib.crc32(text.encode()) % 2 == 0) == developing:
            return text


def _any(rng: random.Random) -> str:
    match rng.choices(list(_SHARES), list(_SHARES.values()))[0]:
        case "everyday":
            return _filled(rng.choice(EVERYDAY), rng)
        case "almost":
            text = rng.choice(ALMOST)
            while "{near}" in text:
                text = text.replace("{near}", rng.choice(NEAR_MISSES), 1)
            return _filled(text, rng)
        case "inside":
            return _filled(rng.choice(WAKE_INSIDE), rng)
        case "random":
            return ordinary(rng)
        case "talk":
            return rng.choice(TALK)
        case _:
            return rng.choice(COMMANDS)


def _filled(template: str, rng: random.Random) -> str:
    return rng.choice(_samples(template))


@lru_cache(maxsize=100)
def _samples(template: str) -> tuple[str, ...]:
    return tuple(sorted({*sample_sentence(parse_sentence(template))}))
