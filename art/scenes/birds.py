"""Birds and a butterfly, each in coordinates of its own height: base at 0, top at 1."""

import random

from mused.art.scenes.pen import DARK, WHITE, Colour, Pen, darker, lighter, mix

_BEAK: Colour = (246, 150, 40)


def owl(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An owl with round eyes and folded wings."""
    pen.blob(
        colour,
        (-0.3, 0.3),
        (0.0, 0.04),
        (0.3, 0.3),
        (0.3, 0.72),
        (0.26, 0.98),
        (0.1, 0.9),
        (-0.1, 0.9),
        (-0.26, 0.98),
        (-0.3, 0.72),
    )
    pen.oval(lighter(colour, 0.5), 0.0, 0.32, 0.18, 0.22)
    for side in (-1, 1):
        pen.blob(
            darker(colour, 0.3),
            (side * 0.29, 0.62),
            (side * 0.35, 0.34),
            (side * 0.2, 0.1),
            (side * 0.2, 0.45),
        )
        pen.oval(WHITE, side * 0.13, 0.72, 0.13)
        pen.oval((250, 190, 50), side * 0.13, 0.72, 0.09)
        pen.eye(side * 0.13, 0.72, 0.055)
        pen.oval(_BEAK, side * 0.1, 0.04, 0.07, 0.035)
    pen.poly(_BEAK, (-0.045, 0.66), (0.045, 0.66), (0.0, 0.55))


def penguin(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A penguin seen from the front."""
    for side in (-1, 1):
        pen.oval(_BEAK, side * 0.11, 0.03, 0.11, 0.04)
        pen.blob(
            colour, (side * 0.2, 0.62), (side * 0.33, 0.4), (side * 0.32, 0.24), (side * 0.22, 0.36)
        )
    pen.blob(
        colour,
        (-0.26, 0.3),
        (0.0, 0.02),
        (0.26, 0.3),
        (0.22, 0.62),
        (0.17, 0.88),
        (0.0, 0.99),
        (-0.17, 0.88),
        (-0.22, 0.62),
    )
    pen.blob(
        WHITE, (-0.19, 0.3), (0.0, 0.05), (0.19, 0.3), (0.14, 0.58), (0.0, 0.64), (-0.14, 0.58)
    )
    for side in (-1, 1):
        pen.oval(WHITE, side * 0.075, 0.79, 0.075, 0.085)
        pen.eye(side * 0.065, 0.8, 0.034)
    pen.poly(_BEAK, (-0.06, 0.74), (0.06, 0.74), (0.0, 0.65))


def duck(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A swimming duck."""
    pen.blob(
        colour,
        (-0.58, 0.56),
        (-0.42, 0.36),
        (-0.3, 0.06),
        (0.1, 0.02),
        (0.36, 0.12),
        (0.38, 0.4),
        (0.1, 0.46),
        (-0.3, 0.4),
    )
    pen.oval(colour, 0.27, 0.72, 0.22, 0.21)
    pen.box(colour, 0.12, 0.3, 0.36, 0.62, 0.08)
    pen.blob(darker(colour, 0.18), (-0.32, 0.38), (0.1, 0.38), (0.04, 0.2), (-0.2, 0.16))
    pen.blob(_BEAK, (0.44, 0.75), (0.62, 0.68), (0.6, 0.61), (0.44, 0.63))
    pen.eye(0.34, 0.78, 0.038)


def swan(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A swimming swan with an arched neck."""
    pen.line(
        colour, 0.1, (0.2, 0.2), (0.38, 0.36), (0.24, 0.62), (0.26, 0.86), (0.36, 0.9), smooth=True
    )
    pen.blob(
        colour,
        (-0.54, 0.42),
        (-0.4, 0.12),
        (-0.1, 0.02),
        (0.26, 0.06),
        (0.34, 0.26),
        (0.0, 0.42),
        (-0.3, 0.34),
    )
    pen.blob(
        darker(colour, 0.12), (-0.5, 0.5), (-0.28, 0.2), (0.1, 0.18), (0.08, 0.38), (-0.2, 0.44)
    )
    pen.oval(colour, 0.36, 0.9, 0.085, 0.07)
    pen.poly(_BEAK, (0.42, 0.93), (0.55, 0.86), (0.42, 0.85))
    pen.eye(0.38, 0.92, 0.02)


def bird(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A perching songbird."""
    pen.poly(darker(colour, 0.25), (-0.3, 0.42), (-0.66, 0.3), (-0.6, 0.18), (-0.2, 0.28))
    for x in (0.0, 0.12):
        pen.line(_BEAK, 0.03, (x, 0.2), (x, 0.02), (x + 0.08, 0.02))
    pen.blob(
        colour,
        (-0.38, 0.36),
        (-0.1, 0.12),
        (0.24, 0.18),
        (0.4, 0.5),
        (0.44, 0.86),
        (0.2, 0.96),
        (0.0, 0.7),
    )
    pen.oval(colour, 0.26, 0.76, 0.23, 0.22)
    pen.blob(lighter(colour, 0.6), (0.0, 0.18), (0.24, 0.22), (0.36, 0.5), (0.2, 0.5))
    pen.blob(darker(colour, 0.35), (-0.4, 0.32), (0.1, 0.34), (0.14, 0.56), (-0.06, 0.62))
    pen.poly(_BEAK, (0.46, 0.82), (0.65, 0.74), (0.46, 0.68))
    pen.eye(0.34, 0.82, 0.042)


def seagull(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A gull gliding with spread wings."""
    tip = mix(colour, DARK, 0.75)
    for side in (-1, 1):
        wing = (
            (0.0, 0.5),
            (side * 0.36, 0.96),
            (side * 0.7, 0.86),
            (side * 0.5, 0.7),
            (side * 0.2, 0.36),
        )
        pen.blob(darker(colour, 0.12), *wing)
        pen.poly(tip, (side * 0.56, 0.95), (side * 1.02, 0.62), (side * 0.56, 0.78))
    pen.blob(colour, (-0.14, 0.46), (0.0, 0.64), (0.16, 0.46), (0.06, 0.12), (-0.1, 0.1))
    pen.oval(colour, 0.04, 0.6, 0.13)
    pen.poly(_BEAK, (0.14, 0.63), (0.32, 0.54), (0.13, 0.53))
    pen.eye(0.08, 0.64, 0.03)


def butterfly(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A butterfly with spotted wings."""
    low = darker(colour, 0.15)
    for side in (-1, 1):
        pen.blob(
            low, (side * 0.02, 0.46), (side * 0.42, 0.36), (side * 0.4, 0.06), (side * 0.14, 0.08)
        )
        pen.blob(
            colour,
            (side * 0.02, 0.5),
            (side * 0.3, 0.5),
            (side * 0.62, 0.66),
            (side * 0.58, 0.96),
            (side * 0.26, 0.86),
        )
        pen.oval(lighter(colour, 0.6), side * 0.42, 0.76, 0.09)
        pen.oval(lighter(colour, 0.6), side * 0.27, 0.24, 0.065)
        pen.line(DARK, 0.022, (0.0, 0.78), (side * 0.09, 0.92), (side * 0.15, 0.98), smooth=True)
    pen.oval(DARK, 0.0, 0.46, 0.045, 0.3)
    pen.oval(DARK, 0.0, 0.78, 0.06)
