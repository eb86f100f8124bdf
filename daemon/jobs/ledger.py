"""What becomes of a job when its painter is through with it: queue, files and bus told alike."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

from mused.daemon.errors import WorkerError, WorkerHungError, WorkerMemoryError
from mused.daemon.events import Bus, Kind
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Job, JobQueue
from mused.daemon.jobs.worker_process import Message

log = logging.getLogger(__name__)

MOST_INTERRUPTIONS = 20  # a job whose daemon ended so often may well be what ends it
FEWER_ATTEMPTS = {WorkerMemoryError: 2, WorkerHungError: 2}  # it will most likely end so again


class Ledger:
    """Settles jobs; used from the event loop's thread only. Every method may raise QueueError."""

    def __init__(self, queue: JobQueue, files: JobFiles, bus: Bus, attempts: int) -> None:
        self._queue = queue
        self._files = files
        self._bus = bus
        self._attempts = attempts
        self._unwanted: set[str] = set()
        self._trouble: str | None = None

    def drop(self, job: Job) -> None:
        """A job in hand is cancelled: nothing that its painter does from now on is wanted."""
        self._unwanted.add(job.key)
        self._queue.cancel(job.id)

    def ended(self, job: Job, end: Message) -> bool:
        """Settle what the painter answered; False if the disk refuses."""
        picture = Path(end["picture"]) if end.get("picture") else None
        reason = str(end.get("error") or "the painter gave no reason")
        kind = str(end.get("kind"))
        if job.key in self._unwanted or end["event"] == "cancelled":
            self._give_up(job, picture)
        elif end["event"] == "done" and picture is not None:
            self._finish(job, picture)
        elif kind == "disk":
            self.postpone(job, reason)
            return False
        else:
            self._fail(job, reason, kind)
        return True

    def died(self, job: Job, error: WorkerError) -> None:
        """Settle a job whose painter ended unasked: each way to end has its limit."""
        if self.settled(job):
            return
        limit = min(self._attempts, FEWER_ATTEMPTS.get(type(error), self._attempts))
        if job.attempts >= limit:
            times = "1 attempt" if job.attempts == 1 else f"{job.attempts} attempts"
            self._fail(job, f"given up after {times}: {error}", error.word)
        else:
            self._queue.requeue(job.id, str(error))
            log.warning("job %d will be tried again, its painter ended (%s)", job.id, error.word)
            log.debug("job %d: %s", job.id, error)
            self.tell("job.retried", job, reason=str(error))

    def settled(self, job: Job) -> bool:
        """Whether `job`, whose painter is gone, needs no other: unwanted, or painted already."""
        found = self._files.painted(job)
        if job.key in self._unwanted:
            self._give_up(job, found[0] if found else None)
        elif found and found[1].stop_reason != "cancelled":  # a frame may be of an earlier try
            self._finish(job, found[0])  # it died between writing the picture and saying so
        else:
            return False
        return True

    def postpone(self, job: Job, reason: str) -> None:
        """Put `job` back until the disk can be used; every other job would fare the same."""
        self._queue.requeue(job.id, reason, counted=False)
        if reason != self._trouble:
            log.error("jobs wait: %s", reason)
        self._trouble = reason

    def hand_back(self, job: Job, reason: str) -> None:
        """Put `job` back, which its painter did nothing to deserve."""
        if job.key in self._unwanted:
            self._give_up(job, None)
        else:
            self._queue.requeue(job.id, reason, counted=False)

    def reconcile(self, in_hand: Collection[int]) -> None:
        """Settle what was running when the daemon, or the database, stopped."""
        for job in self._queue.interrupted():
            if job.id in in_hand or self.settled(job):
                continue
            if job.interruptions >= MOST_INTERRUPTIONS:
                times = f"{job.interruptions + 1} times"
                self._fail(job, f"given up: mused ended {times} while painting it", "interrupted")
            else:
                reason = "mused ended while painting it"
                self._queue.requeue(job.id, reason, counted=False, interrupted=True)
                log.warning("job %d was interrupted and is painted on", job.id)
        self._files.sweep(self._queue.get)

    def tell(self, kind: Kind, job: Job, **data: Any) -> None:
        """Publish an event of a job."""
        self._bus.publish(kind, job.turn, job=job.id, prompt=job.prompt, **data)

    def _finish(self, job: Job, picture: Path) -> None:
        self._queue.done(job.id, picture)
        self._trouble = None
        self._put_away(job)
        log.info("job %d is done: %s", job.id, picture)
        self.tell("job.done", job, picture=str(picture))

    def _fail(self, job: Job, reason: str, kind: str) -> None:
        self._queue.fail(job.id, reason)
        self._put_away(job)
        # The reason may quote the prompt, which is nothing for a log.
        log.error("job %d failed (%s): `mused queue show %d` says why", job.id, kind, job.id)
        log.debug("job %d: %s", job.id, reason)
        self.tell("job.failed", job, reason=reason)

    def _give_up(self, job: Job, picture: Path | None) -> None:
        self._queue.cancel(job.id)
        if picture is not None:
            self._queue.keep(job.id, picture)
        self._put_away(job)
        log.info("job %d is cancelled", job.id)
        self.tell("job.cancelled", job)

    def _put_away(self, job: Job) -> None:
        self._unwanted.discard(job.key)
        self._files.forget(job)
