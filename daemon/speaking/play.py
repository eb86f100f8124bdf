"""The player's child: ``python -m mused.daemon.speaking.play``.

Reads one JSON line ``{"path", "device"}``, plays the WAV file through PortAudio and answers with
one line, ``{}`` once the last sample has been heard or ``{"error": "..."}``. It is a process of
its own because PortAudio learns of new devices only when it starts, can block for ever in a dead
sound server, and is silenced most quickly by ending it.
"""

import json
import os
import signal
import sys
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mused.daemon import pulse
from mused.daemon.child import die_with_parent
from mused.daemon.devices import choose
from mused.daemon.errors import DeviceError

BLOCK = 0.02  # seconds


def main() -> None:
    """Play one file."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the daemon's to handle
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else may print where the answer goes
    try:
        import numpy as np  # noqa: F401 - before the file is there: it takes the longest
        import sounddevice
    except Exception as error:  # noqa: BLE001 - a broken sound set-up raises PortAudio's own kinds
        answer = {"error": f"PortAudio cannot be used: {error}"}
        sys.stdin.readline()
    else:
        request = sys.stdin.readline()
        answer = _play(sounddevice, json.loads(request)) if request else {}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _play(sounddevice: Any, request: dict[str, Any]) -> dict[str, str]:
    device = request["device"]
    try:
        samples, rate = _read(Path(request["path"]))
        with _open(sounddevice, device, rate) as stream:
            wanted = int(stream.samplerate)
            samples = _fit(samples, rate, wanted, stream.channels)
            block = int(BLOCK * wanted)
            for start in range(0, len(samples), block):
                stream.write(samples[start : start + block])
        # Leaving the stream waited until its buffers had been played.
    except DeviceError as error:
        return {"error": str(error)}
    except (sounddevice.PortAudioError, OSError, ValueError, wave.Error) as error:
        where = f"speaker {device!r}" if device else "default speaker"
        return {"error": f"{where}: {error}"}
    return {}


def _read(path: Path) -> tuple[Any, int]:
    import numpy as np

    with wave.open(str(path)) as file:
        frames = file.readframes(file.getnframes())
        samples = np.frombuffer(frames, dtype="<i2").reshape(-1, file.getnchannels())
        return samples, file.getframerate()


def _open(sounddevice: Any, name: str | None, rate: int) -> Any:
    """A stream in a format that the device takes: that of the file if it does."""
    choice = choose(sounddevice, "output", name)
    with pulse.leading_to(choice.port):
        return _open_device(sounddevice, choice.device, rate)


def _open_device(sounddevice: Any, device: Mapping[str, Any], rate: int) -> Any:
    usual = int(device["default_samplerate"])
    choices = [(each, channels) for each in (rate, usual) for channels in (1, 2)]
    for number, (each, channels) in enumerate(choices, start=1):
        try:
            # Asking first whether it would take the format takes as long as opening it.
            return sounddevice.OutputStream(
                device=device["index"],
                samplerate=each,
                channels=channels,
                dtype="int16",
                latency="high",
            )
        except sounddevice.PortAudioError:
            if number == len(choices):
                raise
    raise AssertionError


def _fit(samples: Any, rate: int, wanted: int, channels: int) -> Any:
    import numpy as np

    if rate != wanted:
        import soxr

        samples = soxr.resample(samples, rate, wanted)
    if samples.shape[1] != channels:
        samples = np.repeat(samples[:, :1], channels, axis=1)
    return np.ascontiguousarray(samples)


if __name__ == "__main__":
    main()
