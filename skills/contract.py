"""What a skill is and what it may ask of the daemon: the whole extension surface.

A skill is a class in the entry-point group ``mused.skills``. It names its intents by hassil
sentence templates, receives the matched utterance and answers with a reply that is said aloud::

    class Coffee(Skill):
        name = "coffee"

        def sentences(self):
            return {"make": ["(make|get) [me] [a] coffee"]}

        async def handle(self, match, context):
            return Reply("The coffee is on its way.")
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

Source = Literal["microphone", "wav", "stdin", "cli"]


@dataclass(frozen=True)
class Word:
    """One recognised word; ``start`` and ``end`` in seconds of the audio stream."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """What was said or typed, without the wake phrase."""

    text: str
    source: Source
    turn: str
    """Id of the turn it belongs to; in every log line and event of that turn."""
    confidence: float = 1.0
    """Mean word confidence, 0 to 1; typed text is certain."""
    start: float = 0.0
    """Seconds of the audio stream at which the utterance began; 0 for typed text."""
    end: float = 0.0
    words: tuple[Word, ...] = ()

    @property
    def asks_by(self) -> Literal["voice", "cli"]:
        """The source of the jobs it asks for."""
        return "cli" if self.source == "cli" else "voice"


@dataclass(frozen=True)
class Match:
    """An utterance that fits one of a skill's sentence templates."""

    skill: str
    intent: str
    utterance: Utterance
    slots: Mapping[str, str] = field(default_factory=dict)
    """Free-text slots are cut from the original utterance: case and punctuation survive."""


@dataclass(frozen=True)
class Reply:
    """What is said aloud; an empty text says nothing."""

    text: str
    understood: bool = True


@dataclass(frozen=True)
class JobView:
    """A painting job as skills see it."""

    id: int
    prompt: str
    status: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = 0.0
    """Share of the steps already run, 0 to 1."""
    seconds_left: float | None = None
    source: Literal["voice", "cli", "inbox"] = "voice"
    """How it was asked for: said, typed, or dropped as a file."""
    unknown: tuple[str, ...] = ()
    """Of a new job, words that nothing knows which will paint: to be told in the reply."""


class Context(Protocol):
    """What a skill may ask of the daemon; implemented by the daemon, never by a skill."""

    def now(self) -> datetime:
        """Local time."""
        ...

    def paint(self, prompt: str, match: Match) -> JobView:
        """Queue a painting job; raises `mused.art.errors.PromptError` for an unusable prompt."""
        ...

    def open_jobs(self) -> Sequence[JobView]:
        """Queued and running jobs, the running ones first, then in the order they are painted."""
        ...

    def cancel(self, job: int) -> bool:
        """Cancel an open job; False when it had already ended."""
        ...

    def hush(self) -> bool:
        """Stop speaking at once and drop what is waiting to be said; False if it was silent."""
        ...

    def mute(self, *, on: bool) -> bool:
        """Ignore all sound, or listen again; False where that changes nothing."""
        ...

    def examples(self) -> Sequence[str]:
        """One thing a person may say for every working skill."""
        ...


class NoSettings(BaseModel):
    """The configuration of a skill that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Skill(ABC):
    """Base class of all skills. A failure in any method becomes a status, never a crash."""

    name: ClassVar[str]
    """Equal to the entry-point name; the section ``[skills.NAME]`` configures it."""
    example: ClassVar[str] = ""
    """One sentence a person may say, for "what can you do"."""
    settings_type: ClassVar[type[BaseModel]] = NoSettings
    deadline: ClassVar[float] = 5.0
    """Seconds `handle` may take; a later answer is dropped."""

    def __init__(self, settings: Any = None) -> None:
        self.settings = self.settings_type() if settings is None else settings

    @abstractmethod
    def sentences(self) -> Mapping[str, Sequence[str]]:
        """Hassil templates by intent name; ``{prompt}`` is free text to the sentence's end."""

    @abstractmethod
    async def handle(self, match: Match, context: Context) -> Reply:
        """Answer one matched utterance."""

    def check(self) -> None:
        """Raise `mused.skills.errors.SkillError` when the skill cannot work on this machine."""
        return
