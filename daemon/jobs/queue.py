"""The durable queue of painting jobs: SQLite, one transaction for each transition."""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from mused.daemon.config import LONGEST_QUEUE
from mused.daemon.errors import QueueError, QueueFullError
from mused.daemon.jobs.database import Database
from mused.daemon.jobs.schema import SCHEMA

Source = Literal["voice", "inbox", "cli"]

TURN, ORDER = "turn:", "cli:"
"""How the keys of jobs begin whose asker was answered: in a turn, or over the control socket."""

COUNT_OPEN = "SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')"

PRIORITY: Mapping[Source, int] = {"voice": 1, "cli": 1, "inbox": 0}  # who waits goes first


class Status(StrEnum):
    """The life of a job: queued -> running -> done, failed or cancelled.

    Another attempt is queued again, and so is what a user asks for again after it failed.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """One durable unit of painting work; times are seconds since the epoch."""

    id: int
    key: str
    """Names what was asked across databases; stands in the picture's recipe."""
    prompt: str
    settings: Mapping[str, Any]
    """What this job asks for itself; the configuration fills the rest."""
    source: Source
    turn: str | None
    status: Status
    attempts: int
    """Begun and not forgiven: what the painter's process did not survive."""
    reason: str | None
    """Why it failed, was retried or was cancelled."""
    picture: Path | None
    created: float
    started: float | None
    finished: float | None
    interruptions: int
    """How often the daemon ended without a word while this was painted."""
    priority: int
    """Higher ones are painted before lower ones, equal ones in the order they were asked for."""

    @property
    def open(self) -> bool:
        """Whether it still has work to do."""
        return self.status in (Status.QUEUED, Status.RUNNING)

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """The job stored in `row`."""
        values = dict(row)
        values["settings"] = json.loads(row["settings"])
        values["status"] = Status(row["status"])
        values["picture"] = Path(row["picture"]) if row["picture"] else None
        return cls(**values)


@dataclass(frozen=True)
class Wish:
    """What becomes a job; `key` names the claim, once and for all."""

    key: str
    prompt: str
    settings: Mapping[str, Any]
    source: Source
    turn: str | None = None


@dataclass(frozen=True)
class Transition:
    """A moment in the life of a job, `at` seconds since the epoch."""

    status: Status
    reason: str | None
    at: float


class JobQueue:
    """The jobs in the SQLite file `path`; used from the event loop's thread only.

    Nothing is opened before the first use. Every method may raise QueueError; a method that
    returned has reached the disk. Each change is one transaction, and so is its history.
    """

    def __init__(self, path: Path, most_open: int = LONGEST_QUEUE) -> None:
        self._database = Database(path, SCHEMA)
        self._most_open = most_open

    def close(self) -> None:
        """Close the file; another use opens it again."""
        self._database.close()

    def add(
        self,
        key: str,
        prompt: str,
        settings: Mapping[str, Any],
        source: Source,
        turn: str | None = None,
    ) -> Job:
        """Queue a job; a `key` that is already known returns its job and changes nothing."""
        self.add_many([Wish(key, prompt, settings, source, turn)])
        job = self.find(key)
        if job is None:
            raise QueueError(f"job {key} was not stored")
        return job

    def add_many(self, wishes: Sequence[Wish]) -> list[Job]:
        """Queue all of `wishes` or none; returns the new jobs, without those known before.

        Raises QueueFullError where too many jobs wait; what is spoken always gets in.
        """
        now = time.time()

        def insert(database: sqlite3.Connection) -> list[sqlite3.Row]:
            before = _count_open(database)
            new = [row for wish in wishes if (row := _insert(database, wish, now))]
            if before >= self._most_open and any(row["source"] != "voice" for row in new):
                raise QueueFullError(
                    f"the queue is full, {before} jobs wait: try again when some are painted, or "
                    "raise longest_queue in the section [painting] of the configuration"
                )
            return new

        return [Job.from_row(row) for row in self._database.write(insert)]

    def count_open(self) -> int:
        """How many jobs are queued or running."""
        return int(self._database.read(COUNT_OPEN)[0][0])

    def count_before(self, job: Job) -> int:
        """How many open jobs are painted before a queued `job`."""
        statement = (
            f"{COUNT_OPEN} AND (status = 'running' OR priority > :priority"
            " OR priority = :priority AND id < :id) AND id <> :id"
        )
        return int(self._database.read(statement, {"priority": job.priority, "id": job.id})[0][0])

    def waiting(self, limit: int = -1) -> int:
        """How many jobs are queued, counted up to `limit` if it is not negative."""
        statement = "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE status = 'queued' LIMIT ?)"
        return int(self._database.read(statement, (limit,))[0][0])

    def next(self) -> Job | None:
        """Mark the first queued job as running."""
        return self._try(
            "UPDATE jobs SET status = 'running', attempts = attempts + 1, started = :now,"
            " reason = NULL"
            " WHERE id = (SELECT id FROM jobs WHERE status = 'queued'"
            " ORDER BY priority DESC, id LIMIT 1) RETURNING *",
            {"now": time.time()},
        )

    def first(self, job: int) -> bool:
        """Move a queued job before all others; False if it is not queued."""
        moved = self._try(
            "UPDATE jobs SET priority ="
            " (SELECT max(priority) + 1 FROM jobs WHERE status = 'queued')"
            " WHERE id = :job AND status = 'queued' RETURNING *",
            {"job": job},
        )
        return moved is not None

    def retry(self, job: int) -> Job | None:
        """Queue a failed or cancelled job again, with all its attempts; None if it is neither."""
        return self._try(
            "UPDATE jobs SET status = 'queued', reason = :reason, attempts = 0, interruptions = 0,"
            " picture = NULL, started = NULL, finished = NULL"
            " WHERE id = :job AND status IN ('failed', 'cancelled') RETURNING *",
            {"job": job, "reason": "asked for again"},
        )

    def done(self, job: Job, picture: Path) -> Job:
        """A running job has its `picture`."""
        return self._end(job, Status.DONE, None, picture)

    def fail(self, job: Job, reason: str) -> Job:
        """An open job will not be tried again."""
        return self._end(job, Status.FAILED, reason, None)

    def cancel(self, job: Job) -> bool:
        """End an open job unwanted; False if it had ended."""
        found = self.get(job.id)
        if found is None or not found.open or found.key != job.key:
            return False
        self._end(job, Status.CANCELLED, None, None)
        return True

    def keep(self, job: Job, picture: Path) -> Job:
        """A cancelled job has left its last frame."""
        return self._change(
            job,
            "UPDATE jobs SET picture = :picture"
            " WHERE id = :job AND key = :key AND status = 'cancelled' RETURNING *",
            {"picture": str(picture)},
        )

    def requeue(
        self, job: Job, reason: str, *, counted: bool = True, interrupted: bool = False
    ) -> Job:
        """A running job is to be tried again; with ``counted=False`` this attempt is forgiven."""
        return self._change(
            job,
            "UPDATE jobs SET status = 'queued', reason = :reason, attempts = attempts - :forgiven,"
            " interruptions = interruptions + :interrupted"
            " WHERE id = :job AND key = :key AND status = 'running' RETURNING *",
            {"reason": reason, "forgiven": not counted, "interrupted": interrupted},
        )

    def interrupted(self) -> list[Job]:
        """Jobs still marked as running; at start their worker is known to be gone."""
        return self._select("WHERE status = 'running' ORDER BY id")

    def get(self, job: int) -> Job | None:
        """The job with this id."""
        return next(iter(self._select("WHERE id = ?", job)), None)

    def find(self, key: str) -> Job | None:
        """The job with this key."""
        return next(iter(self._select("WHERE key = ?", key)), None)

    def open_jobs(self, limit: int = -1) -> list[Job]:
        """Running jobs, then queued ones in the order they will be painted."""
        return self._select(
            "WHERE status IN ('queued', 'running')"
            " ORDER BY status = 'queued', priority DESC, id LIMIT ?",
            limit,
        )

    def history(self, job: int) -> list[Transition]:
        """What happened to a job, oldest first."""
        rows = self._database.read(
            "SELECT status, reason, at FROM transitions WHERE job = ? ORDER BY id", (job,)
        )
        return [Transition(Status(row["status"]), row["reason"], row["at"]) for row in rows]

    def recent(self, limit: int = 20) -> list[Job]:
        """The newest jobs of any status, newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", limit)

    def prune(self, before: float, limit: int = 200) -> int:
        """Forget up to `limit` jobs that ended before `before`, in seconds since the epoch.

        Returns how many there were.
        """

        def delete(database: sqlite3.Connection) -> int:
            old = [
                (row["id"],)
                for row in database.execute(
                    "SELECT id FROM jobs WHERE status IN ('done', 'failed', 'cancelled')"
                    " AND finished < ? LIMIT ?",
                    (before, limit),
                )
            ]
            database.executemany("DELETE FROM transitions WHERE job = ?", old)
            database.executemany("DELETE FROM jobs WHERE id = ?", old)
            return len(old)

        return self._database.write(delete)

    def _end(self, job: Job, status: Status, reason: str | None, picture: Path | None) -> Job:
        return self._change(
            job,
            "UPDATE jobs SET status = :status, reason = :reason, picture = :picture,"
            " finished = :now WHERE id = :job AND key = :key AND (status = 'running'"
            " OR status = 'queued' AND :status <> 'done') RETURNING *",
            {
                "status": status,
                "reason": reason,
                "picture": str(picture) if picture else None,
                "now": time.time(),
            },
        )

    def _change(self, job: Job, statement: str, values: Mapping[str, Any]) -> Job:
        # By its key as well: a database that was lost counts from 1 again.
        changed = self._try(statement, {"job": job.id, "key": job.key, **values})
        if changed is None:
            raise QueueError(f"job {job.id} is not in a state that allows this")
        return changed

    def _try(self, statement: str, values: Mapping[str, Any]) -> Job | None:
        """Change one job; None where none fits."""
        row = self._database.write(lambda database: database.execute(statement, values).fetchone())
        return Job.from_row(row) if row else None

    def _select(self, clause: str, *values: Any) -> list[Job]:
        rows = self._database.read(f"SELECT * FROM jobs {clause}", values)  # noqa: S608 - the clauses stand above
        return [Job.from_row(row) for row in rows]


def _count_open(database: sqlite3.Connection) -> int:
    return int(database.execute(COUNT_OPEN).fetchone()[0])


def _insert(database: sqlite3.Connection, wish: Wish, now: float) -> sqlite3.Row | None:
    """The row of a new job; None where the key is known."""
    row = database.execute(
        "INSERT INTO jobs (key, prompt, settings, source, turn, created, priority)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING *",
        (
            wish.key,
            wish.prompt,
            json.dumps(dict(wish.settings)),
            wish.source,
            wish.turn,
            now,
            PRIORITY[wish.source],
        ),
    ).fetchone()
    assert row is None or isinstance(row, sqlite3.Row)
    return row
