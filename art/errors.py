"""What can go wrong while painting.

ArtError
├── PromptError            the words cannot be read as a prompt
├── SettingsError          a setting is out of range or contradicts another
├── WeightsError           a weights file is missing, damaged, hostile or for another network
├── PictureError           a picture cannot be read
├── DiskError              a picture or checkpoint cannot be written
└── PaintingError          the loop itself stopped
    ├── OutOfMemoryError   no rung of the memory ladder was small enough
    ├── NotANumberError    the loss stopped being a number
    └── DeviceLostError    the GPU failed, and with it all that this process had on it
"""

from typing import ClassVar


class ArtError(Exception):
    """The base of every error painting raises on purpose; its text is meant for a person."""

    kind: ClassVar[str] = "bug"
    """One word for machines: how the worker reports this error to its parent."""


class PromptError(ArtError, ValueError):
    """The text cannot be read as a prompt."""

    kind = "prompt"


class SettingsError(ArtError, ValueError):
    """A setting is out of its range or contradicts another."""

    kind = "settings"


class WeightsError(ArtError):
    """A weights file is missing, damaged, hostile or belongs to another network."""

    kind = "weights"


class PictureError(ArtError):
    """A picture cannot be read."""

    kind = "picture"


class DiskError(ArtError):
    """A picture or checkpoint cannot be written."""

    kind = "disk"


class PaintingError(ArtError):
    """The painting loop stopped before its last step."""


class OutOfMemoryError(PaintingError):
    """The picture does not fit into memory, not even on the last rung of the ladder."""

    kind = "memory"


class NotANumberError(PaintingError):
    """The loss stopped being a number."""

    kind = "nan"


class DeviceLostError(PaintingError):
    """The GPU failed; another process may be able to go on from the checkpoint."""

    kind = "device"
    exit_status: ClassVar[int] = 75
    """With which a worker ends over it: EX_TEMPFAIL of sysexits.h."""
