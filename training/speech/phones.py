"""The phone set, what each synthesizer calls a phone, and the hidden Markov topology.

Phones are the 39 of ARPAbet as CMUdict uses them, plus silence (SIL) and a garbage phone (SPN).
Each is repeated once per word position so that Vosk can time words; the four copies share one
acoustic class ("pdf" in Kaldi's words): 0 is silence, 1..39 the phones, 40 garbage: words that
the recogniser does not know.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mused.training.speech.errors import SynthesisError

_ARPABET = """
AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH
"""
ARPABET: tuple[str, ...] = tuple(_ARPABET.split())
SILENCE = "SIL"
GARBAGE = "SPN"

CLASSES: tuple[str, ...] = (SILENCE, *ARPABET, GARBAGE)
"""What the network tells apart."""
CLASS_IDS: dict[str, int] = {name: index for index, name in enumerate(CLASSES)}
GARBAGE_CLASS = CLASS_IDS[GARBAGE]

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
    **dict.fromkeys(("_", "_:", "_!", "_|", "|"), (SILENCE,)),
    **dict.fromkeys(("@", "@2", "@5", "@-", "a#", "V", "03", "V2"), ("AH",)),
    **dict.fromkeys(("a", "&", "a2"), ("AE",)),
    **dict.fromkeys(("0", "0#", "A:", "A", "A~"), ("AA",)),
    **dict.fromkeys(("O:", "O", "O2"), ("AO",)),
    **dict.fromkeys(("I", "I2", "I#", "i2"), ("IH",)),
    **dict.fromkeys(("i", "i:"), ("IY",)),
    **dict.fromkeys(("E", "E2", "E#", "e"), ("EH",)),
    **dict.fromkeys(("u:", "u"), ("UW",)),
    **dict.fromkeys(("3:", "IR", "VR", "3r"), ("ER",)),
    **dict.fromkeys(("aI", "aI2", "VI"), ("AY",)),
    **dict.fromkeys(("oU", "o:", "o", "oU#"), ("OW",)),
    **dict.fromkeys(("eI", "e:"), ("EY",)),
    **dict.fromkeys(("t", "t#", "t2", "?", "t[", "t'"), ("T",)),
    **dict.fromkeys(("d", "d[", "d#"), ("D",)),
    **dict.fromkeys(("r", "r-", "r/", "*", "**"), ("R",)),
    **dict.fromkeys(("l", "l/", "l#", "l/2", "l^"), ("L",)),
    **dict.fromkeys(("w", "w#"), ("W",)),
    **dict.fromkeys(("k", "x"), ("K",)),
    **dict.fromkeys(("h", "h#"), ("HH",)),
    **dict.fromkeys(("n", "n-"), ("N",)),
    "U": ("UH",), "aU": ("AW",), "OI": ("OY",), "@L": ("AH", "L"), "m-": ("M",), "N": ("NG",),
    "D": ("DH",), "T": ("TH",), "S": ("SH",), "Z": ("ZH",), "tS": ("CH",), "dZ": ("JH",),
    "j": ("Y",), "b": ("B",), "p": ("P",), "g": ("G",), "m": ("M",), "f": ("F",), "v": ("V",),
    "s": ("S",), "z": ("Z",), "z#": ("Z",), "s#": ("S",),
}  # fmt: skip
_RHOTIC = {
    **dict.fromkeys(("3",), ("ER",)),
    **dict.fromkeys(("aI@", "aI3"), ("AY", "ER")),
    **dict.fromkeys(("i@3", "i@"), ("IH", "R")),
    "A@": ("AA", "R"), "U@": ("UH", "R"), "e@": ("EH", "R"), "O@": ("AO", "R"), "o@": ("AO", "R"),
    "aU@": ("AW", "ER"), "oI@": ("OY", "ER"),
    "aa": ("AE",),
}  # fmt: skip
_NON_RHOTIC = {
    **dict.fromkeys(("3",), ("AH",)),
    **dict.fromkeys(("aI@", "aI3"), ("AY", "AH")),
    **dict.fromkeys(("i@3", "i@"), ("IH", "AH")),
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
