"""The real microphone code against a real sound server, in the virtual room."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sounddevice

from mused.daemon.hearing import clock, microphone, recording
from mused.daemon.hearing.audio import FRAME_SECONDS
from mused.daemon.hearing.microphone import Converter, Microphone
from mused.daemon.hearing.recording import Format
from mused.daemon.hearing.source import Lost
from mused.daemon.service.room import MICROPHONE, Room

PATIENCE = 20.0
WENT_AWAY = "the microphone or its sound server went away"


class Collector:
    """Runs a microphone in a thread and keeps what it yields."""

    def __init__(self, source: Microphone) -> None:
        self.source = source
        self.items: list[bytes | Lost] = []
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        for item in self.source.blocks():
            self.items.append(item)

    def start(self) -> None:
        self._thread.start()

    def __enter__(self) -> "Collector":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.source.close()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def loudest(self, since: int = 0) -> int:
        sound = b"".join(item for item in self.items[since:] if isinstance(item, bytes))
        return int(np.abs(np.frombuffer(sound, "<i2").astype(np.int32)).max(initial=0))

    def until(self, condition: Callable[["Collector"], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition(self):
            assert time.monotonic() < deadline, self.items[-3:]
            time.sleep(0.01)

    def losses(self) -> list[Lost]:
        return [item for item in self.items if isinstance(item, Lost)]


@pytest.mark.parametrize(("rate", "channels"), [(16000, 1), (16000, 2), (44100, 1), (48000, 2)])
def test_what_the_hardware_records_becomes_16_khz_mono(rate: int, channels: int) -> None:
    tone = 9000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    frames = np.repeat(tone.astype("<i2")[:, None], channels, axis=1)
    converter = Converter(Format(0, rate, channels, None))
    blocks = [converter.convert(part.tobytes()) for part in np.array_split(frames, 50)]
    heard = np.frombuffer(b"".join(blocks), "<i2").astype(float)
    assert 15000 < len(heard) <= 16000
    spectrum = np.abs(np.fft.rfft(heard[1000:9000]))
    assert np.argmax(spectrum) == 220  # half a second: bins of 2 Hz
    assert np.abs(heard).max() == pytest.approx(9000, rel=0.02)


def test_what_is_said_in_the_room_is_recorded_without_a_gap(in_room: Room, beep: Path) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        in_room.speak(beep)
        heard.until(lambda c: c.loudest() > 8000)
    sound = np.frombuffer(b"".join(b for b in heard.items if isinstance(b, bytes)), "<i2")
    loud = np.flatnonzero(np.abs(sound) > 1000)
    assert loud[-1] - loud[0] == pytest.approx(16000, abs=400)
    assert heard.losses() == []
    assert heard.source.blocks_lost == 0


def test_a_microphone_is_found_by_a_part_of_its_name(in_room: Room) -> None:
    with Collector(Microphone("PUL")) as heard:
        heard.until(lambda c: len(c.items) > 5)
    assert heard.losses() == []


@pytest.mark.parametrize("name", ["other", "USB_Head"])
def test_a_source_of_the_sound_server_is_found_by_a_part_of_its_name_or_description(
    name: str, in_room: Room, beep: Path
) -> None:
    headset = ("source_name=other", "description=usb_headset")
    module = in_room.pactl("load-module", "module-null-source", *headset)
    with Collector(Microphone(name)) as heard:
        heard.until(lambda c: len(c.items) > 5)
        assert heard.source.name == "other"
        in_room.speak(beep)
        assert heard.loudest() == 0
        in_room.pactl("unload-module", module)
        heard.until(lambda c: len(c.losses()) >= 3)
        assert "moved the stream from other to" in heard.losses()[0].reason
        assert f"no microphone is called {name!r}" in heard.losses()[1].reason
        assert heard.losses()[1].reason.endswith(f", {MICROPHONE}")
        in_room.pactl("load-module", "module-null-source", *headset)
        heard.until(lambda c: heard.source.name == "other")
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        assert heard.source.name == MICROPHONE


def test_the_way_to_the_sound_server_must_lead_to_the_source_that_is_asked_for(
    in_room: Room,
) -> None:
    # ALSA may be told which source to record, and then libpulse does not look further.
    file = Path(in_room.environment["ALSA_CONFIG_PATH"])
    file.write_text(file.read_text().replace("{ type pulse }", "{ type pulse device mic }", 1))
    in_room.pactl("load-module", "module-null-source", "source_name=other")
    microphone.restart_portaudio()
    with Collector(Microphone("other")) as heard:
        heard.until(lambda c: bool(c.losses()))
    assert heard.losses()[0].reason == "the sound server gave mic where other was asked for"


def test_a_wrong_name_is_told_with_the_right_ones(in_room: Room) -> None:
    with Collector(Microphone("yeti")) as heard:
        heard.until(lambda c: len(c.losses()) >= 2)
    assert "'yeti'" in heard.losses()[0].reason
    assert "pulse" in heard.losses()[0].reason


def test_without_any_sound_system_it_keeps_trying_less_and_less_often(in_room: Room) -> None:
    in_room.stop()
    microphone.restart_portaudio()
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.losses()) >= 3)
    assert [loss.retry_in for loss in heard.losses()][:3] == [0.5, 1.0, 2.0]
    assert "no microphone" in heard.losses()[0].reason


def test_a_stream_that_does_not_start_is_closed(
    in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sounddevice.RawInputStream] = []

    class Stubborn(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def start(self) -> None:
            opened.append(self)
            raise sounddevice.PortAudioError("it does not start")

    monkeypatch.setattr(sounddevice, "RawInputStream", Stubborn)
    with Collector(Microphone()) as heard:
        heard.until(lambda c: bool(c.losses()))
    assert "it does not start" in heard.losses()[0].reason
    assert opened
    assert all(stream.closed for stream in opened)


def test_a_microphone_closed_while_it_is_opened_ends_at_once(
    in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Microphone()

    class Slow(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def start(self) -> None:
            super().start()
            source.close()

    in_room.suspend()
    monkeypatch.setattr(recording, "STALLED", PATIENCE)
    monkeypatch.setattr(sounddevice, "RawInputStream", Slow)
    began = time.monotonic()
    assert list(source.blocks()) == []
    assert time.monotonic() - began < PATIENCE / 2


def test_sound_that_never_came_is_counted_and_told(
    in_room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seconds: list[float] = []

    class Forgetful(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def read(self, frames: int) -> tuple[object, bool]:
            sound: tuple[object, bool] = super().read(frames)
            seconds.append(frames / self.samplerate)
            return (b"", False) if 20 <= len(seconds) < 50 else sound

    monkeypatch.setattr(clock, "WINDOW", 1.0)
    monkeypatch.setattr(recording, "STALLED", PATIENCE)
    monkeypatch.setattr(sounddevice, "RawInputStream", Forgetful)
    with Collector(Microphone()) as heard:
        heard.until(lambda c: c.source.blocks_lost > 0)
        heard.until(lambda c: bool(caplog.messages))
        assert heard.losses() == []
        lost = heard.source.blocks_lost * FRAME_SECONDS
    assert lost == pytest.approx(sum(seconds[19:49]), abs=clock.TOLERANCE)
    assert len([words for words in caplog.messages if "s of sound were lost" in words]) == 1


def test_sound_that_is_late_for_long_but_comes_is_not_lost(
    in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = 1.0

    class Slow(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def read(self, frames: int) -> tuple[object, bool]:
            time.sleep(late * 2 * self.latency)
            sound: tuple[object, bool] = super().read(frames)
            return sound

    monkeypatch.setattr(clock, "WINDOW", 0.5)
    monkeypatch.setattr(recording, "PERIODS", 6)  # a short buffer, for a quick test
    monkeypatch.setattr(recording, "STALLED", PATIENCE)
    monkeypatch.setattr(sounddevice, "RawInputStream", Slow)
    with Collector(Microphone()) as heard:
        heard.until(lambda c: c.source.blocks_lost > 0)
        late = 0.0
        heard.until(lambda c: c.source.blocks_lost == 0)
        assert heard.losses() == []


@pytest.mark.parametrize("resting", [False, True])
def test_after_a_stall_the_sound_is_told_to_be_as_old_as_it_is(
    resting: bool, in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    class Stalled(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def read(self, frames: int) -> tuple[object, bool]:
            nonlocal reads
            reads += 1
            if reads == 8:
                time.sleep(2 * self.latency)
            sound: tuple[object, bool] = super().read(frames)
            return sound

    monkeypatch.setattr(recording, "STALLED", PATIENCE)
    monkeypatch.setattr(sounddevice, "RawInputStream", Stalled)
    source = Microphone()
    source.rest(resting=resting)
    blocks = source.blocks()
    ages: list[float] = []  # against the first block, were every sample to take its time
    heard = 0
    while reads < 16:
        block = next(blocks)
        assert isinstance(block, bytes)
        heard += len(block)
        ages.append(source.recorded - heard / 32000)
    source.close()
    assert list(blocks) == []
    assert max(ages) - min(ages) < 3 * recording.BLOCK_SECONDS


@pytest.mark.parametrize("latency", [-0.01, 0.0, 1e9])
def test_whatever_latency_is_reported_it_neither_spins_nor_sleeps(
    latency: float, in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    class Odd(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        @property
        def latency(self) -> float:
            return latency

        @property
        def read_available(self) -> int:
            nonlocal reads
            reads += 1
            frames: int = super().read_available
            return frames

    monkeypatch.setattr(sounddevice, "RawInputStream", Odd)
    began = time.monotonic()
    with Collector(Microphone()) as heard:
        heard.source.rest(resting=True)
        heard.until(lambda c: len(c.items) > 5)
        assert heard.losses() == []
    # A full buffer, as far as one is known, is read twice.
    assert 5 < reads <= 2 + 2 * (time.monotonic() - began) / recording.LOOK_AGAIN


def test_a_stream_that_fails_in_a_way_nobody_thought_of_is_told_and_opened_again(
    in_room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reads = 0

    class Failing(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def read(self, frames: int) -> tuple[object, bool]:
            nonlocal reads
            reads += 1
            if reads == 3:
                raise OverflowError("too much")
            sound: tuple[object, bool] = super().read(frames)
            return sound

    monkeypatch.setattr(sounddevice, "RawInputStream", Failing)
    with Collector(Microphone()) as heard:
        heard.until(lambda c: bool(c.losses()) and isinstance(c.items[-1], bytes))
    assert [loss.reason for loss in heard.losses()] == [WENT_AWAY]
    assert "OverflowError: too much" in caplog.text


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sounddevice.RawInputStream]:
    """Every stream that was started."""
    streams: list[sounddevice.RawInputStream] = []

    class Noted(sounddevice.RawInputStream):  # type: ignore[misc]  # sounddevice has no types
        def start(self) -> None:
            streams.append(self)
            super().start()

    monkeypatch.setattr(sounddevice, "RawInputStream", Noted)
    return streams


@pytest.mark.usefixtures("in_room")
def test_portaudio_is_restarted_after_every_stream_was_closed(
    opened: list[sounddevice.RawInputStream],
) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        microphone.restart_portaudio()
        assert opened[0].closed
        heard.until(lambda c: bool(c.losses()) and isinstance(c.items[-1], bytes))
    assert [loss.reason for loss in heard.losses()] == [WENT_AWAY]


def test_who_listens_may_be_busy_for_longer_than_the_buffer_lasts(
    in_room: Room, write_wav: Callable[..., Path]
) -> None:
    seconds = 3 * recording.PERIODS * recording.BLOCK_SECONDS
    tone = 9000 * np.sin(2 * np.pi * 440 * np.arange(round(16000 * seconds)) / 16000)
    source = Microphone()
    blocks = source.blocks()
    heard = next(blocks)
    assert isinstance(heard, bytes)
    in_room.speak(write_wav(tone.astype("<i2").tobytes()))
    while len(heard) < 32000 * seconds or np.frombuffer(heard[-640:], "<i2").any():
        block = next(blocks)
        assert isinstance(block, bytes)
        heard += block
    source.close()
    assert list(blocks) == []
    loud = np.flatnonzero(np.abs(np.frombuffer(heard, "<i2")) > 1000)
    assert loud[-1] - loud[0] == pytest.approx(len(tone), abs=400)
    assert source.blocks_lost == 0


def test_at_rest_sound_comes_in_longer_blocks_and_without_a_gap(in_room: Room, beep: Path) -> None:
    long = 0.8 * recording.NAP * 32000
    with Collector(Microphone()) as heard:
        heard.source.rest(resting=True)
        heard.until(lambda c: len(c.items) > 5)
        before = len(heard.items)
        in_room.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)
        heard.source.rest(resting=False)
        awake = len(heard.items)
        heard.until(lambda c: len(c.items) > awake + 10)
    blocks = [len(item) for item in heard.items if isinstance(item, bytes)]
    assert np.median(blocks[2:awake]) > long
    assert np.median(blocks[awake + 1 :]) < np.median(blocks[2:awake])
    sound = np.frombuffer(b"".join(b for b in heard.items if isinstance(b, bytes)), "<i2")
    loud = np.flatnonzero(np.abs(sound) > 1000)
    assert loud[-1] - loud[0] == pytest.approx(16000, abs=400)
    assert heard.source.blocks_lost == 0


def test_however_long_a_microphone_was_away_it_is_looked_for_every_four_seconds(
    in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(microphone, "FIRST_RETRY", 1000.0)
    with Collector(Microphone("yeti")) as heard:
        heard.until(lambda c: bool(c.losses()))
    assert heard.losses()[0].retry_in == microphone.LONGEST_RETRY <= 4.0


def test_an_unplugged_microphone_is_heard_again_after_it_is_back(in_room: Room, beep: Path) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        assert heard.source.name == MICROPHONE
        in_room.unplug()
        heard.until(lambda c: "only" in "".join(loss.reason for loss in c.losses()))
        in_room.replug()
        before = len(heard.items)
        heard.until(lambda c: any(isinstance(item, bytes) for item in c.items[before:]))
        in_room.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)
    assert "from mic to" in heard.losses()[0].reason
    assert ".monitor, which is what the speaker plays" in heard.losses()[1].reason


def test_another_microphone_that_stands_in_is_told_and_heard(in_room: Room) -> None:
    in_room.pactl("load-module", "module-null-source", "source_name=other")
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        in_room.unplug()
        heard.until(lambda c: bool(c.losses()) and c.source.name == "other")
        before = len(heard.items)
        heard.until(lambda c: len(c.items) > before + 20)
    (loss,) = heard.losses()
    assert loss.reason == "the sound server moved the stream from mic to other"


def test_what_a_speaker_plays_is_heard_where_it_was_asked_for(
    in_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_room.unplug()
    monkeypatch.setenv("PULSE_SOURCE", "speaker.monitor")
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        assert heard.source.name == "speaker.monitor"
    assert heard.losses() == []


def test_what_a_speaker_plays_may_be_chosen_beside_a_microphone(in_room: Room) -> None:
    in_room.pactl("set-default-source", "speaker.monitor")
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        assert heard.source.name == "speaker.monitor"
    assert heard.losses() == []


@pytest.mark.parametrize("pactl", [None, "echo 'No such option: --format' >&2; exit 1"])
def test_without_a_pactl_that_tells_it_hears_all_the_same(
    pactl: str | None, in_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, script in (("pactl", pactl), ("setpriv", "exit 1")):
        if script is not None:
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        assert heard.source.name == ""
    assert heard.losses() == []


def test_a_microphone_that_falls_silent_is_opened_again(in_room: Room, beep: Path) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        in_room.suspend()
        heard.until(lambda c: bool(c.losses()))
        in_room.resume()
        before = len(heard.items)
        heard.until(lambda c: any(isinstance(item, bytes) for item in c.items[before:]))
        in_room.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)
    assert "no sound" in heard.losses()[0].reason


def test_the_sound_server_may_be_restarted(in_room: Room, beep: Path) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        in_room.stop()
        heard.until(lambda c: len(c.losses()) >= 3)
        in_room.start()
        before = len(heard.items)
        heard.until(lambda c: any(isinstance(item, bytes) for item in c.items[before:]))
        in_room.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)


@pytest.fixture
def quick_to_despair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "OPENING", 0.5)
    monkeypatch.setattr(microphone, "CLOSING", 0.5)


@pytest.mark.usefixtures("quick_to_despair")
def test_a_sound_server_that_hangs_is_told_and_heard_again_when_it_goes_on(
    in_room: Room, beep: Path
) -> None:
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        with in_room.hung():
            heard.until(lambda c: len(c.losses()) >= 3)
            assert {loss.reason for loss in heard.losses()} == {"the sound server does not answer"}
        before = len(heard.items)
        heard.until(lambda c: any(isinstance(item, bytes) for item in c.items[before:]))
        in_room.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)


@pytest.mark.usefixtures("quick_to_despair")
def test_a_microphone_that_is_opened_while_the_sound_server_hangs(in_room: Room) -> None:
    heard = Collector(Microphone())
    with in_room.hung():
        heard.start()
        heard.until(lambda c: len(c.losses()) >= 2)
        assert {loss.reason for loss in heard.losses()} == {"the sound server does not answer"}
    heard.until(lambda c: isinstance(c.items[-1], bytes))
    heard.stop()


@pytest.mark.usefixtures("quick_to_despair")
def test_what_opens_after_the_microphone_was_closed_is_closed_too(
    in_room: Room, opened: list[sounddevice.RawInputStream]
) -> None:
    heard = Collector(Microphone())
    with in_room.hung():
        heard.start()
        heard.until(lambda c: bool(c.losses()))
        heard.stop()
    ours = {"PortAudio", "pactl", "recording"}
    heard.until(lambda _: ours.isdisjoint(each.name for each in threading.enumerate()))
    assert opened
    assert all(stream.closed for stream in opened)


def test_an_alsa_configuration_may_be_broken_for_a_while(in_room: Room, beep: Path) -> None:
    file = Path(in_room.environment["ALSA_CONFIG_PATH"])
    usual = file.read_text()
    with Collector(Microphone()) as heard:
        heard.until(lambda c: len(c.items) > 5)
        file.write_text("pcm.!default { type pulse")
        in_room.stop()
        heard.until(lambda c: "PortAudio" in "".join(loss.reason for loss in c.losses()))
        heard.until(lambda c: len(c.losses()) >= 3)
        file.write_text(usual)
        in_room.start()
        before = len(heard.items)
        heard.until(lambda c: any(isinstance(item, bytes) for item in c.items[before:]))
        in_room.speak(beep)
        heard.until(lambda c: c.loudest(before) > 8000)
