"""What a prompt asks a scene to show: plain data."""

from dataclasses import dataclass, field

BRIDGE = "bridge"
"""The position of what stands on the bridge."""


@dataclass
class Subject:
    """An object with what was said about it."""

    noun: str
    """A key of `words.OBJECTS`."""
    colour: str = ""
    size: str = ""
    count: int = 1
    position: str = ""
    """A key of `words.POSITIONS`, or BRIDGE."""
    variant: str = ""
    """See `scene.Placed.variant`."""
    shade: str = ""
    """Of its colour: "dark", "light" or nothing."""
    called: str = ""
    """The word for it."""


@dataclass
class SceneRequest:
    """The meaning of a prompt; whatever was not said is left empty."""

    subjects: list[Subject] = field(default_factory=list)
    landscapes: list[str] = field(default_factory=list)
    time: str = ""
    weather: str = ""
    style: str = ""
    background: str = ""
    unknown: list[str] = field(default_factory=list)
    """Words that the scene will not show, known ones too: of a "sleeping cat" the first."""
