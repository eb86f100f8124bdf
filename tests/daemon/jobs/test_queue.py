"""The durable queue against real SQLite files."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from mused.daemon.errors import QueueError, QueueFullError
from mused.daemon.jobs.database import Database
from mused.daemon.jobs.queue import Job, JobQueue, Source, Status, Wish
from mused.daemon.jobs.schema import SCHEMA


def add(queue: JobQueue, key: str, source: Source = "cli") -> int:
    return queue.add(key, f"prompt of {key}", {"steps": 3}, source).id


def row(queue: JobQueue, job: int) -> Job:
    found = queue.get(job)
    assert found is not None
    return found


def test_a_job_keeps_everything_it_was_given(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "state" / "jobs.sqlite")
    job = queue.add(
        "turn-1", "ein Boot: rot | 日本 🎨", {"steps": 3, "size": [64, 96]}, "voice", "t1"
    )
    queue.close()

    again = JobQueue(tmp_path / "state" / "jobs.sqlite")
    assert again.get(job.id) == job
    assert job.prompt == "ein Boot: rot | 日本 🎨"
    assert job.settings == {"steps": 3, "size": [64, 96]}
    assert (job.source, job.turn, job.status, job.attempts) == ("voice", "t1", Status.QUEUED, 0)


def test_one_claim_is_one_job(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    first = queue.add("inbox-1", "a boat", {}, "inbox")
    queue.next()
    queue.done(first, tmp_path / "boat.png")
    assert queue.add("inbox-1", "another text", {}, "inbox").status is Status.DONE
    assert len(queue.recent()) == 1


def test_spoken_prompts_go_before_dropped_files(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    file, spoken, typed = add(queue, "f", "inbox"), add(queue, "s", "voice"), add(queue, "t", "cli")
    assert [job.id for job in queue.open_jobs()] == [spoken, typed, file]
    assert [queue.count_before(job) for job in queue.open_jobs()] == [0, 1, 2]
    order = [queue.next() for _ in range(4)]
    assert [job and job.id for job in order] == [spoken, typed, file, None]
    assert queue.count_before(row(queue, add(queue, "next", "voice"))) == 3, "they are painted"


def test_the_life_of_a_job(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    job = add(queue, "a")
    running = queue.next()
    assert running
    assert (running.status, running.attempts) == (Status.RUNNING, 1)
    assert running.started
    queue.requeue(row(queue, job), "the painter died")
    assert queue.next()
    again = queue.get(job)
    assert again
    assert (again.attempts, again.reason) == (2, None)
    queue.requeue(row(queue, job), "the daemon stopped", counted=False)
    forgiven = queue.get(job)
    assert forgiven
    assert forgiven.attempts == 1
    queue.next()
    interrupted = queue.requeue(row(queue, job), "mused ended", counted=False, interrupted=True)
    assert (interrupted.attempts, interrupted.interruptions) == (1, 1)
    queue.next()
    done = queue.done(row(queue, job), tmp_path / "a.png")
    assert (done.status, done.picture, done.reason) == (Status.DONE, tmp_path / "a.png", None)
    assert done.finished
    assert done.started
    assert done.finished >= done.started


def test_a_cancelled_job_may_leave_its_last_frame(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    job = add(queue, "a")
    with pytest.raises(QueueError, match=f"job {job}"):
        queue.keep(row(queue, job), tmp_path / "a.png")
    queue.cancel(row(queue, job))
    kept = queue.keep(row(queue, job), tmp_path / "a.png")
    assert (kept.status, kept.picture) == (Status.CANCELLED, tmp_path / "a.png")


@pytest.mark.parametrize("version", [1, 2])
def test_a_database_of_an_older_mused_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    old = Database(tmp_path / "jobs.sqlite", SCHEMA[:version])
    statement = (
        "INSERT INTO jobs (key, prompt, settings, source, created)"
        " VALUES ('a', 'b', '{}', 'inbox', 1), ('c', 'd', '{}', 'voice', 2)"
    )
    old.write(lambda database: database.execute(statement))
    old.close()
    for _ in range(2):
        queue = JobQueue(tmp_path / "jobs.sqlite")
        spoken, file = queue.open_jobs()
        assert (spoken.prompt, spoken.interruptions, spoken.priority) == ("d", 0, 1)
        assert (file.prompt, file.priority) == ("b", 0)
        assert [(each.status, each.at) for each in queue.history(file.id)] == [("queued", 1)]
        queue.close()


def test_a_job_can_be_moved_to_the_front(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    files = [add(queue, f"f{number}", "inbox") for number in range(3)]
    spoken = add(queue, "s", "voice")
    assert queue.first(files[1])
    assert queue.first(files[2])
    assert [job.id for job in queue.open_jobs()] == [files[2], files[1], spoken, files[0]]
    running = queue.next()
    assert running
    assert running.id == files[2]
    assert not queue.first(running.id)
    assert not queue.first(99)
    assert [job.id for job in queue.open_jobs(2)] == [files[2], files[1]]


def test_a_job_that_failed_or_was_cancelled_can_be_retried_with_its_history(
    tmp_path: Path,
) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    job = add(queue, "a")
    assert queue.retry(job) is None, "it is queued already"
    queue.next()
    queue.requeue(row(queue, job), "the painter died")
    queue.next()
    queue.fail(row(queue, job), "it died again")
    again = queue.retry(job)
    assert again
    assert (again.key, again.status, again.attempts, again.finished) == ("a", "queued", 0, None)
    queue.cancel(row(queue, job))
    assert queue.retry(job)
    queue.next()
    queue.done(row(queue, job), tmp_path / "a.png")
    assert queue.retry(job) is None, "it is painted"
    history = queue.history(job)
    assert [(each.status.value, each.reason) for each in history] == [
        ("queued", None),
        ("running", None),
        ("queued", "the painter died"),
        ("running", None),
        ("failed", "it died again"),
        ("queued", "asked for again"),
        ("cancelled", None),
        ("queued", "asked for again"),
        ("running", None),
        ("done", None),
    ]
    times = [each.at for each in history]
    assert times == sorted(times)
    assert abs(times[-1] - time.time()) < 60


def wishes(count: int, source: Source = "inbox", claim: str = "file") -> list[Wish]:
    return [Wish(f"{claim}-{number}", f"boat {number}", {}, source) for number in range(count)]


def test_many_wishes_are_queued_together_or_not_at_all(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    with pytest.raises(QueueError, match="surrogates"):
        queue.add_many([*wishes(3), Wish("bad", "a \udc80 boat", {}, "inbox")])
    assert queue.recent() == []
    queue.add_many(wishes(2))
    new = queue.add_many(wishes(4))
    assert [job.key for job in new] == ["file-2", "file-3"], "two were known"
    assert [job.prompt for job in queue.open_jobs()] == [f"boat {number}" for number in range(4)]
    assert [each.status for each in queue.history(new[0].id)] == [Status.QUEUED]


def test_a_flood_is_refused_but_the_voice_gets_in(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite", most_open=5)
    queue.add_many(wishes(3))
    queue.add_many(wishes(4, claim="other"))  # a file that fits in part gets in whole
    assert queue.count_open() == 7
    for source in ("inbox", "cli"):
        with pytest.raises(QueueFullError, match="7 jobs wait"):
            add(queue, "more", source)
    assert add(queue, "file-0", "inbox") == 1, "what is known is no news"
    assert queue.get(add(queue, "spoken", "voice"))
    for _ in range(4):
        running = queue.next()
        assert running
        queue.fail(running, "no reason")
    assert add(queue, "more", "inbox")


def test_what_has_ended_stays_ended(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    job = add(queue, "a")
    assert queue.cancel(row(queue, job))
    assert not queue.cancel(row(queue, job))
    assert queue.next() is None
    with pytest.raises(QueueError, match=f"job {job}"):
        queue.done(row(queue, job), tmp_path / "a.png")
    with pytest.raises(QueueError, match=f"job {job}"):
        queue.fail(row(queue, job), "late")
    with pytest.raises(QueueError, match=f"job {job}"):
        queue.requeue(row(queue, job), "late")
    found = queue.get(job)
    assert found
    assert found.status is Status.CANCELLED


def test_unknown_jobs(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    assert queue.get(7) is None
    assert not queue.first(7)
    assert queue.retry(7) is None


def test_text_sqlite_cannot_store_is_refused(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    with pytest.raises(QueueError, match="surrogates"):
        queue.add("a", "a \udc80 boat", {}, "cli")
    assert queue.add("a", "a boat", {}, "cli").id == 1


def test_recent_is_newest_first_and_limited(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    ids = [add(queue, str(number)) for number in range(5)]
    assert [job.id for job in queue.recent(3)] == ids[:1:-1]


def test_kill_9_keeps_every_acknowledged_job(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import itertools, sys
        from pathlib import Path
        from mused.daemon.jobs.queue import JobQueue
        queue = JobQueue(Path(sys.argv[1]))
        for number in itertools.count():
            job = queue.add(f"key-{number}", "a boat", {}, "cli")
            if number == 3:
                queue.next()
            print(job.id, flush=True)
    """)
    database = tmp_path / "jobs.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(database)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    acknowledged = [int(process.stdout.readline()) for _ in range(40)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL

    queue = JobQueue(database)
    stored = {job.id for job in queue.recent(1_000_000)}
    assert set(acknowledged) <= stored
    assert [job.key for job in queue.interrupted()] == ["key-0"]


def test_a_job_in_hand_changes_no_other_of_its_number(tmp_path: Path) -> None:
    """As after the loss of a database: the new one counts from 1 again."""
    old = JobQueue(tmp_path / "old.sqlite")
    add(old, "a")
    stale = old.next()
    assert stale
    queue = JobQueue(tmp_path / "new.sqlite")
    assert add(queue, "b") == stale.id
    for running in (False, True):
        if running:
            queue.next()
        before = row(queue, stale.id)
        assert not queue.cancel(stale)
        with pytest.raises(QueueError, match="not in a state"):
            queue.done(stale, tmp_path / "a.png")
        with pytest.raises(QueueError, match="not in a state"):
            queue.fail(stale, "late")
        with pytest.raises(QueueError, match="not in a state"):
            queue.requeue(stale, "late")
        assert row(queue, stale.id) == before


def test_only_what_was_begun_can_be_done(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    job = add(queue, "a")
    with pytest.raises(QueueError):
        queue.done(row(queue, job), tmp_path / "a.png")


def test_what_ended_long_ago_is_forgotten_with_its_history(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    ids = [add(queue, name) for name in "abcde"]
    for _ in range(4):
        running = queue.next()
        assert running
        if running.id != ids[3]:
            queue.done(running, tmp_path / "a.png")
    assert queue.prune(time.time() - 60) == 0, "they ended just now"
    assert [queue.prune(time.time() + 1, limit=2) for _ in range(3)] == [2, 1, 0]
    assert [job.id for job in queue.open_jobs()] == ids[3:], "what is open is kept"
    assert queue.history(ids[0]) == []
    assert add(queue, "f") == ids[4] + 1, "no number is given twice"


def test_the_jobs_that_wait_are_counted(tmp_path: Path) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite")
    for name in "abc":
        add(queue, name)
    queue.next()
    assert (queue.waiting(), queue.waiting(1)) == (2, 1)
