"""From a prompt, or from nothing, to a composed scene."""

import random
from collections.abc import Sequence
from dataclasses import replace

from mused.art.scenes.leeway import USUAL, Leeway
from mused.art.scenes.placing import FLOATING, WATERS, place
from mused.art.scenes.reading import read_request
from mused.art.scenes.relations import honour
from mused.art.scenes.request import SceneRequest, Subject
from mused.art.scenes.scene import Placed, Scene, sun_of
from mused.art.scenes.words import (
    COLOURS,
    HOMES,
    LANDSCAPES,
    OBJECTS,
    PEOPLE,
    STYLES,
    TIMES,
    WEATHERS,
    Place,
)

_BACKDROPS = ("mountains", "hills", "forest", "city")
_LOW_SUN = ("sunset", "morning")
_DEFAULT_SUBJECTS = ("sailboat", "house", "castle", "tree", "lighthouse", "balloon")
_USUAL: dict[Place, tuple[str, ...]] = {
    "sky": ("hills", "meadow", "field", "sea"),
    "water": ("sea", "lake"),
    "ground": ("hills", "meadow"),
    "table": ("table",),
    "plain": ("plain",),
}


def parse_scene(
    prompt: str, rng: random.Random, avoided: str = "", leeway: Leeway = USUAL
) -> Scene:
    """The scene a prompt describes, as far as its words are known.

    avoided: names what is not to be seen; leeway: what the scene makes of all that is left open.

    Unknown words end up in `Scene.unknown`; a prompt that names no object and no landscape
    ("a hand sketch") gets a subject, so that there is something to see.
    """
    request = read_request(prompt, avoided)
    chosen = not (request.subjects or request.landscapes or request.time or request.weather)
    if chosen:
        request.subjects.append(Subject(rng.choice(_DEFAULT_SUBJECTS)))
    return replace(arrange(request, rng, leeway), chosen=chosen)


def random_scene(rng: random.Random) -> Scene:
    """Any scene: every object equally likely, usual places and natural colours more often."""
    noun = rng.choice(list(OBJECTS.values()))
    natural = rng.random() < 0.5
    subject = Subject(noun.name, "" if natural else rng.choice(list(COLOURS)))
    subject.size = rng.choice(("", "", "", "large", "small"))
    subject.count = rng.choice((1, 1, 1, 1, 2, 3))
    request = SceneRequest([subject] if rng.random() < 0.93 else [])
    if rng.random() < 0.25:
        request.subjects.append(Subject(rng.choice(list(OBJECTS))))
    if rng.random() < 0.55 or not request.subjects:
        request.landscapes.append(rng.choice(list(LANDSCAPES)))
    if rng.random() < 0.2:
        request.landscapes.append(rng.choice(_BACKDROPS))
    request.time = rng.choice(("", "", *TIMES))
    request.weather = rng.choice(("", "", "", "", *WEATHERS))
    request.style = rng.choice(("",) * 12 + tuple(STYLES))
    return arrange(request, rng)


def arrange(request: SceneRequest, rng: random.Random, leeway: Leeway = USUAL) -> Scene:
    """Choose whatever the request leaves open and give every object its place."""
    landscape, backdrop = _land(request, rng)
    if not {*_BACKDROPS} & {*request.landscapes}:
        low_sun = request.time in _LOW_SUN
        backdrop = leeway.backdrop_of(landscape, backdrop, low_sun=low_sun)
    time, weather = _light(request, backdrop, rng)
    implied = _implied(request, time)
    shown = [s for s in request.subjects if s.noun not in implied]
    request.unknown += honour(shown, landscape)
    request.unknown += _lost(request, landscape, backdrop)
    request.subjects = subjects = shown
    low = bool(subjects) and all(OBJECTS[s.noun].place == "sky" for s in subjects if not s.other)
    reach = 0.04 if landscape == "table" else 0.06 if low else 0.09
    horizon = _horizon(landscape, low=low) + rng.uniform(-0.03, 0.03) + reach * leeway.horizon
    for subject in subjects:
        subject.colour = subject.colour or leeway.colour_of(subject)
    placed = place(request, landscape, horizon, rng, leeway)
    background = request.background or _contrast(placed, rng)
    return Scene(
        landscape=landscape,
        backdrop=backdrop,
        time=time,
        weather=weather,
        objects=tuple(placed),
        style=request.style,
        background=background if landscape == "plain" else "",
        horizon=horizon,
        palette=leeway.palette,
        without=tuple(sorted(request.without)),
        seed=_seed(landscape, placed, rng, horizon if leeway != USUAL else 0.0),
        unknown=tuple(dict.fromkeys(request.unknown)),
    )


def _seed(landscape: str, placed: list[Placed], rng: random.Random, free: float) -> int:
    """The seed of all details: another sky over another subject, the same in another colour.

    free: down to where nothing should hide the sun of that sky.
    """
    nouns = [p.noun for p in placed]
    seeds = random.Random(f"{rng.getrandbits(31)} {landscape} {nouns}")
    for _ in range(24):
        seed = seeds.getrandbits(31)
        if not any(_hides(p, free, sun_of(random.Random(seed))) for p in placed):
            break
    return seed


def _hides(placed: Placed, free: float, x: float) -> bool:
    """Whether an object that is higher stands before a sun at x."""
    half = placed.height * OBJECTS[placed.noun].aspect / 2
    return placed.y - placed.height < free and abs(placed.x - x) < half + 0.04


def _land(request: SceneRequest, rng: random.Random) -> tuple[str, str]:
    """Foreground and backdrop; boats bring water, a second landscape becomes the backdrop."""
    named = list(request.landscapes)
    nouns = [s.noun for s in request.subjects if not s.other]
    backdrop = next((name for name in named if name in _BACKDROPS), "")
    front = next((name for name in named if name not in _BACKDROPS), "")
    afloat = next((noun for noun in nouns if OBJECTS[noun].place == "water"), "")
    if not front and afloat:
        front = HOMES.get(afloat) or rng.choice(_USUAL["water"])
        front = "lake" if backdrop else front
    if not front and nouns and not backdrop:
        front = HOMES.get(nouns[0]) or rng.choice(_USUAL[OBJECTS[nouns[0]].place])
    if front in WATERS and "fish" in nouns:
        front = "underwater"
    if front == "city":
        front, backdrop = "road", "city"
    if not front:
        front = _front_of(backdrop, bool(nouns), request.time, rng)
    if front == "forest":
        backdrop = ""
    if not backdrop and front in ("lake", "river"):
        low_sun = request.time in _LOW_SUN  # which only hills leave to be seen
        backdrop = "hills" if low_sun else rng.choice(("hills", "forest", "mountains"))
    return front, backdrop


def _lost(request: SceneRequest, landscape: str, backdrop: str) -> list[str]:
    """Landscapes that there is no room for, and an hour and a weather that are not to be seen."""
    shown = {landscape, backdrop, *(WATERS if landscape == "underwater" else ())}
    lost = [name for name in request.landscapes if name not in shown]
    shows_hours = landscape not in ("plain", "table", "space")
    usual = ("", "day", "night" if landscape == "space" else "")
    lost += [] if shows_hours or request.time in usual else [request.time]
    if landscape not in FLOATING:
        lost += _level(request.subjects)
    outdoors = landscape not in (*FLOATING, "table")
    lost += [] if outdoors or request.weather in ("", "clear") else [request.weather]
    return lost


def _level(subjects: Sequence[Subject]) -> list[str]:
    """What was said of things that stand on the ground, above or below others."""
    told = []
    for i, subject in enumerate(subjects):
        flies = OBJECTS[subject.noun].place == "sky"
        after = [OBJECTS[other.noun].place for other in subjects[i + 1 :]]
        if subject.position == "top" and after and not flies and subject.noun != "bridge":
            told.append("over")
        if subject.position == "bottom" and after and "sky" not in after:
            told.append("under")
    return told


def _implied(request: SceneRequest, time: str) -> tuple[str, ...]:
    """Nouns that something else already shows: a low sun, the sitter of a portrait."""
    sun = ("sun",) if time in ("sunset", "morning") else ()
    portrait = any(s.noun == "face" for s in request.subjects)
    return (*sun, *(PEOPLE if portrait else ()))


def _front_of(backdrop: str, occupied: bool, time: str, rng: random.Random) -> str:
    """A foreground for a backdrop that was named alone."""
    if not backdrop:
        return "sea" if time in ("sunset", "morning", "dusk") else rng.choice(("hills", "lake"))
    if backdrop == "city":
        return "road" if occupied else "lake"
    if backdrop == "mountains" and not occupied:
        return rng.choice(("lake", "meadow"))
    return {"hills": "hills", "forest": "forest", "mountains": "meadow"}[backdrop]


def _light(request: SceneRequest, backdrop: str, rng: random.Random) -> tuple[str, str]:
    """Time and weather; moon and stars bring the night, snowmen the snow, a skyline its lamps."""
    nouns = {s.noun for s in request.subjects}
    street = "road" in request.landscapes
    lamps = backdrop == "city" and not (nouns or request.weather or street)
    usual = rng.choice(("dusk", "night")) if lamps else "day"
    time = request.time or ("night" if nouns & {"moon", "stars"} else usual)
    default = "snow" if nouns & {"snowman", "penguin"} else "clear"
    weather = request.weather or ("storm" if "lightning" in nouns else default)
    return time, weather


def _horizon(landscape: str, *, low: bool) -> float:
    """Where sky and land meet, from the top; low when the sky is the subject."""
    if landscape == "table":
        return 0.62
    return 0.74 if low else 0.58 if landscape in WATERS else 0.6


def _contrast(placed: list[Placed], rng: random.Random) -> str:
    """A background colour that the objects stand off from."""
    mine = [COLOURS[p.colour] for p in placed]
    choices = ["blue", "turquoise", "yellow", "green", "pink", "orange", "cream", "purple"]
    rng.shuffle(choices)

    def distance(name: str) -> int:
        return min(
            (sum(abs(a - b) for a, b in zip(COLOURS[name], c, strict=True)) for c in mine),
            default=999,
        )

    return next((name for name in choices if distance(name) > 180), max(choices, key=distance))
