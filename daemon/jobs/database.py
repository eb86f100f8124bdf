"""Opens a small durable SQLite file; one that is damaged is set aside, never trusted or deleted."""

import contextlib
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mused.daemon.errors import QueueError

log = logging.getLogger(__name__)

BUSY_TIMEOUT = 5.0  # seconds to wait for another process that holds the file


def connect(path: Path, steps: Sequence[str]) -> sqlite3.Connection:
    """A connection in autocommit mode to the database at `path`, made by `steps` when new.

    Each step is the SQL from one version of the schema to the next; an old file gets the rest.
    A file that is damaged is renamed to ``NAME.corrupt-TIME`` and replaced by an empty one.
    Raises QueueError when the folder cannot be used or a newer mused wrote the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _open(path, steps)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = _set_aside(path)
            log.error("%s is damaged (%s): kept as %s, starting empty", path, error, aside)  # noqa: TRY400 - the reason is in the words
            return _open(path, steps)
    except (OSError, sqlite3.Error) as error:
        raise QueueError(f"{path}: {error}") from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One write transaction, rolled back on any error; raises QueueError for SQLite's own."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except (sqlite3.Error, UnicodeEncodeError) as error:
        raise QueueError(f"the database refused: {error}") from error


def _open(path: Path, steps: Sequence[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        version = len(steps)
        if found > version:
            raise QueueError(f"{path}: written by a newer mused (schema {found}, known {version})")
        if found < version:
            missing = "; ".join(steps[found:])
            connection.executescript(
                f"BEGIN IMMEDIATE; {missing}; PRAGMA user_version = {version}; COMMIT"
            )
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"{aside.name.partition('~')[0]}~{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):  # they belong to the damaged file, never to its successor
        journal = path.with_name(path.name + suffix)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + suffix))
    return aside
