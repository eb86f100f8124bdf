"""Drawing with light: shapes in an object's own coordinates, shaded and tinted by the scene."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import skia

Colour = tuple[int, int, int]
Point = tuple[float, float]

WHITE: Colour = (250, 248, 242)
DARK: Colour = (54, 50, 58)
GLASS: Colour = (158, 204, 232)
LAMPLIGHT: Colour = (255, 214, 110)
GRASS: Colour = (108, 172, 78)
SNOW: Colour = (240, 245, 252)
SAND: Colour = (238, 208, 146)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` moved towards `other` by `share` in 0..1."""
    (a, b, c), (d, e, f) = one, other
    return round(a + (d - a) * share), round(b + (e - b) * share), round(c + (f - c) * share)


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    """The colour moved towards white."""
    return mix(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float = 0.3) -> Colour:
    """The colour moved towards a bluish black, which keeps shadows alive."""
    return mix(colour, (20, 16, 40), share)


@dataclass(frozen=True)
class Light:
    """How the hour and the weather colour everything that does not shine by itself."""

    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors for red, green and blue."""
    haze: Colour = (210, 225, 240)
    """The colour of the air, towards which distant things fade."""
    lamps: bool = False
    """Whether windows and lamps are lit."""

    def nearer(self) -> "Light":
        """The light on what is near: a little brighter in the dark, so that it is seen."""
        r, g, b = (max(factor, 0.4 + 0.6 * factor) for factor in self.tint)
        return Light((r, g, b), self.haze, self.lamps)

    def on(self, colour: Colour, distance: float = 0.0) -> Colour:
        """The colour as seen in this light through `distance` (0..1) of air."""
        (r, g, b), (x, y, z) = colour, self.tint
        lit = min(255, round(r * x)), min(255, round(g * y)), min(255, round(b * z))
        return mix(lit, self.haze, distance) if distance else lit


def smooth_path(points: Sequence[Point], closed: bool) -> skia.Path:
    """A Catmull-Rom curve through the points."""
    n = len(points)
    path = skia.Path()
    path.moveTo(*points[0])
    for i in range(n if closed else n - 1):
        before, here = points[i - 1] if closed or i else points[0], points[i]
        there, after = points[(i + 1) % n], points[(i + 2) % n if closed else min(i + 2, n - 1)]
        path.cubicTo(
            here[0] + (there[0] - before[0]) / 6,
            here[1] + (there[1] - before[1]) / 6,
            there[0] - (after[0] - here[0]) / 6,
            there[1] - (after[1] - here[1]) / 6,
            there[0],
            there[1],
        )
    if closed:
        path.close()
    return path


def straight_path(points: Sequence[Point], closed: bool) -> skia.Path:
    """A polygon or polyline through the points."""
    return skia.Path.Polygon([skia.Point(*p) for p in points], closed)


class Pen:
    """Draws one object on a canvas whose y axis points up and whose unit is the object's height."""

    def __init__(
        self, canvas: skia.Canvas, light: Light, flat: bool = False, outline: float = 0.0
    ) -> None:
        self.canvas = canvas
        self.light = light
        self._flat = flat
        self._outline = outline
        self.distance = 0.0

    def fill(self, path: skia.Path, colour: Colour, glow: bool = False, line: bool = True) -> None:
        """Fill a path; what glows keeps its colour in any light."""
        paint = skia.Paint(AntiAlias=True)
        lit = colour if glow else self.light.on(colour, self.distance)
        if self._flat or glow:
            paint.setColor(skia.ColorSetRGB(*lit))
        else:
            box = path.getBounds()
            ends = [
                skia.Point(box.left(), box.bottom()),
                skia.Point(box.right() * 0.7 + box.left() * 0.3, box.top()),
            ]
            tones = [skia.ColorSetRGB(*lighter(lit, 0.16)), skia.ColorSetRGB(*darker(lit, 0.2))]
            paint.setShader(skia.GradientShader.MakeLinear(ends, tones))
        self.canvas.drawPath(path, paint)
        if self._outline and line:
            self._ink(path, self._outline, self.light.on(DARK))

    def _ink(self, path: skia.Path, width: float, colour: Colour) -> None:
        paint = skia.Paint(
            AntiAlias=True,
            Style=skia.Paint.kStroke_Style,
            StrokeWidth=width,
            StrokeCap=skia.Paint.kRound_Cap,
            StrokeJoin=skia.Paint.kRound_Join,
            Color=skia.ColorSetRGB(*colour),
        )
        self.canvas.drawPath(path, paint)

    def poly(self, colour: Colour, *points: Point, glow: bool = False) -> None:
        """A filled polygon."""
        self.fill(straight_path(points, closed=True), colour, glow)

    def blob(self, colour: Colour, *points: Point, glow: bool = False) -> None:
        """A filled smooth closed curve through the points."""
        self.fill(smooth_path(points, closed=True), colour, glow)

    def oval(
        self, colour: Colour, x: float, y: float, rx: float, ry: float = 0.0, glow: bool = False
    ) -> None:
        """A filled ellipse around (x, y); a circle when `ry` is left out."""
        ry = ry or rx
        self.fill(skia.Path.Oval(skia.Rect.MakeLTRB(x - rx, y - ry, x + rx, y + ry)), colour, glow)

    def box(
        self,
        colour: Colour,
        left: float,
        low: float,
        right: float,
        high: float,
        corner: float = 0.0,
        glow: bool = False,
    ) -> None:
        """A filled rectangle, its corners rounded by `corner`."""
        path = skia.Path()
        path.addRoundRect(skia.Rect.MakeLTRB(left, low, right, high), corner, corner)
        self.fill(path, colour, glow)

    def line(
        self,
        colour: Colour,
        width: float,
        *points: Point,
        smooth: bool = False,
        glow: bool = False,
    ) -> None:
        """A round-ended line through the points."""
        path = (smooth_path if smooth else straight_path)(points, closed=False)
        self._ink(path, width, colour if glow else self.light.on(colour, self.distance))

    def beam(self, colour: Colour, x: float, y: float, reach: float, half: float) -> None:
        """Light from (x, y) that fades over `reach` to the right, or left if it is negative."""
        path = straight_path([(x, y), (x + reach, y + half), (x + reach, y - half)], closed=True)
        ends = [skia.Point(x, y), skia.Point(x + reach, y)]
        tones = [skia.ColorSetARGB(alpha, *colour) for alpha in (235, 0)]
        shader = skia.GradientShader.MakeLinear(ends, tones)
        self.canvas.drawPath(path, skia.Paint(AntiAlias=True, Shader=shader))

    def half_disc(self, colour: Colour, x: float, y: float, rx: float, ry: float) -> None:
        """The half of an ellipse that lies above y (below it when `ry` is negative)."""
        arc = [math.pi * i / 16 for i in range(17)]
        self.poly(colour, *((x + rx * math.cos(a), y + ry * math.sin(a)) for a in arc))

    def ring(self, colour: Colour, x: float, y: float, radius: float, width: float) -> None:
        """A circle drawn as a line."""
        rect = skia.Rect.MakeLTRB(x - radius, y - radius, x + radius, y + radius)
        self._ink(skia.Path.Oval(rect), width, self.light.on(colour, self.distance))

    def window(
        self, left: float, low: float, right: float, high: float, corner: float = 0.0
    ) -> None:
        """A pane of glass, lit from inside when lamps are on."""
        if self.light.lamps:
            self.box(LAMPLIGHT, left, low, right, high, corner, glow=True)
        else:
            self.box(GLASS, left, low, right, high, corner)

    def eye(self, x: float, y: float, radius: float) -> None:
        """A dark round eye with a catchlight."""
        self.oval((30, 26, 34), x, y, radius)
        self.oval(WHITE, x + radius * 0.3, y + radius * 0.35, radius * 0.35)
