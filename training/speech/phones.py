"""The phone set, what each synthesizer calls a phone, and the hidden Markov topology.

Phones are the 39 of ARPAbet as CMUdict uses them, plus silence (SIL) and a garbage phone (SPN).
Each is repeated once per word position so that Vosk can time words; the four copies share one
acoustic class ("pdf" in Kaldi's words): 0 is silence, 1..39 the phones, 40 garbage.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mused.training.speech.errors import SynthesisError

ARPABET: tuple[str, ...] = tuple(
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW "
    "V W Y Z ZH".split()
)
SILENCE = "SIL"
GARBAGE = "SPN"

CLASSES: tuple[str, ...] = (SILENCE, *ARPABET)
"""What the network tells apart; garbage gets a constant score instead (see kaldi.py)."""
CLASS_IDS: dict[str, int] = {name: index for index, name in enumerate(CLASSES)}
GARBAGE_CLASS = len(CLASSES)

POSITIONS = ("begin", "end", "internal", "singleton")
SILENCE_PHONE_ID = 1

_POSITIONAL = (*ARPABET, GARBAGE)
LAST_PHONE_ID = 1 + len(POSITIONS) * len(_POSITIONAL)


def phone_id(phone: str, position: str) -> int:
    """Kaldi's number of a phone at a word position; silence has one number only."""
    if phone == SILENCE:
        return SILENCE_PHONE_ID
    return 2 + len(POSITIONS) * _POSITIONAL.index(phone) + POSITIONS.index(position)


def acoustic_class(kaldi_phone: int) -> int:
    """The pdf of a Kaldi phone number."""
    if kaldi_phone == SILENCE_PHONE_ID:
        return 0
    return 1 + (kaldi_phone - 2) // len(POSITIONS)


def loop_transition(kaldi_phone: int) -> int:
    """Kaldi's transition id of staying in the one state of a phone for another frame."""
    return 2 * kaldi_phone - 1


def leave_transition(kaldi_phone: int) -> int:
    """Kaldi's transition id of leaving the one state of a phone."""
    return 2 * kaldi_phone


def word_positions(count: int) -> list[str]:
    """The positions of the phones of a word with so many phones."""
    if count == 1:
        return ["singleton"]
    return ["begin", *["internal"] * (count - 2), "end"]


@dataclass(frozen=True)
class Segment:
    """One phone as it was spoken."""

    phone: str
    end: float
    """Seconds from the start of the utterance; it begins where the one before ends."""


_FESTIVAL = {"AX": "AH", "PAU": SILENCE, "DX": "T", "H#": SILENCE, "BRTH": SILENCE, "SSIL": SILENCE}


def from_festival(name: str) -> str:
    """ARPAbet name of a phone of flite's and festival's American voices (the "radio" set)."""
    upper = name.upper()
    phone = _FESTIVAL.get(upper, upper)
    if phone not in CLASS_IDS:
        raise SynthesisError(f"no ARPAbet phone is known for festival's {name!r}")
    return phone


# espeak-ng's mnemonics (phsource/ph_english*). A tuple is a sound we count as two phones.
_ESPEAK: dict[str, tuple[str, ...]] = {
    **{name: (SILENCE,) for name in ("_", "_:", "_!", "_|", "|")},
    **{name: ("AH",) for name in ("@", "@2", "@5", "@-", "a#", "V", "03", "V2")},
    **{name: ("AE",) for name in ("a", "&", "a2")},
    **{name: ("AA",) for name in ("0", "0#", "A:", "A", "A~")},
    **{name: ("AO",) for name in ("O:", "O", "O2")},
    **{name: ("IH",) for name in ("I", "I2", "I#", "i2")},
    **{name: ("IY",) for name in ("i", "i:")},
    **{name: ("EH",) for name in ("E", "E2", "E#", "e")},
    **{name: ("UW",) for name in ("u:", "u")},
    **{name: ("ER",) for name in ("3:", "IR", "VR", "3r")},
    **{name: ("AY",) for name in ("aI", "aI2", "VI")},
    **{name: ("OW",) for name in ("oU", "o:", "o", "oU#")},
    **{name: ("EY",) for name in ("eI", "e:")},
    **{name: ("T",) for name in ("t", "t#", "t2", "?", "t[", "t'")},
    **{name: ("D",) for name in ("d", "d[", "d#")},
    **{name: ("R",) for name in ("r", "r-", "r/", "*", "**")},
    **{name: ("L",) for name in ("l", "l/", "l#", "l/2", "l^")},
    **{name: ("W",) for name in ("w", "w#")},
    **{name: ("K",) for name in ("k", "x")},
    **{name: ("HH",) for name in ("h", "h#")},
    **{name: ("N",) for name in ("n", "n-")},
    "U": ("UH",), "aU": ("AW",), "OI": ("OY",), "@L": ("AH", "L"), "m-": ("M",), "N": ("NG",),
    "D": ("DH",), "T": ("TH",), "S": ("SH",), "Z": ("ZH",), "tS": ("CH",), "dZ": ("JH",),
    "j": ("Y",), "b": ("B",), "p": ("P",), "g": ("G",), "m": ("M",), "f": ("F",), "v": ("V",),
    "s": ("S",), "z": ("Z",), "z#": ("Z",), "s#": ("S",),
}  # fmt: skip
_RHOTIC = {
    **{name: ("ER",) for name in ("3",)},
    **{name: ("AY", "ER") for name in ("aI@", "aI3")},
    **{name: ("IH", "R") for name in ("i@3", "i@")},
    "A@": ("AA", "R"), "U@": ("UH", "R"), "e@": ("EH", "R"), "O@": ("AO", "R"), "o@": ("AO", "R"),
    "aU@": ("AW", "ER"), "oI@": ("OY", "ER"),
    "aa": ("AE",),
}  # fmt: skip
_NON_RHOTIC = {
    **{name: ("AH",) for name in ("3",)},
    **{name: ("AY", "AH") for name in ("aI@", "aI3")},
    **{name: ("IH", "AH") for name in ("i@3", "i@")},
    "A@": ("AA",), "U@": ("UH", "AH"), "e@": ("EH",), "O@": ("AO",), "o@": ("AO",),
    "aU@": ("AW", "AH"), "oI@": ("OY", "AH"),
    "aa": ("AA",),
}  # fmt: skip
_SHORT_BATH = ("scotland", "gbclan", "gbcwmd")


def from_espeak(mnemonic: str, base: str) -> tuple[str, ...]:
    """ARPAbet phones of an espeak-ng phoneme as the accent `base` ("en-US", "en-GB-x-rp") says it.

    A palatalisation or stress mark alone gives no phone at all.
    """
    name = mnemonic.strip("'%,=;~")
    if not name:
        return ()
    if name == "aa" and base.endswith(_SHORT_BATH):
        return ("AE",)
    table = _RHOTIC if base.startswith("en-US") else _NON_RHOTIC
    phones = _ESPEAK.get(name) or table.get(name)
    if phones is None:
        raise SynthesisError(f"no ARPAbet phone is known for espeak-ng's {mnemonic!r}")
    return phones


def merge(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The segments with neighbouring silences joined and empty ones dropped."""
    merged: list[Segment] = []
    start = 0.0
    for segment in segments:
        if segment.end <= start:
            continue
        if merged and merged[-1].phone == segment.phone == SILENCE:
            merged.pop()
        merged.append(segment)
        start = segment.end
    return tuple(merged)


def spoken(segments: Sequence[Segment]) -> tuple[str, ...]:
    """The phones without the silences."""
    return tuple(segment.phone for segment in segments if segment.phone != SILENCE)
