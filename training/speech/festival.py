"""flite and festival as processes: samples and the times of the phones.

Both print the end time of each segment; festival is slow to start, so it takes texts in batches.
"""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mused.training.speech.errors import SynthesisError
from mused.training.speech.phones import Segment, from_festival, merge
from mused.training.speech.tools import read_wave, run_tool
from mused.training.speech.voices import Delivery

Spoken = tuple[npt.NDArray[np.int16], int, tuple[Segment, ...]]
"""Samples, their rate and the phones."""

_PITCH_OF_FLITE = {"slt": 170.0, "awb": 120.0, "rms": 100.0, "kal": 105.0, "kal16": 105.0}
_PITCH_OF_DIPHONES = {"kal_diphone": (105, 14), "ked_diphone": (105, 15)}
_AT_ONCE = 1000  # texts for one flite, which is given minutes and not hours
_PRINT_SEGMENTS = """
(mapcar (lambda (s) (format t "%s:%f " (item.name s) (item.feat s 'end)))
        (utt.relation.items utt 'Segment))
(terpri)"""
_UNSPEAKABLE = re.compile(r"[^A-Za-z0-9 ,.!?'-]")


def _segments(pairs: str) -> tuple[Segment, ...]:
    segments = []
    for pair in pairs.split():
        name, _, end = pair.rpartition(":")
        segments.append(Segment(from_festival(name), float(end)))
    return merge(segments)


def flite_phones(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """The phones flite would say for each text, without saying them."""
    batches = [texts[at : at + _AT_ONCE] for at in range(0, len(texts), _AT_ONCE)]
    return [phones for batch in batches for phones in _flite_phones(batch)]


def _flite_phones(texts: Sequence[str]) -> list[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "texts.txt"
        script.write_text("".join(f"{text}.\n\n" for text in texts))
        printed = run_tool(["flite", "-voice", "slt", "-ps", "-f", str(script), "none"], "flite")
    lines = [line.split() for line in printed.splitlines() if line.strip()]
    if len(lines) != len(texts):
        raise SynthesisError(f"flite split {len(texts)} texts into {len(lines)} sentences")
    return [tuple(from_festival(name) for name in line if name != "pau") for line in lines]


def flite(text: str, voice: str, delivery: Delivery) -> Spoken:
    """A text in one of flite's own voices."""
    mean = _PITCH_OF_FLITE.get(voice, 110.0) * delivery.pitch
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        printed = run_tool(
            [
                "flite", "-voice", voice, "-psdur",
                "--setf", f"duration_stretch={1 / delivery.rate:.3f}",
                "--setf", f"int_f0_target_mean={mean:.1f}",
                # A leading space keeps a one-word text from being taken for a file name.
                "-t", f" {text}", "-o", str(path),
            ],
            "flite",
        )  # fmt: skip
        samples, rate = read_wave(path)
    return samples, rate, _segments(printed)


def _intonation(voice: str, delivery: Delivery) -> list[str]:
    """The pitch and its range, for the voices whose intonation is a linear regression."""
    if voice not in _PITCH_OF_DIPHONES:
        return []
    mean, deviation = _PITCH_OF_DIPHONES[voice]
    target = f"(target_f0_mean {mean * delivery.pitch:.1f})"
    spread = f"(target_f0_std {deviation * delivery.range:.1f})"
    model = "(model_f0_mean 170) (model_f0_std 34)"
    return [f"(set! int_lr_params '({target} {spread} {model}))"]


def festival(texts: Sequence[str], voice: str, deliveries: Sequence[Delivery]) -> list[Spoken]:
    """Texts in one of festival's voices, spoken by one process."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "speak.scm"
        lines = [f"(voice_{voice})"]
        for index, (text, delivery) in enumerate(zip(texts, deliveries, strict=True)):
            plain = _UNSPEAKABLE.sub(" ", text)
            lines += [
                f"(Parameter.set 'Duration_Stretch {1 / delivery.rate:.3f})",
                *_intonation(voice, delivery),
                f'(set! utt (utt.synth (Utterance Text "{plain}")))',
                f'(utt.save.wave utt "{folder}/{index}.wav" \'riff)',
                _PRINT_SEGMENTS,
            ]
        script.write_text("\n".join(lines))
        printed = run_tool(["festival", "-b", str(script)], "festival festvox-kallpc16k ...")
        spoken = []
        for index, pairs in enumerate(line for line in printed.splitlines() if ":" in line):
            samples, rate = read_wave(Path(folder) / f"{index}.wav")
            spoken.append((samples, rate, _segments(pairs)))
    if len(spoken) != len(texts):
        raise SynthesisError(f"festival's {voice} spoke {len(spoken)} of {len(texts)} texts")
    return spoken
