"""The light of each hour and weather: sky colours from top to horizon, and the tint of things."""

from dataclasses import dataclass

from mused.art.scenes.pen import Colour, Light, mix
from mused.art.scenes.scene import Scene


@dataclass(frozen=True)
class Sky:
    """Three colours of the sky, from the zenith to the horizon."""

    top: Colour
    middle: Colour
    low: Colour

    def towards(self, other: "Sky", share: float) -> "Sky":
        """A sky between this one and the other."""
        return Sky(
            mix(self.top, other.top, share),
            mix(self.middle, other.middle, share),
            mix(self.low, other.low, share),
        )


_HOURS: dict[str, tuple[Sky, tuple[float, float, float]]] = {
    "day": (Sky((70, 142, 230), (130, 190, 244), (206, 230, 248)), (1.0, 1.0, 1.0)),
    "morning": (Sky((112, 164, 226), (240, 196, 180), (255, 228, 170)), (1.05, 0.95, 0.86)),
    "sunset": (Sky((92, 66, 142), (232, 98, 84), (255, 190, 92)), (1.06, 0.87, 0.75)),
    "dusk": (Sky((58, 62, 128), (148, 96, 160), (236, 156, 144)), (0.8, 0.74, 0.92)),
    "night": (Sky((18, 28, 76), (34, 54, 118), (78, 98, 166)), (0.56, 0.62, 0.92)),
}
_COOLER: dict[str, Sky] = {
    "day": Sky((30, 92, 196), (92, 158, 232), (190, 220, 244)),
    "morning": Sky((142, 160, 216), (222, 190, 214), (250, 220, 210)),
    "sunset": Sky((66, 48, 132), (186, 72, 142), (250, 146, 132)),
    "dusk": Sky((26, 44, 106), (78, 90, 166), (178, 158, 192)),
    "night": Sky((6, 30, 60), (16, 62, 98), (54, 112, 142)),
}
_WARMER: dict[str, Sky] = {
    "day": Sky((112, 172, 228), (172, 206, 228), (248, 232, 204)),
    "morning": Sky((92, 150, 216), (250, 200, 140), (255, 236, 150)),
    "sunset": Sky((148, 82, 108), (246, 138, 64), (255, 216, 104)),
    "dusk": Sky((84, 52, 112), (188, 92, 124), (250, 168, 110)),
    "night": Sky((30, 20, 72), (58, 42, 112), (110, 86, 160)),
}
_WEATHERS: dict[str, tuple[Sky, float, float]] = {
    "cloudy": (Sky((128, 148, 174), (170, 186, 204), (204, 214, 224)), 0.93, 0.6),
    "rain": (Sky((98, 114, 138), (130, 146, 166), (166, 178, 192)), 0.82, 0.75),
    "snow": (Sky((150, 176, 208), (184, 204, 226), (218, 228, 240)), 0.98, 0.7),
    "fog": (Sky((170, 182, 194), (190, 200, 208), (210, 216, 220)), 0.94, 0.75),
    "storm": (Sky((48, 54, 82), (78, 86, 114), (124, 130, 150)), 0.72, 0.8),
}
_DIM = {"day": 1.0, "morning": 1.0, "sunset": 0.85, "dusk": 0.62, "night": 0.42}


def sky_of(scene: Scene) -> Sky:
    """The sky of a scene; the weather greys the hour's colours."""
    hour, _ = _HOURS[scene.time]
    other = (_WARMER if scene.palette > 0 else _COOLER)[scene.time]
    hour = hour.towards(other, abs(scene.palette))
    if scene.weather not in _WEATHERS:
        return hour
    sky, _, share = _WEATHERS[scene.weather]
    dim = 1.0 - _DIM[scene.time]
    dark = Sky((20, 26, 60), (34, 40, 84), (60, 66, 110))
    return hour.towards(sky.towards(dark, dim), share if scene.time == "day" else share * 0.6)


def light_of(scene: Scene) -> Light:
    """How everything in the scene is lit."""
    _, tint = _HOURS[scene.time]
    if scene.landscape in ("plain", "table"):
        tint = (1.0, 1.0, 1.0)
    factor = _WEATHERS[scene.weather][1] if scene.weather in _WEATHERS else 1.0
    r, g, b = (t * factor for t in tint)
    haze = sky_of(scene).low
    return Light((r, g, b), haze, lamps=scene.time in ("night", "dusk") or scene.weather == "storm")
