"""What lies behind the objects: skies, backdrops, waters and grounds, in pixel coordinates."""

import math
import random

import skia

from mused.art.scenes.light import light_of, sky_of
from mused.art.scenes.pen import (
    LAMPLIGHT,
    WHITE,
    Colour,
    Light,
    Pen,
    darker,
    lighter,
    mix,
    smooth_path,
    straight_path,
)
from mused.art.scenes.plants import pine, tree
from mused.art.scenes.scene import Scene
from mused.art.scenes.words import COLOURS

_GRASS: Colour = (108, 172, 78)
_SNOW: Colour = (240, 245, 252)
_SAND: Colour = (238, 208, 146)
_AUTUMN: tuple[Colour, ...] = ((214, 120, 44), (190, 70, 40), (226, 172, 60))


class Ground:
    """Paints everything of a scene but its objects."""

    def __init__(self, canvas: skia.Canvas, scene: Scene, width: int, height: int) -> None:
        self.canvas = canvas
        self.scene = scene
        self.width, self.height = float(width), float(height)
        self.unit = float(min(width, height))
        self.horizon = scene.horizon * height
        self.sky = sky_of(scene)
        self.light: Light = light_of(scene)
        self.rng = random.Random(scene.seed)
        self.pen = Pen(canvas, self.light, flat=scene.style == "poster")
        self.sun_x = self.width * self.rng.choice((0.2, 0.28, 0.72, 0.8))

    def gradient(self, top: float, low: float, *colours: Colour) -> None:
        """A vertical gradient over the full width."""
        ends = [skia.Point(0, top), skia.Point(0, low)]
        tones = [skia.ColorSetRGB(*c) for c in colours]
        paint = skia.Paint(Shader=skia.GradientShader.MakeLinear(ends, tones))
        self.canvas.drawRect(skia.Rect.MakeLTRB(0, top, self.width, low + 1), paint)

    def glow(self, x: float, y: float, radius: float, colour: Colour, alpha: int) -> None:
        """A soft light."""
        tones = [skia.ColorSetARGB(alpha, *colour), skia.ColorSetARGB(0, *colour)]
        shader = skia.GradientShader.MakeRadial(skia.Point(x, y), radius, tones)
        self.canvas.drawCircle(x, y, radius, skia.Paint(Shader=shader))

    def disc(self, x: float, y: float, radius: float, colour: Colour, alpha: int = 255) -> None:
        """A flat disc."""
        paint = skia.Paint(AntiAlias=True, Color=skia.ColorSetARGB(alpha, *colour))
        self.canvas.drawCircle(x, y, radius, paint)

    def ridge(
        self, colour: Colour, base: float, rise: float, bumps: float, rough: float = 0.0
    ) -> None:
        """A hilly silhouette from its ridge down to the bottom of the picture."""
        phase, count = self.rng.uniform(0, 7), 14
        points = []
        for i in range(count + 1):
            t = i / count
            wave = math.sin(phase + t * bumps) * 0.6 + math.sin(phase * 2 + t * bumps * 2.3) * 0.4
            y = base - rise * (0.5 + 0.5 * wave) - rough * self.rng.random()
            points.append((t * self.width, y))
        path = smooth_path(points, closed=False)
        path.lineTo(self.width + 2, self.height + 2)
        path.lineTo(-2, self.height + 2)
        path.lineTo(-2, points[0][1])
        self.pen.fill(path, colour, line=False)

    def paint_sky(self) -> None:
        """Gradient, sun or moon with its glow, stars and clouds."""
        self.canvas.clear(skia.ColorSetRGB(*self.sky.low))
        self.gradient(0, self.horizon, self.sky.top, self.sky.middle, self.sky.low)
        named = {p.noun for p in self.scene.objects}
        clear = self.scene.weather in ("clear", "autumn")
        if self.scene.time in ("night", "dusk"):
            self._stars(60 if self.scene.time == "night" else 16)
        if clear or self.scene.weather == "snow":
            self._orb(named)
        if clear and "cloud" not in named and self.scene.time != "night":
            self._clouds(self.rng.choice((1, 2, 3)), 200)
        elif not clear:
            self._clouds(6, 235)

    def _stars(self, count: int) -> None:
        for _ in range(count):
            x, y = self.rng.random() * self.width, self.rng.random() * self.horizon * 0.85
            size = self.unit * self.rng.choice((0.003, 0.004, 0.007))
            self.disc(x, y, size, (250, 246, 226), self.rng.randint(150, 255))

    def _orb(self, named: set[str]) -> None:
        """Sun or moon of the hour, unless the prompt named its own."""
        time, x, u = self.scene.time, self.sun_x, self.unit
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
        body = mix(self.sky.low, WHITE, 0.55 if self.scene.weather != "storm" else 0.05)
        tone = mix(body, self.sky.middle, 0.25)
        for _ in range(count):
            x, y = self.rng.random() * self.width, self.rng.uniform(0.06, 0.6) * self.horizon
            r = self.unit * self.rng.uniform(0.03, 0.06)
            for dx, dy, size in (
                (-1.6, 0.3, 0.8),
                (0, -0.2, 1.15),
                (1.5, 0.3, 0.85),
                (0.4, 0.5, 1),
            ):
                self.disc(x + dx * r, y + dy * r + r * 0.15, r * size, tone, alpha)
                self.disc(x + dx * r, y + dy * r, r * size * 0.92, body, alpha)

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
                far = self._green((96, 146, 110))
                self.pen.distance = 0.3
                self.ridge(far, self.horizon + 0.02 * self.unit, 0.14 * self.unit, 7)
                self.pen.distance = 0.0

    def _mountains(self) -> None:
        for far, tall, count in ((0.45, 0.36, 4), (0.12, 0.26, 3)):
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
        self.pen.poly(_SNOW, *cap, (x + s * 0.45, top + drop * 0.8), (x + s, top + drop))
        self.pen.distance = 0.0

    def _forest(self) -> None:
        """A wall of trees along the horizon."""
        count = max(7, round(9 * self.width / self.unit))
        for far, size in ((0.35, 0.3), (0.08, 0.36)):
            for i in range(count):
                x = (i + self.rng.uniform(0.0, 1.0)) / count * self.width
                self._tree_at(
                    x, self.horizon + 0.03 * self.unit, size * self.rng.uniform(0.8, 1.2), far
                )

    def _tree_at(self, x: float, base: float, size: float, far: float = 0.0) -> None:
        """A tree or pine of `size` units."""
        self.canvas.save()
        self.canvas.translate(x, base)
        self.canvas.scale(size * self.unit, -size * self.unit)
        self.pen.distance = far
        autumn = self.scene.weather == "autumn"
        green = self.rng.choice(
            _AUTUMN if autumn else ((64, 142, 66), (84, 156, 70), (50, 124, 78))
        )
        winter = self.scene.weather == "snow"
        drawing = pine if winter or (not autumn and self.rng.random() < 0.5) else tree
        drawing(self.pen, mix(green, WHITE, 0.3) if winter else green, self.rng)
        self.pen.distance = 0.0
        self.canvas.restore()

    def _city(self) -> None:
        """Two rows of tower blocks with windows."""
        u, x = self.unit, -0.03 * self.unit
        subject = not self.scene.objects
        for far, tall in ((0.42, 0.46), (0.0, 0.35)):
            x = -0.05 * u * self.rng.random()
            while x < self.width:
                wide = u * self.rng.uniform(0.08, 0.14)
                high = u * tall * self.rng.uniform(0.45, 1.0) * (1.0 if subject else 0.85)
                self._block(x, wide, high, far)
                x += wide * (1.0 if far else self.rng.uniform(1.05, 1.5))
        quay = self.horizon - 0.012 * u
        self.pen.box((74, 72, 88), -2, quay, self.width + 2, self.horizon + 0.012 * u)

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
            self._panes(x, wide, top, stone)
        self.pen.distance = 0.0

    def _panes(self, x: float, wide: float, top: float, stone: Colour) -> None:
        """The windows of a block, many lit after dark, drawn in two calls."""
        step, size = self.unit * 0.028, self.unit * 0.014
        lit, dark = skia.Path(), skia.Path()
        columns = max(2, int(wide / step))
        gap = wide / columns
        for row in range(int((self.horizon - top) / step)):
            for column in range(columns):
                left = x + gap * (column + 0.5) - size / 2
                y = top + step * (row + 0.45)
                path = lit if self.rng.random() < 0.55 else dark
                path.addRect(skia.Rect.MakeXYWH(left, y, size, size * 1.1))
        lamps = self.light.lamps or self.scene.time == "sunset"
        glass = lighter(self.light.on(stone), 0.45)
        for path, colour in (
            (lit, LAMPLIGHT if lamps else glass),
            (dark, darker(self.light.on(stone), 0.2)),
        ):
            self.canvas.drawPath(path, skia.Paint(AntiAlias=True, Color=skia.ColorSetRGB(*colour)))

    def _green(self, colour: Colour) -> Colour:
        """The colour of vegetation in this weather."""
        if self.scene.weather == "snow":
            return _SNOW
        return mix(colour, (206, 150, 60), 0.55) if self.scene.weather == "autumn" else colour

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

    def _water(self) -> None:
        """Water that mirrors the sky, with ripples and the sun's path."""
        deep: Colour = (36, 104, 176) if self.scene.landscape == "sea" else (52, 124, 172)
        deep = self.light.on(deep)
        self.gradient(
            self.horizon,
            self.height,
            mix(self.sky.low, deep, 0.35),
            mix(self.sky.middle, deep, 0.6),
            mix(self.sky.top, deep, 0.7),
        )
        self._ripples(self.horizon, self.height, lighter(self.sky.low, 0.25), 46)
        if self.scene.weather in ("clear", "autumn") and self.scene.time != "dusk":
            self._glitter()
        if self.scene.landscape == "river":
            self._banks()

    def _ripples(self, top: float, low: float, colour: Colour, count: int) -> None:
        """Short horizontal strokes, longer towards the viewer."""
        u = self.unit
        for _ in range(count):
            t = self.rng.random()
            y = top + (low - top) * (t**1.4)
            half = u * (0.015 + 0.05 * t) * self.rng.uniform(0.5, 1.3)
            x = self.rng.random() * self.width
            paint = skia.Paint(
                AntiAlias=True,
                Color=skia.ColorSetARGB(self.rng.randint(50, 130), *colour),
                StrokeWidth=u * (0.004 + 0.007 * t),
                StrokeCap=skia.Paint.kRound_Cap,
            )
            self.canvas.drawLine(x - half, y, x + half, y, paint)

    def _glitter(self) -> None:
        """The path of light below the sun or the moon."""
        warm = {"night": (236, 236, 220), "sunset": (255, 222, 130), "morning": (255, 236, 170)}
        colour = warm.get(self.scene.time)
        if colour is None:
            return
        depth = self.height - self.horizon
        for i in range(13):
            t = (i + 0.5) / 13
            half = self.unit * (0.09 - 0.03 * t) * self.rng.uniform(0.5, 1.2)
            paint = skia.Paint(
                AntiAlias=True,
                Color=skia.ColorSetARGB(round(220 - 130 * t), *colour),
                StrokeWidth=self.unit * (0.007 + 0.01 * t),
                StrokeCap=skia.Paint.kRound_Cap,
            )
            x, y = self.sun_x + self.unit * self.rng.uniform(-0.02, 0.02), self.horizon + depth * t
            self.canvas.drawLine(x - half, y, x + half, y, paint)

    def _banks(self) -> None:
        """Green banks that narrow a river towards the horizon."""
        w, h, y = self.width, self.height, self.horizon
        green = self._green(_GRASS)
        for sign in (-1, 1):
            middle = w / 2

            def at(
                share: float, down: float, side: int = sign, mid: float = middle
            ) -> tuple[float, float]:
                return mid + side * share * w, y + down * (h - y)

            path = smooth_path(
                [at(0.12, -0.01), at(0.17, 0.3), at(0.3, 0.62), at(0.42, 1.02)], closed=False
            )
            path.lineTo(*at(0.6, 1.02))
            path.lineTo(*at(0.6, -0.01))
            self.pen.fill(path, green, line=False)

    def paint_shore(self) -> None:
        """A headland in the foreground, for what can not stand on water."""
        sandy = self.scene.landscape == "sea" and self.scene.weather != "snow"
        top = self.horizon + 0.62 * (self.height - self.horizon)
        if sandy:
            self.ridge((232, 202, 146), top, 0.03 * self.unit, 4)
        self.ridge(self._green(_GRASS), top + 0.05 * self.unit, 0.035 * self.unit, 5)

    def _beach(self) -> None:
        """Sea behind, foam, sand in front."""
        middle = self.horizon + 0.38 * (self.height - self.horizon)
        deep = self.light.on((44, 150, 196))
        self.gradient(self.horizon, middle + 0.05 * self.unit, mix(self.sky.low, deep, 0.5), deep)
        self._ripples(self.horizon, middle, lighter(self.sky.low, 0.3), 16)
        self.ridge((250, 250, 250), middle + 0.012 * self.unit, 0.03 * self.unit, 6)
        self.rng = random.Random(self.scene.seed + 1)
        self.ridge(
            _SNOW if self.scene.weather == "snow" else _SAND,
            middle + 0.04 * self.unit,
            0.03 * self.unit,
            6,
        )

    def _dunes(self) -> None:
        """Three rows of dunes."""
        room = self.height - self.horizon
        for i, tone in enumerate((0.2, 0.08, 0.0)):
            colour = _SNOW if self.scene.weather == "snow" else darker((240, 196, 116), tone)
            self.ridge(colour, self.horizon + room * (0.12 + 0.26 * i), 0.1 * self.unit, 4 + i)

    def _meadow(self) -> None:
        """Rolling green, with grass and some flowers in a meadow."""
        room = self.height - self.horizon
        hilly = self.scene.landscape == "hills"
        for i, share in enumerate((0.34, 0.16, 0.0)):
            green = mix(self._green(_GRASS), (60, 120, 90), share)
            rise = (0.13 if hilly else 0.03) * self.unit * (1.0 - 0.25 * i)
            self.ridge(green, self.horizon + room * (0.08 + 0.22 * i), rise, 5 + i)
        if self.scene.landscape == "forest":
            self._forest_edges()
        if self.scene.weather != "snow":
            self._tufts(34, flowers=self.scene.landscape == "meadow")

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
                self._tree_at(
                    (x + jitter) * self.width,
                    self.horizon + down * room,
                    size * self.rng.uniform(0.9, 1.1),
                    0.22 * (1 - down),
                )

    def _tufts(self, count: int, *, flowers: bool) -> None:
        """Blades of grass, with dots of flowers between them."""
        room, u = self.height - self.horizon, self.unit
        blade = darker(self._green(_GRASS), 0.2)
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
        gold: Colour = (226, 188, 84) if ripe else _SNOW
        self.pen.distance = 0.25
        self.ridge(
            self._green((104, 150, 90)), self.horizon + 0.01 * self.unit, 0.05 * self.unit, 6
        )
        self.pen.distance = 0.0
        self.gradient(
            self.horizon, self.height, self.light.on(mix(gold, WHITE, 0.15)), self.light.on(gold)
        )
        middle = self.width * 0.5
        for i in range(-13, 14):
            far, near = middle + i * 0.05 * self.unit, middle + i * 0.24 * self.unit
            self.pen.poly(
                darker(gold, 0.16 if ripe else 0.06),
                (far, self.horizon),
                (near, self.height),
                (near + 0.07 * self.unit, self.height),
            )

    def _road(self) -> None:
        """A road towards the horizon through grass, or a street before a city."""
        city = self.scene.backdrop == "city"
        verge = (150, 152, 150) if city else self._green(_GRASS)
        self.ridge(verge, self.horizon + 0.02 * self.unit, 0.02 * self.unit if not city else 0.0, 4)
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
        for _ in range(90):
            x, y = self.rng.random() * self.width, self.rng.random() * self.height
            self.disc(
                x, y, self.unit * self.rng.choice((0.003, 0.005, 0.008)), (252, 248, 230), 230
            )

    def _underwater(self) -> None:
        """Blue depth with rays, weed, bubbles and a sandy floor."""
        w, h, u = self.width, self.height, self.unit
        self.gradient(0, h, (96, 204, 226), (38, 140, 198), (24, 90, 160))
        for _ in range(4):
            x = self.rng.random() * w
            ray = straight_path(
                [(x, -2), (x + 0.08 * u, -2), (x - 0.12 * u, h), (x - 0.32 * u, h)], closed=True
            )
            self.canvas.drawPath(
                ray, skia.Paint(AntiAlias=True, Color=skia.ColorSetARGB(34, 255, 255, 255))
            )
        self.ridge((222, 200, 150), h * 0.93, 0.04 * u, 7)
        for _ in range(6):
            x, high = self.rng.random() * w, u * self.rng.uniform(0.12, 0.3)
            weed = [(x + 0.02 * u * math.sin(i * 1.7), h * 0.97 - high * i / 4) for i in range(5)]
            self.pen.line((48, 140, 90), 0.022 * u, *weed, smooth=True)
        for _ in range(10):
            x, y = self.rng.random() * w, self.rng.random() * h * 0.8
            self.pen.ring((220, 244, 252), x, y, u * self.rng.uniform(0.008, 0.02), u * 0.005)
