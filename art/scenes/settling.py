"""Deciding what only the whole prompt tells: whose sand it is, whether birds fly, what a sky is."""

from dataclasses import dataclass, field, replace

from mused.art.scenes.request import SceneRequest, Subject
from mused.art.scenes.sayings import MATERIALS, SKIES
from mused.art.scenes.vessels import fill
from mused.art.scenes.words import HOMES, OBJECTS, PEOPLE

_SHAPES = (
    Subject("circle", "red", "large"),
    Subject("triangle", "yellow"),
    Subject("square", "blue"),
    Subject("circle", "purple", "small"),
    Subject("square", "black", "small"),
)
_LOW_SUN = {"morning", "sunset", "dusk"}
_MOST_SUBJECTS = 5
"""How many subjects there is room for."""


@dataclass
class Heard:
    """A request, and what was said besides that may still change it."""

    request: SceneRequest
    weak: list[Subject] = field(default_factory=list)
    """Subjects only where nothing else is one."""
    abstract: list[str] = field(default_factory=list)
    """Words for plain shapes."""
    vague: dict[str, str] = field(default_factory=dict)
    """Landscapes named by what they are made of, with the word: a key of `sayings.MATERIALS`."""
    skies: list[str] = field(default_factory=list)
    """Colours of the sky."""
    flying: str = ""
    """The word that lets birds fly."""
    painting: bool = False
    colour: str = ""
    """A colour that no noun followed: the ground's."""


def settle(heard: Heard) -> SceneRequest:
    """The request, complete; what it will not show is told."""
    request = heard.request
    fill(request.subjects)
    if heard.painting and request.style in ("", "photograph"):
        request.style = "oil"
    if not request.subjects:
        stands = [s for s in heard.weak if not request.landscapes or _stands(s)]
        request.subjects = list({subject.noun: subject for subject in stands}.values())
    _show_shapes(heard)
    _find_homes(heard)
    nouns = {subject.noun for subject in request.subjects}
    if nouns & {*PEOPLE}:  # "a man's face" is about the face
        request.subjects.sort(key=lambda subject: subject.noun != "face")
    for subject in request.subjects:
        if subject.noun == "face" and "person" in nouns:
            subject.variant = "man"
        if subject.called in ("full moon", "full moons"):
            subject.variant = "full"
        if subject.noun == "bird" and (heard.flying or subject.position == "top"):
            subject.noun = "seagull"
    if heard.flying not in ("", "sky") and not any(_flies(s) for s in request.subjects):
        request.unknown.append(heard.flying)
    _colour_sky(heard)
    _lay_ground(heard)
    _tell_lost(request)
    return request


def _show_shapes(heard: Heard) -> None:
    """Abstract art has a subject only where nothing is named; else the word is not drawn."""
    request = heard.request
    if heard.abstract and not (request.subjects or request.landscapes):
        request.subjects = [replace(shape) for shape in _SHAPES]
    else:
        request.unknown += heard.abstract


def _find_homes(heard: Heard) -> None:
    """Sand is a beach, or the desert of the pyramid that stands on it."""
    request = heard.request
    for name, phrase in heard.vague.items():
        home = HOMES.get(request.subjects[0].noun) if request.subjects else None
        if home in MATERIALS[phrase]:
            request.landscapes = [home if land == name else land for land in request.landscapes]
    if not request.landscapes and any(_crosses(s) for s in request.subjects):
        request.landscapes = [HOMES["bridge"]]


def _crosses(subject: Subject) -> bool:
    """Whether it is on a bridge or under one."""
    return subject.other is not None and subject.other.noun == "bridge"


def _stands(subject: Subject) -> bool:
    """Whether it may be a thing in a landscape."""
    return OBJECTS[subject.noun].place == "ground"


def _flies(subject: Subject) -> bool:
    """Whether it is drawn in the air."""
    return OBJECTS[subject.noun].place == "sky" or subject.noun == "rocket"


def _colour_sky(heard: Heard) -> None:
    """The hour or the weather that has such a sky, unless another is named."""
    request = heard.request
    for colour in heard.skies:
        time, weather = SKIES.get(colour, ("", ""))
        if time and (request.time in ("", time) or {time, request.time} <= _LOW_SUN):
            request.time = request.time or time
        elif weather and request.weather in ("", weather):
            request.weather = weather
        elif colour not in ("blue", *SKIES) or time:
            request.unknown.append(colour)


def _lay_ground(heard: Heard) -> None:
    """What is flat lies before a colour, or in a meadow where a ball can lie in the snow."""
    request = heard.request
    flat = all(OBJECTS[subject.noun].place == "plain" for subject in request.subjects)
    if heard.colour and flat and request.landscapes in ([], ["plain"]) and not request.background:
        request.landscapes = ["plain"]
        request.background = heard.colour
    elif heard.colour:
        request.unknown.append(heard.colour)
    faceless = all(subject.noun != "face" for subject in request.subjects)
    if request.subjects and request.weather and flat and faceless and not request.landscapes:
        request.landscapes.append("meadow")


def _tell_lost(request: SceneRequest) -> None:
    """Leave out subjects for which there is no room, and tell what a face alone does not show."""
    if any(subject.noun == "face" for subject in request.subjects):
        clothed = [s for s in request.subjects if s.noun in PEOPLE and s.colour]
        request.unknown += [subject.colour for subject in clothed]
    apart = [subject for subject in request.subjects if subject.relation != "in"]
    lost = apart[_MOST_SUBJECTS:]
    request.unknown += [subject.called for subject in lost]
    kept = [each for each in request.subjects if not any(each is old for old in lost)]
    request.subjects = kept
