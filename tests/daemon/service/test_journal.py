"""Where log records go, in real processes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LOG = """
import logging, warnings
from mused.daemon.service import journal
journal.set_up_logging(verbose={verbose})
logger = logging.getLogger("mused.test")
logger.debug("a transcript")
with journal.about(turn="abc123"), journal.about(job=7, skill="clock"):
    logger.info("first\\nsecond %s", "line")
logger.error("an error")
logging.getLogger("httpx").info("chatter")
warnings.warn("old")
"""

JOURNALD = (
    """
import os, socket, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
os.makedirs("/run/systemd/journal")
journald = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journald.bind("/run/systemd/journal/socket")
read, write = os.pipe()
os.dup2(write, 2)
stream = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{stream.st_dev}:{stream.st_ino}"
"""
    + LOG.format(verbose=False)
    + """
journald.setblocking(False)
for _ in range(3):
    sys.stdout.buffer.write(journald.recv(65536) + b"====")
os.close(write); os.close(2)
assert os.read(read, 100) == b""
"""
)


def logged(verbose: bool = False, journal: bool = False) -> str:
    read, write = os.pipe()
    environment = dict(os.environ)
    environment.pop("JOURNAL_STREAM", None)
    if journal:
        stream = os.fstat(read)
        environment["JOURNAL_STREAM"] = f"{stream.st_dev}:{stream.st_ino}"
    script = LOG.format(verbose=verbose)
    subprocess.run([sys.executable, "-c", script], stderr=write, env=environment, check=True)
    os.close(write)
    with os.fdopen(read) as lines:
        return lines.read()


def test_a_terminal_gets_times_and_turns() -> None:
    text = logged()
    assert re.search(r"^\d{4}-\d\d-\d\d .* INFO    mused\.test: \[abc123\] first$", text, re.M)
    assert re.search(r"ERROR   mused\.test: an error", text)
    assert "old" in text
    assert "transcript" not in text
    assert "chatter" not in text


def test_verbose_adds_what_is_heard() -> None:
    assert "a transcript" in logged(verbose=True)


@pytest.mark.skipif(Path("/run/systemd/journal/socket").exists(), reason="a journald is running")
def test_without_journald_the_stream_gets_priorities_and_nothing_is_lost() -> None:
    lines = logged(journal=True).splitlines()
    assert lines[:3] == [
        "<6>mused.test: [abc123] first",
        "<6>second line",
        "<3>mused.test: an error",
    ]


@pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)
def test_journald_gets_fields() -> None:
    pytest.importorskip("systemd.journal")
    command = ["unshare", "--mount", sys.executable, "-c", JOURNALD]
    done = subprocess.run(command, capture_output=True, check=False)
    if b"mount" in done.stderr and done.returncode:
        pytest.skip("mounting is not allowed here")
    assert done.returncode == 0, done.stderr.decode()
    first, second, _warning, rest = done.stdout.split(b"====")
    assert rest == b""
    for field in (b"MUSED_TURN=abc123\n", b"MUSED_JOB=7\n", b"MUSED_SKILL=clock\n"):
        assert field in first
    assert b"PRIORITY=6\n" in first
    assert b"first\nsecond line" in first
    assert b"SYSLOG_IDENTIFIER=mused\n" in first
    assert b"MESSAGE=mused.test: an error\n" in second
    assert b"MUSED_TURN" not in second
