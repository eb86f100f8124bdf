"""What the painting of skies and grounds shares: gradients, glows, ridges and trees."""

import math
import random

import skia

from mused.art.scenes.light import light_of, sky_of
from mused.art.scenes.pen import (
    SNOW,
    WHITE,
    Colour,
    Light,
    Pen,
    mix,
    smooth_path,
)
from mused.art.scenes.plants import pine, tree
from mused.art.scenes.scene import Scene, sun_of

_COOL_GREEN: Colour = (30, 120, 104)
_WARM_GREEN: Colour = (164, 170, 62)
_AUTUMN: tuple[Colour, ...] = ((214, 120, 44), (190, 70, 40), (226, 172, 60))


class Layer:
    """A scene's canvas in pixel coordinates, with its light and its random numbers."""

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
        self.sun_x = self.width * sun_of(self.rng)

    @property
    def lacks_orb(self) -> bool:
        """Whether the sun or the moon of the hour is not to be seen."""
        return ("moon" if self.scene.time == "night" else "sun") in self.scene.without

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

    def tree_at(self, x: float, base: float, size: float, far: float = 0.0) -> None:
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

    def grove(self, base: float) -> None:
        """A few small trees far away, in clusters, on a ground whose edge is about at base."""
        if self.scene.backdrop not in ("", "hills"):
            return
        for _ in range(self.rng.choice((2, 3))):
            middle = self.rng.random() * self.width
            for _ in range(self.rng.choice((1, 2, 3))):
                x = middle + self.rng.uniform(-0.09, 0.09) * self.unit
                self.tree_at(x, base, self.rng.uniform(0.07, 0.11), 0.3)

    def green(self, colour: Colour) -> Colour:
        """The colour of vegetation in this weather."""
        if self.scene.weather == "snow":
            return SNOW
        other = _WARM_GREEN if self.scene.palette > 0 else _COOL_GREEN
        colour = mix(colour, other, 0.4 * abs(self.scene.palette))
        return mix(colour, (206, 150, 60), 0.55) if self.scene.weather == "autumn" else colour
