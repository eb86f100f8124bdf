"""How loud the last seconds were, and whether a voice stands out of others that go on and on."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mused.daemon.hearing.audio import frames_in

KEPT = 30.0  # seconds: the longest utterance and what came before it
SMOOTHING = 3  # frames: longer than a period of the deepest voice, shorter than a syllable
LOUD_SHARE = 0.4  # of a phrase's frames: its vowels
# In 1.2 hours of talk that was not meant for it (--develop of benchmarks.wake) "computer" was found
# 113 times within sentences, at most 5.8 dB above the one and 3.6 dB above the other.
BEFORE = 0.3  # seconds before a phrase: who says it within a sentence is as loud there
STANDS_OUT = 8.0  # dB above that
CONTEXT = 1.5  # seconds before it: who has only paused is as loud there
LOUDER = 3.0  # dB above that
# There, where four hours more were full of "computer", 22 sentences were answered as if they began
# with it. 16 had been going on, less than 3 dB softer; of 1,707 calls one had, of those 5 dB above
# noise none. A phrase 3 dB above noise still stands out, at 0 dB four of five do.
ONSET = (0.25, 0.02)  # seconds before a phrase: who calls is silent there, as Vosk places words
RISES = 3.0  # dB above that

Loudness = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Foreground:
    """A voice and, less loud, others behind it; root mean squares of 16-bit samples."""

    voice: float
    others: float

    @property
    def floor(self) -> float:
        """What is less loud than this, nobody in the foreground says."""
        return float(np.sqrt(self.voice * self.others))


class Levels:
    """The root mean square of each of the last frames, by the seconds of the stream.

    It is infinite where nobody listened: nothing stands out of that.
    """

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=frames_in(KEPT))
        self._frames = 0

    def note(self, level: float) -> None:
        """Take the level of the next frame."""
        self._levels.append(level)
        self._frames += 1

    @property
    def loudness(self) -> float:
        """How loud it is now."""
        last = [self._levels[-at] for at in range(1, 1 + min(SMOOTHING, len(self._levels)))]
        return float(np.sqrt(np.mean(np.square(last)))) if last else 0.0

    def between(self, begin: float, end: float) -> Loudness:
        """The smoothed level at each frame of that time, as far as it is known."""
        unknown = self._frames - len(self._levels)
        first, last = (max(0, frames_in(each) - unknown) for each in (begin, end))
        levels = np.array(self._levels)[first:last]
        if len(levels) < SMOOTHING:
            return levels
        power = np.convolve(np.square(levels), np.full(SMOOTHING, 1 / SMOOTHING), "valid")
        smooth: Loudness = np.sqrt(power)
        return smooth

    def foreground(self, begin: float, end: float) -> Foreground | None:
        """The voice of that time, where it stands out of what was heard before."""
        voice, before = self._voice(begin, end), self.between(begin - BEFORE, begin)
        if voice is None or not len(before):
            return None
        others = float(self.between(begin - CONTEXT, begin).max())
        if voice < _above(float(before.max()), STANDS_OUT) or voice < _above(others, LOUDER):
            return None
        return Foreground(voice, others)

    def rises(self, begin: float, end: float) -> bool:
        """Whether who speaks in that time began to: "my computer" has a soft word before."""
        voice, before = self._voice(begin, end), self.between(begin - ONSET[0], begin - ONSET[1])
        loudest = float(before[np.isfinite(before)].max(initial=0.0))
        return voice is None or voice >= _above(loudest, RISES)

    def _voice(self, begin: float, end: float) -> float | None:
        said = self.between(begin, end)
        said = np.sort(said[np.isfinite(said)])
        return float(said[-max(1, round(len(said) * LOUD_SHARE)) :].mean()) if len(said) else None


def _above(level: float, decibels: float) -> float:
    return level * float(10 ** (decibels / 20))
