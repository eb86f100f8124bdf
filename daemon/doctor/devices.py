"""The microphones and speakers of this machine, and which of them mused would take.

``python -c "from mused.daemon.doctor import devices; devices.main()" MICROPHONE SPEAKER`` prints
them; the arguments are the names in the configuration, as JSON. `devices` starts it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from mused.daemon import pulse
from mused.daemon.config import Config
from mused.daemon.doctor.check import in_child
from mused.daemon.errors import HearingError, SourceError
from mused.daemon.hearing import microphone
from mused.daemon.speaking import play

Kind = Literal["microphone", "speaker"]
PATIENCE = 15.0  # seconds; PortAudio waits for ever for a dead sound server
SERVER = "sound server"
_SCRIPT = "from mused.daemon.doctor import devices; devices.main()"
_DIRECTIONS: dict[Kind, str] = {"microphone": "input", "speaker": "output"}
_PORTS: dict[Kind, pulse.Kind] = {"microphone": "source", "speaker": "sink"}


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
    kinds: tuple[Kind, ...] = ("microphone", "speaker")
    found = [each for kind in kinds for each in _all(sounddevice, kind, next(names))]
    print(json.dumps([asdict(each) for each in found]))  # noqa: T201 - the answer to `devices`


def _all(portaudio: Any, kind: Kind, name: str | None) -> Iterator[Device]:
    find = microphone.find if kind == "microphone" else play.find
    try:
        device, port = find(portaudio, name)
    except (SourceError, ValueError, portaudio.PortAudioError):
        device, port = None, None
    apis = portaudio.query_hostapis()
    listed = portaudio.query_devices()
    for each in listed:
        if channels := each[f"max_{_DIRECTIONS[kind]}_channels"]:
            taken = port is None and device is not None and each["index"] == device["index"]
            api, rate = apis[each["hostapi"]]["name"], round(each["default_samplerate"])
            yield Device(kind, each["index"], each["name"], channels, rate, api, taken)
    if not any(each["name"] == pulse.WAY for each in listed):
        return
    for each in pulse.ports(_PORTS[kind]):
        if not each.is_monitor or each == port:
            api = f"{SERVER}: {each.description}"
            yield Device(kind, each.index, each.name, each.channels, each.rate, api, each == port)
