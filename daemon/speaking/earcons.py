"""Plays the earcons that tell a speaker where mused is: a command is waited for, was taken, or
is waited for no longer.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from mused.daemon.config import Speaking
from mused.daemon.errors import SpeakingError
from mused.daemon.health import beat, rest
from mused.daemon.speaking import tones
from mused.daemon.speaking.memory import file_in_memory
from mused.daemon.speaking.player import Player
from mused.daemon.speaking.tones import Earcon

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds; a stuck speaker is given up sooner
AFTER_FAILURE = 5.0  # seconds until a player that cannot be started is tried again


class Earcons:
    """Used from the event loop's thread only; `run` is its one task.

    A player waits, started and asleep, for the next earcon: to start one then takes 0.2 seconds.
    `on_start` is called before a sound can leave the speaker, `on_end` after its last sample was
    heard or it was cut off: between them the microphone hears mused itself.
    """

    def __init__(
        self,
        config: Speaking,
        on_start: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._volume = config.volume
        self._on = config.enabled and config.earcons and config.sink == "speaker"
        self._on_start = on_start
        self._on_end = on_end
        self._player = Player(config.device)
        self._wanted: asyncio.Queue[Earcon] = asyncio.Queue(1)
        self._sounding: asyncio.Task[None] | None = None
        self._trouble = ""

    def play(self, earcon: Earcon) -> None:
        """Play it now; not at all while another one sounds, which would be late."""
        if self._on and self._sounding is None and self._wanted.empty():
            self._wanted.put_nowait(earcon)

    async def cut(self) -> None:
        """Be silent at once: the voice needs the speaker, which may take one sound at a time."""
        if not self._wanted.empty():
            self._wanted.get_nowait()
        if self._sounding is not None:
            self._sounding.cancel()
            await asyncio.wait({self._sounding})

    async def run(self) -> None:
        """Play what is wanted until cancelled; ends at once where earcons are switched off."""
        if not self._on:
            return
        with file_in_memory() as wake, file_in_memory() as heard, file_in_memory() as over:
            files: dict[Earcon, Path] = {"wake": wake, "heard": heard, "over": over}
            for earcon, file in files.items():
                tones.write(earcon, file, self._volume)
            try:
                while True:
                    await self._sound_next(files)
            finally:
                await self.cut()
                await self._player.close()

    async def _sound_next(self, files: dict[Earcon, Path]) -> None:
        rest()
        try:
            await self._player.prepare()
        except SpeakingError as error:
            self._complain(str(error))
            await asyncio.sleep(AFTER_FAILURE)
            return
        earcon = await self._wanted.get()
        beat(PATIENCE)
        self._sounding = asyncio.create_task(self._sound(files[earcon]))
        try:
            await asyncio.wait({self._sounding})
        finally:
            self._sounding.cancel()
            self._sounding = None

    async def _sound(self, file: Path) -> None:
        self._on_start()
        try:
            await self._player.play(file)
            self._trouble = ""
        except SpeakingError as error:
            self._complain(str(error))
        finally:
            self._on_end()

    def _complain(self, reason: str) -> None:
        """Log a lasting trouble once; the next earcon tries again."""
        if reason != self._trouble:
            log.warning("no earcon: %s", reason)
        self._trouble = reason
