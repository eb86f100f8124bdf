"""The voice in the virtual room: what was really heard, when it ended, how fast it was hushed."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Speaking
from mused.daemon.errors import SpeakingError
from mused.daemon.events import Bus, Event
from mused.daemon.service.room import Room
from mused.daemon.speaking import player, voice
from mused.daemon.speaking.player import Player
from mused.daemon.speaking.synthesizer import Synthesizer
from mused.daemon.speaking.voice import Voice

Loud = Callable[[Path], float]
Tone = Callable[..., Path]


@pytest.fixture
def inside(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """The room, and our children in it."""
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    return room


@pytest.fixture
def without_a_speaker(inside: Room) -> Room:
    """The same, its sound server stopped."""
    inside.stop()
    return inside


class Stage:
    """A voice, its events and the windows in which the microphone is to be deaf."""

    def __init__(self, config: Speaking) -> None:
        self.bus = Bus()
        self.windows: list[tuple[str, float]] = []
        self.voice = Voice(
            config,
            self.bus,
            lambda text: self.windows.append((text, time.monotonic())),
            lambda: self.windows.append(("end", time.monotonic())),
        )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["asyncio.Queue[Event]"]:
        async with self.bus.subscribe() as events:
            task = asyncio.create_task(self.voice.run())
            try:
                yield events
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


async def ended(events: "asyncio.Queue[Event]") -> Event:
    async with asyncio.timeout(20):
        while (event := await events.get()).kind != "speech.ended":
            pass
    return event


async def test_a_phrase_is_heard_to_its_end(inside: Room, tmp_path: Path, loud: Loud) -> None:
    stage = Stage(Speaking())
    async with stage.open() as events:
        with inside.recording(tmp_path / "heard.wav"):
            begun = time.monotonic()
            stage.voice.say("The boat is ready.", turn="t1")
            assert stage.voice.speaking
            event = await ended(events)
            seconds = time.monotonic() - begun
            assert not stage.voice.speaking
    assert (event.turn, event.data["outcome"]) == ("t1", "said")
    (text, start), (_, end) = stage.windows
    assert text == "The boat is ready."
    assert loud(tmp_path / "heard.wav") > 0.7, "recorded until the very event, nothing is missing"
    assert loud(tmp_path / "heard.wav") <= end - start <= seconds


async def test_hush_is_silence_within_fifty_milliseconds(inside: Room) -> None:
    """The quickest of some: a busy machine takes its time, a voice that waits always does."""
    stage, took = Stage(Speaking()), list[float]()
    async with stage.open() as events:
        while len(took) < 20 and min(took, default=1.0) >= 0.05:
            stage.voice.say("A very long announcement about a painting of a city skyline. " * 3)
            while len(stage.windows) % 2 == 0:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)  # of speech
            asked = time.monotonic()
            assert stage.voice.hush()
            assert (await ended(events)).data["outcome"] == "stopped"
            took.append(time.monotonic() - asked)
    assert min(took) < 0.05


async def test_hush_is_silence_and_what_waits_is_not_said_either(
    inside: Room, tmp_path: Path, loud: Loud
) -> None:
    stage = Stage(Speaking())
    async with stage.open() as events:
        with inside.recording(tmp_path / "heard.wav"):
            stage.voice.say("This is a very long announcement about a painting of a skyline. " * 3)
            stage.voice.say("And another one.")
            while not stage.windows:
                await asyncio.sleep(0.01)
            await asyncio.sleep(1.0)  # of speech
            assert stage.voice.hush()
            event = await ended(events)
            await asyncio.sleep(0.5)  # in which nothing may be heard
    assert event.data["outcome"] == "stopped"
    assert 0.3 < loud(tmp_path / "heard.wav") < 1.2
    assert [name for name, _ in stage.windows][1:] == ["end"]
    assert not stage.voice.hush()


async def test_an_announcement_waits_while_somebody_speaks_and_a_reply_does_not(
    tmp_path: Path,
) -> None:
    talking = True
    bus = Bus()
    voice = Voice(Speaking(sink=tmp_path / "said"), bus, busy=lambda: talking)
    async with bus.subscribe() as events:
        task = asyncio.create_task(voice.run())
        voice.say("The boat is ready.", announcement=True)
        await asyncio.sleep(0.3)
        voice.say("It is noon.")
        assert (await ended(events)).data["text"] == "It is noon."
        await asyncio.sleep(0.3)
        assert voice.speaking
        assert events.empty()
        talking = False
        assert (await ended(events)).data["text"] == "The boat is ready."
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize(("renderer", "outcome"), [("/nowhere", "failed"), ("sleep 60", "stopped")])
async def test_no_player_waits_for_a_phrase_that_never_comes(renderer: str, outcome: str) -> None:
    stage = Stage(Speaking())
    stage.voice._synthesizer = Synthesizer(Speaking(), tuple(renderer.split()))
    async with stage.open() as events:
        stage.voice.say("Hello.")
        if outcome == "stopped":
            while stage.voice._synthesizer._process is None:
                await asyncio.sleep(0.01)
            assert stage.voice._player._child is not None
            stage.voice.hush()
        assert (await ended(events)).data["outcome"] == outcome
        assert stage.voice._player._child is None


def test_kill_9_leaves_nothing_of_what_was_said(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import asyncio, os, signal
        from mused.daemon.config import Speaking
        from mused.daemon.events import Bus
        from mused.daemon.speaking.voice import Voice
        async def main():
            voice = Voice(Speaking(), Bus(), lambda _: os.kill(os.getpid(), signal.SIGKILL))
            voice.say("A secret.")
            await voice.run()
        asyncio.run(main())
    """)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, timeout=30, check=False
    )
    assert done.returncode == -signal.SIGKILL, "it was about to be heard"
    assert list(tmp_path.iterdir()) == []


async def test_no_sound_server_is_told_once_and_tried_again(
    without_a_speaker: Room, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(Speaking())
    async with stage.open() as events:
        outcomes = []
        for _ in range(2):
            stage.voice.say("Hello.")
            event = await ended(events)
            outcomes.append((event.data["outcome"], bool(event.data["reason"])))
        assert outcomes == [("failed", True)] * 2
        assert len([m for m in caplog.messages if "cannot speak" in m]) == 1
        without_a_speaker.start()
        stage.voice.say("Hello.")
        assert (await ended(events)).data["outcome"] == "said"
    assert [name for name, _ in stage.windows] == ["Hello.", "end"] * 3


async def test_announcements_that_nobody_could_hear_are_said_once_the_speaker_is_back(
    without_a_speaker: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "AGAIN", 0.2)
    stage = Stage(Speaking())
    async with stage.open() as events:
        stage.voice.say("The boat is ready.", announcement=True)
        stage.voice.say("The house is ready.", announcement=True)
        stage.voice.say("It is noon.")
        outcomes = [await ended(events) for _ in range(4)]
        assert {each.data["outcome"] for each in outcomes} == {"failed"}
        assert [each.data["text"] for each in outcomes].count("It is noon.") == 1
        without_a_speaker.start()
        while (event := await ended(events)).data["outcome"] == "failed":
            pass
        assert event.data["text"] == "The boat is ready."
        assert (await ended(events)).data["text"] == "The house is ready."
        assert not stage.voice.speaking


@pytest.mark.usefixtures("without_a_speaker")
async def test_old_news_are_not_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(voice, "AGAIN", 0.2)
    monkeypatch.setattr(voice, "LATE", 2.0)
    stage = Stage(Speaking())
    async with stage.open() as events:
        stage.voice.say("The boat is ready.", announcement=True)
        tries = 0
        while stage.voice.speaking:
            assert (await ended(events)).data["outcome"] == "failed"
            tries += 1
    assert tries > 1
    assert "not said, as the speaker was away too long: The boat is ready." in caplog.messages


async def test_a_phrase_that_cannot_be_rendered_holds_up_nothing() -> None:
    stage = Stage(Speaking())
    stage.voice._synthesizer = Synthesizer(Speaking(), ("/nowhere",))
    async with stage.open() as events:
        for _ in range(2):
            stage.voice.say("The boat is ready.", announcement=True)
            assert (await ended(events)).data["outcome"] == "failed"
            assert not stage.voice.speaking


@pytest.mark.usefixtures("without_a_speaker")
async def test_hush_keeps_the_news_that_wait_for_the_speaker_and_drops_replies() -> None:
    stage = Stage(Speaking())
    async with stage.open() as events:
        stage.voice.say("The boat is ready.", announcement=True)
        await ended(events)
        await asyncio.sleep(0.1)
        assert not stage.voice.hush()
        stage.voice.say("It is noon.")
        assert stage.voice.hush()
        assert stage.voice.speaking
        await asyncio.sleep(0.1)
        assert events.empty(), "nothing more was tried"


async def test_a_frozen_sound_server_is_given_up(
    inside: Room, tone: Tone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "SLACK", 1.0)
    assert inside._server
    os.kill(inside._server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(SpeakingError, match="took no sound for 1 s"):
            await Player().play(tone(0.1))
    finally:
        os.kill(inside._server.pid, signal.SIGCONT)
    monkeypatch.setattr(player, "SLACK", 10.0)
    await Player().play(tone(0.1))


async def test_a_sink_of_the_sound_server_is_a_speaker(
    inside: Room, tone: Tone, tmp_path: Path, loud: Loud
) -> None:
    inside.pactl("load-module", "module-null-sink", "sink_name=bath", "norewinds=1")
    inside.pactl("set-default-sink", "bath")
    for name, seconds in (("SPEAK", 0.4), ("bath", 0.0)):
        with inside.recording(tmp_path / "heard.wav"):
            await Player(name).play(tone(0.4))
        assert loud(tmp_path / "heard.wav") == pytest.approx(seconds, abs=0.1)


async def test_an_unknown_speaker_is_named(inside: Room, tone: Tone) -> None:
    with pytest.raises(SpeakingError, match=r"no speaker is called 'loudhailer'; there are pulse"):
        await Player("loudhailer").play(tone(0.1))


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (48000, 2), (768_000, 1)])
async def test_any_wav_is_played_at_its_pace(
    inside: Room, tone: Tone, tmp_path: Path, loud: Loud, rate: int, channels: int
) -> None:
    with inside.recording(tmp_path / "heard.wav"):
        await Player().play(tone(0.4, rate, channels))
    assert loud(tmp_path / "heard.wav") == pytest.approx(0.4, abs=0.05)


async def test_a_broken_wav_is_an_error(inside: Room, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF but no sound")
    with pytest.raises(SpeakingError, match=r"a\.wav is no sound"):
        await Player().play(tmp_path / "a.wav")


async def test_a_child_that_cannot_start(tone: Tone) -> None:
    with pytest.raises(SpeakingError, match="cannot be started"):
        await Player(None, ("/nowhere/python",)).play(tone(0.1))


async def test_replies_go_before_announcements_into_a_folder(tmp_path: Path, loud: Loud) -> None:
    stage = Stage(Speaking(sink=tmp_path / "said"))
    async with stage.open() as events:
        stage.voice.say("One announcement.", announcement=True)
        stage.voice.say("Two announcement.", announcement=True)
        stage.voice.say("A reply.", "t1")
        stage.voice.say("   ")
        said = [(await ended(events)).data["text"] for _ in range(3)]
        stage.voice.say("?!")
        assert (await ended(events)).data["outcome"] == "silent"
    assert said == ["A reply.", "One announcement.", "Two announcement."]
    names = sorted(path.name for path in (tmp_path / "said").iterdir())
    assert names == ["001.wav", "002.wav", "003.wav"]
    assert all(loud(tmp_path / "said" / name) > 0.2 for name in names)
    assert stage.windows == [], "no speaker, nothing to be deaf for"

    again = Stage(Speaking(sink=tmp_path / "said"))
    async with again.open() as events:
        again.voice.say("Four.")
        await ended(events)
    assert (tmp_path / "said" / "004.wav").exists()


@pytest.mark.parametrize("config", [Speaking(sink="none"), Speaking(enabled=False)])
async def test_a_voice_switched_off_still_tells_what_it_would_say(config: Speaking) -> None:
    stage = Stage(config)
    async with stage.open() as events:
        stage.voice.say("Hello.", "t1")
        started = await events.get()
        assert (started.kind, started.turn, started.data) == (
            "speech.started", "t1", {"text": "Hello."},
        )  # fmt: skip
        assert (await ended(events)).data["outcome"] == "silent"


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    stage = Stage(Speaking(sink=tmp_path / "file"))
    async with stage.open() as events:
        stage.voice.say("Hello.")
        assert (await ended(events)).data["outcome"] == "failed"


async def test_a_flood_drops_announcements_not_replies() -> None:
    stage = Stage(Speaking(sink="none"))
    for number in range(100):
        stage.voice.say(f"picture {number}", announcement=True)
    stage.voice.say("a reply")
    async with stage.open() as events:
        said: list[Any] = [(await ended(events)).data["text"] for _ in range(20)]
    assert said == ["a reply", *(f"picture {n}" for n in itertools.islice(range(100), 19))]


async def test_hostile_text_is_spoken_or_skipped_with_a_reason(tmp_path: Path) -> None:
    stage = Stage(Speaking(sink=tmp_path / "said"))
    texts = {
        "?!": "silent",
        "\0\x1b[": "silent",
        "\ud800": "silent",
        "🎨": "silent",
        "a \ud800 lone surrogate": "said",
        "\x1b[31mred\x07": "said",
        "word " * 20_000: "said",
        "🎨 a fox": "said",
    }
    async with stage.open() as events:
        for text, outcome in texts.items():
            stage.voice.say(text)
            event = await ended(events)
            assert event.data["outcome"] == outcome
            reason = "nothing in it has a sound" if outcome == "silent" else None
            assert event.data["reason"] == reason


async def test_what_follows_a_phrase_follows_only_when_it_was_said(tmp_path: Path) -> None:
    asked: list[str] = []
    stage = Stage(Speaking(sink=tmp_path / "said"))
    async with stage.open() as events:
        stage.voice.say("Is it noon?", then=lambda: asked.append("noon"))
        assert (await ended(events)).data["outcome"] == "said"
        stage.voice.say("Is it one?", then=lambda: asked.append("one"))
        await asyncio.sleep(0)
        stage.voice.hush()
        stage.voice.say("Two.")
        while (await ended(events)).data["text"] != "Two.":
            pass
    assert asked == ["noon"]
