"""Which microphone or speaker a name in the configuration means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mused.daemon import pulse
from mused.daemon.errors import DeviceError

Direction = Literal["input", "output"]
Kind = Literal["microphone", "speaker"]
WORDS: dict[Direction, Kind] = {"input": "microphone", "output": "speaker"}
PORTS: dict[Direction, pulse.Kind] = {"input": "source", "output": "sink"}
_HARDWARE = "(hw:"


@dataclass(frozen=True)
class Choice:
    """What to open."""

    device: Mapping[str, Any]
    """As PortAudio describes it."""
    port: pulse.Port | None = None
    """What the sound server is to give, where the device is but the way to it."""

    @property
    def name(self) -> str:
        """What people call it."""
        name: str = self.device["name"] if self.port is None else self.port.name
        return name


def listed(portaudio: Any, direction: Direction) -> list[Mapping[str, Any]]:
    """PortAudio's devices of one direction."""
    channels = f"max_{direction}_channels"
    return [each for each in portaudio.query_devices() if each[channels] > 0]


def way_to_the_server(found: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The device through which a port of the sound server is reached."""
    return next((each for each in found if each["name"] in pulse.WAYS), None)


def choose(portaudio: Any, direction: Direction, part: str | None) -> Choice:
    """The device of whose name this is a part, or the default one.

    The sound server goes before the hardware, which it holds, or which nobody else could use
    meanwhile. Raises DeviceError, which says what there is.
    """
    found = listed(portaudio, direction)
    if not found:
        raise DeviceError(f"there is no {WORDS[direction]}: `mused doctor` tells what to do")
    if part is None:
        return Choice(portaudio.query_devices(kind=direction))
    named = [each for each in found if part.lower() in each["name"].lower()]
    for each in named:
        if _HARDWARE not in each["name"]:
            return Choice(each)
    way = way_to_the_server(found)
    if way is not None and (port := pulse.named(PORTS[direction], part)) is not None:
        return Choice(way, port)
    if named:
        return Choice(named[0])
    names = [each["name"] for each in found]
    if way is not None:
        names += [each.name for each in pulse.ports(PORTS[direction]) if not each.is_monitor]
    raise DeviceError(f"no {WORDS[direction]} is called {part!r}; there are {', '.join(names)}")
