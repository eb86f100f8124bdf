"""Checks of what mused keeps: the job database, copies of broken ones, files left by a crash."""

import contextlib
import shlex
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check
from mused.daemon.paths import exists

DATABASES = ("jobs.sqlite", "gallery.sqlite")
STALE = 3600.0  # seconds; nobody writes a file for so long
_SHOWN = 3
_PART = ".*.part"


def state(config: Config) -> list[Check]:
    """The databases are whole; nothing lies about that should not."""
    found = [_database(config.state / name) for name in DATABASES]
    return [*found, *_set_aside(config.state), *_stale(config)]


def _database(path: Path) -> Check:
    name = f"database {path.stem}"
    if not exists(path):
        return Check(name, "ok", f"{path} will be made")
    step = (
        f"mused sets it aside at its next start and begins anew; a copy of {path} helps to save it"
    )
    try:
        with contextlib.closing(_open(path)) as database:
            verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                return Check(name, "failure", f"{path} is damaged: {verdict}", step)
            return Check(name, "ok", f"{path.stat().st_size / 1e6:.1f} MB, {_counts(database)}")
    except sqlite3.OperationalError as error:
        step = "see who may read it (`ls -l`), and whether its disk is well (`dmesg`)"
        return Check(name, "failure", f"{path} cannot be read: {error}", step)
    except (sqlite3.DatabaseError, OSError) as error:
        return Check(name, "failure", f"{path} is damaged: {error}", step)


def _open(path: Path) -> sqlite3.Connection:
    """Open it only to read; where no journal waits, without so much as a lock file."""
    waiting = path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{'' if waiting else '&immutable=1'}", uri=True)


def _counts(database: sqlite3.Connection) -> str:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    if "jobs" not in tables:
        return "whole"
    counts = database.execute("SELECT status, count(*) FROM jobs GROUP BY status ORDER BY 1")
    return ", ".join(f"{count} {status}" for status, count in counts) or "no jobs yet"


def _set_aside(state: Path) -> list[Check]:
    copies = sorted(path for name in DATABASES for path in state.glob(f"{name}.corrupt-*"))
    if not copies:
        return []
    step = "`sqlite3 FILE .recover` may save jobs from them; else delete them"
    return [Check("damaged databases", "warning", f"set aside: {_names(copies)}", step)]


def _stale(config: Config) -> list[Check]:
    """Half-written files that no process came back to."""
    places = [each for each in (config.folders.gallery, config.state / "work") if exists(each)]
    old = [path for folder in places for path in _parts(folder)]
    if not old:
        return []
    age = ["-mmin", f"+{STALE / 60:.0f}"]
    command = ["find", *map(str, places), "-type", "f", "-name", _PART, *age, "-delete"]
    step = f"delete them: {shlex.join(command)}"
    return [Check("unfinished files", "warning", f"left by a crash: {_names(old)}", step)]


def _parts(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob(_PART)):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE:
                yield path


def _names(paths: list[Path]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(str(path) for path in paths[:_SHOWN]) + more
