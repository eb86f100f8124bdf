"""Plants, each in coordinates of its own height: base at 0, top at 1."""

import math
import random

from mused.art.scenes.pen import WHITE, Colour, Pen, darker, lighter

_BARK: Colour = (112, 74, 46)
_STEM: Colour = (58, 132, 56)


def tree(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A broad-leaved tree with a forked trunk and a crown of foliage."""
    pen.poly(_BARK, (-0.075, 0.0), (0.075, 0.0), (0.045, 0.5), (-0.045, 0.5))
    pen.line(_BARK, 0.045, (0.0, 0.34), (0.17, 0.52))
    pen.line(_BARK, 0.045, (0.0, 0.38), (-0.16, 0.54))
    dark = darker(colour, 0.3)
    for x, y, r in ((-0.2, 0.55, 0.19), (0.21, 0.56, 0.19), (0.0, 0.54, 0.18)):
        pen.oval(dark, x, y, r, r * 0.9)
    for x, y, r in ((-0.18, 0.66, 0.2), (0.19, 0.68, 0.2), (0.0, 0.78, 0.22), (0.02, 0.62, 0.18)):
        pen.oval(colour, x + rng.uniform(-0.02, 0.02), y, r, r * 0.95)
    light = lighter(colour, 0.22)
    for _ in range(7):
        x, y = rng.uniform(-0.24, 0.16), rng.uniform(0.6, 0.9)
        pen.oval(light, x * (1.3 - y * 0.5), y, 0.05, 0.035)


def pine(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A conifer of four stacked tiers."""
    green = darker(colour, 0.2)
    pen.box(_BARK, -0.045, 0.0, 0.045, 0.2)
    for low, high, half in (
        (0.13, 0.5, 0.29),
        (0.32, 0.68, 0.23),
        (0.5, 0.85, 0.17),
        (0.68, 1.0, 0.11),
    ):
        points = [(-half, low), (-half * 0.5, low + 0.03), (0.0, low - 0.03)]
        points += [(half * 0.5, low + 0.03), (half, low), (0.0, high)]
        pen.poly(green, *points)


def palm(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A leaning palm with drooping fronds and coconuts."""
    pen.line(_BARK, 0.075, (-0.06, 0.02), (-0.03, 0.3), (0.05, 0.7), smooth=True)
    for i in range(6):
        y = 0.08 + i * 0.1
        pen.line(darker(_BARK, 0.3), 0.012, (-0.08 + i * 0.018, y), (0.0 + i * 0.018, y + 0.015))
    for angle in (-0.25, 0.35, 0.95, 1.57, 2.2, 2.8, 3.4):
        dx, dy = math.cos(angle), math.sin(angle)
        mid = (0.05 + dx * 0.2, 0.72 + dy * 0.19 + 0.05)
        tip = (0.05 + dx * 0.37, 0.7 + dy * 0.24 - 0.1)
        low = (0.05 + dx * 0.2, 0.72 + dy * 0.16 - 0.05)
        pen.blob(colour, (0.05, 0.73), mid, tip, low)
    for x in (0.01, 0.09):
        pen.oval((120, 78, 44), x, 0.68, 0.04)


def cactus(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A saguaro with two arms."""
    for width, tone in ((0.15, colour), (0.03, lighter(colour, 0.25))):
        pen.line(tone, width * 1.35, (0.0, 0.06), (0.0, 0.9))
        pen.line(tone, width, (0.0, 0.38), (-0.22, 0.4), (-0.22, 0.66))
        pen.line(tone, width, (0.0, 0.5), (0.22, 0.52), (0.22, 0.78))
    pen.oval((240, 110, 150), 0.0, 0.97, 0.04)


def _leaf(pen: Pen, y: float, side: int) -> None:
    """A leaf on a stem."""
    pen.blob(
        _STEM, (0.0, y), (side * 0.12, y + 0.11), (side * 0.24, y + 0.1), (side * 0.12, y + 0.02)
    )


def _petals(pen: Pen, colour: Colour, y: float, count: int, reach: float, width: float) -> None:
    """A wheel of petals around (0, y)."""
    for i in range(count):
        a = 2 * math.pi * i / count + 0.2
        pen.oval(colour, reach * math.cos(a), y + reach * math.sin(a), width)


def flower(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A flower of seven round petals with a yellow heart."""
    pen.line(_STEM, 0.04, (0.0, 0.0), (0.01, 0.35), (0.0, 0.7), smooth=True)
    _leaf(pen, 0.12, 1)
    _leaf(pen, 0.2, -1)
    _petals(pen, colour, 0.73, 7, 0.16, 0.1)
    heart = (250, 206, 60) if colour[1] < 190 or colour[2] > 150 else (130, 80, 40)
    pen.oval(heart, 0.0, 0.73, 0.095)


def tulip(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A tulip: a cup of three petals on a stem with long leaves."""
    pen.line(_STEM, 0.04, (0.0, 0.0), (0.0, 0.66))
    for side in (-1, 1):
        pen.blob(_STEM, (0.0, 0.02), (side * 0.14, 0.26), (side * 0.2, 0.52), (side * 0.05, 0.26))
    for side in (-1, 1):
        pen.blob(colour, (0.0, 0.62), (side * 0.17, 0.7), (side * 0.19, 0.97), (side * 0.03, 0.84))
    pen.blob(lighter(colour, 0.12), (0.0, 0.6), (0.11, 0.76), (0.0, 0.98), (-0.11, 0.76))


def sunflower(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A sunflower: broad leaves, two rings of pointed petals, a brown disc."""
    pen.line(_STEM, 0.055, (0.0, 0.0), (0.015, 0.35), (0.0, 0.7), smooth=True)
    for side, y, reach in ((1, 0.12, 1.0), (-1, 0.2, 1.0), (1, 0.3, 0.8)):
        x = side * 0.27 * reach
        leaf = ((0.0, y), (x * 0.35, y + 0.14), (x * 0.8, y + 0.15), (x, y + 0.08), (x * 0.5, y))
        pen.blob((132, 186, 72), *leaf)
        pen.line(_STEM, 0.012, (0.0, y), (x * 0.75, y + 0.08))
    for petals, turn, tone in ((14, 0.5, darker(colour, 0.14)), (14, 0.0, colour)):
        for i in range(petals):
            a = 2 * math.pi * (i + turn) / petals
            dx, dy = math.cos(a), math.sin(a)
            pen.blob(
                tone,
                (0.1 * dx, 0.72 + 0.1 * dy),
                (0.19 * dx - 0.045 * dy, 0.72 + 0.19 * dy + 0.045 * dx),
                (0.275 * dx, 0.72 + 0.275 * dy),
                (0.19 * dx + 0.045 * dy, 0.72 + 0.19 * dy - 0.045 * dx),
            )
    pen.oval((104, 66, 34), 0.0, 0.72, 0.14)
    pen.oval((74, 46, 26), 0.0, 0.72, 0.08)


def mushroom(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A toadstool with a spotted cap."""
    pen.blob(
        (244, 234, 210),
        (-0.15, 0.02),
        (0.15, 0.02),
        (0.1, 0.3),
        (0.12, 0.55),
        (-0.12, 0.55),
        (-0.1, 0.3),
    )
    pen.oval((222, 206, 176), 0.0, 0.5, 0.4, 0.08)
    pen.half_disc(colour, 0.0, 0.48, 0.5, 0.5)
    spot = WHITE if min(colour) < 200 else (200, 60, 60)
    for x, y, r in (
        (-0.27, 0.62, 0.07),
        (0.0, 0.82, 0.075),
        (0.27, 0.63, 0.065),
        (-0.02, 0.6, 0.06),
    ):
        pen.oval(spot, x, y, r, r * 0.85)
