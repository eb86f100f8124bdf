"""Counts samples against the clock: PortAudio does not report lost input on every system."""

from dataclasses import dataclass

WINDOW = 5.0  # seconds; a late block catches up well within
TOLERANCE = 0.1  # seconds a window; a sound card's own clock strays by a thousandth of that


@dataclass
class SampleClock:
    """Told of every block, it adds up the seconds of sound that never came.

    Sound lags behind the clock by a latency that jitters but has a steady minimum. Where the
    minimum over a whole window has grown, sound was lost; a slow drift is the sound card's clock.
    """

    lost: float = 0.0
    """Seconds."""
    _began: float | None = None
    _heard: float = 0.0
    _usual_lag: float | None = None
    _least_lag: float = float("inf")
    _window_ends: float = 0.0

    def feed(self, now: float, seconds: float) -> None:
        """Note a block of `seconds` that arrived at `now`, in seconds of a steady clock."""
        if self._began is None:
            self._began, self._window_ends = now - seconds, now + WINDOW
        self._heard += seconds
        self._least_lag = min(self._least_lag, now - self._began - self._heard)
        if now >= self._window_ends:
            self._close_window(now)

    def _close_window(self, now: float) -> None:
        if self._usual_lag is not None and self._least_lag - self._usual_lag > TOLERANCE:
            self.lost += self._least_lag - self._usual_lag
        self._usual_lag, self._least_lag = self._least_lag, float("inf")
        self._window_ends = now + WINDOW
