"""Turns text into a WAV file: pyttsx3 in a child process that may hang or crash alone."""

import asyncio
import json
import logging
import sys
import unicodedata
import wave
from collections.abc import Mapping
from pathlib import Path

from mused.daemon.child import kill
from mused.daemon.config import Speaking
from mused.daemon.errors import SpeakingError

log = logging.getLogger(__name__)

RENDERER = (sys.executable, "-P", "-m", "mused.daemon.speaking.render")
LONGEST_TEXT = 1000  # characters, about a minute
PATIENCE = 15.0  # seconds; a start takes 0.3 s, a sentence 0.02 s, LONGEST_TEXT 0.2 s


def speakable(text: str) -> str:
    """`text` as the synthesizer can take it, cut at a word; empty if nothing in it has a sound."""
    clean = "".join(
        " " if unicodedata.category(letter)[0] in "CZ" else letter
        for letter in text[: 4 * LONGEST_TEXT]
    )
    clean = " ".join(clean.split())
    if len(clean) > LONGEST_TEXT:
        cut = clean[:LONGEST_TEXT]
        clean = cut.rpartition(" ")[0] or cut
    return clean if any(letter.isalnum() for letter in clean) else ""


class Synthesizer:
    """Renders one text at a time; the child is started on first use and kept warm."""

    def __init__(self, config: Speaking, argv: tuple[str, ...] = RENDERER) -> None:
        self._config = config
        self._argv = argv
        self._process: asyncio.subprocess.Process | None = None
        self.warnings: set[str] = set()
        """What was odd, but not in the way."""

    async def render(self, text: str, path: Path) -> None:
        """Write `text`, which must be `speakable`, to a 16-bit WAV file at `path`.

        Raises SpeakingError; the child is gone then, and the next call starts another.
        """
        request = {
            "text": text,
            "voice": self._config.voice,
            "rate": self._config.rate,
            "volume": self._config.volume,
            "path": str(path),
        }
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._ask(request)
        except TimeoutError:
            await self.close()
            raise SpeakingError(f"the synthesizer was silent for {PATIENCE:g} s") from None
        except BaseException:
            await self.close()
            raise
        if warning := answer.get("warning"):
            if warning not in self.warnings:
                log.warning("%s", warning)
            self.warnings.add(warning)
        if error := answer.get("error"):
            await self.close()
            raise SpeakingError(f"the text cannot be rendered: {error}")
        _check(path)

    async def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is not None:
            await kill(process)

    async def _ask(self, request: Mapping[str, object]) -> dict[str, str]:
        warm = self._process is not None
        process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        line = await process.stdout.readline()
        if not line and warm:  # it may have died before it was asked
            await self.close()
            return await self._ask(request)
        if not line:
            raise SpeakingError(f"the synthesizer ended with {await process.wait()}")
        answer: dict[str, str] = json.loads(line)
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._argv,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                raise SpeakingError(f"the synthesizer cannot be started: {error}") from error
        return self._process


def _check(path: Path) -> None:
    # pyttsx3 also reports success when nothing was written.
    try:
        with wave.open(str(path)) as file:
            frames = file.getnframes()
    except (OSError, EOFError, wave.Error) as error:
        raise SpeakingError(f"the synthesizer wrote no sound: {error}") from error
    if not frames:
        raise SpeakingError("the synthesizer wrote an empty sound")
