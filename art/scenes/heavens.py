"""Sky things and plain shapes, each in coordinates of its own height: base at 0, top at 1."""

import math
import random

import skia

from mused.art.scenes.pen import WHITE, Colour, Pen, darker, lighter, mix

_BOW: tuple[Colour, ...] = (
    (226, 60, 58),
    (244, 142, 46),
    (250, 218, 70),
    (92, 182, 86),
    (66, 130, 220),
    (140, 84, 186),
)


def sun(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A glowing disc with rays."""
    for i in range(12):
        a = 2 * math.pi * i / 12
        dx, dy = math.cos(a), math.sin(a)
        base = (
            (0.33 * dx - 0.06 * dy, 0.5 + 0.33 * dy + 0.06 * dx),
            (0.33 * dx + 0.06 * dy, 0.5 + 0.33 * dy - 0.06 * dx),
        )
        pen.poly(colour, *base, (0.5 * dx, 0.5 + 0.5 * dy), glow=True)
    pen.oval(colour, 0.0, 0.5, 0.31, glow=True)
    pen.oval(lighter(colour, 0.35), -0.04, 0.54, 0.22, glow=True)


def moon(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A tilted crescent between two circles that meet at its horns."""
    outer = [(0.46 * math.cos(a), 0.46 * math.sin(a)) for a in _angles(0.949, 5.334, 32)]
    inner = [(0.2 + 0.38 * math.cos(a), 0.38 * math.sin(a)) for a in _angles(4.892, 1.391, 28)]
    c, s = math.cos(0.45), math.sin(0.45)
    points = [(x * c - y * s, 0.5 + x * s + y * c) for x, y in outer + inner]
    pen.poly(colour, *points, glow=True)


def full_moon(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A disc with a few seas."""
    pen.oval(colour, 0.0, 0.5, 0.46, glow=True)
    seas = ((0.12, 0.62, 0.11), (-0.16, 0.44, 0.08), (0.05, 0.3, 0.06), (-0.1, 0.7, 0.05))
    for x, y, radius in seas:
        pen.oval(darker(colour, 0.12), x, y, radius, glow=True)


def _angles(start: float, stop: float, count: int = 20) -> list[float]:
    """Evenly spaced angles from start to stop."""
    return [start + (stop - start) * i / (count - 1) for i in range(count)]


def star_points(
    x: float, y: float, radius: float, inner: float = 0.42
) -> list[tuple[float, float]]:
    """The ten corners of a five-pointed star."""
    return [
        (
            x
            + (radius if i % 2 == 0 else radius * inner) * math.cos(math.pi / 2 + i * math.pi / 5),
            y
            + (radius if i % 2 == 0 else radius * inner) * math.sin(math.pi / 2 + i * math.pi / 5),
        )
        for i in range(10)
    ]


def stars(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A scatter of five-pointed stars."""
    for i in range(11):
        x, y = -0.45 + 0.9 * ((i * 0.618) % 1), 0.05 + 0.9 * (i + rng.random() * 0.8) / 11
        pen.poly(colour, *star_points(x, y, rng.uniform(0.035, 0.075)), glow=True)


def cloud(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A heap of white puffs on a flat base."""
    pen.box(colour, -0.9, 0.06, 0.9, 0.44, 0.19)
    for x, y, r in ((-0.5, 0.46, 0.28), (0.0, 0.6, 0.38), (0.5, 0.44, 0.27)):
        pen.oval(colour, x, y, r)


def rainbow(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """Six bands of an arch."""
    for i, band in enumerate(_BOW):
        radius = 0.94 - i * 0.075
        arc = [(radius * math.cos(a), radius * math.sin(a)) for a in _angles(0.0, math.pi, 28)]
        pen.line(band, 0.08, *arc)


def lightning(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A jagged bolt."""
    pen.poly(
        colour,
        (0.08, 1.0),
        (-0.22, 0.46),
        (-0.02, 0.46),
        (-0.12, 0.0),
        (0.24, 0.6),
        (0.04, 0.6),
        (0.24, 1.0),
        glow=True,
    )


def planet(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A banded planet in a tilted ring."""
    ring = [
        (0.74 * math.cos(a), 0.5 + 0.16 * math.sin(a) + 0.16 * math.cos(a))
        for a in _angles(0.0, 2 * math.pi, 40)
    ]
    pen.line(lighter(colour, 0.5), 0.07, *ring)
    pen.oval(colour, 0.0, 0.5, 0.42)
    pen.line(lighter(colour, 0.3), 0.07, (-0.34, 0.6), (0.0, 0.66), (0.3, 0.74), smooth=True)
    pen.line(darker(colour, 0.25), 0.06, (-0.36, 0.36), (0.0, 0.4), (0.36, 0.5), smooth=True)
    pen.line(lighter(colour, 0.5), 0.07, *ring[20:])


def heart(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A heart."""
    path = skia.Path()
    path.moveTo(0.0, 0.0)
    path.cubicTo(-0.3, 0.3, -0.56, 0.5, -0.5, 0.76)
    path.cubicTo(-0.44, 1.04, -0.1, 1.04, 0.0, 0.78)
    path.cubicTo(0.1, 1.04, 0.44, 1.04, 0.5, 0.76)
    path.cubicTo(0.56, 0.5, 0.3, 0.3, 0.0, 0.0)
    pen.fill(path, colour)
    pen.oval(lighter(colour, 0.45), -0.27, 0.76, 0.09, 0.07)


def star(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A five-pointed star."""
    pen.poly(colour, *star_points(0.0, 0.46, 0.54, 0.45))


def circle(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A disc."""
    pen.oval(colour, 0.0, 0.5, 0.5)


def square(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A square."""
    pen.box(colour, -0.5, 0.0, 0.5, 1.0)


def triangle(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A triangle."""
    pen.poly(colour, (-0.56, 0.0), (0.56, 0.0), (0.0, 1.0))


def cross(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An upright cross with equal arms."""
    pen.poly(
        colour,
        *((-0.17, 0.0), (0.17, 0.0), (0.17, 0.33), (0.5, 0.33), (0.5, 0.67), (0.17, 0.67)),
        *((0.17, 1.0), (-0.17, 1.0), (-0.17, 0.67), (-0.5, 0.67), (-0.5, 0.33), (-0.17, 0.33)),
    )


def kite(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A diamond kite with a tail of bows."""
    other = mix(colour, WHITE, 0.6)
    pen.line((90, 80, 90), 0.014, (0.0, 0.4), (0.08, 0.26), (-0.05, 0.14), (0.05, 0.0), smooth=True)
    for x, y in ((0.07, 0.27), (-0.03, 0.15), (0.04, 0.04)):
        pen.poly(
            colour,
            (x - 0.07, y + 0.04),
            (x - 0.07, y - 0.04),
            (x + 0.07, y + 0.04),
            (x + 0.07, y - 0.04),
        )
    pen.poly(colour, (0.0, 0.38), (0.3, 0.74), (0.0, 1.0))
    pen.poly(other, (0.0, 0.38), (-0.3, 0.74), (0.0, 1.0))
    pen.line(darker(colour, 0.4), 0.014, (-0.3, 0.74), (0.3, 0.74))
    pen.line(darker(colour, 0.4), 0.014, (0.0, 0.38), (0.0, 1.0))
