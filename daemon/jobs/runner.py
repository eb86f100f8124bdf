"""Takes jobs from the queue to the painter one at a time and tells the bus how each fares."""

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mused.daemon.config import Config
from mused.daemon.errors import QueueError, WorkerError
from mused.daemon.events import Bus, Kind
from mused.daemon.jobs.files import JobFiles
from mused.daemon.jobs.queue import Job, JobQueue, Source, Wish
from mused.daemon.jobs.worker_process import Message, WorkerProcess

log = logging.getLogger(__name__)

CANCEL_GRACE = 2.0  # seconds; a painter ends itself after 0.7, on a busy machine it saves late
DISK_PAUSE = 5.0  # seconds between tries while the database or the gallery refuses
MOST_INTERRUPTIONS = 20  # a job whose daemon ended so often may well be what ends it
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


class Runner:
    """Paints the queue's jobs into the gallery; `submit`, `cancel` and views for everyone else.

    Used from the event loop's thread only; `run` is its one task.
    """

    def __init__(
        self, queue: JobQueue, config: Config, bus: Bus, worker: WorkerProcess | None = None
    ) -> None:
        self._queue = queue
        self._painting = config.painting
        self._bus = bus
        self._files = JobFiles(config)
        self._needs_torch = worker is None
        self._worker = worker or WorkerProcess()
        self._wake = asyncio.Event()
        self._running: Job | None = None
        self._progress: Progress | None = None
        self._unwanted: set[int] = set()
        self._killers: set[asyncio.Task[None]] = set()
        self._trouble: str | None = None

    def submit(
        self,
        key: str,
        prompt: str,
        settings: Mapping[str, Any],
        source: Source,
        turn: str | None = None,
    ) -> Job:
        """Queue a prompt durably; a `key` seen before returns its job. Raises QueueError."""
        wish = Wish(key, prompt, settings, source, turn)
        for new in self.submit_many([wish]):
            return new
        known = self._queue.find(key)
        if known is None:
            raise QueueError(f"job {key} was not stored")
        return known

    def submit_many(self, wishes: Sequence[Wish]) -> list[Job]:
        """Queue all of `wishes` or none, and return the new jobs. Raises QueueError."""
        jobs = self._queue.add_many(wishes)
        for job in jobs:
            self._tell("job.queued", job)
        self._wake.set()
        return jobs

    def retry(self, job: int) -> bool:
        """Queue a failed or cancelled job again; False if it is neither."""
        again = self._queue.retry(job)
        if again is None:
            return False
        self._tell("job.queued", again)
        self._wake.set()
        return True

    def cancel(self, job: int) -> bool:
        """Stop an open job, a running one within two seconds; False if it had already ended.

        Once it returned, not even a daemon that is killed paints the job again.
        """
        running = self._running
        if running is None or running.id != job:
            found = self._queue.get(job)
            if found is None or not self._queue.cancel(job):
                return False
            self._files.forget(found)  # it may have been begun by a painter that died
            self._tell("job.cancelled", found)
            return True
        self._unwanted.add(job)
        try:
            # First: were we killed now, a last frame would lie beside the picture of this job.
            self._queue.cancel(job)
        finally:
            self._worker.cancel(running.key)
            task = asyncio.create_task(self._kill_later(job))
            self._killers.add(task)
            task.add_done_callback(self._killers.discard)
        return True

    def progress(self, job: int) -> Progress | None:
        """How far `job` is, if it is the one being painted."""
        return self._progress if self._progress and self._progress.job == job else None

    def preview(self, job: int) -> Path | None:
        """The picture so far of the job being painted, if there is one yet."""
        if self._running is None or self._running.id != job:
            return None
        path = self._files.preview(self._running)
        return path if path.exists() else None

    @property
    def obstacle(self) -> str | None:
        """Why nothing can be painted on this machine, None if it can."""
        if self._needs_torch and importlib.util.find_spec("torch") is None:
            return "torch is not installed: run `make setup`"
        return None

    async def run(self) -> None:
        """Paint until cancelled; then the job in hand goes back to the queue, attempt forgiven."""
        try:
            while True:
                try:
                    self._reconcile()
                    await self._paint_all()
                except QueueError as error:
                    log.warning("jobs wait: %s", error)
                    await asyncio.sleep(DISK_PAUSE)
        finally:
            await self._worker.close()

    async def _paint_all(self) -> None:
        warned = False
        while True:
            self._wake.clear()
            obstacle = self.obstacle
            job = None if obstacle else self._queue.next()
            if job is not None:
                if not await self._attempt(job):
                    await asyncio.sleep(DISK_PAUSE)
                continue
            if obstacle and not warned and self._queue.count_open():
                warned = True
                log.warning("jobs wait: %s", obstacle)
            patience = TORCH_PAUSE if obstacle else self._painting.idle_minutes * 60
            try:
                async with asyncio.timeout(patience):  # wait_for can swallow a cancellation
                    await self._wake.wait()
            except TimeoutError:
                await self._worker.close()

    async def _attempt(self, job: Job) -> bool:
        """Paint `job`; False if it went back to the queue because the disk refuses."""
        self._running, self._progress = job, Progress(job.id)
        try:
            self._files.prepare(job)
            self._tell("job.started", job, attempt=job.attempts)
            end = await self._worker.paint(self._request(job), self._on_event)
        except WorkerError as error:
            self._after_death(job, str(error))
            return True
        except OSError as error:
            return self._postpone(job, f"the gallery cannot be used: {error}")
        except asyncio.CancelledError:
            await self._worker.close()
            with contextlib.suppress(QueueError):
                self._hand_back(job)
            raise
        else:
            return self._after_end(job, end)
        finally:
            self._running = self._progress = None

    def _request(self, job: Job) -> dict[str, Any]:
        return {
            "job": job.key,
            "prompt": job.prompt,
            "settings": {**self._painting.chosen(), **job.settings},
            "picture": str(self._files.picture(job).absolute()),
            "preview": str(self._files.preview(job).absolute()),
            "checkpoint": str(self._files.checkpoint(job).absolute()),
        }

    def _on_event(self, event: Message) -> None:
        job = self._running
        if job is None or event.get("event") != "progress" or event.get("job") != job.key:
            return
        values: dict[str, Any] = {
            "step": event.get("step", 0),
            "steps": event.get("steps", 0),
            "loss": event.get("loss"),
            "seconds_left": event.get("seconds_left"),
        }
        self._progress = Progress(job.id, **values)
        self._bus.publish("job.progress", job.turn, job=job.id, **values)

    def _after_end(self, job: Job, end: Message) -> bool:
        """Settle what the painter answered; False if the disk refuses."""
        picture = Path(end["picture"]) if end.get("picture") else None
        reason = str(end.get("error") or "the painter gave no reason")
        kind = str(end.get("kind"))
        if job.id in self._unwanted or end["event"] == "cancelled":
            self._give_up(job, picture)
        elif end["event"] == "done" and picture is not None:
            self._finish(job, picture)
        elif kind == "disk":
            return self._postpone(job, reason)
        else:
            self._fail(job, reason, kind)
        return True

    def _after_death(self, job: Job, reason: str) -> None:
        if self._settled(job):
            return
        if job.attempts >= self._painting.attempts:
            self._fail(job, f"given up after {job.attempts} attempts: {reason}", "worker")
        else:
            self._queue.requeue(job.id, reason)
            log.warning("job %d will be tried again: its painter ended unasked", job.id)
            log.debug("job %d: %s", job.id, reason)
            self._tell("job.retried", job, reason=reason)

    def _settled(self, job: Job) -> bool:
        """Whether `job`, whose painter is gone, needs no other: unwanted, or painted already."""
        found = self._files.painted(job)
        if job.id in self._unwanted:
            self._give_up(job, found[0] if found else None)
        elif found and found[1].stop_reason != "cancelled":  # a frame may be of an earlier try
            self._finish(job, found[0])  # it died between writing the picture and saying so
        else:
            return False
        return True

    def _postpone(self, job: Job, reason: str) -> bool:
        """Put `job` back until the disk can be used; every other job would fare the same."""
        self._queue.requeue(job.id, reason, counted=False)
        if reason != self._trouble:
            log.error("jobs wait: %s", reason)
        self._trouble = reason
        return False

    def _finish(self, job: Job, picture: Path) -> None:
        self._queue.done(job.id, picture)
        self._trouble = None
        self._put_away(job)
        log.info("job %d is done: %s", job.id, picture)
        self._tell("job.done", job, picture=str(picture))

    def _fail(self, job: Job, reason: str, kind: str) -> None:
        self._queue.fail(job.id, reason)
        self._put_away(job)
        # The reason may quote the prompt, which is nothing for a log.
        log.error("job %d failed (%s): `mused queue` has the reason", job.id, kind)
        log.debug("job %d: %s", job.id, reason)
        self._tell("job.failed", job, reason=reason)

    def _give_up(self, job: Job, picture: Path | None) -> None:
        self._queue.cancel(job.id)
        if picture is not None:
            self._queue.keep(job.id, picture)
        self._put_away(job)
        log.info("job %d is cancelled", job.id)
        self._tell("job.cancelled", job)

    def _put_away(self, job: Job) -> None:
        self._unwanted.discard(job.id)
        self._files.forget(job)

    async def _kill_later(self, job: int) -> None:
        await asyncio.sleep(CANCEL_GRACE)
        if self._running is not None and self._running.id == job:
            await self._worker.kill()

    def _reconcile(self) -> None:
        """Settle what was running when the daemon, or the database, stopped."""
        for job in self._queue.interrupted():
            if self._settled(job):
                continue
            if job.interruptions >= MOST_INTERRUPTIONS:
                times = f"{job.interruptions + 1} times"
                self._fail(job, f"given up: mused ended {times} while painting it", "interrupted")
            else:
                reason = "mused ended while painting it"
                self._queue.requeue(job.id, reason, counted=False, interrupted=True)
                log.warning("job %d was interrupted and is painted on", job.id)
        self._files.sweep(self._queue.get)

    def _hand_back(self, job: Job) -> None:
        if job.id in self._unwanted:
            self._give_up(job, None)
        else:
            self._queue.requeue(job.id, "the daemon stopped", counted=False)

    def _tell(self, kind: Kind, job: Job, **data: Any) -> None:
        self._bus.publish(kind, job.turn, job=job.id, prompt=job.prompt, **data)
