"""Everything the daemon can raise on purpose, each with a sentence a user can act on.

* DaemonError
  * ConfigError: the configuration file or one of its values
  * DeviceError: there is no such microphone or speaker
  * HearingError
    * ModelError: the Vosk model folder is missing, broken or lacks a needed word
    * SourceError: a microphone or sound file cannot be read
  * SpeakingError: text could not be rendered or played
    * SpeakerError: the speaker took no sound
  * QueueError: the job database
    * QueueFullError: too many jobs wait
  * WorkerError: the painter's process could not start or ended unasked
    * WorkerStartError: it ended or fell silent before it was ready
    * WorkerMemoryError: the kernel ended it for want of memory
    * WorkerDeviceError: its GPU failed
    * WorkerHungError: it showed no progress for too long
  * ControlError: the running daemon could not be reached or refused
    * NotRunningError: there is no daemon at the socket
    * GoneError: the daemon ended while it was asked
  * ServiceError: the service could not be installed, removed or asked
  * StoreError: a model could not be pulled, imported, found or removed
    * DownloadError: it could not be fetched; what came is kept where it is of use
    * BadModelError: a file is no model, is hostile, or is not the one expected
"""


class DaemonError(Exception):
    """Base of all errors of the daemon."""


class ConfigError(DaemonError):
    """The configuration file or one of its values cannot be used."""


class DeviceError(DaemonError):
    """There is no microphone or speaker of that name; says which there are."""


class HearingError(DaemonError):
    """Sound cannot be heard."""


class ModelError(HearingError):
    """The Vosk model folder is missing, broken or lacks a needed word."""


class SourceError(HearingError):
    """A microphone or sound file cannot be read."""


class SpeakingError(DaemonError):
    """Text could not be rendered or played."""


class SpeakerError(SpeakingError):
    """The speaker took no sound, be it that it is switched off."""


class QueueError(DaemonError):
    """The job database cannot be used."""


class QueueFullError(QueueError):
    """Too many jobs wait; what is spoken still gets in."""


class WorkerError(DaemonError):
    """The painter's process could not start or ended unasked."""

    word = "killed"
    """How it ended, for the log."""


class WorkerStartError(WorkerError):
    """The painter's process ended or fell silent before it was ready: no job is to blame."""

    word = "start"


class WorkerMemoryError(WorkerError):
    """The kernel ended the painter's process for want of memory."""

    word = "memory"


class WorkerDeviceError(WorkerError):
    """The painter's process ended because its GPU failed."""

    word = "GPU lost"


class WorkerHungError(WorkerError):
    """The painter's process showed no progress for too long."""

    word = "hung"


class ControlError(DaemonError):
    """The running daemon could not be reached or refused."""


class NotRunningError(ControlError):
    """There is no daemon at the socket."""


class GoneError(ControlError):
    """The daemon ended while it was asked: nobody knows whether it did what it was told."""


class ServiceError(DaemonError):
    """The service could not be installed, removed or asked."""


class StoreError(DaemonError):
    """A model could not be pulled, imported, found or removed."""


class DownloadError(StoreError):
    """A model could not be fetched; what came so far is kept where it is of use."""


class BadModelError(StoreError):
    """A file is no model, is hostile, or is not the one expected."""
