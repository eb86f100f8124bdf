"""Animals, each in coordinates of its own height: base at 0, top at 1; they look to the right."""

import random

from mused.art.scenes.pen import DARK, WHITE, Colour, Pen, darker, lighter

_NOSE: Colour = (226, 130, 140)
_PINK: Colour = (240, 170, 176)


def cat(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A sitting cat seen from the front, its tail curling to the right."""
    pen.line(colour, 0.085, (0.18, 0.06), (0.36, 0.1), (0.38, 0.3), (0.3, 0.4), smooth=True)
    pen.blob(
        colour,
        (-0.25, 0.02),
        (0.0, 0.0),
        (0.25, 0.02),
        (0.25, 0.22),
        (0.15, 0.5),
        (-0.15, 0.5),
        (-0.25, 0.22),
    )
    pen.oval(lighter(colour, 0.45), 0.0, 0.22, 0.11, 0.17)
    for side in (-1, 1):
        pen.oval(lighter(colour, 0.2), side * 0.11, 0.04, 0.09, 0.045)
        pen.poly(colour, (side * 0.27, 0.66), (side * 0.25, 0.99), (side * 0.05, 0.86))
        pen.poly(_PINK, (side * 0.23, 0.75), (side * 0.22, 0.92), (side * 0.11, 0.85))
    pen.oval(colour, 0.0, 0.68, 0.28, 0.22)
    for side in (-1, 1):
        pen.oval((170, 210, 90), side * 0.11, 0.71, 0.062)
        pen.oval((26, 24, 30), side * 0.11, 0.71, 0.027, 0.052)
        for lift in (-0.03, 0.02):
            pen.line(WHITE, 0.01, (side * 0.1, 0.59), (side * 0.36, 0.6 + lift))
    pen.poly(_NOSE, (-0.04, 0.63), (0.04, 0.63), (0.0, 0.585))
    pen.line(DARK, 0.014, (-0.07, 0.565), (0.0, 0.545), (0.07, 0.565), smooth=True)
    for x in (-0.09, 0.0, 0.09):
        pen.line(darker(colour, 0.35), 0.022, (x, 0.88), (x * 0.7, 0.8))


def _legs(pen: Pen, colour: Colour, places: tuple[float, ...], high: float, width: float) -> None:
    """Straight legs with hooves or paws."""
    for i, x in enumerate(places):
        tone = colour if i % 2 == 0 else darker(colour, 0.18)
        pen.box(tone, x - width / 2, 0.0, x + width / 2, high, width * 0.3)
        pen.box(darker(colour, 0.55), x - width / 2, 0.0, x + width / 2, 0.045, 0.01)


def dog(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A standing dog with a floppy ear, a collar and its tail up."""
    ear = darker(colour, 0.4)
    pen.line(colour, 0.07, (-0.36, 0.5), (-0.48, 0.62), (-0.46, 0.8), smooth=True)
    _legs(pen, colour, (-0.32, -0.2, 0.12, 0.24), 0.38, 0.1)
    pen.box(colour, -0.42, 0.3, 0.32, 0.6, 0.14)
    pen.blob(colour, (0.1, 0.42), (0.32, 0.42), (0.4, 0.7), (0.16, 0.72))
    pen.oval(colour, 0.28, 0.79, 0.18, 0.16)
    pen.box(lighter(colour, 0.35), 0.3, 0.66, 0.55, 0.79, 0.06)
    pen.oval((30, 26, 30), 0.53, 0.77, 0.04, 0.035)
    pen.blob(ear, (0.16, 0.92), (0.25, 0.86), (0.2, 0.6), (0.09, 0.62))
    pen.eye(0.34, 0.84, 0.03)
    pen.line((214, 50, 50), 0.05, (0.13, 0.61), (0.24, 0.56), (0.34, 0.6))
    pen.line((220, 90, 100), 0.04, (0.42, 0.66), (0.43, 0.61))


def horse(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A standing horse with a mane and a long tail."""
    mane = darker(colour, 0.55) if sum(colour) > 200 else lighter(colour, 0.4)
    pen.line(mane, 0.09, (-0.4, 0.58), (-0.5, 0.45), (-0.49, 0.2), smooth=True)
    _legs(pen, colour, (-0.33, -0.24, 0.14, 0.23), 0.45, 0.075)
    pen.box(colour, -0.43, 0.38, 0.3, 0.65, 0.13)
    pen.poly(colour, (0.08, 0.6), (0.29, 0.46), (0.44, 0.86), (0.28, 0.96))
    pen.line(mane, 0.07, (0.07, 0.62), (0.16, 0.78), (0.25, 0.94), (0.32, 0.97), smooth=True)
    pen.blob(colour, (0.28, 0.94), (0.4, 0.94), (0.58, 0.76), (0.53, 0.68), (0.38, 0.76))
    pen.poly(colour, (0.29, 0.92), (0.33, 1.02), (0.37, 0.92))
    pen.oval(darker(colour, 0.35), 0.545, 0.725, 0.04, 0.035)
    pen.eye(0.4, 0.87, 0.025)


def cow(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A patched cow with horns, a pink muzzle and an udder."""
    patch = DARK if sum(colour) > 330 else WHITE
    pen.line(darker(colour, 0.2), 0.035, (-0.53, 0.72), (-0.61, 0.5), (-0.58, 0.32), smooth=True)
    pen.oval(_PINK, -0.24, 0.31, 0.11, 0.08)
    _legs(pen, colour, (-0.44, -0.33, 0.12, 0.23), 0.42, 0.1)
    pen.box(colour, -0.55, 0.34, 0.34, 0.8, 0.14)
    pen.blob(patch, (-0.4, 0.5), (-0.2, 0.46), (-0.16, 0.7), (-0.36, 0.77))
    pen.blob(patch, (0.04, 0.58), (0.2, 0.56), (0.18, 0.77), (-0.02, 0.77))
    for x in (0.36, 0.56):
        pen.line((236, 220, 180), 0.04, (x, 0.9), (x + (0.06 if x > 0.5 else -0.06), 0.99))
    pen.blob(darker(colour, 0.15), (0.36, 0.86), (0.2, 0.9), (0.22, 0.8), (0.36, 0.8))
    pen.box(colour, 0.31, 0.54, 0.6, 0.92, 0.1)
    pen.box(patch, 0.47, 0.72, 0.6, 0.91, 0.05)
    pen.box(_PINK, 0.29, 0.5, 0.64, 0.66, 0.07)
    for x in (0.4, 0.53):
        pen.oval(darker(_PINK, 0.5), x, 0.58, 0.024)
    pen.eye(0.4, 0.78, 0.034)
    pen.eye(0.54, 0.78, 0.034)


def sheep(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A woolly sheep with a dark face."""
    dark = (70, 62, 64) if sum(colour) > 250 else (190, 180, 170)
    for x in (-0.28, -0.14, 0.14, 0.28):
        pen.box(dark, x - 0.045, 0.0, x + 0.045, 0.35, 0.02)
    for x, y in (
        (-0.38, 0.46),
        (-0.3, 0.66),
        (-0.1, 0.76),
        (0.12, 0.74),
        (0.3, 0.64),
        (0.34, 0.44),
        (0.1, 0.36),
        (-0.16, 0.36),
    ):
        pen.oval(colour, x, y, 0.19)
    pen.oval(colour, 0.0, 0.54, 0.36, 0.24)
    pen.blob(dark, (0.34, 0.83), (0.52, 0.8), (0.58, 0.56), (0.48, 0.48), (0.36, 0.6))
    pen.oval(dark, 0.32, 0.74, 0.09, 0.045)
    pen.oval(colour, 0.41, 0.87, 0.13, 0.09)
    pen.oval(WHITE, 0.48, 0.71, 0.032)
    pen.oval(DARK, 0.485, 0.71, 0.016)


def rabbit(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A sitting rabbit seen from the front."""
    for side in (-1, 1):
        pen.oval(colour, side * 0.11, 0.83, 0.075, 0.18)
        pen.oval(_PINK, side * 0.11, 0.83, 0.035, 0.13)
    pen.oval(WHITE, 0.25, 0.12, 0.09)
    pen.oval(colour, 0.0, 0.22, 0.25, 0.22)
    pen.oval(lighter(colour, 0.5), 0.0, 0.2, 0.14, 0.15)
    for side in (-1, 1):
        pen.oval(lighter(colour, 0.25), side * 0.15, 0.045, 0.12, 0.05)
    pen.oval(colour, 0.0, 0.54, 0.21, 0.18)
    for side in (-1, 1):
        pen.eye(side * 0.09, 0.58, 0.035)
        pen.oval(lighter(colour, 0.6), side * 0.05, 0.46, 0.06, 0.05)
    pen.oval(_NOSE, 0.0, 0.5, 0.035, 0.025)
    pen.box(WHITE, -0.03, 0.39, 0.03, 0.45)


def elephant(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An elephant with a big ear, a tusk and a trunk."""
    pen.line(colour, 0.03, (-0.56, 0.66), (-0.62, 0.46), smooth=True)
    for i, x in enumerate((-0.4, -0.22, 0.1, 0.25)):
        pen.box(darker(colour, 0.15 * (i % 2)), x - 0.09, 0.0, x + 0.09, 0.45, 0.04)
    pen.blob(
        colour,
        (-0.56, 0.5),
        (-0.5, 0.84),
        (-0.1, 0.96),
        (0.28, 0.84),
        (0.36, 0.44),
        (-0.1, 0.3),
        (-0.48, 0.32),
    )
    pen.line(colour, 0.14, (0.48, 0.66), (0.58, 0.44), (0.56, 0.2), (0.63, 0.12), smooth=True)
    pen.oval(colour, 0.37, 0.74, 0.21, 0.23)
    pen.line(WHITE, 0.05, (0.44, 0.52), (0.53, 0.42), (0.62, 0.42), smooth=True)
    pen.blob(
        darker(colour, 0.22), (0.26, 0.9), (0.06, 0.94), (0.0, 0.62), (0.16, 0.46), (0.28, 0.6)
    )
    pen.eye(0.42, 0.8, 0.03)


def bear(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A sitting teddy bear seen from the front."""
    pale = lighter(colour, 0.5)
    for side in (-1, 1):
        pen.oval(colour, side * 0.19, 0.9, 0.1)
        pen.oval(pale, side * 0.19, 0.9, 0.055)
        pen.blob(
            colour,
            (side * 0.18, 0.46),
            (side * 0.37, 0.36),
            (side * 0.34, 0.22),
            (side * 0.18, 0.3),
        )
    pen.oval(colour, 0.0, 0.28, 0.27, 0.25)
    pen.oval(pale, 0.0, 0.28, 0.16, 0.17)
    for side in (-1, 1):
        pen.oval(colour, side * 0.25, 0.1, 0.13, 0.1)
        pen.oval(pale, side * 0.27, 0.1, 0.07, 0.06)
    pen.oval(colour, 0.0, 0.72, 0.27, 0.23)
    pen.oval(pale, 0.0, 0.64, 0.13, 0.1)
    pen.oval((40, 30, 32), 0.0, 0.68, 0.05, 0.035)
    for side in (-1, 1):
        pen.eye(side * 0.11, 0.77, 0.034)


def whale(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A whale with its fluke up and a spout."""
    spray = (214, 236, 250)
    pen.line(spray, 0.05, (0.3, 0.62), (0.3, 0.86), (0.16, 0.96), smooth=True)
    pen.line(spray, 0.05, (0.3, 0.62), (0.3, 0.86), (0.44, 0.96), smooth=True)
    pen.blob(
        colour,
        (0.86, 0.32),
        (0.7, 0.56),
        (0.3, 0.64),
        (-0.2, 0.5),
        (-0.56, 0.38),
        (-0.74, 0.62),
        (-0.8, 0.5),
        (-0.6, 0.12),
        (0.0, 0.0),
        (0.6, 0.04),
    )
    pen.blob(
        colour,
        (-0.74, 0.56),
        (-0.94, 0.84),
        (-0.74, 0.78),
        (-0.7, 0.7),
        (-0.56, 0.82),
        (-0.54, 0.74),
    )
    pen.blob(lighter(colour, 0.6), (0.84, 0.26), (0.4, 0.24), (0.0, 0.1), (0.1, 0.02), (0.6, 0.04))
    pen.blob(darker(colour, 0.25), (0.2, 0.22), (0.06, 0.04), (-0.06, 0.02), (0.0, 0.18))
    pen.eye(0.56, 0.36, 0.035)


def fish(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A fish with fins, scales and a round eye."""
    fin = darker(colour, 0.22)
    pen.poly(fin, (-0.42, 0.5), (-0.84, 0.86), (-0.74, 0.5), (-0.84, 0.14))
    pen.blob(fin, (-0.26, 0.76), (0.0, 1.0), (0.16, 0.96), (0.22, 0.76))
    pen.blob(fin, (-0.1, 0.24), (-0.02, 0.02), (0.16, 0.06), (0.16, 0.24))
    pen.blob(
        colour,
        (-0.52, 0.5),
        (-0.2, 0.78),
        (0.3, 0.84),
        (0.7, 0.6),
        (0.76, 0.48),
        (0.66, 0.36),
        (0.3, 0.18),
        (-0.2, 0.22),
    )
    stripe = lighter(colour, 0.55)
    pen.line(stripe, 0.07, (0.24, 0.78), (0.14, 0.5), (0.24, 0.22), smooth=True)
    pen.line(stripe, 0.06, (-0.1, 0.74), (-0.18, 0.5), (-0.1, 0.26), smooth=True)
    pen.blob(fin, (0.16, 0.5), (-0.06, 0.42), (-0.02, 0.34), (0.14, 0.38))
    pen.oval(WHITE, 0.48, 0.6, 0.095)
    pen.oval((26, 24, 32), 0.5, 0.6, 0.05)
    pen.line(darker(colour, 0.5), 0.025, (0.72, 0.42), (0.6, 0.4))
