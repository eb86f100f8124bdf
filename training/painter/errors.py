"""What can go wrong in the painter's training.

PainterTrainingError
    CheckpointError     a checkpoint does not belong to this run
"""


class PainterTrainingError(Exception):
    """Raised when a training of the painter's networks cannot start or go on."""


class CheckpointError(PainterTrainingError):
    """Raised when a checkpoint belongs to a run with other settings."""
