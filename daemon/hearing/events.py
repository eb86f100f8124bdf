"""What the listener tells: one frozen dataclass for each thing that can happen."""

from dataclasses import dataclass

from mused.skills.contract import Utterance


@dataclass(frozen=True)
class Woke:
    """A provisional turn opened `at` seconds of the audio stream; nothing may act on it yet."""

    turn: str
    at: float


@dataclass(frozen=True)
class Partial:
    """The command as far as it is recognised, without the wake phrase."""

    turn: str
    text: str


@dataclass(frozen=True)
class Dropped:
    """The turn ended without an utterance."""

    turn: str
    reason: str
    in_vain: bool = False
    """Whether a command was waited for, after `Waiting`, and none came."""


@dataclass(frozen=True)
class Heard:
    """The turn ended with an utterance, which carries the turn's id."""

    utterance: Utterance


@dataclass(frozen=True)
class Waiting:
    """The wake phrase was said alone: the command is waited for."""

    turn: str


@dataclass(frozen=True)
class Answered:
    """A question was answered, about the utterance that is in doubt."""

    utterance: Utterance
    yes: bool


@dataclass(frozen=True)
class StopWord:
    """A stop phrase was said while mused spoke, recognised `at` seconds of the stream."""

    at: float
    command: Utterance | None = None
    """What is to be carried out, a turn of its own; None for silence alone."""


HearingEvent = Woke | Waiting | Partial | Dropped | Heard | Answered | StopWord
