"""The system unit under a real systemd, booted in a container. Opt-in; takes a minute.

    debootstrap --variant=minbase bookworm ROOTFS --include=systemd,systemd-sysv,dbus,python3,\
libegl1,libgl1,libespeak-ng1,libgomp1,libportaudio2
    MUSED_TEST_ROOTFS=ROOTFS pytest tests/daemon/service/test_real_systemd.py

Its Python must have the version of the one that runs the tests, whose packages it borrows.
"""

import json
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
ROOTFS = os.environ.get("MUSED_TEST_ROOTFS", "")

pytestmark = [
    pytest.mark.skipif(not ROOTFS, reason="set MUSED_TEST_ROOTFS, see the module's docstring"),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can boot a container"),
    pytest.mark.skipif(shutil.which("systemd-nspawn") is None, reason="needs systemd-container"),
    pytest.mark.timeout(300),
]

PROGRAM = """#!/usr/bin/python3
import os, sys
sys.path[:0] = ["/opt/mused/source", "/opt/mused/packages"]
os.environ["PYTHONPATH"] = ":".join(sys.path[:2])
from mused.daemon.commands import main
main()
"""
CONFIG = """
hearing = { enabled = false }
speaking = { sink = "/var/lib/mused/said" }
painting = { width = 64, height = 64, steps = 3 }
control = { socket = "/run/mused/mused.sock" }
"""

Inside = Callable[..., str]


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    """Run a command in a freshly booted machine that forgets everything at its end."""
    files = {
        "mused": ("/opt/mused/bin/mused", PROGRAM),
        "mused.toml": ("/etc/mused/mused.toml", CONFIG),
        "watchdog.conf": (
            "/etc/systemd/system/mused.service.d/watchdog.conf",
            "[Service]\nWatchdogSec=4\n",
        ),
    }
    binds = {
        "/opt/mused/source": ROOT,
        "/opt/mused/packages": sysconfig.get_path("purelib"),
        "/etc/systemd/system/mused.service": ROOT / "systemd/system/mused.service",
        "/etc/sysusers.d/mused.conf": ROOT / "systemd/system/mused.sysusers.conf",
    }
    for name, (target, text) in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
        binds[target] = tmp_path / name
    tmp_path.chmod(0o755)
    options = ["--register=no", "--keep-unit", "--private-network", "--volatile=overlay", "--boot"]
    with (tmp_path / "console").open("wb") as console:
        nspawn = subprocess.Popen(
            ["systemd-nspawn", "-D", ROOTFS, *options]
            + [f"--bind-ro={source}:{target}" for target, source in binds.items()],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console,
        )  # fmt: skip

    children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")

    def run(*command: str, check: bool = True) -> str:
        # The machine's first process is nspawn's only child.
        first = children.read_text().split()[0]
        namespaces = ["-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"]
        done = subprocess.run(
            ["nsenter", "-t", first, *namespaces, *command],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    try:
        until(children.read_text)
        until(lambda: "running" in run("systemctl", "is-system-running", check=False))
        yield run
    finally:
        nspawn.send_signal(signal.SIGTERM)  # an orderly shutdown
        try:
            nspawn.wait(30)
        except subprocess.TimeoutExpired:
            nspawn.kill()
            nspawn.wait()


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def show(inside: Inside, key: str) -> str:
    return inside("systemctl", "show", "mused", "--value", "-p", key)


def test_the_life_of_the_system_service(inside: Inside) -> None:
    inside("systemd-sysusers")
    inside("systemctl", "start", "mused")  # returns once mused says that it is ready
    daemon = show(inside, "MainPID")
    confined = inside("cat", f"/proc/{daemon}/status")
    assert "CapEff:\t0000000000000000" in confined
    assert "NoNewPrivs:\t1\nSeccomp:\t2" in confined
    assert float(inside("systemd-analyze", "security", "mused").split()[-3]) <= 1.5

    inside("/opt/mused/bin/mused", "ask", "generate a red boat")

    def newest() -> dict[str, Any]:
        job: dict[str, Any] = json.loads(inside("/opt/mused/bin/mused", "queue", "--json"))
        return job

    until(lambda: newest()["status"] not in ("queued", "running"))
    assert newest()["status"] == "done", newest()["reason"]
    picture = newest()["picture"]
    assert picture.startswith("/var/lib/mused/gallery/")
    # Both sentences were rendered: that it paints, and that it is ready.
    until(lambda: len(inside("find", "/var/lib/mused/said", "-name", "*.wav").split()) == 2)

    inside("kill", "-STOP", daemon)
    until(lambda: show(inside, "NRestarts") == "1" and show(inside, "ActiveState") == "active")
    assert show(inside, "MainPID") != daemon
    assert newest()["picture"] == picture

    inside("systemctl", "stop", "mused")
    assert show(inside, "Result") == "success"
    assert inside("ls", "/run/mused", check=False) == ""
