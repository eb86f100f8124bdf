"""A machine with a real systemd, booted in a container, and mused installed in it as a service.

Opt-in: `make systemd-test` makes the root file system, sets MUSED_TEST_ROOTFS and runs these
tests. The root's Python must have the version of the one that runs them, whose packages and
checkout it borrows. The sound is that of a virtual room on the host.
"""

import json
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.service.room import Room

ROOT = Path(__file__).parents[2]
ROOTFS = os.environ.get("MUSED_TEST_ROOTFS", "")
MUSED = "/opt/mused/bin/mused"
LIMIT = 300  # seconds a test

# The packages are borrowed, so mused is a script and no virtual environment's.
PROGRAM = """#!/usr/bin/python3
import os, sys
sys.path[:0] = ["/opt/mused/source", "/opt/mused/packages"]
os.environ["PYTHONPATH"] = ":".join(sys.path[:2])
from mused.daemon.commands import main
main()
"""
# The way to the room, for a service that may speak to nothing but unix sockets.
SOUND = """[Service]
Environment=PULSE_SERVER=unix:/run/room/native ALSA_CONFIG_PATH=/run/room/alsa.conf
Environment=PULSE_COOKIE=/tmp/cookie PULSE_RUNTIME_PATH=/tmp
WatchdogSec=4
"""
CONFIG = """
[hearing]
[speaking]
[painting]
width = 64
height = 64
steps = {steps}
[control]
socket = "/run/mused/mused.sock"
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run here, with the reason."""
    reason = None
    if not ROOTFS:
        reason = "a real systemd is booted by `make systemd-test` only"
    elif os.getuid() != 0:
        reason = "only root can boot a container"
    elif shutil.which("systemd-nspawn") is None:
        reason = "needs systemd-nspawn (the package systemd-container)"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LIMIT))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True)
class Machine:
    """The booted machine; whatever is written in it is forgotten at its end."""

    init: int
    """Its first process, as the host numbers it."""

    def run(self, *command: str, check: bool = True, stdin: str = "") -> str:
        """What a command prints that root runs inside."""
        namespaces = ["-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"]
        done = subprocess.run(
            ["nsenter", "-t", str(self.init), *namespaces, *command],
            capture_output=True, text=True, check=False, timeout=120, input=stdin,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return (done.stdout if done.returncode == 0 else done.stdout + done.stderr).strip()

    def mused(self, *arguments: str, check: bool = True) -> str:
        return self.run(MUSED, *arguments, check=check)

    def write(self, path: str, text: str) -> None:
        self.run("/bin/sh", "-c", f"mkdir -p $(dirname {path}) && cat >{path}", stdin=text)

    def show(self, key: str) -> str:
        return self.run("systemctl", "show", "mused", "--value", "-p", key)

    def signal(self, name: str, process: int | None = None) -> None:
        """Send a signal to the daemon, or to another process by its number inside."""
        number = process or int(self.show("MainPID"))
        self.run("/bin/sh", "-c", f"kill -s {name} {number}")

    def worker(self) -> int:
        """The painter's number inside."""
        script = f"cat /proc/{self.show('MainPID')}/task/*/children"
        for child in self.run("/bin/sh", "-c", script).split():
            if "mused.art.worker" in self.run("cat", f"/proc/{child}/cmdline", check=False):
                return int(child)
        raise AssertionError("nobody paints")

    def jobs(self) -> list[dict[str, Any]]:
        lines = self.mused("queue", "--json", check=False).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def job(self) -> dict[str, Any]:
        return next(iter(self.jobs()), {"status": "none"})

    def pictures(self) -> list[str]:
        return self.run("find", "/var/lib/mused/gallery", "-name", "*job*.png").split()

    def log(self) -> str:
        return self.run("journalctl", "-u", "mused", "-o", "cat")

    def until(self, condition: Callable[[], object], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log()[-5000:]
            time.sleep(0.1)

    def start(self, steps: int = 12, extra: str = "") -> None:
        """Start the service anew with an empty memory, so that each test begins alike."""
        self.run("systemctl", "stop", "mused")
        self.run("/bin/sh", "-c", "rm -rf /var/lib/mused/*")
        self.run("systemctl", "reset-failed", "mused", check=False)
        self.write("/etc/mused/mused.toml", CONFIG.format(steps=steps) + extra)
        self.run("systemctl", "start", "mused")  # returns once mused says that it is ready


@pytest.fixture(scope="session")
def sound() -> Iterator[Room]:
    with Room() as room:
        room.folder.chmod(0o755)
        yield room


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, sound: Room) -> Iterator[Machine]:
    """The machine before anything is installed."""
    folder = tmp_path_factory.mktemp("machine")
    folder.chmod(0o755)
    program = folder / "mused"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    binds = {
        "/opt/mused/source": ROOT,
        "/opt/mused/packages": sysconfig.get_path("purelib"),
        MUSED: program,
        "/run/room": sound.folder,
    }
    options = ["--register=no", "--keep-unit", "--private-network", "--volatile=overlay", "--boot"]
    with (folder / "console").open("wb") as console:
        nspawn = subprocess.Popen(
            ["systemd-nspawn", "-D", ROOTFS, *options]
            + [f"--bind-ro={source}:{target}" for target, source in binds.items()],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console,
        )  # fmt: skip
    children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
    try:
        deadline = time.monotonic() + 60
        while not (inside := children.read_text().split()):
            assert time.monotonic() < deadline, (folder / "console").read_text()
            time.sleep(0.1)
        machine = Machine(int(inside[0]))  # nspawn's only child
        active = ("systemctl", "is-active", "multi-user.target")
        while machine.run(*active, check=False) != "active":
            assert time.monotonic() < deadline, machine.run("systemctl", "list-jobs", check=False)
            time.sleep(0.1)
        yield machine
    finally:
        nspawn.send_signal(signal.SIGTERM)  # an orderly shutdown
        try:
            nspawn.wait(30)
        except subprocess.TimeoutExpired:
            nspawn.kill()
            nspawn.wait()


@pytest.fixture(scope="module")
def machine(bare: Machine) -> Machine:
    """The machine with the system service, which hears and speaks in the room."""
    bare.write("/etc/mused/mused.toml", CONFIG.format(steps=12))
    bare.write("/etc/systemd/system/mused.service.d/sound.conf", SOUND)
    bare.mused("service", "install", "--system", "--drop-in", "cpu-only")
    return bare
