"""Things that stand on a table, each in coordinates of its own height: base at 0, top at 1."""

import math
import random
from collections.abc import Callable, Sequence
from functools import partial

import skia

from mused.art.scenes.pen import DARK, LAMPLIGHT, WHITE, Colour, Pen, darker, lighter

_LEAF: Colour = (76, 150, 62)
_STALK: Colour = (104, 70, 44)


def _shine(pen: Pen, colour: Colour, x: float, y: float, rx: float, ry: float) -> None:
    """The highlight of a glossy surface."""
    pen.oval(lighter(colour, 0.6), x, y, rx, ry)


def _apple_at(pen: Pen, colour: Colour, x: float, y: float, size: float) -> None:
    """An apple of the given height whose base is at (x, y)."""

    def at(px: float, py: float) -> tuple[float, float]:
        return x + px * size, y + py * size

    pen.line(_STALK, 0.045 * size, at(0.0, 0.7), at(0.02, 0.86), at(0.07, 0.96), smooth=True)
    pen.blob(_LEAF, at(0.04, 0.86), at(0.2, 0.98), at(0.36, 0.94), at(0.2, 0.83))
    outline = ((0.0, 0.04), (0.22, 0.0), (0.43, 0.2), (0.47, 0.52), (0.3, 0.8), (0.0, 0.72))
    mirror = ((-0.3, 0.8), (-0.47, 0.52), (-0.43, 0.2), (-0.22, 0.0))
    pen.blob(colour, *(at(*p) for p in outline + mirror))
    _shine(pen, colour, *at(-0.22, 0.56), 0.08 * size, 0.12 * size)


def apple(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An apple with a stalk and a leaf."""
    _apple_at(pen, colour, 0.0, 0.0, 1.0)


def bowl_of_apples(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """Six apples heaped in a bowl that stands off from them."""
    coloured_bowl(pen, colour, rng, (70, 110, 180) if colour[2] < 150 else (226, 190, 120))


def coloured_bowl(pen: Pen, colour: Colour, rng: random.Random, bowl: Colour) -> None:
    """Six apples heaped in a bowl of that colour."""
    for x, y in ((-0.19, 0.52), (0.2, 0.52), (0.0, 0.6), (-0.36, 0.38), (0.37, 0.38), (0.0, 0.38)):
        _apple_at(pen, colour, x, y, 0.37)
    empty_bowl(pen, colour, rng, bowl)


def empty_bowl(pen: Pen, colour: Colour, rng: random.Random, bowl: Colour = (70, 110, 180)) -> None:
    """A bowl of that colour, before whatever is in it."""
    pen.half_disc(bowl, 0.0, 0.48, 0.64, -0.46)
    pen.oval(lighter(bowl, 0.2), 0.0, 0.47, 0.65, 0.035)
    pen.box(darker(bowl, 0.25), -0.24, 0.0, 0.24, 0.06, 0.02)


def pear(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A pear."""
    tone = (176, 196, 70) if colour == (64, 150, 66) else colour
    pen.line(_STALK, 0.04, (0.0, 0.86), (0.04, 0.99))
    pen.blob(
        tone,
        (0.0, 0.0),
        (0.24, 0.06),
        (0.34, 0.3),
        (0.22, 0.56),
        (0.13, 0.8),
        (0.0, 0.89),
        (-0.13, 0.8),
        (-0.22, 0.56),
        (-0.34, 0.3),
        (-0.24, 0.06),
    )
    pen.blob(_LEAF, (0.03, 0.92), (0.16, 1.0), (0.28, 0.94), (0.14, 0.88))
    _shine(pen, tone, -0.15, 0.32, 0.06, 0.1)


def banana(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A curved banana."""
    pen.blob(
        colour,
        (-0.6, 0.82),
        (-0.52, 0.4),
        (-0.2, 0.08),
        (0.25, 0.06),
        (0.6, 0.36),
        (0.58, 0.44),
        (0.25, 0.36),
        (-0.1, 0.42),
        (-0.42, 0.72),
        (-0.5, 0.9),
    )
    pen.line(
        darker(colour, 0.3), 0.03, (-0.5, 0.6), (-0.2, 0.25), (0.2, 0.2), (0.5, 0.36), smooth=True
    )
    pen.line(_STALK, 0.08, (-0.56, 0.86), (-0.55, 0.97))
    pen.oval(_STALK, 0.6, 0.4, 0.035)


def lemon(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A lemon with its two tips."""
    pen.blob(
        colour,
        (-0.64, 0.5),
        (-0.5, 0.62),
        (-0.28, 0.9),
        (0.2, 0.94),
        (0.5, 0.64),
        (0.64, 0.5),
        (0.5, 0.36),
        (0.2, 0.06),
        (-0.28, 0.1),
        (-0.5, 0.38),
    )
    pen.blob(_LEAF, (-0.58, 0.52), (-0.5, 0.8), (-0.3, 0.98), (-0.36, 0.74))
    _shine(pen, colour, -0.1, 0.7, 0.14, 0.07)


def cherry(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A pair of cherries on their stalks."""
    for x in (-0.22, 0.22):
        pen.line(_LEAF, 0.03, (x, 0.4), (x * 0.7, 0.7), (0.1, 0.95), smooth=True)
        pen.oval(colour, x, 0.22, 0.22)
        _shine(pen, colour, x - 0.07, 0.3, 0.05, 0.06)
    pen.blob(_LEAF, (0.1, 0.95), (0.28, 1.0), (0.44, 0.86), (0.24, 0.84))


def pumpkin(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A ribbed pumpkin."""
    pen.line((84, 120, 60), 0.1, (0.0, 0.8), (0.02, 0.9), (0.1, 0.97), smooth=True)
    for x, rx, shade in (
        (-0.4, 0.22, 0.2),
        (0.4, 0.22, 0.2),
        (-0.22, 0.24, 0.08),
        (0.22, 0.24, 0.08),
        (0.0, 0.22, 0.0),
    ):
        pen.oval(darker(colour, shade), x, 0.42, rx, 0.42)


def cup(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A cup on a saucer, steaming."""
    pen.oval(lighter(colour, 0.3), 0.0, 0.06, 0.58, 0.06)
    pen.ring(colour, 0.38, 0.42, 0.15, 0.07)
    pen.poly(colour, (-0.4, 0.66), (0.4, 0.66), (0.26, 0.08), (-0.26, 0.08))
    pen.oval(lighter(colour, 0.4), 0.0, 0.66, 0.4, 0.07)
    pen.oval((104, 62, 38), 0.0, 0.655, 0.34, 0.05)
    for x in (-0.14, 0.1):
        steam = ((x, 0.76), (x + 0.06, 0.83), (x - 0.03, 0.91), (x + 0.03, 0.99))
        pen.line((236, 236, 240), 0.03, *steam, smooth=True)


def vase(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A vase holding a bunch of flowers of many colours."""
    tones = [(226, 66, 70), (246, 196, 60), (240, 130, 172), (250, 246, 236), (150, 90, 190)]
    rng.shuffle(tones)
    _bunch(pen, colour, [partial(_daisy, tone=tone) for tone in tones])


def vase_of(pen: Pen, colour: Colour, rng: random.Random, kind: str, tone: Colour) -> None:
    """A vase holding flowers of one kind ("flower", "tulip" or "sunflower") and colour."""
    _bunch(pen, colour, [partial(_FLOWERS[kind], tone=tone)] * len(_BLOOMS))


def vase_of_several(
    pen: Pen, colour: Colour, rng: random.Random, flowers: Sequence[tuple[str, Colour]]
) -> None:
    """A vase holding so many flowers, each of its own kind and colour."""
    _bunch(pen, colour, [partial(_FLOWERS[kind], tone=tone) for kind, tone in flowers])


_BLOOMS = ((-0.2, 0.76), (0.2, 0.76), (0.0, 0.88), (-0.11, 0.64), (0.12, 0.64))
"""Where the flowers of a bunch are."""


def _bunch(pen: Pen, colour: Colour, blooms: Sequence[Callable[..., None]]) -> None:
    places = _BLOOMS[2:3] if len(blooms) == 1 else _BLOOMS[: len(blooms)]
    for x, y in places:
        pen.line(_LEAF, 0.022, (0.0, 0.42), (x, y))
    for side in (-1, 1):
        pen.blob(_LEAF, (0.0, 0.44), (side * 0.2, 0.52), (side * 0.3, 0.6), (side * 0.14, 0.6))
    for (x, y), bloom in zip(places, blooms, strict=True):
        bloom(pen, x, y)
    pen.blob(
        colour,
        (-0.1, 0.0),
        (0.1, 0.0),
        (0.2, 0.2),
        (0.08, 0.4),
        (0.12, 0.48),
        (-0.12, 0.48),
        (-0.08, 0.4),
        (-0.2, 0.2),
    )
    pen.line(lighter(colour, 0.5), 0.03, (-0.15, 0.2), (0.15, 0.2))


def _daisy(pen: Pen, x: float, y: float, tone: Colour) -> None:
    for i in range(6):
        a = i * math.pi / 3
        pen.oval(tone, x + 0.065 * math.cos(a), y + 0.065 * math.sin(a), 0.048)
    pen.oval((250, 214, 80) if tone[2] > 100 else (120, 70, 40), x, y, 0.04)


def _cup(pen: Pen, x: float, y: float, tone: Colour) -> None:
    for side in (-1, 1):
        outer = ((0.0, -0.08), (side * 0.1, -0.02), (side * 0.1, 0.12), (side * 0.03, 0.04))
        pen.blob(darker(tone, 0.12), *((x + dx, y + dy) for dx, dy in outer))
    inner = ((0.0, -0.08), (0.06, 0.01), (0.0, 0.12), (-0.06, 0.01))
    pen.blob(lighter(tone, 0.12), *((x + dx, y + dy) for dx, dy in inner))


def _rays(pen: Pen, x: float, y: float, tone: Colour) -> None:
    for i in range(12):
        a = i * math.pi / 6
        dx, dy = math.cos(a), math.sin(a)
        ray = ((0.04, -0.025), (0.13, 0.0), (0.04, 0.025))
        pen.poly(
            tone if i % 2 else darker(tone, 0.12),
            *((x + u * dx - v * dy, y + u * dy + v * dx) for u, v in ray),
        )
    pen.oval((96, 60, 32), x, y, 0.06)


_FLOWERS = {"flower": _daisy, "tulip": _cup, "sunflower": _rays}


def bottle(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A wine bottle with a label."""
    pen.box((150, 40, 50), -0.055, 0.86, 0.055, 0.99, 0.02)
    pen.box(colour, -0.05, 0.62, 0.05, 0.9)
    pen.blob(
        colour, (-0.15, 0.02), (0.15, 0.02), (0.15, 0.5), (0.06, 0.68), (-0.06, 0.68), (-0.15, 0.5)
    )
    pen.box(colour, -0.15, 0.0, 0.15, 0.5, 0.03)
    pen.box((244, 234, 206), -0.15, 0.14, 0.15, 0.38)
    pen.line((170, 60, 60), 0.025, (-0.09, 0.27), (0.09, 0.27))


def candle(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A burning candle in a holder."""
    pen.oval((196, 150, 70), 0.0, 0.05, 0.17, 0.05)
    pen.box(colour, -0.075, 0.05, 0.075, 0.7, 0.02)
    pen.line(DARK, 0.014, (0.0, 0.7), (0.0, 0.76))
    pen.blob((250, 150, 40), (0.0, 0.72), (0.07, 0.8), (0.0, 0.99), (-0.07, 0.8), glow=True)
    pen.blob((255, 240, 150), (0.0, 0.74), (0.035, 0.79), (0.0, 0.89), (-0.035, 0.79), glow=True)


def book(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An open book."""
    pen.poly(colour, (-0.8, 0.08), (0.0, 0.0), (0.8, 0.08), (0.8, 0.8), (0.0, 0.72), (-0.8, 0.8))
    for side in (-1, 1):
        page = ((0.0, 0.08), (side * 0.4, 0.18), (side * 0.74, 0.12), (side * 0.74, 0.86))
        pen.poly((248, 240, 220), *page, (side * 0.4, 0.94), (0.0, 0.82))
        for i in range(5):
            y = 0.3 + i * 0.1
            pen.line((150, 140, 140), 0.025, (side * 0.12, y + 0.02), (side * 0.62, y + 0.05))
    pen.line(darker(colour, 0.3), 0.025, (0.0, 0.06), (0.0, 0.82))


def cake(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A two-tier cake with candles."""
    for low, high, half in ((0.04, 0.4, 0.5), (0.4, 0.7, 0.34)):
        pen.box((224, 172, 112), -half, low, half, high, 0.03)
        pen.box(colour, -half, high - 0.13, half, high + 0.02, 0.04)
        count = round(half * 14)
        for i in range(count):
            x = -half + (i + 0.5) * 2 * half / count
            pen.oval(colour, x, high - 0.13, half / count * 1.05, 0.055)
    pen.oval(WHITE, 0.0, 0.03, 0.56, 0.035)
    for x in (-0.18, 0.0, 0.18):
        pen.box((110, 160, 220), x - 0.02, 0.71, x + 0.02, 0.87)
        pen.oval(LAMPLIGHT, x, 0.93, 0.03, 0.055, glow=True)


def guitar(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An upright acoustic guitar."""
    pen.blob(
        colour,
        (0.0, 0.0),
        (0.19, 0.08),
        (0.2, 0.24),
        (0.12, 0.33),
        (0.15, 0.47),
        (0.0, 0.54),
        (-0.15, 0.47),
        (-0.12, 0.33),
        (-0.2, 0.24),
        (-0.19, 0.08),
    )
    pen.box((84, 54, 36), -0.032, 0.36, 0.032, 0.88)
    pen.box(darker(colour, 0.4), -0.055, 0.86, 0.055, 0.99, 0.015)
    pen.oval((50, 34, 28), 0.0, 0.35, 0.065)
    pen.box((84, 54, 36), -0.07, 0.12, 0.07, 0.16)
    for x in (-0.016, 0.0, 0.016):
        pen.line((236, 226, 200), 0.006, (x, 0.14), (x, 0.9))


def clock(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A round clock face."""
    pen.oval((150, 70, 60), 0.0, 0.5, 0.5)
    pen.oval(colour, 0.0, 0.5, 0.43)
    for i in range(12):
        a = i * math.pi / 6
        pen.oval(DARK, 0.35 * math.cos(a), 0.5 + 0.35 * math.sin(a), 0.028)
    hour = rng.uniform(0.0, 2 * math.pi)
    pen.line(DARK, 0.05, (0.0, 0.5), (0.19 * math.cos(hour), 0.5 + 0.19 * math.sin(hour)))
    pen.line(DARK, 0.03, (0.0, 0.5), (0.02, 0.8))
    pen.fill(skia.Path.Circle(0.0, 0.5, 0.035), (206, 50, 50))
