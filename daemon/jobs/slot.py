"""One painter at work: it takes jobs from the queue, paints them and is unloaded when idle."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mused.daemon.config import Painting
from mused.daemon.errors import QueueError, StoreError, WorkerError, WorkerStartError
from mused.daemon.events import Bus
from mused.daemon.health import aside, beat, own_part, rest
from mused.daemon.jobs.devices import Device
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.ledger import Ledger
from mused.daemon.jobs.queue import Job, JobQueue
from mused.daemon.jobs.worker_process import Message, WorkerProcess
from mused.daemon.models import store
from mused.daemon.service.journal import about

log = logging.getLogger(__name__)

CANCEL_GRACE = 2.0  # seconds; a painter ends itself after 0.7, on a busy machine it saves late
DISK_PAUSE = 5.0  # seconds between tries while the database or the gallery refuses
LAST_LOOK = 1.0  # seconds for a look into the gallery when the daemon stops
START_PAUSE = 1.0  # seconds before a painter that could not start is tried again, then doubled
LONGEST_START_PAUSE = 120.0
SLACK = 60.0  # seconds; the worker has limits of its own, and after those we must give a sign
TORCH_PAUSE = 60.0  # seconds between looks for a missing torch


@dataclass(frozen=True)
class Progress:
    """How far the running job is."""

    job: int
    step: int = 0
    steps: int = 0
    loss: float | None = None
    seconds_left: float | None = None

    @property
    def share(self) -> float:
        """Share of the steps already run, 0 to 1."""
        return self.step / self.steps if self.steps else 0.0


@dataclass(frozen=True)
class Studio:
    """What all slots share."""

    queue: JobQueue
    ledger: Ledger
    files: JobFiles
    painting: Painting
    bus: Bus
    obstacle: Callable[[], str | None]
    """Why nothing can be painted on this machine, None if it can."""
    reconcile: Callable[[], Awaitable[None]]
    """Settles jobs that are marked as running but in nobody's hand."""
    wake: Callable[[], None]
    """Has all slots look for jobs."""
    starting: set[WorkerProcess] = field(default_factory=set)
    """Each of them will take a job, so that one job does not start all painters."""


class Slot:
    """The painter's process of one device; `run` is its one task."""

    def __init__(
        self, device: Device, worker: WorkerProcess, studio: Studio, *, first: bool
    ) -> None:
        self.worker = worker
        self.job: Job | None = None
        self.progress: Progress | None = None
        self.trouble: str | None = None
        """Why its process cannot start."""
        self._device = device
        self._first = first
        self.useless = False
        """Whether it has ended, for it found no GPU."""
        self._obstacle: str | None = None
        self._studio = studio
        self._wake = asyncio.Event()
        self._idle_since = time.monotonic()
        self._failures = 0
        self._killers: set[asyncio.Task[None]] = set()
        self._patience = 2 * studio.painting.hung_seconds + LONGEST_START_PAUSE + SLACK

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    async def run(self, name: str) -> None:
        """Paint until cancelled; then the job in hand goes back to the queue, attempt forgiven.

        The slot is watched over by that `name`: one that rests speaks for no other.
        """
        with own_part(name):
            await self._run()

    async def _run(self) -> None:
        complaint = None
        try:
            while not self.useless:
                beat(self._patience)
                try:
                    await self._turn()
                    complaint = None
                except QueueError as error:
                    if complaint != str(error):
                        complaint = str(error)
                        log.warning("jobs wait: %s", error)
                    await asyncio.sleep(DISK_PAUSE)
                    with contextlib.suppress(QueueError):
                        await self._studio.reconcile()
        finally:
            await self.worker.close()

    def cancel(self) -> None:
        """Stop painting the job in hand within two seconds."""
        if self.job is None:
            return
        self.worker.cancel(self.job.key)
        task = asyncio.create_task(self._kill_later(self.job.id))
        self._killers.add(task)
        task.add_done_callback(self._killers.discard)

    async def _turn(self) -> None:
        """Paint the next job, or wait until there may be one."""
        self._wake.clear()
        obstacle = self._studio.obstacle()
        starting = 0 if self.worker.pid else len(self._studio.starting)
        waiting = self._studio.queue.waiting(starting + 1) > starting
        if obstacle and waiting and obstacle != self._obstacle and self._first:
            self._obstacle = obstacle
            log.warning("jobs wait: %s", obstacle)
        if obstacle or not waiting:
            await self._rest(TORCH_PAUSE if obstacle else self._idle_seconds_left())
            return
        try:
            ready = await self._start()  # before a job is taken: it is none of the job's
        except WorkerStartError as error:
            await self._back_off(error)
            return
        beat(self._patience)
        self._started(ready)
        job = None if self.useless else self._studio.queue.next()
        if job is None:
            return
        with about(turn=job.turn, job=job.id):
            settled = await self._attempt(job)
        if not settled:
            await asyncio.sleep(DISK_PAUSE)
        self._idle_since = time.monotonic()

    async def _start(self) -> Message | None:
        self._studio.starting.add(self.worker)
        try:
            return await self.worker.start()
        finally:
            self._studio.starting.discard(self.worker)

    def _idle_seconds_left(self) -> float | None:
        """None when there is no process to unload."""
        if self.worker.pid is None:
            return None
        left = self._idle_since + self._studio.painting.idle_minutes * 60 - time.monotonic()
        return max(0.0, left)

    async def _rest(self, seconds: float | None) -> None:
        rest()
        try:
            async with asyncio.timeout(seconds):  # wait_for can swallow a cancellation
                await self._wake.wait()
        except TimeoutError:
            await self.worker.close()

    async def _back_off(self, error: WorkerStartError) -> None:
        self._failures += 1
        reason = f"the painter cannot start: {error}"
        if self.trouble is None:
            self._studio.bus.publish("painter", state="failing", reason=reason)
        if self.trouble != reason:
            log.error("jobs wait: %s", reason)
        self.trouble = reason
        self._studio.wake()  # another may have more luck
        # A power of two that no number of failures can make too large for a float.
        await asyncio.sleep(
            min(START_PAUSE * 2 ** min(self._failures - 1, 20), LONGEST_START_PAUSE)
        )

    def _started(self, ready: Message | None) -> None:
        if self.trouble is not None:
            log.info("the painter has started after all")
            self._studio.bus.publish("painter", state="ok", reason="")
        self.trouble, self._failures = None, 0
        self._idle_since = time.monotonic()  # its job may have been cancelled meanwhile
        if ready is not None and self._device.is_gpu and ready.get("device") == "cpu":
            log.warning("torch cannot use %s: `mused doctor` says why", self._device.name)
            self.useless = not self._first  # one painter is enough for the processor

    async def _attempt(self, job: Job) -> bool:
        """Paint `job`; False if it went back to the queue because the disk refuses."""
        ledger = self._studio.ledger
        self.job, self.progress = job, Progress(job.id)
        try:
            await aside(self._studio.files.prepare, job)
            beat(self._patience)
            ledger.tell("job.started", job, attempt=job.attempts)
            request = await aside(self._request, job)
            end = await self.worker.paint(request, self._on_event)
        except StoreError as error:
            return await ledger.ended(
                job, {"event": "failed", "kind": "weights", "error": str(error)}
            )
        except WorkerStartError as error:
            await ledger.hand_back(job, f"the painter cannot start: {error}")
            return True
        except WorkerError as error:
            await ledger.died(job, error)
            self._studio.wake()  # one that is warm may take it
            return True
        except OSError as error:
            ledger.postpone(job, f"the gallery cannot be used: {error}")
            return False
        except asyncio.CancelledError:
            await self.worker.close()
            await self._hand_back_soon(job)
            raise
        else:
            return await ledger.ended(job, end)
        finally:
            self.job = self.progress = None

    async def _hand_back_soon(self, job: Job) -> None:
        # Where the gallery does not answer, the next start finds out whether it is painted.
        task = asyncio.create_task(self._studio.ledger.hand_back(job, "the daemon stopped"))
        await asyncio.wait({task}, timeout=LAST_LOOK)
        task.cancel()
        with contextlib.suppress(QueueError, asyncio.CancelledError):
            await task

    def _request(self, job: Job) -> dict[str, Any]:
        files = self._studio.files
        return {
            "job": job.key,
            "prompt": job.prompt,
            "settings": store.resolved({**self._studio.painting.chosen(), **job.settings}),
            "picture": str(files.picture(job).absolute()),
            "preview": str(files.preview(job).absolute()),
            "checkpoint": str(files.checkpoint(job).absolute()),
        }

    def _on_event(self, event: Message) -> None:
        beat(self._patience)
        job = self.job
        if job is None or event.get("event") != "progress" or event.get("job") != job.key:
            return
        values: dict[str, Any] = {
            "step": event.get("step", 0),
            "steps": event.get("steps", 0),
            "loss": event.get("loss"),
            "seconds_left": event.get("seconds_left"),
        }
        self.progress = Progress(job.id, **values)
        self._studio.bus.publish("job.progress", job.turn, job=job.id, **values)

    async def _kill_later(self, job: int) -> None:
        await asyncio.sleep(CANCEL_GRACE)
        if self.job is not None and self.job.id == job:
            await self.worker.kill()
