"""Skies and what stands at the horizon, in pixel coordinates."""

import random

import skia

from mused.art.scenes.layer import Layer
from mused.art.scenes.pen import (
    LAMPLIGHT,
    SNOW,
    WHITE,
    Colour,
    darker,
    lighter,
    mix,
)
from mused.art.scenes.placing import WATERS
from mused.art.scenes.words import OBJECTS

_OPEN = ("clear", "autumn", "snow")
"""Weathers that leave sun or moon to be seen."""


class Skies(Layer):
    """Paints sky and backdrop."""

    def paint_sky(self) -> None:
        """Gradient, sun or moon with its glow, stars and clouds."""
        self.canvas.clear(skia.ColorSetRGB(*self.sky.low))
        self.gradient(0, self.horizon, self.sky.top, self.sky.middle, self.sky.low)
        named = {p.noun for p in self.scene.objects}
        clear = self.scene.weather in ("clear", "autumn")
        without = self.scene.without
        if self.scene.time in ("night", "dusk") and "stars" not in without:
            self._stars(60 if self.scene.time == "night" else 16)
        if self.scene.weather in _OPEN:
            self._orb(named)
        if "clouds" in without:
            return
        if clear and "cloud" not in named and self.scene.time != "night":
            self._clouds(self.rng.choice((1, 2, 3)), 200)
        elif not clear:
            self._clouds(6, 130 if self.scene.weather == "fog" else 235)

    def _stars(self, count: int) -> None:
        for _ in range(count):
            x, y = self.rng.random() * self.width, self.rng.random() * self.horizon * 0.85
            size = self.unit * self.rng.choice((0.003, 0.004, 0.007))
            self.disc(x, y, size, (250, 246, 226), self.rng.randint(150, 255))

    def _orb(self, named: set[str]) -> None:
        """Sun or moon of the hour, unless the prompt named its own."""
        time, x, u = self.scene.time, self.sun_x, self.unit
        if self.lacks_orb:
            return
        if time in ("sunset", "morning"):
            y = self.horizon - (0.17 if self.scene.backdrop else 0.07) * u
            self.glow(x, y, 0.6 * u, (255, 226, 140), 210)
            self.disc(x, y, 0.1 * u, (255, 240, 190))
        elif time == "day" and "sun" not in named:
            y = 0.16 * self.height
            self.glow(x, y, 0.3 * u, (255, 250, 200), 200)
            self.disc(x, y, 0.065 * u, (255, 238, 140))
        elif time == "night" and "moon" not in named:
            y = 0.18 * self.height
            self.glow(x, y, 0.32 * u, (200, 210, 250), 150)
            self.disc(x, y, 0.07 * u, (248, 244, 220))
            self.disc(x + 0.02 * u, y + 0.015 * u, 0.016 * u, (222, 216, 196))
            self.disc(x - 0.024 * u, y - 0.016 * u, 0.012 * u, (222, 216, 196))

    def _clouds(self, count: int, alpha: int) -> None:
        storm = self.scene.weather == "storm"
        body = mix(self.sky.low, WHITE, 0.55)
        if storm:
            body = darker(mix(self.sky.top, self.sky.middle, 0.5), 0.12)
        tone = mix(body, self.sky.middle, 0.25) if not storm else darker(body, 0.35)
        for _ in range(count):
            x, y = self.rng.random() * self.width, self.rng.uniform(0.06, 0.6) * self.horizon
            r = self.unit * self.rng.uniform(0.03, 0.06) * (1.7 if storm else 1.0)
            y *= 0.6 if storm else 1.0
            if self.scene.weather in _OPEN:
                free = self._aside(x, y, r)
                if free is None:
                    continue
                x = free
            for dx, dy, size in (
                (-1.6, 0.3, 0.8),
                (0, -0.2, 1.15),
                (1.5, 0.3, 0.85),
                (0.4, 0.5, 1),
            ):
                self.disc(x + dx * r, y + dy * r + r * 0.15, r * size, tone, alpha)
                self.disc(x + dx * r, y + dy * r, r * size * 0.92, body, alpha)

    def _aside(self, x: float, y: float, r: float) -> float | None:
        """Where a cloud of radius r neither hides sun or moon nor rests on an object, if at all."""
        for share in (0.0, 0.5, 0.25, 0.75, 0.375, 0.625, 0.125, 0.875):
            moved = (x + share * self.width) % self.width
            if not (self._near_the_sun(moved, r) or self._touches(moved, y, r)):
                return moved
        return None

    def _near_the_sun(self, x: float, r: float) -> bool:
        return abs(x - self.sun_x) < 3.2 * r + 0.08 * self.unit

    def _touches(self, x: float, y: float, r: float) -> bool:
        """Whether the top of an object reaches into a cloud."""
        for placed in self.scene.objects:
            high = placed.height * self.unit
            half = 0.5 * OBJECTS[placed.noun].aspect * high
            top = placed.y * self.height - high
            beside = abs(x - placed.x * self.width) > half + 2.5 * r
            if placed.noun not in ("stars", "rainbow") and not beside and top < y + 1.7 * r:
                return True
        return False

    def paint_backdrop(self) -> None:
        """Mountains, forest, city or hills along the horizon."""
        match self.scene.backdrop:
            case "mountains":
                self._mountains()
            case "forest":
                self._forest()
            case "city":
                self._city()
            case "hills":
                far = self.green((96, 146, 110))
                self.pen.distance = 0.3
                # Always above the horizon, or a lake shows slivers of hills as islands.
                self.ridge(far, self.horizon - 0.018 * self.unit, 0.11 * self.unit, 7)
                self.pen.distance = 0.0

    def _mountains(self) -> None:
        for far, tall, count in ((0.6, 0.36, 4), (0.35, 0.26, 3)):
            for i in range(count):
                x = (i + self.rng.uniform(0.1, 0.9)) / count * self.width
                high = self.unit * tall * self.rng.uniform(0.75, 1.1)
                self._peak(x, high, high * self.rng.uniform(0.8, 1.1), far)

    def _peak(self, x: float, high: float, half: float, far: float) -> None:
        """A mountain with a shaded side and a snow cap."""
        foot, top = self.horizon + 0.02 * self.unit, self.horizon - high
        rock: Colour = (112, 118, 146)
        self.pen.distance = far
        self.pen.poly(rock, (x - half, foot), (x, top), (x + half, foot))
        self.pen.poly(darker(rock, 0.3), (x, top), (x + half, foot), (x + half * 0.2, foot))
        s = half * 0.3
        drop = high * 0.3
        cap = (
            (x, top),
            (x - s, top + drop),
            (x - s * 0.4, top + drop * 0.8),
            (x, top + drop * 1.15),
        )
        self.pen.poly(SNOW, *cap, (x + s * 0.45, top + drop * 0.8), (x + s, top + drop))
        self.pen.distance = 0.0

    def _forest(self) -> None:
        """A wall of trees along the horizon."""
        count = max(7, round(9 * self.width / self.unit))
        if self.scene.landscape not in WATERS:  # no sky between the trunks
            top, low = self.horizon - 0.06 * self.unit, self.horizon + 0.06 * self.unit
            self.pen.distance = 0.3
            self.pen.box(darker(self.green((64, 128, 76)), 0.4), -2, top, self.width + 2, low)
            self.pen.distance = 0.0
        for far, size in ((0.35, 0.3), (0.08, 0.36)):
            for i in range(count):
                x = (i + self.rng.uniform(0.0, 1.0)) / count * self.width
                self.tree_at(
                    x, self.horizon + 0.03 * self.unit, size * self.rng.uniform(0.8, 1.2), far
                )

    def _city(self) -> None:
        """Two rows of tower blocks with windows."""
        u, x = self.unit, -0.03 * self.unit
        if self.scene.time == "night":
            self._city_light()
        subject = not self.scene.objects
        for far, tall in ((0.42, 0.46), (0.0, 0.35)):
            x = -0.05 * u * self.rng.random()
            while x < self.width:
                wide = u * self.rng.uniform(0.08, 0.14)
                high = u * tall * self.rng.uniform(0.45, 1.0) * (1.0 if subject else 0.85)
                self._block(x, wide, self._below_the_moon(x, wide, high), far)
                x += wide * (1.0 if far else self.rng.uniform(1.05, 1.5))
        quay = self.horizon - 0.012 * u
        self.pen.box((74, 72, 88), -2, quay, self.width + 2, self.horizon + 0.012 * u)

    def _city_light(self) -> None:
        """What a city's lamps make of the sky behind it."""
        top = self.horizon - 0.32 * self.unit
        ends = [skia.Point(0, top), skia.Point(0, self.horizon)]
        tones = [skia.ColorSetARGB(a, 250, 176, 110) for a in (0, 170)]
        paint = skia.Paint(Shader=skia.GradientShader.MakeLinear(ends, tones))
        self.canvas.drawRect(skia.Rect.MakeLTRB(0, top, self.width, self.horizon), paint)

    def _below_the_moon(self, x: float, wide: float, high: float) -> float:
        """The height of a block, lower where it would bite into the moon or a high sun."""
        shines = self.scene.time in ("day", "night") and self.scene.weather in _OPEN
        if not shines or abs(x + wide / 2 - self.sun_x) > wide / 2 + 0.09 * self.unit:
            return high
        free = self.horizon - 0.18 * self.height - 0.1 * self.unit - wide  # which a roof may take
        return min(high, max(free, 0.1 * self.unit))

    def _block(self, x: float, wide: float, high: float, far: float) -> None:
        """One tower block standing on the horizon."""
        stone = self.rng.choice(((110, 124, 160), (146, 118, 118), (92, 108, 140), (168, 150, 130)))
        top, u = self.horizon - high, self.unit
        self.pen.distance = far
        roof = self.rng.random()
        if roof < 0.25:
            self.pen.poly(stone, (x, top), (x + wide, top), (x + wide / 2, top - wide * 0.7))
        elif roof < 0.5:
            self.pen.box(stone, x + wide * 0.25, top - wide * 0.4, x + wide * 0.75, top + 1)
            self.pen.line(stone, u * 0.006, (x + wide / 2, top), (x + wide / 2, top - wide))
        self.pen.box(stone, x, top, x + wide, self.horizon + 2)
        if not far:
            self._panes(x, wide, top, stone, self.rng)
        elif self.light.lamps:
            self._panes(x, wide, top, stone, random.Random(round(1000 * x / u)))
        self.pen.distance = 0.0

    def _panes(self, x: float, wide: float, top: float, stone: Colour, rng: random.Random) -> None:
        """The windows of a block, many lit after dark, drawn in two calls."""
        step, size = self.unit * 0.028, self.unit * 0.014
        lit, dark = skia.Path(), skia.Path()
        columns = max(2, int(wide / step))
        gap = wide / columns
        for row in range(int((self.horizon - top) / step)):
            for column in range(columns):
                left = x + gap * (column + 0.5) - size / 2
                y = top + step * (row + 0.45)
                path = lit if rng.random() < 0.55 else dark
                path.addRect(skia.Rect.MakeXYWH(left, y, size, size * 1.1))
        lamps = self.light.lamps or self.scene.time == "sunset"
        far = self.pen.distance
        wall = self.light.on(stone, far)
        glass = mix(LAMPLIGHT, wall, 0.8 * far) if lamps else lighter(wall, 0.45)
        for path, colour in ((lit, glass), (dark, darker(wall, 0.2 if not far else 0.08))):
            self.canvas.drawPath(path, skia.Paint(AntiAlias=True, Color=skia.ColorSetRGB(*colour)))
