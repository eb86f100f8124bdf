"""Checks of hearing and speaking: devices, the voice, the speech model."""

import asyncio
import tempfile
import wave
from pathlib import Path

from mused.daemon.config import Config, Hearing, Speaking
from mused.daemon.errors import SpeakingError
from mused.daemon.service.check import Check, in_child
from mused.daemon.speaking.synthesizer import Synthesizer
from mused.skills.registry import load_skills
from mused.skills.router import Router

_DEVICES = """
import json, sounddevice
devices = sounddevice.query_devices()
print(json.dumps({
    "version": sounddevice.get_portaudio_version()[1].split(",")[0].split()[-1],
    "input": [each["name"] for each in devices if each["max_input_channels"]],
    "output": [each["name"] for each in devices if each["max_output_channels"]],
}))
"""
_MODEL = """
import json, sys
from pathlib import Path
from mused.daemon.hearing.model import Model, words_of
folder, phrases, words = map(json.loads, sys.argv[1:])
model = Model(Path(folder) if folder else None)
print(json.dumps({
    "folder": str(model.folder),
    "bundled": model.is_bundled,
    "phrases": model.missing_words(words_of(phrases)),
    "words": model.missing_words(words),
}))
"""
_PULL = (
    "for human voices unpack vosk-model-small-en-us-0.15 from https://alphacephei.com/vosk/models "
    "and set [hearing] model to its folder"
)


def sound_devices(config: Config) -> list[Check]:
    """PortAudio, the microphone and the speaker, as far as the configuration needs them."""
    hears = config.hearing.enabled and config.hearing.source == "microphone"
    speaks = config.speaking.enabled and config.speaking.sink == "speaker"
    try:
        devices = in_child(_DEVICES, timeout=15)
    except RuntimeError as error:
        needed = hears or speaks
        step = "install libportaudio2 (apt) and look for a broken ~/.asoundrc" if needed else ""
        return [Check("PortAudio", "failure" if needed else "ok", f"unusable: {error}", step)]
    return [
        Check("PortAudio", "ok", devices["version"]),
        _device("microphone", devices["input"], config.hearing.device, "hearing", hears),
        _device("speaker", devices["output"], config.speaking.device, "speaking", speaks),
    ]


def _device(kind: str, names: list[str], wanted: str | None, section: str, needed: bool) -> Check:
    if not needed:
        return Check(kind, "ok", "not used by this configuration")
    if not names:
        step = f"connect one, start PipeWire or PulseAudio, or set [{section}] enabled = false"
        return Check(kind, "failure", "there is none", step)
    if wanted is None:
        return Check(kind, "ok", f"the default of {', '.join(names)}")
    matching = [name for name in names if wanted.lower() in name.lower()]
    if not matching:
        step = f"set [{section}] device to part of one of: {', '.join(names)}"
        return Check(kind, "failure", f"none is called {wanted!r}", step)
    return Check(kind, "ok", matching[0])


def voice(config: Config) -> list[Check]:
    """A phrase is really rendered."""
    if not config.speaking.enabled or config.speaking.sink == "none":
        return [Check("voice", "ok", "switched off in the configuration")]
    try:
        seconds = asyncio.run(_render(config.speaking))
    except (SpeakingError, OSError) as error:
        return [Check("voice", "failure", str(error), "install espeak-ng (apt)")]
    return [Check("voice", "ok", f"rendered {seconds:.1f} s of speech")]


async def _render(settings: Speaking) -> float:
    synthesizer = Synthesizer(settings)
    with tempfile.TemporaryDirectory(prefix="mused-doctor-") as folder:
        file = Path(folder) / "phrase.wav"
        try:
            await synthesizer.render("I can speak.", file)
        finally:
            await synthesizer.close()
        with wave.open(str(file)) as sound:
            return float(sound.getnframes() / sound.getframerate())


def speech_model(config: Config) -> list[Check]:
    """The model loads and knows the wake phrases and the words of the skills."""
    hearing = config.hearing
    if not hearing.enabled:
        return [Check("speech model", "ok", "not used: [hearing] enabled = false")]
    words = sorted(Router(load_skills(config.skills).working).vocabulary())
    folder = str(hearing.model) if hearing.model else None
    try:
        model = in_child(_MODEL, folder, hearing.wake_phrases, words, timeout=60)
    except RuntimeError as error:
        words_of_error = str(error).removeprefix("mused.daemon.errors.ModelError: ")
        return [Check("speech model", "failure", words_of_error, _PULL)]
    return [_model(hearing, model["bundled"], model["folder"]), *_vocabulary(hearing, model)]


def _model(hearing: Hearing, is_bundled: bool, folder: str) -> Check:
    if is_bundled and hearing.source == "microphone":
        found = "the bundled one, which understands synthetic voices only"
        return Check("speech model", "warning", found, _PULL)
    return Check("speech model", "ok", folder)


def _vocabulary(hearing: Hearing, model: dict[str, list[str]]) -> list[Check]:
    if model["phrases"]:
        found = f"the model does not know {', '.join(model['phrases'])} of the wake phrase"
        step = "choose other [hearing] wake_phrases, or another model"
        return [Check("vocabulary", "failure", found, step)]
    if model["words"]:
        found = f"the model does not know {', '.join(model['words'])}: sentences with them are deaf"
        return [Check("vocabulary", "warning", found, _PULL)]
    phrases = ", ".join(f"“{phrase}”" for phrase in hearing.wake_phrases)
    return [Check("vocabulary", "ok", f"{phrases} and every word of the skills are known")]
