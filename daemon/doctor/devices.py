"""The microphones and speakers of this machine, and which of them mused would take."""

from dataclasses import dataclass
from typing import Any, Literal

from mused.daemon.config import Config
from mused.daemon.doctor.check import in_child
from mused.daemon.errors import HearingError

PATIENCE = 15.0  # seconds; PortAudio waits for ever for a dead sound server
_SCRIPT = """
import json, sys, sounddevice
devices, apis = sounddevice.query_devices(), sounddevice.query_hostapis()
def taken(name, kind):
    try:
        if name is None or kind == "output":
            return sounddevice.query_devices(name, kind)["index"]
    except (ValueError, sounddevice.PortAudioError):
        return None
    return next((each["index"] for each in devices
                 if each["max_input_channels"] and name.lower() in each["name"].lower()), None)
chosen = {kind: taken(json.loads(name), kind)
          for kind, name in zip(("input", "output"), sys.argv[1:])}
print(json.dumps([
    {"kind": {"input": "microphone", "output": "speaker"}[kind], "index": each["index"],
     "name": each["name"], "channels": each[f"max_{kind}_channels"],
     "rate": round(each["default_samplerate"]), "host_api": apis[each["hostapi"]]["name"],
     "taken": each["index"] == chosen[kind]}
    for kind in ("input", "output") for each in devices if each[f"max_{kind}_channels"]
]))
"""


@dataclass(frozen=True)
class Device:
    """A microphone or a speaker as PortAudio lists it; a device that is both is listed twice."""

    kind: Literal["microphone", "speaker"]
    index: int
    name: str
    """A part of it is what ``[hearing] device`` and ``[speaking] device`` take."""
    channels: int
    rate: int
    """Usual samples a second."""
    host_api: str
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
