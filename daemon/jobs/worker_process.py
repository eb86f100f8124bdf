"""The painter's process seen from the daemon: JSON lines over its pipes, death as an error.

The daemon sends ``{"do": "paint"|"cancel"|"exit", ...}``, the worker answers with
``{"event": "ready"|"started"|"progress"|"done"|"cancelled"|"failed", ...}``. The worker ends by
itself when its standard input closes, and the kernel ends it when the daemon dies, so it never
outlives the daemon.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mused.art.errors import DeviceLostError
from mused.daemon.child import kill
from mused.daemon.errors import (
    WorkerDeviceError,
    WorkerError,
    WorkerHungError,
    WorkerMemoryError,
    WorkerStartError,
)
from mused.daemon.jobs import memory_kills

log = logging.getLogger(__name__)

PAINTER = (sys.executable, "-P", "-m", "mused.art.worker")
LAST_WORDS = 5  # lines of standard error that a WorkerError quotes
LONGEST_LINE = 1 << 20  # bytes
LAST_EVENTS = ("done", "cancelled", "failed")
NICENESS = 10  # hearing goes before painting where cores are scarce
OOM_SCORE = 500  # when memory ends the kernel shall take the painter, not the daemon

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Patience:
    """Seconds of silence after which a worker is taken for hung."""

    first: float = 120.0
    """Until it is ready, and again until the first progress: imports; weights, the first step."""
    between: float = 60.0
    """Between two later signs of life."""
    exit: float = 2.0
    """Between asking it to exit and killing it."""


class WorkerProcess:
    """At most one painter's process, started on first use; a dead one is replaced by the next."""

    def __init__(
        self,
        argv: Sequence[str] = PAINTER,
        patience: Patience | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._argv = tuple(argv)
        self._patience = patience or Patience()
        self._environment = environment or {}
        self._process: asyncio.subprocess.Process | None = None
        self._stderr: asyncio.Task[None] | None = None
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._has_painted = False
        self._memory_kills = 0

    @property
    def pid(self) -> int | None:
        """Process id of the living worker."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process and alive else None

    async def start(self) -> Message | None:
        """Start a worker unless one lives; returns what it said when it was ready.

        Raises WorkerStartError when it ends or falls silent before that; it is gone then.
        """
        if self.pid is not None:
            return None
        await self.kill()
        process = await self._spawn()
        try:
            async with asyncio.timeout(self._patience.first):
                while (event := await self._receive(process)) and event.get("event") != "ready":
                    log.debug("painter said %s before it was ready", event.get("event"))
        except TimeoutError:
            await self.kill()
            words = f"it was not ready after {self._patience.first:g} s"
            raise WorkerStartError(words) from None
        if event is None:
            await self.kill()
            raise WorkerStartError(self._epitaph(await process.wait()))
        return event

    async def paint(self, request: Message, on_event: Callable[[Message], None]) -> Message:
        """Paint `request`'s job; returns its last event: done, cancelled or failed.

        Earlier events go to `on_event`. Raises WorkerError when the worker cannot be started,
        dies or falls silent; it is gone then, and the next call starts another.
        """
        if ready := await self.start():
            on_event(ready)
        process = self._process
        if process is None:
            raise WorkerError("the painter was ended before it began")
        silent_so_far = self._has_painted
        patience = self._patience.first
        self._send({"do": "paint", **request})
        while True:
            try:
                async with asyncio.timeout(patience):
                    event = await self._receive(process)
            except TimeoutError:
                await self.kill()
                words = f"the painter was silent for {patience:g} s"
                raise WorkerHungError(words) from None
            if event is None:
                by_itself = self._process is process
                await self.kill()
                if silent_so_far and by_itself:  # it was on its way out when it was asked
                    return await self.paint(request, on_event)
                raise self._death(await process.wait())
            silent_so_far = False
            if event.get("event") in LAST_EVENTS and event.get("job") == request["job"]:
                self._has_painted = True
                return event
            if event.get("event") == "progress":
                patience = self._patience.between
            on_event(event)

    def cancel(self, job: str) -> None:
        """Ask the worker to stop painting `job` and to keep its last frame."""
        self._send({"do": "cancel", "job": job})

    async def close(self) -> None:
        """Ask the worker to exit, then make it."""
        if self._process is not None and self._process.stdin is not None:
            self._send({"do": "exit"})
            self._process.stdin.close()
            # Not asyncio.timeout: in a cancelled task, as at the end of the daemon, Python 3.11.2
            # (Debian 12) lets it end in another cancellation, and the kill would be left out.
            ending = asyncio.ensure_future(self._process.wait())
            await asyncio.wait({ending}, timeout=self._patience.exit)
        await self.kill()

    async def kill(self) -> None:
        """End the worker and everything it started, now."""
        process, self._process = self._process, None
        if process is None:
            return
        code = await kill(process)
        log.info("painter %d ended with %d", process.pid, code)
        if self._stderr is not None:
            await asyncio.wait({self._stderr}, timeout=1.0)
            self._stderr.cancel()

    async def _spawn(self) -> asyncio.subprocess.Process:
        self._last_words.clear()
        self._has_painted = False
        self._memory_kills = memory_kills.count()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=LONGEST_LINE,
                env={**os.environ, **self._environment},
            )
        except OSError as error:
            raise WorkerStartError(f"its process cannot be started: {error}") from error
        _be_modest(process.pid)
        self._process = process
        self._stderr = asyncio.create_task(self._copy_stderr(process))
        log.info("painter started, process %d", process.pid)
        return process

    def _send(self, message: Message) -> None:
        # A worker that is gone is noticed where its answers are read.
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _receive(self, process: asyncio.subprocess.Process) -> Message | None:
        assert process.stdout is not None
        while line := await _line(process.stdout):
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if isinstance(message, dict):
                return message
            log.debug("painter printed %r", line[:200])  # a library, not the protocol
        return None

    async def _copy_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await _line(process.stderr):
            text = line.decode(errors="replace").rstrip()
            if text:
                self._last_words.append(text)
                log.debug("painter: %s", text)  # it quotes prompts

    def _death(self, code: int) -> WorkerError:
        if code == -signal.SIGKILL and memory_kills.count() > self._memory_kills:
            return WorkerMemoryError("the kernel ended the painter's process: memory ran out")
        if code == DeviceLostError.exit_status:
            return WorkerDeviceError(self._epitaph(code))
        return WorkerError(self._epitaph(code))

    def _epitaph(self, code: int) -> str:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        said = "; ".join(self._last_words) or "it said nothing"
        return f"the painter's process {how}: {said}"


async def _line(stream: asyncio.StreamReader) -> bytes:
    while True:
        try:
            return await stream.readline()
        except ValueError:  # longer than LONGEST_LINE: readline has dropped it
            continue


def _be_modest(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")
