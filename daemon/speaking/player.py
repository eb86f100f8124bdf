"""Plays WAV files through the speaker, each in a process that can be ended at any moment."""

import asyncio
import json
import os
import sys
import wave
from pathlib import Path

from mused.daemon.child import kill
from mused.daemon.errors import SpeakerError, SpeakingError

CHILD = (sys.executable, "-P", "-m", "mused.daemon.speaking.play")
SLACK = 10.0  # seconds a file may take longer than it lasts, before the device is taken for stuck


class Player:
    """Plays one file at a time on the device whose name contains `device`."""

    def __init__(self, device: str | None = None, argv: tuple[str, ...] = CHILD) -> None:
        self._device = device
        self._argv = argv
        self._child: asyncio.subprocess.Process | None = None

    async def prepare(self) -> None:
        """Start the next file's process already, so that its start costs no silence.

        Raises SpeakingError.
        """
        if self._child is not None and self._child.returncode is None:
            return
        try:
            self._child = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                env={**os.environ},  # not what leads the microphone, see `pulse.leading_to`
            )
        except OSError as error:
            raise SpeakingError(f"the player cannot be started: {error}") from error

    async def play(self, path: Path) -> None:
        """Play the file at `path` to its real end; cancelling silences it at once.

        Raises SpeakerError when there is no device or the device takes no sound, SpeakingError
        when the file is no sound or the player fails.
        """
        limit = _duration(path) + SLACK
        await self.prepare()
        child, request = self._child, {"path": str(path), "device": self._device}
        assert child is not None
        try:
            async with asyncio.timeout(limit):
                out, err = await child.communicate(json.dumps(request).encode() + b"\n")
        except TimeoutError:
            raise SpeakerError(f"the speaker took no sound for {SLACK:g} s") from None
        finally:
            await self.close()
        try:
            answer = json.loads(out)
        except ValueError:
            words = err.decode(errors="replace").strip().rpartition("\n")[2]
            raise SpeakingError(f"the player ended with {child.returncode}: {words}") from None
        if error := answer.get("error"):
            raise SpeakerError(error)

    async def close(self) -> None:
        """End whatever is playing or prepared."""
        child, self._child = self._child, None
        if child is not None:
            await kill(child)


def _duration(path: Path) -> float:
    try:
        with wave.open(str(path)) as file:
            return float(file.getnframes() / file.getframerate())
    except (OSError, EOFError, wave.Error) as error:
        raise SpeakingError(f"{path} is no sound: {error}") from error
