"""Foregrounds: what the objects stand on or before, in pixel coordinates."""

import skia

from mused.art.scenes.pen import (
    GRASS,
    SNOW,
    WHITE,
    Colour,
    darker,
    lighter,
    mix,
)
from mused.art.scenes.skies import Skies
from mused.art.scenes.waters import Waters
from mused.art.scenes.words import COLOURS


class Ground(Skies, Waters):
    """Paints everything of a scene but its objects."""

    def paint_ground(self) -> None:
        """The foreground."""
        match self.scene.landscape:
            case "sea" | "lake" | "river":
                self._water()
            case "beach":
                self._beach()
            case "desert":
                self._dunes()
            case "field":
                self._field()
            case "road":
                self._road()
            case "table":
                self._table()
            case "plain":
                self._plain()
            case "space":
                self._space()
            case "underwater":
                self._underwater()
            case _:
                self._meadow()

    def _dunes(self) -> None:
        """Three rows of dunes."""
        room = self.height - self.horizon
        for i, tone in enumerate((0.2, 0.08, 0.0)):
            colour = SNOW if self.scene.weather == "snow" else darker((240, 196, 116), tone)
            self.ridge(colour, self.horizon + room * (0.12 + 0.26 * i), 0.1 * self.unit, 4 + i)

    def _meadow(self) -> None:
        """Rolling green, with grass and some flowers in a meadow."""
        room = self.height - self.horizon
        hilly = self.scene.landscape == "hills"
        if self.scene.landscape == "forest":
            self._thicket()
        for i, share in enumerate((0.34, 0.16, 0.0)):
            green = mix(self.green(GRASS), (60, 120, 90), share)
            rise = (0.13 if hilly else 0.03) * self.unit * (1.0 - 0.25 * i)
            self.ridge(green, self.horizon + room * (0.08 + 0.22 * i), rise, 5 + i)
            if i == 0 and self.scene.landscape != "forest":
                self.grove(self.horizon + room * 0.08)
        if self.scene.landscape == "forest":
            self._forest_edges()
        if self.scene.weather != "snow":
            self._tufts(34, flowers=self.scene.landscape == "meadow")

    def _thicket(self) -> None:
        """What is behind the trunks of the farthest trees: no sky."""
        self.pen.distance = 0.25
        dark = darker(self.green((64, 128, 76)), 0.35)
        self.ridge(dark, self.horizon - 0.09 * self.unit, 0.06 * self.unit, 11)
        self.pen.distance = 0.0

    def _forest_edges(self) -> None:
        """Large trees at both sides, leaving a clearing."""
        room = self.height - self.horizon
        rows = (
            (0.02, 0.5, (0.02, 0.16, 0.3, 0.42, 0.56, 0.7, 0.84, 0.98)),
            (0.3, 0.62, (0.0, 0.12, 0.88, 1.0)),
            (0.62, 0.75, (-0.02, 1.02)),
        )
        for down, size, places in rows:
            for x in places:
                jitter = self.rng.uniform(-0.03, 0.03)
                self.tree_at(
                    (x + jitter) * self.width,
                    self.horizon + down * room,
                    size * self.rng.uniform(0.9, 1.1),
                    0.22 * (1 - down),
                )

    def _tufts(self, count: int, *, flowers: bool) -> None:
        """Blades of grass, with dots of flowers between them."""
        room, u = self.height - self.horizon, self.unit
        blade = darker(self.green(GRASS), 0.2)
        for _ in range(count):
            t = self.rng.uniform(0.3, 1.0)
            x, y = self.rng.random() * self.width, self.horizon + room * t
            s = u * 0.022 * t
            self.pen.line(blade, s * 0.3, (x - s * 0.5, y - s), (x, y), (x + s * 0.5, y - s * 1.2))
            if flowers and self.rng.random() < 0.6:
                tone = self.rng.choice(
                    ((250, 240, 240), (250, 210, 70), (236, 110, 140), (190, 110, 210))
                )
                self.disc(x + s, y - s, s * 0.45, self.light.on(tone))

    def _field(self) -> None:
        """Furrows or wheat running to the horizon."""
        ripe = self.scene.weather != "snow"
        gold: Colour = (226, 188, 84) if ripe else SNOW
        self.pen.distance = 0.25
        self.ridge(self.green((104, 150, 90)), self.horizon + 0.01 * self.unit, 0.05 * self.unit, 6)
        self.pen.distance = 0.0
        self.grove(self.horizon + 0.01 * self.unit)
        self.gradient(
            self.horizon, self.height, self.light.on(mix(gold, WHITE, 0.15)), self.light.on(gold)
        )
        middle = self.width * 0.5
        for i in range(-13, 14) if ripe else ():
            far, near = middle + i * 0.05 * self.unit, middle + i * 0.24 * self.unit
            self.pen.poly(
                darker(gold, 0.16),
                (far, self.horizon),
                (near, self.height),
                (near + 0.07 * self.unit, self.height),
            )

    def _road(self) -> None:
        """A road towards the horizon through grass, or a street before a city."""
        city = self.scene.backdrop == "city"
        verge = (150, 152, 150) if city else self.green(GRASS)
        down, rise = (0.008, 0.0) if city else (0.02, 0.02)  # no sky below the quay of a city
        self.ridge(verge, self.horizon + down * self.unit, rise * self.unit, 4)
        if not city:
            self.grove(self.horizon + 0.03 * self.unit)
        asphalt: Colour = (98, 98, 108)
        y, h, w = self.horizon + 0.02 * self.unit, self.height, self.width
        crosses = bool(self.scene.objects)
        if crosses:  # what stands here is seen from the side, and so is its road
            top = y + 0.3 * (h - y)
            self.pen.box(asphalt, -2, top, w + 2, y + 0.86 * (h - y))
            for i in range(7):
                left = w * (i + 0.2) / 7
                line = y + 0.76 * (h - y)
                self.pen.box(WHITE, left, line, left + w * 0.07, line + 0.012 * self.unit)
        else:
            m = w / 2
            self.pen.poly(
                asphalt, (m - 0.03 * w, y), (m + 0.03 * w, y), (m + 0.4 * w, h), (m - 0.4 * w, h)
            )
            for near in (0.08, 0.25, 0.5, 0.8):
                a, b = y + near * (h - y), y + (near + 0.1 + near * 0.12) * (h - y)
                self.pen.poly(
                    WHITE,
                    (m - 0.02 * w * near, a),
                    (m + 0.02 * w * near, a),
                    (m + 0.024 * w * near, b),
                    (m - 0.024 * w * near, b),
                )

    def _table(self) -> None:
        """A wall with a soft light and a wooden table."""
        wall = self.rng.choice(
            ((150, 176, 170), (206, 180, 150), (164, 150, 180), (130, 156, 190), (196, 160, 150))
        )
        self.gradient(0, self.horizon, lighter(wall, 0.12), wall)
        self.glow(0.3 * self.width, 0.25 * self.height, 0.7 * self.unit, (255, 246, 220), 110)
        wood = self.rng.choice(((166, 112, 70), (140, 92, 62), (190, 140, 92)))
        self.gradient(self.horizon, self.height, lighter(wood, 0.18), wood)
        for i in range(1, 5):
            y = self.horizon + (self.height - self.horizon) * (i / 5) ** 1.2
            self.pen.line(
                darker(wood, 0.14), self.unit * 0.006, (0, y), (self.width, y + 0.01 * self.unit)
            )

    def _plain(self) -> None:
        """One colour with a light in the middle."""
        colour = COLOURS.get(self.scene.background, (120, 170, 210))
        tones = [skia.ColorSetRGB(*lighter(colour, 0.12)), skia.ColorSetRGB(*darker(colour, 0.12))]
        middle = skia.Point(self.width * 0.5, self.height * 0.42)
        reach = 0.75 * max(self.width, self.height)
        shader = skia.GradientShader.MakeRadial(middle, reach, tones)
        self.canvas.drawPaint(skia.Paint(Shader=shader))

    def _space(self) -> None:
        """Stars and nebulae."""
        self.gradient(0, self.height, (26, 22, 70), (48, 34, 104), (24, 40, 96))
        for _ in range(5):
            tone = self.rng.choice(((150, 70, 170), (60, 110, 200), (200, 90, 130)))
            x, y = self.rng.random() * self.width, self.rng.random() * self.height
            self.glow(x, y, self.unit * self.rng.uniform(0.25, 0.5), tone, 90)
        for _ in range(0 if "stars" in self.scene.without else 90):
            x, y = self.rng.random() * self.width, self.rng.random() * self.height
            self.disc(
                x, y, self.unit * self.rng.choice((0.003, 0.005, 0.008)), (252, 248, 230), 230
            )
