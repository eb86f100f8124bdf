"""Has the queue's jobs painted, by one painter for each device, and tells the bus how they fare."""

import asyncio
import importlib.util
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mused.daemon.config import Config
from mused.daemon.errors import QueueError
from mused.daemon.events import Bus
from mused.daemon.health import rest
from mused.daemon.jobs.devices import choose
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.ledger import Ledger
from mused.daemon.jobs.queue import Job, JobQueue, Source, Wish
from mused.daemon.jobs.slot import DISK_PAUSE, Progress, Slot, Studio
from mused.daemon.jobs.worker_process import PAINTER, Patience, WorkerProcess

log = logging.getLogger(__name__)


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

    def cancel(self, job: int) -> bool:
        """Stop an open job, a running one within two seconds; False if it had already ended.

        Once it returned, not even a daemon that is killed paints the job again.
        """
        slot = self._painting(job)
        if slot is not None and slot.job is not None:
            try:
                # First: were we killed now, a last frame would lie beside the picture of this job.
                self._ledger.drop(slot.job)
            finally:
                slot.cancel()
            return True
        found = self._queue.get(job)
        if found is None or not self._queue.cancel(job):
            return False
        self._files.forget(found)  # it may have been begun by a painter that died
        self._ledger.tell("job.cancelled", found)
        return True

    def retry(self, job: int) -> bool:
        """Queue a failed or cancelled job again; False if it is neither."""
        if self._painting(job) is not None:  # cancelled, and its painter has not yet obeyed
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

    def preview(self, job: int) -> Path | None:
        """The picture so far of a job being painted, if there is one yet."""
        slot = self._painting(job)
        return slot.preview() if slot else None

    @property
    def obstacle(self) -> str | None:
        """Why nothing can be painted on this machine, None if it can."""
        if self._needs_torch and importlib.util.find_spec("torch") is None:
            return "torch is not installed: run `make setup`"
        return None

    @property
    def trouble(self) -> str | None:
        """Why a painter cannot start just now; it is tried again by itself."""
        return next((slot.trouble for slot in self.slots if slot.trouble), None)

    async def run(self) -> None:
        """Paint until cancelled; then the jobs in hand go back to the queue, attempts forgiven."""
        rest()  # it looks into the gallery, whose mount may hang: no restart mends that
        await self._settle_the_past()
        async with asyncio.TaskGroup() as group:
            for slot in self.slots:
                group.create_task(slot.run())

    async def _settle_the_past(self) -> None:
        complaint = None
        while True:
            try:
                self._reconcile()
            except QueueError as error:
                if complaint != str(error):
                    complaint = str(error)
                    log.warning("jobs wait: %s", error)
                await asyncio.sleep(DISK_PAUSE)
            else:
                return

    def _reconcile(self) -> None:
        self._ledger.reconcile({slot.job.id for slot in self.slots if slot.job})

    def _painting(self, job: int) -> Slot | None:
        """Who paints it."""
        return next((slot for slot in self.slots if slot.job and slot.job.id == job), None)

    def _wake(self) -> None:
        # The warm first: the first to wake takes the job.
        for slot in sorted(self.slots, key=lambda slot: slot.worker.pid is None):
            slot.wake()
