"""What becomes of a job when its painter is through with it: queue, files and bus told alike."""

import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from mused.daemon.errors import WorkerError, WorkerHungError, WorkerMemoryError
from mused.daemon.events import Bus, Kind
from mused.daemon.health import aside
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Job, JobQueue
from mused.daemon.jobs.worker_process import Message

log = logging.getLogger(__name__)

MOST_INTERRUPTIONS = 20  # a job whose daemon ended so often may well be what ends it
FEWER_ATTEMPTS = {WorkerMemoryError: 2, WorkerHungError: 2}  # it will most likely end so again


class Ledger:
    """Settles jobs; used from the event loop's thread only. Every method may raise QueueError.

    The gallery is looked at in other threads, and meanwhile a job may be cancelled.
    """

    def __init__(self, queue: JobQueue, files: JobFiles, bus: Bus, attempts: int) -> None:
        self._queue = queue
        self._files = files
        self._bus = bus
        self._attempts = attempts
        self._unwanted: set[str] = set()
        self._refused: tuple[Job, str] | None = None

    @property
    def trouble(self) -> str | None:
        """Why the disk refuses; nobody knows whether it still does once the refused job is gone."""
        if self._refused is None:
            return None
        job, reason = self._refused
        found = self._queue.find(job.key)
        return reason if found is not None and found.open else None

    def drop(self, job: Job) -> bool:
        """A job in hand is cancelled: nothing that its painter does from now on is wanted.

        False if it has ended, and only its files are not yet put away.
        """
        known = job.key in self._unwanted
        self._unwanted.add(job.key)  # whatever the disk says
        if self._queue.cancel(job) or known:
            return True
        self._unwanted.discard(job.key)
        return False

    async def ended(self, job: Job, end: Message) -> bool:
        """Settle what the painter answered; False if the disk refuses."""
        picture = Path(end["picture"]) if end.get("picture") else None
        reason = str(end.get("error") or "the painter gave no reason")
        kind = str(end.get("kind"))
        if job.key in self._unwanted or end["event"] == "cancelled":
            await self._give_up(job, picture)
        elif end["event"] == "done" and picture is not None:
            await self._finish(job, picture)
        elif kind != "disk":
            await self._fail(job, reason, kind)
        elif not await self.settled(job):  # it may have refused what follows the saving only
            self.postpone(job, reason)
            return False
        return True

    async def died(self, job: Job, error: WorkerError) -> None:
        """Settle a job whose painter ended unasked: each way to end has its limit."""
        if await self.settled(job):
            return
        limit = min(self._attempts, FEWER_ATTEMPTS.get(type(error), self._attempts))
        if job.attempts >= limit:
            times = "1 attempt" if job.attempts == 1 else f"{job.attempts} attempts"
            await self._fail(job, f"given up after {times}: {error}", error.word)
        else:
            self._queue.requeue(job, str(error))
            log.warning("job %d will be tried again, its painter ended (%s)", job.id, error.word)
            log.debug("job %d: %s", job.id, error)
            self.tell("job.retried", job, reason=str(error))

    async def settled(self, job: Job) -> bool:
        """Whether `job`, whose painter is gone, needs no other: unwanted, or painted already."""
        found = await aside(self._files.painted, job)
        if job.key in self._unwanted:
            await self._give_up(job, found[0] if found else None)
        elif found and found[1].stop_reason != "cancelled":  # a frame may be of an earlier try
            await self._finish(job, found[0])  # it ended between writing the picture and saying so
        else:
            return False
        return True

    def postpone(self, job: Job, reason: str) -> None:
        """Put `job` back until the disk can be used; every other job would fare the same."""
        self._queue.requeue(job, reason, counted=False)
        if reason != self.trouble:
            log.error("jobs wait: %s", reason)
            self.tell("job.postponed", job, reason=reason)
        self._refused = job, reason

    async def hand_back(self, job: Job, reason: str) -> None:
        """Put `job` back, unless it is painted: its painter did nothing to deserve its end."""
        if not await self.settled(job):
            self._queue.requeue(job, reason, counted=False)

    async def reconcile(self, in_hand: Callable[[], Collection[str]]) -> None:
        """Settle what was running when the daemon, or the database, stopped.

        `in_hand` gives the keys of what is being painted now. Not to be called twice at a time.
        """
        taken = in_hand()
        for job in self._queue.interrupted():
            if job.key in taken or await self.settled(job) or job.key in in_hand():
                continue
            if job.interruptions >= MOST_INTERRUPTIONS:
                times = f"{job.interruptions + 1} times"
                await self._fail(
                    job, f"given up: mused ended {times} while painting it", "interrupted"
                )
            else:
                reason = "mused ended while painting it"
                self._queue.requeue(job, reason, counted=False, interrupted=True)
                log.warning("job %d was interrupted and is painted on", job.id)
        await self._sweep()

    async def _sweep(self) -> None:
        found = await aside(self._files.found)
        get = self._queue.get
        jobs = [(path, get(number) if number is not None else None) for path, number in found]
        await aside(self._files.sweep, jobs)

    def tell(self, kind: Kind, job: Job, **data: Any) -> None:
        """Publish an event of a job."""
        self._bus.publish(kind, job.turn, job=job.id, prompt=job.prompt, **data)

    async def _finish(self, job: Job, picture: Path) -> None:
        self._queue.done(job, picture)
        self._refused = None
        await self._put_away(job)
        log.info("job %d is done: %s", job.id, picture)
        self.tell("job.done", job, picture=str(picture))

    async def _fail(self, job: Job, reason: str, kind: str) -> None:
        self._queue.fail(job, reason)
        await self._put_away(job)
        # The reason may quote the prompt, which is nothing for a log.
        log.error("job %d failed (%s): `mused queue show %d` says why", job.id, kind, job.id)
        log.debug("job %d: %s", job.id, reason)
        self.tell("job.failed", job, reason=reason)

    async def _give_up(self, job: Job, picture: Path | None) -> None:
        self._queue.cancel(job)
        if picture is not None:
            self._queue.keep(job, picture)
        await self._put_away(job)
        log.info("job %d is cancelled", job.id)
        self.tell("job.cancelled", job)

    async def _put_away(self, job: Job) -> None:
        self._unwanted.discard(job.key)
        await aside(self._files.forget, job)
