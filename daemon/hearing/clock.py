"""Counts samples against the clock: PortAudio does not report lost input on every system.

Nor does it tell when a sample was recorded: after a stall of ours there is much to read at once.
"""

import math
from dataclasses import dataclass

WINDOW = 5.0  # seconds; late sound mostly catches up within
TOLERANCE = 0.1  # seconds a window; a sound card's own clock strays by a thousandth of that


@dataclass
class SampleClock:
    """Told of every block, it adds up the seconds of sound that never came.

    Sound lags behind the clock by a latency that jitters but has a steady minimum. Where the
    minimum over a whole window has grown, sound was lost; where it falls again, that only came
    late. A slow drift is the sound card's clock.
    """

    lost: float = 0.0
    """Seconds; among them those that are late for longer than a window, until they come."""
    _began: float | None = None
    _heard: float = 0.0
    _usual_lag: float = math.inf
    _least_lag: float = math.inf
    _window_ends: float | None = None

    def feed(self, now: float, seconds: float) -> float:
        """Note a block of `seconds` that arrived at `now`, in seconds of a steady clock.

        Returns when the end of the block was recorded: earlier than `now` by what it lags more than
        usual. For two windows after a loss that is too early, by what was lost.
        """
        if self._began is None:
            self._began = now - seconds
        if self._window_ends is None:  # by its first block, however late that is
            self._window_ends = now + WINDOW
        self._heard += seconds
        lag = now - self._began - self._heard
        self._least_lag = min(self._least_lag, lag)
        late = lag - min(self._usual_lag, self._least_lag)
        if now >= self._window_ends:
            self._close_window()
        return now - late

    def _close_window(self) -> None:
        grown = self._least_lag - self._usual_lag  # minus infinity after the first window
        if abs(grown) > TOLERANCE:
            self.lost = max(0.0, self.lost + grown)
        self._usual_lag, self._least_lag = self._least_lag, math.inf
        self._window_ends = None
