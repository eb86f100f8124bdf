"""Checks of speech: a phrase is rendered, the Vosk model is loaded and asked for its words."""

import asyncio
import tempfile
import wave
from pathlib import Path
from typing import Any

from mused.daemon.config import Config, Hearing, Speaking
from mused.daemon.doctor.check import Check, in_child
from mused.daemon.errors import SpeakingError
from mused.daemon.speaking.synthesizer import Synthesizer
from mused.skills.registry import load_skills
from mused.skills.router import Router

_MODEL = """
import json, sys
from pathlib import Path
from mused.daemon.hearing.model import Model, words_of
folder, wake, stop, words = map(json.loads, sys.argv[1:])
model = Model(Path(folder) if folder else None)
print(json.dumps({
    "folder": str(model.folder),
    "bundled": model.is_bundled,
    "wake phrase": {each: model.like(each) for each in model.missing_words(words_of(wake))},
    "stop phrase": {each: model.like(each) for each in model.missing_words(words_of(stop))},
    "skills": model.missing_words(words),
    "unknown": model.unknown,
}))
"""
_PULL = (
    "for human voices: `mused models pull vosk-small-en-us`, then set [hearing] model = "
    '"vosk-small-en-us"'
)


def voice(config: Config) -> list[Check]:
    """A phrase is really rendered."""
    if not config.speaking.enabled or config.speaking.sink == "none":
        return [Check("voice", "ok", "switched off in the configuration")]
    try:
        seconds, warnings = asyncio.run(_render(config.speaking))
    except (SpeakingError, OSError) as error:
        return [Check("voice", "failure", str(error), "install espeak-ng (apt)")]
    found = f"rendered {seconds:.1f} s of speech"
    if warnings:
        words = f"{found}, but {'; '.join(warnings)}"
        return [Check("voice", "warning", words, "set [speaking] voice to one of these")]
    return [Check("voice", "ok", found)]


async def _render(settings: Speaking) -> tuple[float, list[str]]:
    synthesizer = Synthesizer(settings)
    with tempfile.TemporaryDirectory(prefix="mused-doctor-") as folder:
        file = Path(folder) / "phrase.wav"
        try:
            await synthesizer.render("Hello, I am mused.", file)
        finally:
            await synthesizer.close()
        with wave.open(str(file), "rb") as sound:
            return sound.getnframes() / sound.getframerate(), sorted(synthesizer.warnings)


def speech_model(config: Config) -> list[Check]:
    """The model loads and knows the wake and stop phrases and the words of the skills."""
    hearing = config.hearing
    if not hearing.enabled:
        return [Check("speech model", "ok", "not used: [hearing] enabled = false")]
    words = sorted(Router(load_skills(config.skills).working).vocabulary())
    folder = str(hearing.model) if hearing.model else None
    phrases = (hearing.wake_phrases, (*hearing.stop_phrases, *hearing.interrupting_commands))
    try:
        model = in_child(_MODEL, folder, *phrases, words, timeout=60)
    except RuntimeError as error:
        words_of_error = str(error).removeprefix("mused.daemon.errors.ModelError: ")
        return [Check("speech model", "failure", words_of_error, _PULL)]
    return [_model(hearing, model["bundled"], model["folder"]), *_vocabulary(hearing, model)]


def _model(hearing: Hearing, is_bundled: bool, folder: str) -> Check:
    if is_bundled and hearing.source == "microphone":
        found = "the bundled one, which understands synthetic voices only"
        return Check("speech model", "warning", found, _PULL)
    return Check("speech model", "ok", folder)


def _vocabulary(hearing: Hearing, model: dict[str, Any]) -> list[Check]:
    for kind in ("wake phrase", "stop phrase"):
        if missing := model[kind]:
            found = f"the model does not know {', '.join(missing)} of the {kind}"
            near = " or ".join(dict.fromkeys(word for some in missing.values() for word in some))
            known = f" (it knows {near})" if near else ""
            step = f"choose other [hearing] {kind.replace(' ', '_')}s{known}, or another model"
            return [Check("vocabulary", "failure", found, step)]
    if model["unknown"] is None:
        found = "the model has no word such as [unk]: any speech may be taken for the wake phrase"
        return [Check("vocabulary", "warning", found, "choose another [hearing] model")]
    if missing := model["skills"]:
        found = f"the model does not know {', '.join(missing)}: sentences with them are deaf"
        return [Check("vocabulary", "warning", found, _PULL)]
    phrases = ", ".join(f"“{phrase}”" for phrase in hearing.wake_phrases)
    return [Check("vocabulary", "ok", f"{phrases} and every word of the skills are known")]
