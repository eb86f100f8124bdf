"""Processor time of programs at a microphone, for `benchmarks.listen`: whole processes, real time.

``python -m benchmarks.live MODEL`` is the one that mused is measured beside: what Vosk's example
for microphones does (python/example/test_microphone.py of vosk-api), with a model's folder and at
the model's rate, so that nothing is resampled.
"""

import os
import queue
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.daemon import running, state_of
from benchmarks.idle import TICKS, cpu_seconds
from mused.daemon.hearing.audio import RATE
from mused.daemon.hearing.model import BUNDLED
from mused.daemon.service.room import Room

SETTLE = 3.0  # seconds until a program has started for good
BLOCK = 8000  # samples, as the example takes them


@dataclass(frozen=True)
class Cost:
    """Processor seconds for an hour of a sound."""

    own: float
    """Of the program, with its children."""
    server: float
    """Of the sound server meanwhile."""


def of_mused(room: Room, wav: Path, seconds: float, home: Path) -> Cost:
    """The cost of a daemon without a voice while it hears the first `seconds` of a file."""
    with running(home, room.environment) as daemon:
        daemon.wait_until(lambda: state_of(daemon.client) == "ok")
        return _while_hearing(room, wav, seconds, daemon.pid)


def of_vosk(room: Room, wav: Path, seconds: float, home: Path) -> Cost:
    """The cost of Vosk's example while it hears the first `seconds` of a file."""
    told = home / "vosk.txt"
    with told.open("wb") as out:
        program = subprocess.Popen(
            [sys.executable, "-u", "-m", "benchmarks.live", str(BUNDLED)],
            env={**os.environ, **room.environment},
            stdout=out,
        )
    try:
        while not told.stat().st_size:
            if program.poll() is not None:
                raise SystemExit("Vosk's example has ended before it heard anything")
            time.sleep(0.1)
        return _while_hearing(room, wav, seconds, program.pid)
    finally:
        program.terminate()
        program.wait()


def _while_hearing(room: Room, wav: Path, seconds: float, process: int) -> Cost:
    pulse = server_of(room)
    with room.speaking(wav):
        time.sleep(SETTLE)
        begun, own, server = time.monotonic(), family_seconds(process), cpu_seconds(pulse)
        time.sleep(seconds)
        own, server = family_seconds(process) - own, cpu_seconds(pulse) - server
        hours = (time.monotonic() - begun) / 3600
    return Cost(own / hours, server / hours)


def server_of(room: Room) -> int:
    """The process that listens at the sound server's socket (unix(7), SO_PEERCRED)."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(room.environment["PULSE_SERVER"].removeprefix("unix:"))
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 3 * 4)
    return int.from_bytes(told[:4], sys.byteorder)


def family_seconds(process: int) -> float:
    """Processor time of a process and of all its children, living or dead (proc(5))."""
    place = Path(f"/proc/{process}")
    fields = (place / "stat").read_text().rpartition(")")[2].split()
    total = sum(map(int, fields[11:15])) / TICKS
    for task in (place / "task").iterdir():
        for child in (task / "children").read_text().split():
            with suppress(OSError):  # it has just ended: its parent has its time soon
                total += family_seconds(int(child))
    return total


def main() -> None:
    """What Vosk's example does, until it is ended."""
    import sounddevice
    import vosk

    vosk.SetLogLevel(-1)
    blocks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    recognizer = vosk.KaldiRecognizer(vosk.Model(model_path=sys.argv[1]), RATE)
    with sounddevice.RawInputStream(
        samplerate=RATE,
        blocksize=BLOCK,
        dtype="int16",
        channels=1,
        callback=lambda data, _frames, _times, _status: blocks.put(bytes(data)),
    ):
        while True:
            ended = recognizer.AcceptWaveform(blocks.get())
            print(recognizer.Result() if ended else recognizer.PartialResult())


if __name__ == "__main__":
    main()
