from collections.abc import Callable

import numpy as np
import pytest

from mused.daemon.hearing.audio import FRAME_BYTES, FRAME_SECONDS
from mused.daemon.hearing.gate import HANGOVER, PRE_ROLL, Gate

Say = Callable[..., bytes]


def frames(sound: bytes) -> list[bytes]:
    whole = len(sound) - len(sound) % FRAME_BYTES
    return [sound[at : at + FRAME_BYTES] for at in range(0, whole, FRAME_BYTES)]


def noise(seconds: float, rms: float) -> bytes:
    samples = np.random.default_rng(5).normal(0, rms, round(16000 * seconds))
    return samples.astype("<i2").tobytes()


def open_share(gate: Gate, sound: bytes) -> float:
    opened = 0
    for frame in frames(sound):
        gate.feed(frame)
        opened += gate.open
    return opened * FRAME_BYTES / len(sound)


@pytest.mark.parametrize("rms", [0, 30, 100])
def test_a_quiet_room_never_opens_the_gate(rms: float) -> None:
    assert open_share(Gate(energy_floor=60.0), noise(20, rms)) == 0.0


@pytest.mark.parametrize("rms", [300, 3000])
def test_steady_noise_closes_the_gate_soon(rms: float) -> None:
    gate = Gate(energy_floor=60.0)
    open_share(gate, noise(20, rms))
    assert open_share(gate, noise(20, rms)) < 0.1


def test_speech_opens_the_gate_and_the_pre_roll_holds_its_beginning(say: Say) -> None:
    gate = Gate(energy_floor=60.0)
    sound = say("computer", before=1.0, after=0.0)
    onset = next(n for n, frame in enumerate(frames(sound)) if any(frame))
    fed = 0
    while not gate.open:
        gate.feed(frames(sound)[fed])
        fed += 1
    assert fed - len(gate.recent) < onset
    assert len(gate.recent) * FRAME_SECONDS == pytest.approx(PRE_ROLL)


def test_the_gate_stays_open_for_the_hangover_only(say: Say) -> None:
    gate = Gate(energy_floor=60.0)
    open_share(gate, say("generate a red boat", after=0.1))
    assert gate.open
    open_share(gate, bytes(FRAME_BYTES * round((HANGOVER + 0.2) / FRAME_SECONDS)))
    assert not gate.open


def test_speech_is_heard_over_a_fan(say: Say) -> None:
    gate = Gate(energy_floor=60.0)
    open_share(gate, noise(10, 200))
    said = np.frombuffer(say("generate a painting of a city", before=0.0, after=0.0), "<i2")
    mixed = said + np.frombuffer(noise(len(said) / 16000, 200), "<i2")[: len(said)]
    assert open_share(gate, mixed.astype("<i2").tobytes()) > 0.8


def test_forgetting_closes_the_gate_and_drops_the_pre_roll(say: Say) -> None:
    gate = Gate(energy_floor=60.0)
    open_share(gate, say("generate a red boat", after=0.0))
    before = gate.now
    gate.forget()
    assert not gate.open
    assert not gate.recent
    assert gate.now == before


@pytest.mark.parametrize("hertz", [0, 0.5])
def test_what_is_too_deep_to_hear_covers_no_voice(hertz: float) -> None:
    gate = Gate(energy_floor=60.0)
    voice = np.frombuffer(noise(2.0, 300), "<i2")
    deep = 2000 * np.cos(2 * np.pi * hertz * np.arange(len(voice)) / 16000)
    open_share(gate, (voice + deep).astype("<i2").tobytes())
    assert gate.levels.between(0.5, 1.5) == pytest.approx(300, rel=0.1)
