"""The microphones and speakers of this machine, and which of them mused would take.

``python -c "from mused.daemon.doctor import devices; devices.main()" MICROPHONE SPEAKER`` prints
them; the arguments are the names in the configuration, as JSON. `devices` starts it.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mused.daemon import pulse
from mused.daemon.config import Config
from mused.daemon.devices import PORTS, WORDS, Direction, Kind, choose, listed, way_to_the_server
from mused.daemon.doctor.check import in_child
from mused.daemon.errors import DeviceError, HearingError

PATIENCE = 15.0  # seconds; PortAudio waits for ever for a dead sound server
SERVER = "sound server"
_SCRIPT = "from mused.daemon.doctor import devices; devices.main()"


@dataclass(frozen=True)
class Device:
    """A microphone or a speaker; what is both is listed twice."""

    kind: Kind
    index: int
    """PortAudio's, or the sound server's."""
    name: str
    """A part of it is what ``[hearing] device`` and ``[speaking] device`` take."""
    channels: int
    rate: int
    """Usual samples a second."""
    host_api: str
    """Through what PortAudio reaches it; SERVER and a description if it is the server's own."""
    taken: bool
    """Whether it is the one that mused would take."""


def devices(config: Config) -> list[Device]:
    """All microphones, then all speakers. Raises HearingError where PortAudio cannot tell."""
    wanted = (config.hearing.device, config.speaking.device)
    try:
        found: list[dict[str, Any]] = in_child(_SCRIPT, *wanted, timeout=PATIENCE)
    except RuntimeError as error:
        raise HearingError(
            f"PortAudio cannot list the devices ({error}): install libportaudio2, check the sound "
            "server (`pactl info`) and ~/.asoundrc"
        ) from error
    return [Device(**each) for each in found]


def main() -> None:
    """Print all as JSON."""
    import sounddevice  # a missing library or a broken ~/.asoundrc makes the import fail

    names = map(json.loads, sys.argv[1:])
    directions: tuple[Direction, ...] = ("input", "output")
    found = [each for direction in directions for each in _all(sounddevice, direction, next(names))]
    print(json.dumps([asdict(each) for each in found]))  # noqa: T201 - the answer to `devices`


def _all(portaudio: Any, direction: Direction, name: str | None) -> Iterator[Device]:
    kind = WORDS[direction]
    index, port = None, None
    with contextlib.suppress(DeviceError, ValueError, portaudio.PortAudioError):
        choice = choose(portaudio, direction, name)
        index, port = choice.device["index"], choice.port
    apis = portaudio.query_hostapis()
    there = listed(portaudio, direction)
    for each in there:
        taken = port is None and each["index"] == index
        channels, rate = each[f"max_{direction}_channels"], round(each["default_samplerate"])
        api = apis[each["hostapi"]]["name"]
        yield Device(kind, each["index"], each["name"], channels, rate, api, taken)
    if way_to_the_server(there) is None:
        return
    for one in pulse.ports(PORTS[direction]):
        if not one.is_monitor or one == port:
            api = f"{SERVER}: {one.description}"
            yield Device(kind, one.index, one.name, one.channels, one.rate, api, one == port)
