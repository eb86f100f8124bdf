"""What can go wrong while a speech model is made.

* SpeechTrainingError
  * SynthesisError: a synthesizer is missing, failed, or spoke a phone nobody mapped
  * ModelWriteError: a model that libvosk would refuse or crash on; nothing was written
"""


class SpeechTrainingError(Exception):
    """Any failure of the speech training."""


class SynthesisError(SpeechTrainingError):
    """A synthesizer is missing, failed, or used a phone without a mapping."""


class ModelWriteError(SpeechTrainingError):
    """The parts of a model do not fit together."""
