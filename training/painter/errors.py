"""What can go wrong in the painter's training.

PainterTrainingError
    CheckpointError     a checkpoint cannot be written or gone on with
"""


class PainterTrainingError(Exception):
    """Raised when a training of the painter's networks cannot start or go on."""


class CheckpointError(PainterTrainingError):
    """Raised when a checkpoint is of other settings, damaged, or cannot be written."""
