"""What disks do to SQLite files, done for real, and how the file heals."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import QueueError
from mused.daemon.jobs.database import Database

STEPS = ["CREATE TABLE notes (text TEXT)"]


def write(database: Database, *texts: str) -> None:
    rows = [(text,) for text in texts]
    database.write(lambda each: each.executemany("INSERT INTO notes VALUES (?)", rows))


def texts(database: Database) -> list[str]:
    return [row["text"] for row in database.read("SELECT text FROM notes ORDER BY rowid")]


def asides(path: Path) -> list[Path]:
    return [each for each in path.parent.iterdir() if ".corrupt-" in each.name]


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


def remount(folder: Path, how: str) -> None:
    """Make the mounted `folder` read-only ("ro") or writable ("rw")."""
    subprocess.run(["mount", "-o", f"remount,bind,{how}", str(folder)], check=True)


def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    path = tmp_path / "state" / "notes.sqlite"
    database = Database(path, STEPS)
    assert not path.parent.exists()
    write(database, "one")
    database.close()
    assert texts(database) == ["one"], "the next use opens it again"
    assert path.parent.stat().st_mode & 0o077 == 0


def test_it_is_as_durable_as_sqlite_can(tmp_path: Path) -> None:
    database = Database(tmp_path / "notes.sqlite", STEPS)
    assert database.read("PRAGMA journal_mode")[0][0] == "wal"
    assert database.read("PRAGMA synchronous")[0][0] == 2


def test_an_error_in_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "notes.sqlite", STEPS)

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES ('half')")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(half)
    write(database, "whole")
    assert texts(database) == ["whole"]


@pytest.mark.parametrize("damage", ["garbage", "torn page", "short"])
def test_a_file_damaged_before_the_start_is_set_aside(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, *("x" * 500 for _ in range(200)))
    database.close()
    content = path.read_bytes()
    quarter = len(content) // 4
    broken = {
        "garbage": b"not a database" * 300,
        "torn page": content[:quarter] + b"\xff" * quarter + content[2 * quarter :],
        "short": content[: 3 * quarter],
    }[damage]
    path.write_bytes(broken)

    assert texts(database) == []
    write(database, "new")
    [aside] = asides(path)
    assert aside.read_bytes() == broken
    assert "is damaged" in caplog.text
    assert aside.name in caplog.text


def test_damage_in_mid_flight_is_set_aside_and_the_write_reaches_the_new_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, *("x" * 1000 for _ in range(8000)))  # more than SQLite keeps in memory
    database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))

    def add_behind_all(connection: sqlite3.Connection) -> None:
        connection.execute("SELECT count(*), max(length(text)) FROM notes").fetchone()
        connection.execute("INSERT INTO notes VALUES ('new')")

    database.write(add_behind_all)
    assert texts(database) == ["new"]
    assert len(asides(path)) == 1
    assert "malformed" in caplog.text
    database.close()
    assert is_whole(path)


def test_two_damages_in_one_second_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    for number in range(3):
        path.write_bytes(b"garbage %d" % number * 500)
        with closing(Database(path, STEPS)) as database:
            assert texts(database) == []
    assert len({each.read_bytes() for each in asides(path)}) == 3


def test_a_deleted_file_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "state" / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, "lost")
    shutil.rmtree(path.parent)
    write(database, "kept")
    database.close()
    assert texts(Database(path, STEPS)) == ["kept"]
    assert "deleted or replaced" in caplog.text


def test_a_restored_backup_is_noticed(tmp_path: Path) -> None:
    path, backup = tmp_path / "notes.sqlite", tmp_path / "backup.sqlite"
    database = Database(path, STEPS)
    write(database, "old")
    database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, backup)
    write(database, "newer")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()
    backup.replace(path)
    assert texts(database) == ["old"]
    write(database, "next")
    assert texts(Database(path, STEPS)) == ["old", "next"]


def test_a_file_of_a_newer_mused_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    database = Database(path, [*STEPS, "CREATE TABLE more (x)"])
    write(database, "precious")
    database.close()
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(QueueError, match="newer mused"):
            write(Database(path, STEPS), "x")
    assert path.read_bytes() == before
    assert not asides(path)


def test_an_unusable_folder_is_named_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = Database(tmp_path / "file" / "notes.sqlite", STEPS)
    for _ in range(2):
        with pytest.raises(QueueError, match=r"notes\.sqlite cannot be used"):
            write(database, "x")
    (tmp_path / "file").unlink()
    write(database, "kept")
    assert texts(database) == ["kept"]


def test_text_that_sqlite_cannot_store_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "notes.sqlite", STEPS)
    with pytest.raises(QueueError, match="surrogates"):
        write(database, "\udc80")
    write(database, "fine")
    assert texts(database) == ["fine"]


def test_a_file_that_another_program_locks_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, "one")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(QueueError, match="another program holds it"):
            write(database, "two")
    write(database, "three")
    assert texts(database) == ["one", "three"]


def test_a_full_disk_is_said_and_heals(disk: Callable[..., Path]) -> None:
    place = disk("1m")
    path = place / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, "before")
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(QueueError, match="free some space"):
        write(database, *("y" * 1000 for _ in range(200)))
    with pytest.raises(QueueError, match="free some space"):
        write(Database(path, STEPS), *("y" * 1000 for _ in range(200)))
    filler.unlink()
    write(database, "after")
    assert texts(database) == ["before", "after"]
    database.close()
    assert is_whole(path)
    assert not asides(path)


def test_a_read_only_disk_is_said_and_heals(disk: Callable[..., Path]) -> None:
    place = disk("1m")
    path = place / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, "before")
    database.close()  # the kernel refuses while a file is open for writing
    remount(place, "ro")
    for each in (database, Database(path, STEPS), Database(place / "other.sqlite", STEPS)):
        with pytest.raises(QueueError, match=r"\.sqlite cannot be used, it cannot be"):
            write(each, "lost")
    remount(place, "rw")
    write(database, "after")
    assert texts(database) == ["before", "after"]
    assert not asides(path)


def test_a_read_only_file_is_replaced_by_a_writable_copy(tmp_path: Path) -> None:
    """As after running it once as another user. Root may write everything unless it gives it up."""
    path = tmp_path / "notes.sqlite"
    database = Database(path, STEPS)
    write(database, "before")
    database.close()
    path.chmod(0o444)
    program = textwrap.dedent("""
        import logging, sys
        from pathlib import Path
        from mused.daemon.jobs.database import Database
        logging.basicConfig()
        database = Database(Path(sys.argv[1]), [""])
        database.write(lambda each: each.execute("INSERT INTO notes VALUES ('after')"))
    """)
    argv = [sys.executable, "-c", program, str(path)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root can write a read-only file, and setpriv is not here to forbid it")
        argv = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", *argv]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "replaced by a writable copy" in ended.stderr
    assert texts(Database(path, STEPS)) == ["before", "after"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_kill_9_amid_writes_leaves_a_whole_file_with_all_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    program = textwrap.dedent("""
        import itertools, sys
        from pathlib import Path
        from mused.daemon.jobs.database import Database
        database = Database(Path(sys.argv[1]), ["CREATE TABLE notes (text TEXT)"])
        for number in itertools.count():
            rows = [(f"{sys.argv[2]}-{number}-{part}",) for part in range(3)]
            database.write(lambda each: each.executemany("INSERT INTO notes VALUES (?)", rows))
            print(number, flush=True)
    """)
    path = tmp_path / "notes.sqlite"
    acknowledged = set()
    for life in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(life)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        with process.stdout:
            lines = [process.stdout.readline() for _ in range(10 + 7 * life)]
            os.kill(process.pid, signal.SIGKILL)
            lines += [line for line in process.stdout if line.endswith("\n")]
        assert process.wait() == -signal.SIGKILL
        acknowledged |= {f"{life}-{int(line)}-{part}" for line in lines for part in range(3)}
        shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-{life}"))
        assert is_whole(tmp_path.with_name(f"{tmp_path.name}-{life}") / path.name)
    stored = texts(Database(path, STEPS))
    assert len(stored) == len(set(stored))
    assert len(stored) % 3 == 0, "a transaction is there whole or not at all"
    assert acknowledged <= set(stored)


def test_a_file_is_read_through_once_and_a_strange_one_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a large file through takes long, and whoever waits for it holds up the daemon."""
    said: list[str] = []
    connect = sqlite3.connect

    def listening(*given: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **more)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", listening)
    path = tmp_path / "notes.sqlite"
    database = Database(path, STEPS)
    for _ in range(3):
        write(database, "one")
        database.close()
    assert sum("quick_check" in each for each in said) == 1
    shutil.copy(path, tmp_path / "copy")
    (tmp_path / "copy").replace(path)
    write(database, "two")
    assert sum("quick_check" in each for each in said) == 2
