"""What is said at the start of words that the model cannot hear, and what sounds while it waits."""

import asyncio
import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.attention import Attention, Reactions
from mused.daemon.config import Hearing
from mused.daemon.events import Bus
from mused.skills.contract import Context, Match, Reply, Skill
from mused.skills.registry import load_skills
from mused.skills.router import Router
from mused.training.speech.synthesizers import speak


class Notes(Skill):
    """Its words are none of the model's."""

    name = "notes"

    def sentences(self) -> dict[str, list[str]]:
        return {"take": ["(generat|xyzzy) {text}"], "count": ["how many notez"]}

    async def handle(self, match: Match, context: Context) -> Reply:
        return Reply("")


async def started_with(
    skills: Sequence[Skill], folder: Path, **settings: object
) -> Mapping[str, Any]:
    """The status of hearing once it has begun."""
    file = folder / "silence.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(32000))

    async def take(*_: object) -> None: ...

    reactions = Reactions(take, take, lambda: None, lambda _: None)
    hearing = Hearing.model_validate({"source": str(file), **settings})
    attention = Attention(hearing, Bus(), folder)
    async with attention.listening(reactions, Router(skills)):
        return attention.status()


async def test_a_model_that_hears_no_trigger_word_is_refused(tmp_path: Path) -> None:
    status = await started_with([Notes()], tmp_path)
    assert status["state"] == "off"
    assert "'generat' of the trigger words, which sounds like: generate" in status["reason"]
    assert "'xyzzy' of the trigger words" in status["reason"]


@pytest.mark.parametrize("setting", ["wake_phrases", "stop_phrases", "interrupting_commands"])
async def test_a_phrase_that_the_model_cannot_hear_is_refused_with_the_nearest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, setting: str
) -> None:
    status = await started_with(load_skills().working, tmp_path, **{setting: ["stopp it"]})
    phrases = "the wake phrases" if setting == "wake_phrases" else "the stop phrases"
    assert status["state"] == "off"
    assert f"does not know 'stopp' of {phrases}, which sounds like: stop" in status["reason"]
    assert status["reason"] in caplog.text


async def test_a_model_without_a_word_for_unknown_speech_is_told(
    tmp_path: Path, spelled: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    model = spelled({"[unk]": "silence"})
    status = await started_with(load_skills().working, tmp_path, model=model)
    assert status["state"] != "off"
    assert "any speech may be taken for the wake phrase" in status["note"]
    assert status["note"] in caplog.text


async def test_one_of_several_is_named_with_the_nearest_and_the_others_are_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    status = await started_with([*load_skills().working, Notes()], tmp_path)
    assert status["state"] in {"ok", "ended"}
    for told in (
        "does not know trigger words: generat (like generate or ",
        "only sentences with other ones are heard",
        "does not know words of the skills: notez (like notice or ",
    ):
        assert told in status["note"]
        assert told in caplog.text


async def test_who_says_the_wake_phrase_alone_hears_that_it_waits_and_that_it_is_over(
    tmp_path: Path,
) -> None:
    file, sounds = tmp_path / "computer.wav", list[str]()
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        speech = speak("computer", "espeak:en-US").astype("<i2").tobytes()
        sound.writeframes(bytes(16000) + speech + bytes(32000 * 9))

    async def take(*_: object) -> None: ...

    reactions = Reactions(take, take, lambda: None, sounds.append)
    attention = Attention(Hearing(source=str(file)), Bus(), tmp_path)
    async with attention.listening(reactions, Router(load_skills().working)), asyncio.timeout(60):
        while len(sounds) < 2:
            await asyncio.sleep(0.05)
    assert sounds == ["wake", "over"]
