"""Checks of sound: PortAudio, the microphone and the speaker."""

import asyncio
import math
import struct
import tempfile
import wave
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check, in_child
from mused.daemon.doctor.devices import PATIENCE, Device, devices
from mused.daemon.doctor.microphone import recording
from mused.daemon.errors import HearingError, SpeakingError
from mused.daemon.speaking.player import Player

RATE = 22050
TONE = 440.0  # Hz
LOUDNESS = 0.05  # of full scale
_VERSION = """
import json, sounddevice
print(json.dumps(sounddevice.get_portaudio_version()[1].split(",")[0].split()[-1]))
"""


def sound(config: Config, *, play: bool = False) -> list[Check]:
    """What is there, what the microphone delivers, and whether the speaker takes sound.

    Nothing is heard of it unless `play`.
    """
    found = chosen(config)
    good = {each.name for each in found if each.level == "ok"}
    if "microphone" in good and _hears(config):
        found += recording(config)
    if "speaker" in good and _speaks(config):
        found.append(asyncio.run(_playback(config.speaking.device, play)))
    return found


def _hears(config: Config) -> bool:
    return config.hearing.enabled and config.hearing.source == "microphone"


def _speaks(config: Config) -> bool:
    return config.speaking.enabled and config.speaking.sink == "speaker"


def chosen(config: Config) -> list[Check]:
    """PortAudio, the microphone and the speaker, as far as the configuration needs them."""
    hears, speaks = _hears(config), _speaks(config)
    try:
        version = in_child(_VERSION, timeout=PATIENCE)
        there = devices(config)
    except (RuntimeError, HearingError) as error:
        needed = hears or speaks
        step = "install libportaudio2 (apt) and look for a broken ~/.asoundrc" if needed else ""
        return [Check("PortAudio", "failure" if needed else "ok", f"unusable: {error}", step)]
    return [
        Check("PortAudio", "ok", version),
        _device("microphone", there, config.hearing.device, "hearing", hears),
        _device("speaker", there, config.speaking.device, "speaking", speaks),
    ]


def _device(
    kind: str, there: list[Device], wanted: str | None, section: str, needed: bool
) -> Check:
    if not needed:
        return Check(kind, "ok", "not used by this configuration")
    names = [each.name for each in there if each.kind == kind]
    if not names:
        step = f"connect one, start PipeWire or PulseAudio, or set [{section}] enabled = false"
        return Check(kind, "failure", "there is none", step)
    if wanted is None:
        return Check(kind, "ok", f"the default of {', '.join(names)}")
    taken = [each.name for each in there if each.kind == kind and each.taken]
    if not taken:
        step = f"set [{section}] device to part of one of: {', '.join(names)}"
        return Check(kind, "failure", f"none is called {wanted!r}", step)
    return Check(kind, "ok", taken[0])


async def _playback(device: str | None, play: bool) -> Check:
    """Play a moment of silence, or a tone, to its end."""
    with tempfile.TemporaryDirectory(prefix="mused-doctor-") as folder:
        file = Path(folder) / "moment.wav"
        _write(file, LOUDNESS if play else 0.0, seconds=0.6 if play else 0.1)
        try:
            await Player(device).play(file)
        except SpeakingError as error:
            step = "see that no other program holds it, or set [speaking] device to another"
            return Check("playback", "failure", str(error), step)
    if play:
        return Check("playback", "ok", "a quiet tone was played: did you hear it?")
    return Check("playback", "ok", "it takes sound; `mused doctor --play` makes it heard")


def _write(file: Path, amplitude: float, seconds: float) -> None:
    top = amplitude * 32767
    wave_length = RATE / TONE / (2 * math.pi)
    samples = (round(top * math.sin(each / wave_length)) for each in range(int(seconds * RATE)))
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(b"".join(struct.pack("<h", each) for each in samples))
