"""Running a synthesizer and reading the sound it wrote."""

import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mused.training.speech.errors import SynthesisError


def run_tool(command: Sequence[str], package: str) -> str:
    """What the command printed. SynthesisError where it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except FileNotFoundError as error:
        raise SynthesisError(f"{command[0]} is missing: apt install {package}") from error
    except subprocess.TimeoutExpired as error:
        raise SynthesisError(f"{command[0]} did not end within five minutes") from error
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        raise SynthesisError(f"{' '.join(command)} failed: {said}")
    return done.stdout


def read_wave(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Samples and sample rate of a mono 16-bit file."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
        return samples, file.getframerate()
