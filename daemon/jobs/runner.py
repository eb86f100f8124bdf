"""Has the queue's jobs painted, by one painter for each device, and tells the bus how they fare."""

import asyncio
import contextlib
import importlib.util
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from mused.art.errors import ArtError
from mused.art.foresight import Foreseen, foresee
from mused.art.prompt import parse
from mused.art.settings import Settings
from mused.daemon.config import Config
from mused.daemon.errors import QueueError, StoreError
from mused.daemon.events import Bus
from mused.daemon.health import rest
from mused.daemon.installed import set_up
from mused.daemon.jobs.devices import choose
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.ledger import Ledger
from mused.daemon.jobs.queue import Job, JobQueue, Source, Wish
from mused.daemon.jobs.slot import DISK_PAUSE, Progress, Slot, Studio
from mused.daemon.jobs.worker_process import PAINTER, Patience, WorkerProcess
from mused.daemon.models import store

log = logging.getLogger(__name__)

DAY = 24 * 3600.0  # seconds
PRUNE_PAUSE = 0.1


class Runner:
    """Paints the queue's jobs into the gallery; `submit`, `cancel` and views for everyone else.

    Used from the event loop's thread only; `run` is its one task.
    """

    def __init__(
        self,
        queue: JobQueue,
        config: Config,
        bus: Bus,
        painter: Sequence[str] = PAINTER,
        patience: Patience | None = None,
    ) -> None:
        self._queue = queue
        files = JobFiles(config)
        self._files = files
        self._needs_torch = painter == PAINTER
        self._ledger = Ledger(queue, files, bus, config.painting.attempts)
        hung = config.painting.hung_seconds
        patience = patience or Patience(first=2 * hung, between=hung)
        studio = Studio(
            queue,
            self._ledger,
            files,
            config.painting,
            bus,
            obstacle=lambda: self.obstacle,
            reconcile=self._reconcile,
            wake=self._wake,
        )
        self._usual = config.painting.chosen()
        self._keep_days = config.painting.keep_jobs_days
        self._clearing: dict[int, asyncio.Task[None]] = {}
        self._reconciling = asyncio.Lock()
        self.slots: list[Slot] = []
        for device in choose(config.painting.devices):
            worker = WorkerProcess(painter, patience, device.environment)
            self.slots.append(Slot(device, worker, studio, first=not self.slots))

    def submit(
        self,
        key: str,
        prompt: str,
        settings: Mapping[str, Any],
        source: Source,
        turn: str | None = None,
    ) -> Job:
        """Queue a prompt durably; a `key` seen before returns its job. Raises QueueError."""
        for new in self.submit_many([Wish(key, prompt, settings, source, turn)]):
            return new
        known = self._queue.find(key)
        if known is None:
            raise QueueError(f"job {key} was not stored")
        return known

    def submit_many(self, wishes: Sequence[Wish]) -> list[Job]:
        """Queue all of `wishes` or none, and return the new jobs. Raises QueueError."""
        jobs = self._queue.add_many(wishes)
        for job in jobs:
            self._ledger.tell("job.queued", job)
        self._wake()
        return jobs

    def foresee(self, job: Job) -> Foreseen:
        """What is sure already of what `job` asks for in vain; a courtesy, which never fails."""
        try:
            return foresee(parse(job.prompt), Settings.read(self._usual | dict(job.settings)))
        except ArtError:
            return Foreseen()  # painting it will say why
        except Exception:
            log.exception("nothing is foretold of job %d", job.id)
            return Foreseen()

    def cancel(self, job: int) -> bool:
        """Stop an open job, a running one within two seconds; False if it had already ended.

        Once it returned, not even a daemon that is killed paints the job again.
        """
        slot = self._painting(job)
        if slot is not None and slot.job is not None and self._dropped(slot, slot.job):
            return True
        found = self._queue.get(job)
        if found is None or not self._queue.cancel(found):
            return False
        # It may have been begun by a painter that died.
        task = asyncio.create_task(asyncio.to_thread(self._files.forget, found))
        self._clearing[job] = task
        task.add_done_callback(lambda _: self._clearing.pop(job, None))
        self._ledger.tell("job.cancelled", found)
        return True

    def _dropped(self, slot: Slot, job: Job) -> bool:
        try:
            # First: were we killed now, a last frame would lie beside the picture of this job.
            dropped = self._ledger.drop(job)
        except QueueError:
            slot.cancel()
            raise
        if dropped:
            slot.cancel()
        return dropped

    def retry(self, job: int) -> bool:
        """Queue a failed or cancelled job again; False if it is neither, or not yet put away."""
        if self._painting(job) is not None or job in self._clearing:
            return False
        again = self._queue.retry(job)
        if again is None:
            return False
        self._ledger.tell("job.queued", again)
        self._wake()
        return True

    def progress(self, job: int) -> Progress | None:
        """How far `job` is, if it is being painted."""
        slot = self._painting(job)
        return slot.progress if slot else None

    @property
    def obstacle(self) -> str | None:
        """Why nothing can be painted on this machine, None if it can."""
        if self._needs_torch and importlib.util.find_spec("torch") is None:
            return f"torch is not installed: {set_up()}"
        return None

    @property
    def trouble(self) -> str | None:
        """Why no job is painted just now: it is tried again by itself. Raises QueueError."""
        working = [slot.trouble for slot in self.slots if not slot.useless]
        return next(iter(working), None) if all(working) else self._ledger.trouble

    @property
    def able(self) -> int:
        """How many jobs can be painted at a time."""
        return sum(slot.trouble is None for slot in self.slots if not slot.useless)

    async def run(self) -> None:
        """Paint until cancelled; then the jobs in hand go back to the queue, attempts forgiven."""
        self._foresee()
        rest()  # it looks into the gallery, whose mount may hang: no restart mends that
        await self._settle_the_past()
        rest()  # each slot gives signs of its own
        async with asyncio.TaskGroup() as group:
            for number, slot in enumerate(self.slots, 1):
                group.create_task(slot.run(f"painter {number}"))
            if self._keep_days:
                group.create_task(self._prune_daily(self._keep_days))

    def _foresee(self) -> None:
        """Say already now which model of the configuration no painter will find."""
        try:
            store.resolved(self._usual)
        except StoreError as error:
            log.warning("nothing can be painted with this configuration: %s", error)

    async def _settle_the_past(self) -> None:
        complaint = None
        while True:
            try:
                await self._reconcile()
            except QueueError as error:
                if complaint != str(error):
                    complaint = str(error)
                    log.warning("jobs wait: %s", error)
                await asyncio.sleep(DISK_PAUSE)
            else:
                return

    async def _prune_daily(self, days: float) -> None:
        while True:
            pruned = 0
            with contextlib.suppress(QueueError):  # tomorrow is early enough
                pruned = self._queue.prune(time.time() - days * DAY)
            await asyncio.sleep(PRUNE_PAUSE if pruned else DAY)  # others want the loop as well

    async def _reconcile(self) -> None:
        async with self._reconciling:
            await self._ledger.reconcile(lambda: {slot.job.key for slot in self.slots if slot.job})

    def _painting(self, job: int) -> Slot | None:
        """Who paints it."""
        return next((slot for slot in self.slots if slot.job and slot.job.id == job), None)

    def _wake(self) -> None:
        # The warm first: the first to wake takes the job.
        for slot in sorted(self.slots, key=lambda slot: slot.worker.pid is None):
            slot.wake()
