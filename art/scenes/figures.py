"""People, toys and fire, each in coordinates of its own height: base at 0, top at 1."""

import math
import random

from mused.art.scenes.pen import DARK, LAMPLIGHT, WHITE, Colour, Pen, darker, lighter

_SKINS: tuple[Colour, ...] = ((244, 204, 170), (222, 170, 126), (164, 112, 76), (112, 74, 52))
_SHIRTS: tuple[Colour, ...] = ((70, 110, 190), (190, 70, 80), (80, 140, 90), (150, 110, 170))
_HAIRS: tuple[Colour, ...] = ((60, 42, 34), (34, 30, 34), (186, 130, 60), (122, 66, 36))


def person(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A standing figure in trousers."""
    skin, hair = rng.choice(_SKINS), rng.choice(_HAIRS)
    for side in (-1, 1):
        pen.box((58, 62, 92), side * 0.07 - 0.055, 0.03, side * 0.07 + 0.055, 0.46)
        pen.oval(DARK, side * 0.08 + 0.01, 0.025, 0.07, 0.03)
        pen.line(colour, 0.075, (side * 0.13, 0.7), (side * 0.18, 0.46))
        pen.oval(skin, side * 0.185, 0.43, 0.035)
    pen.box(colour, -0.14, 0.43, 0.14, 0.75, 0.06)
    pen.box(skin, -0.035, 0.72, 0.035, 0.8)
    pen.oval(skin, 0.0, 0.88, 0.09, 0.105)
    pen.half_disc(hair, 0.0, 0.89, 0.1, 0.11)
    pen.oval(DARK, -0.035, 0.88, 0.013)
    pen.oval(DARK, 0.035, 0.88, 0.013)


def woman(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A standing figure in a dress with long hair."""
    skin, hair = rng.choice(_SKINS), rng.choice(_HAIRS)
    pen.blob(hair, (-0.12, 0.66), (0.12, 0.66), (0.11, 0.92), (0.0, 1.0), (-0.11, 0.92))
    for side in (-1, 1):
        pen.box(skin, side * 0.06 - 0.03, 0.03, side * 0.06 + 0.03, 0.24)
        pen.oval(darker(colour, 0.3), side * 0.07, 0.022, 0.055, 0.026)
        pen.line(skin, 0.05, (side * 0.1, 0.71), (side * 0.2, 0.5))
    pen.poly(
        colour, (-0.1, 0.74), (0.1, 0.74), (0.07, 0.56), (0.22, 0.18), (-0.22, 0.18), (-0.07, 0.56)
    )
    pen.box(skin, -0.03, 0.72, 0.03, 0.8)
    pen.oval(skin, 0.0, 0.87, 0.08, 0.095)
    pen.half_disc(hair, 0.0, 0.9, 0.09, 0.09)
    pen.oval(DARK, -0.032, 0.87, 0.012)
    pen.oval(DARK, 0.032, 0.87, 0.012)


def snowman(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """Two snowballs with a hat, a scarf and a carrot."""
    for side in (-1, 1):
        pen.line((110, 74, 48), 0.025, (side * 0.2, 0.42), (side * 0.37, 0.56))
    pen.oval(colour, 0.0, 0.27, 0.29, 0.27)
    pen.oval(colour, 0.0, 0.64, 0.19)
    pen.line((206, 46, 50), 0.075, (-0.15, 0.5), (0.0, 0.47), (0.15, 0.5), smooth=True)
    pen.line((206, 46, 50), 0.065, (0.1, 0.49), (0.13, 0.34))
    for y in (0.2, 0.33):
        pen.oval(DARK, 0.0, y, 0.025)
    pen.box(DARK, -0.19, 0.78, 0.19, 0.82)
    pen.box(DARK, -0.12, 0.8, 0.12, 0.99)
    for x in (-0.07, 0.07):
        pen.oval(DARK, x, 0.69, 0.023)
    pen.poly((244, 130, 40), (-0.01, 0.65), (-0.01, 0.59), (0.17, 0.6))


def robot(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A boxy robot with an antenna."""
    joint = darker(colour, 0.45)
    for side in (-1, 1):
        pen.box(joint, side * 0.11 - 0.06, 0.0, side * 0.11 + 0.06, 0.24)
        pen.line(joint, 0.07, (side * 0.22, 0.52), (side * 0.32, 0.28))
        pen.oval(colour, side * 0.32, 0.26, 0.05)
    pen.box(colour, -0.22, 0.2, 0.22, 0.58, 0.04)
    pen.box(darker(colour, 0.3), -0.13, 0.3, 0.13, 0.48, 0.02)
    for x, light in ((-0.07, (230, 70, 70)), (0.0, (250, 206, 70)), (0.07, (90, 200, 110))):
        pen.oval(light, x, 0.39, 0.027, glow=True)
    pen.line(joint, 0.025, (0.0, 0.86), (0.0, 0.96))
    pen.oval((230, 70, 70), 0.0, 0.97, 0.035, glow=True)
    pen.box(colour, -0.19, 0.6, 0.19, 0.88, 0.05)
    for side in (-1, 1):
        pen.oval(DARK, side * 0.08, 0.77, 0.055)
        pen.oval((120, 220, 250), side * 0.08, 0.77, 0.035, glow=True)
    pen.box(DARK, -0.1, 0.65, 0.1, 0.685)


def umbrella(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An open umbrella with gores and a hooked handle."""
    other = lighter(colour, 0.7) if min(colour) < 200 else (220, 80, 80)
    pen.line(
        (110, 74, 48), 0.035, (0.0, 0.95), (0.0, 0.08), (0.05, 0.02), (0.11, 0.04), (0.12, 0.1)
    )
    pen.half_disc(colour, 0.0, 0.48, 0.5, 0.46)
    arch = [(math.cos(a), math.sin(a)) for a in (math.pi * i / 10 for i in range(11))]
    for left, right in ((-0.3, -0.1), (0.1, 0.3)):
        top = [(0.5 * (left + right) * 0.0, 0.945)]
        pen.poly(other, (left, 0.48), (right, 0.48), *top)
    for x in (-0.4, -0.2, 0.0, 0.2, 0.4):
        rim = [(x + 0.1 * dx, 0.478 + 0.05 * dy) for dx, dy in arch]
        pen.poly(darker(colour, 0.35), *rim)
    pen.line(DARK, 0.025, (0.0, 0.94), (0.0, 0.99))


def fire(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A camp fire on crossed logs."""
    for ends in (((-0.34, 0.02), (0.34, 0.16)), ((0.34, 0.02), (-0.34, 0.16))):
        pen.line((104, 66, 42), 0.1, *ends)
    pen.blob(
        darker(colour, 0.1),
        (-0.28, 0.2),
        (0.28, 0.2),
        (0.32, 0.5),
        (0.16, 0.6),
        (0.08, 0.98),
        (-0.12, 0.68),
        (-0.26, 0.7),
        (-0.3, 0.4),
        glow=True,
    )
    pen.blob(
        (252, 188, 60),
        (-0.17, 0.16),
        (0.17, 0.16),
        (0.18, 0.4),
        (0.02, 0.7),
        (-0.16, 0.42),
        glow=True,
    )
    pen.blob(
        (255, 240, 160),
        (-0.08, 0.14),
        (0.08, 0.14),
        (0.07, 0.3),
        (0.0, 0.42),
        (-0.07, 0.3),
        glow=True,
    )


def rock(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A boulder with facets."""
    pen.poly(colour, (-0.8, 0.0), (-0.66, 0.5), (-0.3, 0.86), (0.16, 0.98), (0.6, 0.6), (0.8, 0.0))
    pen.poly(darker(colour, 0.25), (0.16, 0.98), (0.6, 0.6), (0.8, 0.0), (0.3, 0.0), (0.24, 0.5))
    pen.poly(lighter(colour, 0.2), (-0.3, 0.86), (0.16, 0.98), (0.24, 0.5), (-0.2, 0.55))


def _shoulders(pen: Pen, shirt: Colour) -> None:
    pen.blob(shirt, (-0.4, 0.0), (0.4, 0.0), (0.34, 0.16), (0.1, 0.22), (-0.1, 0.22), (-0.34, 0.16))


def _features(pen: Pen, skin: Colour, hair: Colour, brow: float) -> None:
    """Eyes, nose, and brows of that thickness."""
    for side in (-1, 1):
        pen.oval(WHITE, side * 0.11, 0.6, 0.062, 0.038)
        pen.eye(side * 0.11, 0.6, 0.032)
        pen.line(
            hair, brow, (side * 0.05, 0.675), (side * 0.12, 0.69), (side * 0.18, 0.67), smooth=True
        )
    pen.line(darker(skin, 0.3), 0.02, (0.01, 0.57), (0.035, 0.47), (-0.02, 0.46))


def face(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A portrait from the front: hair, eyes, nose, mouth and shoulders."""
    hair = rng.choice(_HAIRS)
    _shoulders(pen, rng.choice(_SHIRTS))
    pen.blob(
        hair,
        (-0.29, 0.4),
        (0.29, 0.4),
        (0.33, 0.72),
        (0.2, 0.95),
        (0.0, 1.0),
        (-0.2, 0.95),
        (-0.33, 0.72),
    )
    pen.box(darker(colour, 0.14), -0.09, 0.14, 0.09, 0.36, 0.03)
    pen.blob(
        colour,
        (0.0, 0.25),
        (0.19, 0.35),
        (0.25, 0.58),
        (0.2, 0.8),
        (0.0, 0.86),
        (-0.2, 0.8),
        (-0.25, 0.58),
        (-0.19, 0.35),
    )
    pen.blob(
        hair,
        (-0.25, 0.66),
        (-0.22, 0.86),
        (0.0, 0.97),
        (0.22, 0.86),
        (0.25, 0.66),
        (0.1, 0.79),
        (-0.1, 0.8),
    )
    _features(pen, colour, hair, brow=0.022)
    pen.blob((206, 80, 86), (-0.09, 0.375), (0.0, 0.395), (0.09, 0.375), (0.0, 0.335))


def mans_face(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """The same with short hair, ears and heavier brows."""
    hair = rng.choice(_HAIRS)
    _shoulders(pen, rng.choice(_SHIRTS))
    pen.box(darker(colour, 0.14), -0.12, 0.14, 0.12, 0.38, 0.03)
    pen.blob(
        hair,
        (-0.25, 0.56),
        (-0.27, 0.8),
        (-0.16, 0.97),
        (0.0, 1.0),
        (0.16, 0.97),
        (0.27, 0.8),
        (0.25, 0.56),
    )
    for side in (-1, 1):
        pen.oval(darker(colour, 0.08), side * 0.26, 0.57, 0.045, 0.07)
    pen.blob(
        colour,
        (0.0, 0.24),
        (0.14, 0.28),
        (0.22, 0.4),
        (0.25, 0.6),
        (0.2, 0.84),
        (0.0, 0.87),
        (-0.2, 0.84),
        (-0.25, 0.6),
        (-0.22, 0.4),
        (-0.14, 0.28),
    )
    pen.blob(
        hair,
        (-0.245, 0.72),
        (-0.22, 0.9),
        (0.0, 0.98),
        (0.22, 0.9),
        (0.245, 0.72),
        (0.17, 0.82),
        (0.0, 0.85),
        (-0.17, 0.82),
    )
    _features(pen, colour, hair, brow=0.032)
    pen.line(darker(colour, 0.4), 0.022, (-0.08, 0.37), (0.0, 0.36), (0.08, 0.37), smooth=True)


def lamp(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A table lamp with a bright shade."""
    pen.oval((112, 74, 52), 0.0, 0.04, 0.18, 0.05)
    pen.blob(
        (150, 94, 60),
        (-0.05, 0.05),
        (0.05, 0.05),
        (0.1, 0.25),
        (0.03, 0.48),
        (-0.03, 0.48),
        (-0.1, 0.25),
    )
    pen.poly(colour, (-0.3, 0.46), (0.3, 0.46), (0.17, 0.98), (-0.17, 0.98), glow=True)
    pen.poly(LAMPLIGHT, (-0.16, 0.46), (0.16, 0.46), (0.08, 0.98), (-0.08, 0.98), glow=True)
