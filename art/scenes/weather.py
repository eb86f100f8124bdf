"""Rain, snow and fog before and between the things of a scene, so that every style shows them."""

import math
import random

import skia

from mused.art.scenes.light import sky_of
from mused.art.scenes.pen import Colour, Point, mix
from mused.art.scenes.raster import Pixels, image_of, pixels_of
from mused.art.scenes.scene import Scene

_COARSE = {
    "oil": 1.5,
    "watercolour": 1.4,
    "pencil": 1.2,
    "neon": 1.2,
    "pastel": 1.6,
    "pointillism": 1.8,
    "pixel art": 4.0,
    "swirls": 2.0,
    "photograph": 1.3,
}
"""How much larger drops and flakes are where a style would swallow them."""
_OVER: dict[str, tuple[Colour, Colour]] = {
    "ink": ((34, 33, 38), (250, 248, 242)),
    "woodcut": ((28, 24, 26), (240, 222, 190)),
    "blueprint": ((222, 234, 250), (40, 84, 160)),
    "mosaic": ((26, 24, 30), (226, 238, 252)),
}
"""Styles that would draw outlines around each drop, with the colours of their lines and papers."""
_LINED = ("pencil", "ink", "woodcut", "neon", "blueprint")
"""Styles in which what has no outline is not seen."""
_FADED = ("watercolour", "pastel", "mosaic", "pixel art", "swirls")
"""Styles in which little contrast is soon none."""
_DARK = ("night", "dusk")
INDOORS = ("plain", "space", "underwater", "table")
"""Landscapes without a sky, where no weather is."""


def paint_haze(canvas: skia.Canvas, scene: Scene, width: int, height: int) -> None:
    """Fog that hides what is far, before anything near is drawn."""
    if scene.weather != "fog" or scene.landscape in INDOORS:
        return
    thin = 0.65 if scene.style in (*_LINED, *_FADED) else 1.0
    ends = [skia.Point(0, 0), skia.Point(0, height)]
    tones = [skia.ColorSetARGB(round(thin * a), *_fog(scene)) for a in (56, 146, 130, 48)]
    places = [0.0, 0.8 * scene.horizon, scene.horizon, 1.0]
    canvas.drawPaint(skia.Paint(Shader=skia.GradientShader.MakeLinear(ends, tones, places)))
    _banks(canvas, scene, width, height, random.Random(scene.seed ^ 0x5EED), 7)


def paint_weather(canvas: skia.Canvas, scene: Scene, width: int, height: int) -> None:
    """Rain, flakes of snow or banks of fog in front of everything, before it is restyled."""
    coarse = _COARSE.get(scene.style, 1.0)
    if scene.landscape in INDOORS:
        return
    if scene.weather == "fog":
        canvas.drawColor(skia.ColorSetARGB(24 if scene.style in _FADED else 40, *_fog(scene)))
        _banks(canvas, scene, width, height, random.Random(scene.seed ^ 0xF06), 2)
    elif scene.style in _OVER:
        return
    elif scene.weather == "snow":
        white = skia.Paint(AntiAlias=True, Color=skia.ColorSetARGB(240, 255, 255, 255))
        canvas.drawPath(_flakes(scene, width, height, min(coarse, 2.2)), white)
    elif scene.weather in ("rain", "storm"):
        drawn = scene.style == "pencil" and scene.time not in _DARK
        tone: Colour = (52, 60, 84) if drawn else (226, 234, 248)
        coarse = 0.9 if scene.style in _LINED else coarse
        for near, thick, alpha in ((False, 0.0036, 130), (True, 0.0056, 190)):
            paint = _line(tone, thick * coarse * min(width, height), alpha)
            canvas.drawPath(_drops(scene, width, height, coarse, near), paint)


def over(pixels: Pixels, scene: Scene) -> Pixels:
    """The restyled picture with rain or snow over it in styles that draw them line by line."""
    if scene.style not in _OVER or scene.landscape in INDOORS:
        return pixels
    if scene.weather not in ("rain", "storm", "snow"):
        return pixels
    height, width = pixels.shape[:2]
    unit = min(width, height)
    tone, paper = _OVER[scene.style]
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.drawImage(image_of(pixels), 0, 0)
    if scene.weather == "snow":
        flakes = _flakes(scene, width, height, 1.3)
        canvas.drawPath(flakes, _line(tone, 0.009 * unit))
        canvas.drawPath(flakes, skia.Paint(AntiAlias=True, Color=skia.ColorSetRGB(*paper)))
    else:
        wide = unit * (1.6 if scene.style == "mosaic" else 1.0)
        for near in (False, True):
            drops = _drops(scene, width, height, 1.0, near)
            canvas.drawPath(drops, _line(tone, (0.008 if near else 0.006) * wide))
            if scene.style in ("woodcut", "mosaic"):
                canvas.drawPath(drops, _line(paper, (0.0045 if near else 0.0035) * wide))
    return pixels_of(surface)


def _line(tone: Colour, thick: float, alpha: int = 255) -> skia.Paint:
    """A paint for round-ended lines."""
    return skia.Paint(
        AntiAlias=True,
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=thick,
        StrokeCap=skia.Paint.kRound_Cap,
        Color=skia.ColorSetARGB(alpha, *tone),
    )


def _drops(scene: Scene, width: int, height: int, coarse: float, near: bool) -> skia.Path:
    """Slanting streaks, the near ones longer and fewer."""
    rng, unit = random.Random(scene.seed ^ (0x5EED + near)), min(width, height)
    path = skia.Path()
    count = (45 if near else 60) * (0.65 if scene.style == "neon" else 1.0) / math.sqrt(coarse)
    for _ in range(round(count * width * height / unit**2)):
        x, y = rng.uniform(-0.05, 1.1) * width, rng.uniform(-0.1, 1.0) * height
        long = unit * (1.0 if near else 0.7) * rng.uniform(0.06, 0.11) * max(1.0, 0.6 * coarse)
        path.moveTo(x, y)
        path.lineTo(x - 0.28 * long, y + long)
    return path


def _flakes(scene: Scene, width: int, height: int, coarse: float) -> skia.Path:
    """Many small flakes that are far away, and a few large ones near."""
    rng, unit = random.Random(scene.seed ^ 0x5EED), min(width, height)
    path = skia.Path()
    for count, size in ((50, 0.0055), (32, 0.009), (12, 0.014)):
        for _ in range(round(count * width * height / unit**2 / math.sqrt(coarse))):
            x, y = rng.random() * width, rng.random() * height
            path.addCircle(x, y, unit * coarse * size * rng.uniform(0.85, 1.2))
    return path


def _banks(
    canvas: skia.Canvas, scene: Scene, width: int, height: int, rng: random.Random, each: int
) -> None:
    """Soft banks that lie around the horizon and before it, `each` on a square picture."""
    unit, lined = min(width, height), scene.style in _LINED
    tones = [skia.ColorSetARGB(a, *_fog(scene)) for a in ((60, 45, 0) if lined else (110, 85, 0))]
    tone: Colour = (206, 212, 228) if scene.time in _DARK else (122, 130, 146)
    count = round(each * width / unit)
    for i in range(count):
        x = (i + rng.random()) / count * width
        y = (scene.horizon + rng.uniform(-0.14, 0.3)) * height
        half = unit * rng.uniform(0.4, 0.75)
        canvas.save()
        canvas.translate(x, y)
        canvas.scale(1, rng.uniform(0.09, 0.16))
        shader = skia.GradientShader.MakeRadial(skia.Point(0, 0), half, tones, [0, 0.5, 1])
        canvas.drawCircle(0, 0, half, skia.Paint(Shader=shader))
        canvas.restore()
        if lined:
            _wisp(canvas, (x, y), half * 0.6, unit, tone)


def _wisp(canvas: skia.Canvas, middle: Point, half: float, unit: float, tone: Colour) -> None:
    """A long wavy line."""
    x, y = middle
    path = skia.Path()
    path.moveTo(x - half, y)
    path.cubicTo(x - half / 3, y - 0.03 * unit, x + half / 3, y + 0.03 * unit, x + half, y)
    canvas.drawPath(path, _line(tone, 0.006 * unit))


def _fog(scene: Scene) -> Colour:
    """The colour of fog, which takes on the light of the hour."""
    return mix((218, 223, 228), sky_of(scene).low, 0.6 if scene.time in _DARK else 0.3)
