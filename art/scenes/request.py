"""What a prompt asks a scene to show: plain data."""

from dataclasses import dataclass, field
from typing import Literal

Relation = Literal["on", "under", "front", "behind", "beside", "around", "in"]
"""Around another are those between which it stands; in another is fruit in a bowl."""


@dataclass
class Subject:
    """An object with what was said about it."""

    noun: str
    """A key of `words.OBJECTS`."""
    colour: str = ""
    size: str = ""
    count: int = 1
    position: str = ""
    """A key of `words.POSITIONS`."""
    variant: str = ""
    """See `scene.Placed.variant`."""
    shade: str = ""
    """Of its colour: "dark", "light" or nothing."""
    called: str = ""
    """The word for it."""
    several: bool = False
    """Whether these are many, and how many was not said."""
    relation: Relation | None = None
    """Where it is to another subject, if that was said."""
    other: "Subject | None" = field(default=None, compare=False, repr=False)
    """That subject."""
    related_by: str = ""
    """The word for the relation, or "on" of what is on a table or other land."""


@dataclass
class SceneRequest:
    """The meaning of a prompt; whatever was not said is left empty."""

    subjects: list[Subject] = field(default_factory=list)
    landscapes: list[str] = field(default_factory=list)
    time: str = ""
    weather: str = ""
    style: str = ""
    background: str = ""
    without: set[str] = field(default_factory=set)
    """What is not to be in the sky: sun, moon, stars and clouds."""
    unknown: list[str] = field(default_factory=list)
    """Words that the scene will not show, known ones too: of a "sleeping cat" the first."""
