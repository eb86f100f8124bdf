"""Vehicles, each in coordinates of its own height: base at 0, top at 1; they drive to the right."""

import math
import random

from mused.art.scenes.pen import DARK, LAMPLIGHT, WHITE, Colour, Pen, darker, lighter

_HULL: Colour = (148, 58, 44)
_STEEL: Colour = (196, 200, 208)


def _wheel(pen: Pen, x: float, radius: float) -> None:
    """A tyre with a hub."""
    pen.oval((40, 38, 44), x, radius, radius)
    pen.oval(_STEEL, x, radius, radius * 0.5)


def sailboat(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A boat with a main sail and a jib; the colour goes to hull or sails."""
    pale = min(colour) > 200
    sail = colour if pale else WHITE
    hull = _HULL if pale else colour
    pen.line((110, 74, 48), 0.03, (-0.02, 0.2), (-0.02, 0.99))
    pen.blob(sail, (0.02, 0.28), (0.4, 0.28), (0.2, 0.62), (0.02, 0.97))
    pen.poly(darker(sail, 0.12), (-0.06, 0.3), (-0.36, 0.28), (-0.06, 0.88))
    pen.poly((230, 60, 60), (-0.02, 1.0), (-0.14, 0.97), (-0.02, 0.94))
    pen.poly(hull, (-0.43, 0.22), (0.43, 0.22), (0.3, 0.0), (-0.3, 0.0))
    pen.line(lighter(hull, 0.6), 0.035, (-0.42, 0.205), (0.42, 0.205))


def ship(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A steamer with decks, portholes and two funnels."""
    for x in (-0.22, 0.1):
        pen.box(colour, x - 0.08, 0.55, x + 0.08, 0.88)
        pen.box(DARK, x - 0.08, 0.8, x + 0.08, 0.88)
        pen.oval((222, 222, 226), x - 0.1, 0.95, 0.1, 0.05)
    pen.box(WHITE, -0.5, 0.3, 0.42, 0.48)
    pen.box(WHITE, -0.38, 0.46, 0.3, 0.62)
    for i in range(7):
        pen.window(-0.44 + i * 0.12, 0.35, -0.37 + i * 0.12, 0.42)
    hull = colour if sum(colour) < 600 else (60, 70, 100)
    pen.poly(hull, (-0.72, 0.32), (0.8, 0.36), (0.62, 0.0), (-0.62, 0.0))
    pen.line(WHITE, 0.03, (-0.69, 0.24), (0.74, 0.27))
    for i in range(6):
        pen.oval(
            LAMPLIGHT if pen.light.lamps else WHITE,
            -0.45 + i * 0.17,
            0.14,
            0.03,
            glow=pen.light.lamps,
        )


def car(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A small car seen from the side."""
    pen.blob(colour, (-0.55, 0.5), (-0.4, 0.9), (0.1, 0.98), (0.4, 0.62), (0.46, 0.5))
    pen.box(colour, -0.96, 0.2, 0.96, 0.6, 0.16)
    pen.poly((168, 210, 236), (-0.4, 0.56), (-0.3, 0.84), (-0.05, 0.88), (-0.05, 0.56))
    pen.poly((168, 210, 236), (0.02, 0.56), (0.02, 0.88), (0.12, 0.86), (0.34, 0.56))
    pen.line(darker(colour, 0.3), 0.02, (-0.02, 0.56), (-0.02, 0.26))
    pen.oval((255, 240, 170), 0.9, 0.44, 0.06, 0.07, glow=True)
    pen.box((190, 30, 40), -0.97, 0.38, -0.89, 0.5)
    for x in (-0.55, 0.55):
        _wheel(pen, x, 0.21)


def bus(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A bus with a row of windows."""
    pen.box(colour, -0.88, 0.14, 0.88, 0.98, 0.1)
    for i in range(4):
        pen.window(-0.78 + i * 0.33, 0.55, -0.51 + i * 0.33, 0.84)
    pen.window(0.58, 0.22, 0.8, 0.84)
    pen.line(WHITE, 0.05, (-0.86, 0.42), (0.5, 0.42))
    pen.oval((255, 240, 170), 0.84, 0.24, 0.04, glow=True)
    for x in (-0.5, 0.42):
        _wheel(pen, x, 0.17)


def tractor(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A tractor with one large and one small wheel."""
    pen.line(DARK, 0.05, (0.32, 0.55), (0.32, 0.86))
    pen.box(colour, -0.46, 0.5, 0.06, 0.98, 0.05)
    pen.window(-0.36, 0.62, -0.02, 0.9)
    pen.box(colour, -0.1, 0.26, 0.54, 0.6, 0.06)
    for i in range(3):
        pen.line(darker(colour, 0.4), 0.02, (0.36 + i * 0.06, 0.32), (0.36 + i * 0.06, 0.52))
    for x, r in ((-0.28, 0.32), (0.42, 0.19)):
        pen.oval((44, 42, 46), x, r, r)
        pen.oval((250, 204, 60), x, r, r * 0.5)


def train(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A steam locomotive with a puff of smoke."""
    for x, y, r in ((0.5, 0.84, 0.09), (0.34, 0.9, 0.11), (0.14, 0.92, 0.1)):
        pen.oval((226, 226, 230), x, y, r, r * 0.8)
    pen.poly(DARK, (0.48, 0.6), (0.64, 0.6), (0.68, 0.8), (0.44, 0.8))
    pen.box(colour, -0.5, 0.26, 0.82, 0.62, 0.12)
    pen.oval(lighter(colour, 0.25), 0.08, 0.63, 0.1, 0.08)
    for x in (-0.1, 0.3):
        pen.box((250, 204, 60), x, 0.26, x + 0.05, 0.62)
    pen.box(darker(colour, 0.12), -1.0, 0.22, -0.42, 0.84)
    pen.box(darker(colour, 0.5), -1.05, 0.82, -0.36, 0.92, 0.04)
    pen.window(-0.88, 0.5, -0.56, 0.74)
    pen.box((190, 50, 44), -1.0, 0.17, 0.9, 0.28)
    pen.poly((190, 50, 44), (0.8, 0.24), (1.04, 0.02), (0.8, 0.02))
    pen.oval((255, 240, 170), 0.82, 0.5, 0.06, glow=True)
    for x, r in ((-0.75, 0.18), (-0.32, 0.18), (0.12, 0.13), (0.4, 0.13), (0.66, 0.13)):
        pen.oval((50, 46, 52), x, r, r)
        pen.oval((210, 70, 60), x, r, r * 0.55)


def bicycle(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A bicycle."""
    for x in (-0.46, 0.46):
        pen.ring((44, 42, 48), x, 0.3, 0.27, 0.055)
        for i in range(4):
            a = i * math.pi / 4
            dx, dy = 0.25 * math.cos(a), 0.25 * math.sin(a)
            pen.line(_STEEL, 0.012, (x - dx, 0.3 - dy), (x + dx, 0.3 + dy))
    frame = ((-0.46, 0.3), (-0.2, 0.72), (0.32, 0.72), (-0.06, 0.28), (-0.46, 0.3))
    pen.line(colour, 0.06, *frame)
    pen.line(colour, 0.06, (-0.06, 0.28), (-0.23, 0.82))
    pen.line(colour, 0.06, (0.46, 0.3), (0.29, 0.9), (0.42, 0.95))
    pen.line(DARK, 0.07, (-0.34, 0.85), (-0.12, 0.85))
    pen.oval(DARK, -0.06, 0.28, 0.06)


def rocket(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A rocket on its flame, with a porthole and fins."""
    fin = (214, 52, 48) if colour[0] < 200 or min(colour) > 180 else (60, 90, 180)
    pen.blob((250, 150, 40), (-0.1, 0.2), (0.0, -0.02), (0.1, 0.2), glow=True)
    pen.blob((255, 226, 110), (-0.05, 0.2), (0.0, 0.08), (0.05, 0.2), glow=True)
    for side in (-1, 1):
        pen.poly(fin, (side * 0.12, 0.44), (side * 0.24, 0.14), (side * 0.1, 0.2))
    pen.blob(
        colour,
        (-0.1, 0.18),
        (0.1, 0.18),
        (0.16, 0.45),
        (0.12, 0.76),
        (0.0, 0.98),
        (-0.12, 0.76),
        (-0.16, 0.45),
    )
    pen.blob(fin, (-0.11, 0.77), (0.0, 0.79), (0.11, 0.77), (0.0, 0.99))
    pen.oval(DARK, 0.0, 0.57, 0.09)
    pen.oval((150, 206, 240), 0.0, 0.57, 0.066)
    pen.line(fin, 0.04, (-0.13, 0.3), (0.13, 0.3))


def balloon(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A hot air balloon with gores and a basket."""
    pale = (WHITE, (250, 214, 96), lighter(colour, 0.55))
    other = rng.choice(pale if min(colour) < 190 else ((226, 84, 70), (70, 120, 200)))
    for x in (-0.07, 0.07):
        pen.line(DARK, 0.012, (x, 0.13), (x * 2.2, 0.32))
    pen.blob(
        colour,
        (-0.1, 0.27),
        (0.1, 0.27),
        (0.33, 0.55),
        (0.33, 0.78),
        (0.0, 1.0),
        (-0.33, 0.78),
        (-0.33, 0.55),
    )
    for side in (-1, 1):
        pen.blob(
            other,
            (side * 0.06, 0.27),
            (side * 0.18, 0.5),
            (side * 0.21, 0.8),
            (side * 0.05, 0.99),
            (side * 0.09, 0.7),
            (side * 0.07, 0.45),
        )
    if rng.random() < 0.5:  # a band around its widest part
        belt = [(-0.335, 0.64), (0.0, 0.6), (0.335, 0.64)]
        pen.line(darker(colour, 0.25), 0.07, *belt, smooth=True)
    pen.box(darker(colour, 0.3), -0.1, 0.25, 0.1, 0.285)
    pen.box((140, 92, 52), -0.09, 0.0, 0.09, 0.14, 0.02)


def airplane(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """An airliner seen from the side, climbing slightly."""
    wing = darker(colour, 0.2) if sum(colour) < 600 else (70, 120, 200)
    pen.poly(wing, (-0.72, 0.5), (-0.96, 0.98), (-0.76, 0.98), (-0.5, 0.58))
    pen.poly(darker(wing, 0.2), (0.1, 0.56), (-0.3, 0.92), (-0.14, 0.92), (0.34, 0.58))
    pen.blob(
        colour,
        (-0.92, 0.52),
        (-0.4, 0.64),
        (0.5, 0.64),
        (0.86, 0.54),
        (0.96, 0.44),
        (0.7, 0.34),
        (-0.3, 0.34),
    )
    for i in range(7):
        pen.oval((70, 100, 140), -0.45 + i * 0.15, 0.52, 0.035)
    pen.poly((70, 100, 140), (0.7, 0.57), (0.84, 0.53), (0.8, 0.47), (0.68, 0.49))
    pen.poly(wing, (0.22, 0.44), (-0.34, 0.02), (-0.14, 0.02), (0.42, 0.42))
