"""A scene: what is to be seen where, in which light and in which style."""

import random
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Placed:
    """One object of a scene."""

    noun: str
    """Canonical name, a key of `words.OBJECTS`."""
    x: float
    """Its centre as a fraction of the picture's width."""
    y: float
    """Its base as a fraction of the picture's height, 0 at the top."""
    height: float
    """As a fraction of the picture's shorter side."""
    colour: str
    """A key of `words.COLOURS`."""
    flip: bool = False
    """Whether it faces left."""
    variant: str = ""
    """Which drawing of it, see `objects.drawing_of`, or nothing for the usual one."""
    shade: str = ""
    """Of its colour: "dark", "light" or nothing."""
    raised: bool = False
    """Whether it stands on another object and throws no shadow on the ground."""
    held: tuple[float, float] | None = None
    """x and y of what it is on or by, from which its distance is so many shorter sides."""

    def fitted(self, width: int, height: int) -> "Placed":
        """It as near to what it is on or by in a picture of that size as in a square one."""
        if self.held is None:
            return self
        (x, y), unit = self.held, min(width, height)
        x += (self.x - x) * unit / width
        y += (self.y - y) * unit / height
        return replace(self, x=x, y=y, held=None)


_SUN = (0.2, 0.28, 0.72, 0.8)


def sun_of(rng: random.Random) -> float:
    """Where the sun or the moon of the hour stands, as a fraction of the picture's width."""
    return rng.choice(_SUN)


@dataclass(frozen=True)
class Scene:
    """All that `render` needs; equal scenes give equal pictures."""

    landscape: str = "hills"
    """A key of `words.LANDSCAPES`: what the foreground is."""
    backdrop: str = ""
    """Mountains, hills, forest or city at the horizon, or nothing."""
    time: str = "day"
    """A key of `words.TIMES`."""
    weather: str = "clear"
    """A key of `words.WEATHERS`."""
    objects: tuple[Placed, ...] = ()
    """From back to front."""
    style: str = ""
    """A key of `words.STYLES`, or nothing for a smooth picture."""
    background: str = ""
    """The colour behind the objects of a plain scene, a key of `words.COLOURS`."""
    horizon: float = 0.6
    """Height of the horizon as a fraction of the picture's height, 0 at the top."""
    palette: float = 0.0
    """The colours of the hour and of the green, from -1, cool, to 1, warm."""
    without: tuple[str, ...] = ()
    """What its sky lacks: sun, moon, stars or clouds."""
    seed: int = 0
    """Decides clouds, hills, strokes and all other small matters."""
    unknown: tuple[str, ...] = ()
    """Words of the prompt that the sketch does not show."""
    chosen: bool = False
    """Whether the prompt named nothing that can be drawn, so that the subject is anything."""

    def fitted(self, width: int, height: int) -> "Scene":
        """The scene for a picture of that size: what is on or by another stays there."""
        return replace(self, objects=tuple(p.fitted(width, height) for p in self.objects))
