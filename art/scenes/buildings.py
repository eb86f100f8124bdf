"""Buildings, each in coordinates of its own height: base at 0, top at 1."""

import math
import random

from mused.art.scenes.pen import DARK, LAMPLIGHT, WHITE, Colour, Pen, darker, lighter, mix

_ROOF: Colour = (176, 62, 46)
_DOOR: Colour = (112, 66, 40)
_SLATE: Colour = (74, 82, 120)


def _roof_for(colour: Colour) -> Colour:
    """A roof that stands off against the walls, red unless the walls are reddish."""
    return _SLATE if colour[0] > colour[2] + 80 and colour[1] < 150 else _ROOF


def house(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """Gabled house with a door, two windows and a chimney."""
    roof = _roof_for(colour)
    pen.box(darker(roof, 0.3), 0.2, 0.7, 0.31, 1.0)
    pen.box(colour, -0.4, 0.0, 0.4, 0.56)
    pen.poly(roof, (-0.52, 0.53), (0.52, 0.53), (0.0, 0.97))
    pen.box(_DOOR, -0.09, 0.0, 0.09, 0.32)
    pen.oval(LAMPLIGHT, 0.055, 0.16, 0.016)
    for x in (-0.25, 0.25):
        pen.box(WHITE, x - 0.1, 0.2, x + 0.1, 0.42)
        pen.window(x - 0.08, 0.22, x + 0.08, 0.4)
        pen.box(WHITE, x - 0.008, 0.22, x + 0.008, 0.4)
        pen.box(WHITE, x - 0.08, 0.302, x + 0.08, 0.318)


def _battlements(pen: Pen, colour: Colour, left: float, right: float, low: float) -> None:
    """A row of merlons along the top of a wall."""
    count = max(3, round((right - left) / 0.09))
    step = (right - left) / (2 * count - 1)
    for i in range(count):
        start = left + 2 * i * step
        pen.box(colour, start, low - 0.005, start + step, low + 0.06)


def castle(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """Wall with a gate between round towers under pointed roofs, and a keep behind."""
    roof = _roof_for(colour)
    back = darker(colour, 0.15)
    pen.box(back, -0.15, 0.3, 0.15, 0.72)
    pen.poly(roof, (-0.19, 0.7), (0.19, 0.7), (0.0, 0.95))
    pen.line(DARK, 0.012, (0.0, 0.94), (0.0, 1.0))
    pen.poly((226, 60, 60), (0.0, 1.0), (0.1, 0.975), (0.0, 0.95))
    pen.box(colour, -0.4, 0.0, 0.4, 0.42)
    _battlements(pen, colour, -0.36, 0.36, 0.42)
    for x in (-0.41, 0.41):
        pen.box(colour, x - 0.12, 0.0, x + 0.12, 0.58)
        _battlements(pen, colour, x - 0.14, x + 0.14, 0.58)
        pen.poly(roof, (x - 0.14, 0.63), (x + 0.14, 0.63), (x, 0.9))
        pen.window(x - 0.03, 0.38, x + 0.03, 0.5, 0.03)
    pen.window(-0.03, 0.54, 0.03, 0.64, 0.03)
    pen.half_disc(darker(_DOOR, 0.4), 0.0, 0.18, 0.12, 0.12)
    pen.box(darker(_DOOR, 0.4), -0.12, 0.0, 0.12, 0.19)
    for x in (-0.06, 0.0, 0.06):
        pen.line(mix(_DOOR, WHITE, 0.3), 0.01, (x, 0.0), (x, 0.27))


def church(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """Nave with a steep roof and a steeple with a cross."""
    roof = _roof_for(colour)
    pen.box(colour, -0.08, 0.0, 0.4, 0.34)
    pen.poly(roof, (-0.12, 0.33), (0.44, 0.33), (0.36, 0.54), (-0.1, 0.54))
    pen.box(colour, -0.38, 0.0, -0.06, 0.58)
    pen.poly(roof, (-0.43, 0.57), (-0.01, 0.57), (-0.22, 0.9))
    pen.line(DARK, 0.022, (-0.22, 0.88), (-0.22, 1.0))
    pen.line(DARK, 0.022, (-0.265, 0.955), (-0.175, 0.955))
    for x in (0.06, 0.2, 0.33):
        pen.window(x - 0.03, 0.1, x + 0.03, 0.25, 0.03)
    pen.box(WHITE, -0.29, 0.39, -0.15, 0.53, 0.07)
    pen.line(DARK, 0.014, (-0.22, 0.52), (-0.22, 0.46), (-0.185, 0.46))
    pen.box(_DOOR, -0.29, 0.0, -0.15, 0.22, 0.05)


def tower(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A round stone tower with battlements, slits and a door."""
    pen.poly(colour, (-0.15, 0.0), (0.15, 0.0), (0.125, 0.82), (-0.125, 0.82))
    pen.box(colour, -0.17, 0.8, 0.17, 0.92)
    _battlements(pen, colour, -0.17, 0.17, 0.92)
    stone = darker(colour, 0.18)
    for row in range(9):
        y = 0.06 + row * 0.085
        x = rng.uniform(-0.1, 0.04)
        pen.box(stone, x, y, x + 0.06, y + 0.025)
    for y in (0.35, 0.6):
        pen.window(-0.025, y, 0.025, y + 0.1, 0.025)
    pen.box(_DOOR, -0.06, 0.0, 0.06, 0.17, 0.03)


def lighthouse(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A banded tower with a gallery, a lantern and a cap."""

    def half(y: float) -> float:
        return 0.155 - 0.07 * y / 0.76

    for i in range(5):
        low, high = i * 0.152, (i + 1) * 0.152
        band = colour if i % 2 == 0 else WHITE
        pen.poly(band, (-half(low), low), (half(low), low), (half(high), high), (-half(high), high))
    pen.box(DARK, -0.13, 0.75, 0.13, 0.785)
    if pen.light.lamps:
        for reach in (-0.95, 0.95):
            pen.beam((255, 236, 150), 0.0, 0.84, reach, 0.13)
    lantern = LAMPLIGHT if pen.light.lamps else (255, 240, 170)
    pen.box(lantern, -0.07, 0.785, 0.07, 0.89, glow=pen.light.lamps)
    pen.line(DARK, 0.01, (0.0, 0.785), (0.0, 0.89))
    pen.poly(colour, (-0.1, 0.885), (0.1, 0.885), (0.0, 0.99))
    pen.window(-0.03, 0.5, 0.03, 0.57, 0.02)
    pen.box(_DOOR, -0.05, 0.0, 0.05, 0.14, 0.03)


def windmill(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A Dutch windmill with four lattice sails."""
    pen.poly(colour, (-0.2, 0.0), (0.2, 0.0), (0.12, 0.56), (-0.12, 0.56))
    pen.half_disc(_ROOF, 0.0, 0.55, 0.15, 0.15)
    pen.box(_DOOR, -0.05, 0.0, 0.05, 0.16)
    pen.window(-0.035, 0.3, 0.035, 0.38)
    turn = rng.uniform(0.3, 0.9)
    for i in range(4):
        a = turn + i * math.pi / 2
        dx, dy = math.cos(a), math.sin(a)
        tip = (dx * 0.4, 0.6 + dy * 0.4)
        near = (dx * 0.1, 0.6 + dy * 0.1)
        side = (-dy * 0.1, dx * 0.1)
        corners = (near, tip, (tip[0] + side[0], tip[1] + side[1]))
        pen.poly((240, 232, 214), *corners, (near[0] + side[0], near[1] + side[1]))
        pen.line(_DOOR, 0.026, (0.0, 0.6), tip)
    pen.oval(_DOOR, 0.0, 0.6, 0.035)


def barn(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A barn with a gambrel roof and a crossed door."""
    pen.poly(
        colour,
        (-0.5, 0.0),
        (0.5, 0.0),
        (0.5, 0.5),
        (0.34, 0.78),
        (0, 0.94),
        (-0.34, 0.78),
        (-0.5, 0.5),
    )
    for sign in (-1, 1):
        edge = ((sign * 0.56, 0.46), (sign * 0.37, 0.8), (0.0, 0.98))
        pen.line((110, 104, 112), 0.06, *edge)
    pen.box(WHITE, -0.2, 0.0, 0.2, 0.42)
    pen.box(darker(colour, 0.2), -0.17, 0.0, 0.17, 0.39)
    pen.line(WHITE, 0.025, (-0.17, 0.0), (0.17, 0.39))
    pen.line(WHITE, 0.025, (0.17, 0.0), (-0.17, 0.39))
    pen.box(WHITE, -0.1, 0.54, 0.1, 0.74)
    pen.window(-0.08, 0.56, 0.08, 0.72)


def skyscraper(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A stepped tower block with rows of windows and a mast."""
    pen.line(DARK, 0.016, (0.0, 0.9), (0.0, 1.0))
    pen.box(colour, -0.1, 0.7, 0.1, 0.92)
    pen.box(colour, -0.15, 0.4, 0.15, 0.78)
    pen.box(colour, -0.2, 0.0, 0.2, 0.56)
    pane = lighter(colour, 0.62) if max(colour) < 235 else (120, 160, 200)
    for row in range(15):
        y = 0.05 + row * 0.056
        half = 0.2 if y < 0.52 else 0.15 if y < 0.74 else 0.1
        count = 4 if half == 0.2 else 3 if half == 0.15 else 2
        step = 2 * half / (count + 0.4)
        for i in range(count):
            x = -half + step * (i + 0.45)
            if pen.light.lamps and rng.random() < 0.7:
                pen.box(LAMPLIGHT, x, y, x + step * 0.55, y + 0.032, glow=True)
            else:
                pen.box(pane, x, y, x + step * 0.55, y + 0.032)


def bridge(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A suspension bridge: deck, two towers, cables and hangers."""
    _suspension_bridge(pen, colour, deck=0.24)


def high_bridge(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A suspension bridge that boats pass under."""
    _suspension_bridge(pen, colour, deck=0.54)


def _suspension_bridge(pen: Pen, colour: Colour, deck: float) -> None:
    """A bridge whose deck begins at that height."""
    for x in (-0.6, 0.6):
        pen.box(colour, x - 0.07, 0.0, x + 0.07, 0.98)
        pen.box(darker(colour, 0.5), x - 0.03, deck + 0.26, x + 0.03, 0.88)
    cable, low = lighter(colour, 0.1), deck + 0.06
    fall = 0.79 * (0.89 - low) / 0.59
    main = [
        (-0.6 + 1.2 * i / 12, low + 0.1 + (0.85 - low) * (2 * i / 12 - 1) ** 2) for i in range(13)
    ]
    pen.line(cable, 0.04, *main)
    for sign in (-1, 1):
        pen.line(cable, 0.04, (sign * 0.6, 0.95), (sign * 1.35, low + 0.06))
        for i in range(1, 5):
            x = 0.6 + 0.15 * i
            pen.line(cable, 0.018, (sign * x, low), (sign * x, 0.95 - fall * (x - 0.6)))
    for x, y in main[1:-1]:
        pen.line(cable, 0.018, (x, low), (x, y))
    pen.box(darker(colour, 0.1), -1.35, deck, 1.35, deck + 0.1)


def tent(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A ridge tent with an open flap."""
    pen.poly(darker(colour, 0.25), (0.0, 0.95), (0.65, 0.0), (0.3, 0.0))
    pen.poly(colour, (-0.62, 0.0), (0.3, 0.0), (0.0, 0.95))
    pen.poly(darker(colour, 0.7), (-0.32, 0.0), (0.08, 0.0), (-0.03, 0.66))
    pen.poly(lighter(colour, 0.3), (0.08, 0.0), (0.18, 0.0), (-0.03, 0.66))
    pen.line(_DOOR, 0.025, (0.0, 0.9), (0.0, 1.0))


def pyramid(pen: Pen, colour: Colour, rng: random.Random) -> None:
    """A pyramid with a lit and a shaded side and courses of stone."""
    pen.poly(colour, (-0.85, 0.0), (0.2, 0.0), (0.0, 0.98))
    pen.poly(darker(colour, 0.35), (0.2, 0.0), (0.85, 0.12), (0.0, 0.98))
    for i in range(1, 7):
        y = i / 7.2
        left, right = -0.85 * (1 - y / 0.98), 0.2 * (1 - y / 0.98)
        pen.line(darker(colour, 0.16), 0.012, (left, y), (right, y))
