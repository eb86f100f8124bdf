"""Voice activity: decides, for half a CPU second an hour, whether Vosk needs to be awake.

WebRTC's detector alone takes a fan for speech, energy alone takes a slammed door for speech. A
frame counts when both agree; the energy must also stand above the room's own noise, which is
tracked as a minimum that falls at once and rises slowly.
"""

import math
from collections import deque

import numpy as np
import webrtcvad

from mused.daemon.hearing.audio import FRAME_BYTES, FRAME_SECONDS, RATE, frames_in
from mused.daemon.hearing.levels import Levels

AGGRESSIVENESS = 2  # of WebRTC's 0 to 3
PRE_ROLL = 0.5  # seconds kept from before the gate opened: no first syllable is lost
HANGOVER = 0.7  # seconds the gate stays open after the last speech
SMOOTHING = 5  # frames that vote
VOTES = 3  # of them make speech
ABOVE_ROOM = 2.0  # speech is this many times the room's noise (6 dB)
ROOM_RISE = 1.004  # growth of the noise estimate a frame (1.7 dB a second)

_ONES = np.ones(FRAME_BYTES // 2, np.float32)  # `mean` takes longer than all the rest


class Gate:
    """Fed with one frame at a time; `speech` and `open` describe the sound so far."""

    def __init__(self, energy_floor: float) -> None:
        self._floor = energy_floor
        self._frames = 0
        self._vad = webrtcvad.Vad(AGGRESSIVENESS)
        self._room = energy_floor
        self._recent: deque[bytes] = deque(maxlen=frames_in(PRE_ROLL))
        self._votes: deque[bool] = deque(maxlen=SMOOTHING)
        self.levels = Levels()
        """How loud the last seconds were."""
        self.silent_for = HANGOVER
        """Seconds since the last speech."""
        self.speech = False
        """Whether someone speaks now, smoothed over 100 ms."""

    @property
    def now(self) -> float:
        """Seconds of the stream so far: the clock of all hearing."""
        return self._frames * FRAME_SECONDS

    @property
    def open(self) -> bool:
        """Whether someone speaks now or did a moment ago."""
        return self.silent_for < HANGOVER

    @property
    def recent(self) -> list[bytes]:
        """The last half second, the newest frame last."""
        return list(self._recent)

    def feed(self, frame: bytes) -> None:
        """Take one frame of 20 ms."""
        self._frames += 1
        self._recent.append(frame)
        self._votes.append(self._is_loud(frame) and self._vad.is_speech(frame, RATE))
        self.speech = sum(self._votes) >= VOTES
        self.silent_for = 0.0 if self.speech else self.silent_for + FRAME_SECONDS

    def pass_over(self) -> None:
        """Take one frame in which nobody can be heard; what is known of the room stays."""
        self._frames += 1
        self._recent.append(bytes(FRAME_BYTES))
        self.levels.note(math.inf)
        self._votes.append(False)
        self.speech = False
        self.silent_for += FRAME_SECONDS

    def _is_loud(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, "<i2").astype(np.float32)
        power, mean = (float(samples.dot(by)) / len(samples) for by in (samples, _ONES))
        # A slow swing is no voice, and must not cover one.
        self.levels.note(math.sqrt(max(0.0, power - mean * mean)))
        rms = math.sqrt(power)
        self._room = max(min(rms, self._room * ROOM_RISE), 1.0)
        return rms >= max(self._floor, ABOVE_ROOM * self._room)

    def forget(self) -> None:
        """Drop the pre-roll and close, so that nothing heard until now is listened to again."""
        self._recent.clear()
        self._votes.clear()
        self.speech = False
        self.silent_for = HANGOVER
