"""A small durable SQLite file that survives what happens to disks, and heals itself.

It is opened at its first use and again whenever something happened to it:

* damaged, at start or in mid-flight: kept as ``NAME.corrupt-TIME``, and an empty one goes on;
* read-only in a folder that is not: replaced by a writable copy of its content;
* deleted or replaced by another file: opened anew;
* no room, read-only folder, I/O error: a QueueError in words, and another try at the next use;
* written by a newer mused: refused in words, never touched.
"""

import contextlib
import errno
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mused.daemon.errors import QueueError

log = logging.getLogger(__name__)

BUSY_TIMEOUT = 2.0  # seconds to wait for another process that holds the file
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
REASONS = {  # what a user can do about SQLite's errors, by their primary code
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_IOERR: "the disk reports an error or has no room: check it and free some space",
    sqlite3.SQLITE_READONLY: "it cannot be written: check its owner, and that the disk is writable",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check the owner of its folder, and the disk",
    sqlite3.SQLITE_BUSY: "another program holds it: end that one",
}

_Result = TypeVar("_Result")
_Identity = tuple[int, int]
_Work = Callable[[sqlite3.Connection], _Result]


class Database:
    """The SQLite file `path`, made by `steps`; used from one thread.

    Each step is the SQL from one version of the schema to the next; an old file gets the rest.
    Nothing is opened before the first use, so that a daemon starts whatever the disk is like.
    """

    def __init__(self, path: Path, steps: Sequence[str]) -> None:
        self._path = path
        self._steps = steps
        self._connection: sqlite3.Connection | None = None
        self._identity: _Identity | None = None
        self._checked: _Identity | None = None

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def read(self, statement: str, values: Any = ()) -> list[sqlite3.Row]:
        """The rows of a SELECT; raises QueueError."""
        return self._do(lambda connection: connection.execute(statement, values).fetchall())

    def write(self, work: _Work[_Result]) -> _Result:
        """What `work` returns, which runs in one transaction and is on the disk after it.

        Any error rolls everything back; SQLite's own raise QueueError. Where the file is found
        damaged, `work` runs again in a fresh one.
        """

        def in_transaction(connection: sqlite3.Connection) -> _Result:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk has ended it already
                    connection.execute("ROLLBACK")
                raise
            return result

        return self._do(in_transaction)

    def _do(self, work: _Work[_Result]) -> _Result:
        try:
            try:
                return work(self._current())
            except sqlite3.DatabaseError as error:
                if not self._mended(error):
                    raise
                return work(self._current())
        except sqlite3.OperationalError as error:
            self.close()  # a fresh start heals what a waiting disk left behind
            raise QueueError(self._in_words(error)) from error
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise QueueError(f"{self._path} refused: {error}") from error
        except OSError as error:
            self.close()
            raise QueueError(f"{self._path} cannot be used: {error.strerror or error}") from error

    def _current(self) -> sqlite3.Connection:
        """The connection to the file that lies at the path now, opened if need be."""
        if self._connection is not None and self._identity != _identity(self._path):
            log.warning("%s was deleted or replaced: opened again", self._path)
            self.close()
        if self._connection is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = _identity(self._path) if self._checked is not None else None
            check = known is None or known != self._checked
            self._connection = _open(self._path, self._steps, check=check)
            self._identity = self._checked = _identity(self._path)
        return self._connection

    def _mended(self, error: sqlite3.DatabaseError) -> bool:
        """Whether another try may go well now. Raises OSError where nothing can be done."""
        code = _primary(error)
        if code in DAMAGED:
            self.close()
            aside = _set_aside(self._path)
            log.error("%s is damaged (%s): kept as %s, starting empty", self._path, error, aside)
            return True
        if code == sqlite3.SQLITE_READONLY:
            self.close()
            if _make_writable(self._path):
                log.warning("%s was read-only: replaced by a writable copy", self._path)
                return True
        return False

    def _in_words(self, error: sqlite3.OperationalError) -> str:
        reason = REASONS.get(_primary(error), str(error))
        return f"{self._path} cannot be used, {reason}"


def _open(path: Path, steps: Sequence[str], *, check: bool) -> sqlite3.Connection:
    """A connection in autocommit mode that can write; a check reads the whole file."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        found, known = connection.execute("PRAGMA user_version").fetchone()[0], len(steps)
        if found > known:
            words = f"{path} was written by a newer mused (schema {found}, known {known})"
            raise QueueError(f"{words}: install that one, or move the file away")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")  # finds out whether it can be written at all
        connection.execute("ROLLBACK")
        if found < known:
            missing = "; ".join(steps[found:])
            script = f"BEGIN IMMEDIATE; {missing}; PRAGMA user_version = {known}; COMMIT"
            connection.executescript(script)
        if check:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise _damage(verdict)
    except BaseException:
        connection.close()
        raise
    return connection


def _damage(verdict: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(verdict)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _primary(error: sqlite3.Error) -> int:
    """SQLite's error code without its extension; OK for an error of the driver's own."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}")
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"{aside.name.partition('~')[0]}~{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):  # they belong to the damaged file, never to its successor
        with contextlib.suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(aside, suffix))
    return aside


def _make_writable(path: Path) -> bool:
    """Replace the file by a copy of its bytes that belongs to us; False where that is refused.

    The old file is gone only once the copy has its name; its journal fits either.
    """
    try:
        for each in (_beside(path, "-wal"), path):
            if each.exists():
                _copy_over(each)
        _beside(path, "-shm").unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False
    return True


def _copy_over(path: Path) -> None:
    copy = _beside(path, ".part")
    try:
        with path.open("rb") as source, copy.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
        copy.replace(path)
    finally:
        copy.unlink(missing_ok=True)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
