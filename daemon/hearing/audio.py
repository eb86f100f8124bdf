"""The one sound format inside mused: 16-bit signed little-endian mono at 16 kHz."""

RATE = 16_000
"""Samples a second."""
FRAME_SECONDS = 0.02
"""A frame is the unit of the sample clock and of the voice activity detector."""
FRAME_BYTES = 640


def frames_in(seconds: float) -> int:
    """Whole frames that cover `seconds`."""
    return round(seconds / FRAME_SECONDS)
