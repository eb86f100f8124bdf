"""The durable queue of painting jobs: SQLite, one transaction for each transition."""

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from mused.daemon.errors import QueueError
from mused.daemon.jobs.database import Database

Source = Literal["voice", "inbox", "cli"]

SCHEMA = (
    """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    prompt TEXT NOT NULL,
    settings TEXT NOT NULL,
    source TEXT NOT NULL,
    turn TEXT,
    status TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    picture TEXT,
    created REAL NOT NULL,
    started REAL,
    finished REAL
);
CREATE INDEX jobs_by_status ON jobs (status, id)
""",
    "ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0",
)


class Status(StrEnum):
    """The life of a job: queued -> running -> done, failed or cancelled; retries are queued."""

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


class JobQueue:
    """The jobs in the SQLite file `path`; used from the event loop's thread only.

    Nothing is opened before the first use. Every method may raise QueueError; a method that
    returned has reached the disk.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, SCHEMA)

    def close(self) -> None:
        """Close the file; the queue cannot be used afterwards."""
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
        values = (key, prompt, json.dumps(dict(settings)), source, turn, time.time())
        self._database.write(
            lambda database: database.execute(
                "INSERT INTO jobs (key, prompt, settings, source, turn, created)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                values,
            )
        )
        job = self.find(key)
        if job is None:
            raise QueueError(f"job {key} was not stored")
        return job

    def next(self) -> Job | None:
        """Mark the oldest queued job as running; spoken and typed ones go before files."""
        row = self._database.write(
            lambda database: database.execute(
                "UPDATE jobs SET status = 'running', attempts = attempts + 1, started = ?,"
                " reason = NULL"
                " WHERE id = (SELECT id FROM jobs WHERE status = 'queued'"
                " ORDER BY source = 'inbox', id LIMIT 1) RETURNING *",
                (time.time(),),
            ).fetchone()
        )
        return Job.from_row(row) if row else None

    def done(self, job: int, picture: Path) -> Job:
        """A running job has its `picture`."""
        return self._end(job, Status.DONE, None, picture)

    def fail(self, job: int, reason: str) -> Job:
        """An open job will not be tried again."""
        return self._end(job, Status.FAILED, reason, None)

    def cancel(self, job: int) -> bool:
        """End an open job unwanted; False if it had ended."""
        found = self.get(job)
        if found is None or not found.open:
            return False
        self._end(job, Status.CANCELLED, None, None)
        return True

    def keep(self, job: int, picture: Path) -> Job:
        """A cancelled job has left its last frame."""
        return self._change(
            "UPDATE jobs SET picture = :picture"
            " WHERE id = :job AND status = 'cancelled' RETURNING *",
            {"job": job, "picture": str(picture)},
        )

    def requeue(
        self, job: int, reason: str, *, counted: bool = True, interrupted: bool = False
    ) -> Job:
        """A running job is to be tried again; with ``counted=False`` this attempt is forgiven."""
        return self._change(
            "UPDATE jobs SET status = 'queued', reason = :reason, attempts = attempts - :forgiven,"
            " interruptions = interruptions + :interrupted"
            " WHERE id = :job AND status = 'running' RETURNING *",
            {"job": job, "reason": reason, "forgiven": not counted, "interrupted": interrupted},
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

    def open_jobs(self) -> list[Job]:
        """Running jobs, then queued ones in the order they will be painted."""
        return self._select(
            "WHERE status IN ('queued', 'running') ORDER BY status = 'queued', source = 'inbox', id"
        )

    def recent(self, limit: int = 20) -> list[Job]:
        """The newest jobs of any status, newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", limit)

    def _end(self, job: int, status: Status, reason: str | None, picture: Path | None) -> Job:
        return self._change(
            "UPDATE jobs SET status = :status, reason = :reason, picture = :picture,"
            " finished = :now WHERE id = :job AND status IN ('queued', 'running') RETURNING *",
            {
                "job": job,
                "status": status,
                "reason": reason,
                "picture": str(picture) if picture else None,
                "now": time.time(),
            },
        )

    def _change(self, statement: str, values: Mapping[str, Any]) -> Job:
        row = self._database.write(lambda database: database.execute(statement, values).fetchone())
        if row is None:
            raise QueueError(f"job {values['job']} is not in a state that allows this")
        return Job.from_row(row)

    def _select(self, clause: str, *values: Any) -> list[Job]:
        rows = self._database.read(f"SELECT * FROM jobs {clause}", values)  # noqa: S608 - the clauses stand above
        return [Job.from_row(row) for row in rows]
