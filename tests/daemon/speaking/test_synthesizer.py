"""Real pyttsx3 and espeak-ng in a real child process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mused.daemon.config import Speaking
from mused.daemon.errors import SpeakingError
from mused.daemon.speaking import synthesizer as module
from mused.daemon.speaking.synthesizer import LONGEST_TEXT, Synthesizer, speakable

Loud = Callable[[Path], float]


async def test_each_text_gets_its_own_sound(tmp_path: Path, loud: Loud) -> None:
    """The driver repeats, drops and truncates phrases when an engine is used twice."""
    voice = Synthesizer(Speaking())
    texts = ["Yes.", "Your painting of a city skyline is ready.", "Yes."] * 5
    try:
        for number, text in enumerate(texts):
            await voice.render(text, tmp_path / f"{number}.wav")
    finally:
        await voice.close()
    seconds = [loud(tmp_path / f"{number}.wav") for number in range(len(texts))]
    assert all(0.1 < seconds[number] < 1.0 for number in range(len(texts)) if number % 3 != 1)
    assert all(1.5 < seconds[number] < 4.0 for number in range(1, len(texts), 3))


async def test_rate_and_volume_are_heard(tmp_path: Path, loud: Loud) -> None:
    async def render(name: str, **settings: Any) -> tuple[float, int]:
        voice = Synthesizer(Speaking(**settings))
        try:
            await voice.render("A painting of a city skyline", tmp_path / name)
        finally:
            await voice.close()
        with wave.open(str(tmp_path / name)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return loud(tmp_path / name), int(np.abs(samples.astype(int)).max())

    slow, _ = await render("slow.wav", rate=120)
    fast, full = await render("fast.wav", rate=300)
    _, faint = await render("faint.wav", volume=0.2)
    assert slow > 1.5 * fast
    assert faint < full / 2


@pytest.mark.parametrize(
    "text",
    [
        "日本語 and émoji 🎨",
        "tab\tnew\nline\0null\x1b[31m red",
        "<speak><break time='10s'/></speak> [[h@'loU]]",
        "a \ud800 lone surrogate",
        "word " * 20_000,
        "x" * 100_000,
        "$(reboot) `reboot` ; rm -rf / | -w /tmp/x",
        "-v mb-en1",
    ],
)
async def test_hostile_text_is_spoken_or_cut(text: str, tmp_path: Path, loud: Loud) -> None:
    voice = Synthesizer(Speaking())
    try:
        await voice.render(speakable(text), tmp_path / "a.wav")
    finally:
        await voice.close()
    assert loud(tmp_path / "a.wav") > 0.1


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "\0\x01\x02", "\ud800", " 🎨 "])
def test_text_without_a_sound(text: str) -> None:
    assert speakable(text) == ""


def test_long_text_is_cut_at_a_word() -> None:
    cut = speakable("painting " * 1000)
    assert len(cut) <= LONGEST_TEXT
    assert set(cut.split()) == {"painting"}


@given(st.text(alphabet=st.characters(), max_size=3000))
def test_whatever_is_said_can_be_encoded(text: str) -> None:
    clean = speakable(text)
    assert clean.encode().decode() == clean
    assert clean.isprintable()
    assert speakable(clean) == clean


async def test_an_unknown_voice_warns_once_and_speaks(
    tmp_path: Path, loud: Loud, caplog: pytest.LogCaptureFixture
) -> None:
    voice = Synthesizer(Speaking(voice="gmw/en-uss"))
    try:
        for name in ("a.wav", "b.wav"):
            await voice.render("hello there", tmp_path / name)
            assert loud(tmp_path / name) > 0.1
    finally:
        await voice.close()
    warnings = [message for message in caplog.messages if "gmw/en-uss" in message]
    assert len(warnings) == 1
    assert "near: gmw/en-us" in warnings[0]


async def test_a_folder_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyttsx3 swallows the error and never finishes: only patience helps."""
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    voice = Synthesizer(Speaking())
    with pytest.raises(SpeakingError, match=r"silent for 1 s"):
        await voice.render("hello", tmp_path / "nowhere" / "a.wav")
    try:
        await voice.render("hello", tmp_path / "a.wav")
    finally:
        await voice.close()


async def test_a_child_that_dies_is_replaced(tmp_path: Path, loud: Loud) -> None:
    voice = Synthesizer(Speaking())
    try:
        await voice.render("hello", tmp_path / "a.wav")
        assert voice._process
        os.kill(voice._process.pid, signal.SIGSTOP)
        rendering = asyncio.create_task(voice.render("hello", tmp_path / "b.wav"))
        await asyncio.sleep(0)
        os.kill(voice._process.pid, signal.SIGKILL)
        await rendering
    finally:
        await voice.close()
    assert loud(tmp_path / "b.wav") > 0.1


async def test_a_child_that_dies_of_a_text_is_no_endless_story(tmp_path: Path) -> None:
    voice = Synthesizer(Speaking(), (sys.executable, "-c", "input()"))
    with pytest.raises(SpeakingError, match="ended with 0"):
        await voice.render("hello", tmp_path / "a.wav")


async def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    voice = Synthesizer(Speaking(), (str(tmp_path / "nothing"),))
    with pytest.raises(SpeakingError, match="cannot be started"):
        await voice.render("hello", tmp_path / "a.wav")


async def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mused.daemon.speaking.render", stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin
    process.stdin.close()
    async with asyncio.timeout(10):
        assert await process.wait() == 0


def test_a_child_whose_daemon_is_gone_ends_without_a_word(tmp_path: Path) -> None:
    child = subprocess.Popen(
        module.RENDERER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None
    request = {"text": "hello", "voice": None, "rate": 165, "volume": 1.0}
    line = json.dumps({**request, "path": str(tmp_path / "a.wav")}).encode() + b"\n"
    _, words = child.communicate(line, timeout=30)
    assert (child.returncode, words) == (0, b"")
    assert (tmp_path / "a.wav").exists()
