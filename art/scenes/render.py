"""A scene as pixels."""

import random

import numpy as np
import skia

from mused.art.scenes.backgrounds import Ground
from mused.art.scenes.objects import drawing_of
from mused.art.scenes.pen import Light, Pen, darker, lighter
from mused.art.scenes.photograph import defocus, modelled, textured
from mused.art.scenes.placing import HEAVENLY, WATERS
from mused.art.scenes.raster import Pixels, pixels_of
from mused.art.scenes.scene import Placed, Scene
from mused.art.scenes.styles import restyle
from mused.art.scenes.weather import INDOORS, over, paint_haze, paint_weather
from mused.art.scenes.words import COLOURS, OBJECTS

_OPEN = ("plain", "space", "underwater")
"""Landscapes without a ground that could take a shadow."""


def render(scene: Scene, width: int, height: int) -> Pixels:
    """Draw a scene.

    Returns uint8 sRGB of shape (height, width, 3). The same scene gives the same composition at
    every size, and the same pixels at the same size.
    """
    scene = scene.fitted(width, height)
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    ground = Ground(canvas, scene, width, height)
    heavenly = [(i, p) for i, p in enumerate(scene.objects) if p.noun in HEAVENLY]
    others = [(i, p) for i, p in enumerate(scene.objects) if p.noun not in HEAVENLY]
    if scene.landscape not in INDOORS:
        ground.paint_sky()
        for i, placed in heavenly:
            _draw(canvas, scene, placed, i, ground, width, height)
        ground.paint_backdrop()
        heavenly = []
    ground.paint_ground()
    if scene.landscape in WATERS:
        _reflect_backdrop(surface, ground)
    paint_haze(canvas, scene, width, height)
    camera = scene.style == "photograph"
    if camera:
        _before_the_camera(surface, ground, [p for _, p in others])
    if scene.landscape in WATERS:
        for i, placed in others:
            if OBJECTS[placed.noun].place == "water" or placed.noun == "bridge":
                _reflect(canvas, scene, placed, i, ground, width, height)
        if any(_ashore(p) for _, p in others):
            ground.paint_shore()
    stage = skia.Surface(width, height) if camera else surface
    for i, placed in heavenly + others:
        _shadow(canvas, scene, placed, width, height)
        _draw(stage.getCanvas(), scene, placed, i, ground, width, height)
    if camera:
        canvas.drawImage(modelled(stage, ground.sun_x), 0, 0)
    paint_weather(canvas, scene, width, height)
    return over(restyle(pixels_of(surface), scene.style, scene.seed), scene)


def _before_the_camera(surface: skia.Surface, ground: Ground, subjects: list[Placed]) -> None:
    """Roughen the ground and put the largest subject into focus; without one, everything is."""
    groundless = ground.scene.landscape in _OPEN
    horizon = 0.0 if groundless else ground.horizon
    textured(surface, horizon, np.random.default_rng(ground.scene.seed))
    if subjects:
        subject = max(subjects, key=lambda placed: placed.height)
        defocus(surface, ground.height if groundless else horizon, subject.y * ground.height)


def _ashore(placed: Placed) -> bool:
    """Whether an object needs solid ground."""
    afloat = OBJECTS[placed.noun].place in ("water", "sky") or placed.noun == "bridge"
    return not (afloat or placed.raised)


def _draw(
    canvas: skia.Canvas,
    scene: Scene,
    placed: Placed,
    index: int,
    ground: Ground,
    width: int,
    height: int,
    upright: bool = True,
) -> None:
    """Draw one object, mirrored downwards when it is a reflection."""
    scale = placed.height * min(width, height)
    canvas.save()
    canvas.translate(placed.x * width, placed.y * height)
    canvas.scale(-scale if placed.flip else scale, -scale if upright else scale * 0.75)
    light = Light() if scene.landscape in _OPEN else ground.light.nearer()
    poster = scene.style == "poster"
    pen = Pen(canvas, light, flat=poster, outline=0.011 / placed.height if poster else 0.0)
    drawing = drawing_of(placed.noun, placed.variant)
    colour = COLOURS[placed.colour]
    if placed.shade:
        colour = darker(colour, 0.45) if placed.shade == "dark" else lighter(colour, 0.45)
    drawing(pen, colour, random.Random(scene.seed + index))
    canvas.restore()


def _reflect(
    canvas: skia.Canvas,
    scene: Scene,
    placed: Placed,
    index: int,
    ground: Ground,
    width: int,
    height: int,
) -> None:
    """The object's image in the water below it."""
    canvas.saveLayerAlpha(None, 90)
    _draw(canvas, scene, placed, index, ground, width, height, upright=False)
    canvas.restore()


def _reflect_backdrop(surface: skia.Surface, ground: Ground) -> None:
    """Mirror what stands at the horizon in a lake or river."""
    if not ground.scene.backdrop:
        return
    y, w = ground.horizon, ground.width
    depth = min(ground.height - y, y) * 0.7
    image = surface.makeImageSnapshot()
    canvas = surface.getCanvas()
    water = skia.Rect.MakeLTRB(0, y, w, y + depth)
    canvas.saveLayer(water)
    canvas.save()
    canvas.clipRect(water)
    canvas.translate(0, 2 * y)
    canvas.scale(1, -1)
    canvas.drawImage(image, 0, 0, skia.SamplingOptions(skia.FilterMode.kLinear))
    canvas.restore()
    ends = [skia.Point(0, y), skia.Point(0, y + depth)]
    tones = [skia.ColorSetARGB(a, 0, 0, 0) for a in (135, 100, 0)]
    fading = skia.GradientShader.MakeLinear(ends, tones)
    canvas.drawRect(water, skia.Paint(Shader=fading, BlendMode=skia.BlendMode.kDstIn))
    canvas.restore()


def _shadow(canvas: skia.Canvas, scene: Scene, placed: Placed, width: int, height: int) -> None:
    """A soft shadow on the ground, so that things stand and do not hover."""
    solid = scene.landscape not in _OPEN and OBJECTS[placed.noun].place in (
        "ground",
        "table",
        "plain",
    )
    if not solid or placed.noun == "bridge" or placed.raised:
        return
    unit = min(width, height)
    half = placed.height * OBJECTS[placed.noun].aspect * unit * 0.52
    x, y = placed.x * width + half * 0.16, placed.y * height
    deep = max(half * 0.16, unit * 0.012)
    canvas.save()
    canvas.translate(x, y)
    canvas.scale(1, deep / half)
    dark = (20, 16, 50)
    tones = [skia.ColorSetARGB(a, *dark) for a in (130, 110, 0)]
    shader = skia.GradientShader.MakeRadial(skia.Point(0, 0), half * 1.15, tones, [0, 0.55, 1])
    canvas.drawCircle(0, 0, half * 1.15, skia.Paint(AntiAlias=True, Shader=shader))
    canvas.restore()
