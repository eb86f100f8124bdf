"""Waters, from above and from below, in pixel coordinates."""

import math
import random

import skia

from mused.art.scenes.layer import Layer
from mused.art.scenes.pen import (
    GRASS,
    SAND,
    SNOW,
    Colour,
    lighter,
    mix,
    smooth_path,
    straight_path,
)


class Waters(Layer):
    """Paints seas, lakes, rivers, beaches and the depth."""

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
        shines = self.scene.weather in ("clear", "autumn") and not self.lacks_orb
        if shines and self.scene.time != "dusk":
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
        green = self.green(GRASS)
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
        self.ridge(self.green(GRASS), top + 0.05 * self.unit, 0.035 * self.unit, 5)

    def _beach(self) -> None:
        """Sea behind, foam, sand in front."""
        middle = self.horizon + 0.38 * (self.height - self.horizon)
        deep = self.light.on((44, 150, 196))
        self.gradient(self.horizon, middle + 0.05 * self.unit, mix(self.sky.low, deep, 0.5), deep)
        self._ripples(self.horizon, middle, lighter(self.sky.low, 0.3), 16)
        self.ridge((250, 250, 250), middle + 0.012 * self.unit, 0.03 * self.unit, 6)
        self.rng = random.Random(self.scene.seed + 1)
        self.ridge(
            SNOW if self.scene.weather == "snow" else SAND,
            middle + 0.04 * self.unit,
            0.03 * self.unit,
            6,
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
