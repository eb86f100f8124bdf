"""Installed by its own command, locked up, ready, stopped in time, and given up with a reason."""

import json
from typing import Any

import pytest

from mused.daemon.service.status import BUNDLED_MODEL, LISTENING

SAYS = LISTENING + BUNDLED_MODEL


def test_it_starts_locked_up_and_is_ready(machine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    machine.start()
    began, ready = (
        int(machine.show(key))
        for key in ("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
    )
    with capsys.disabled():
        print(f"\nstart to READY: {(ready - began) / 1e6:.2f} s")  # noqa: T201 - a figure
    assert ready - began < 20e6
    machine.until(lambda: machine.show("StatusText") == SAYS, 10)
    confined = machine.run("cat", f"/proc/{machine.show('MainPID')}/status")
    assert "CapEff:\t0000000000000000" in confined
    assert "NoNewPrivs:\t1\nSeccomp:\t2" in confined
    assert float(machine.run("systemd-analyze", "security", "mused").split()[-3]) <= 1.5


def test_the_commands_look_after_it(machine: Any) -> None:
    machine.start()
    machine.until(lambda: machine.show("StatusText") == SAYS, 10)
    shown = machine.mused("service", "status", "--system")
    for words in ("active (running)", "says:       listening", "restarts:   0", "every part lives"):
        assert words in shown
    assert "mused.daemon.main: ready" in machine.mused("service", "logs", "--system", "-n", "20")
    found = {
        each["name"]: each
        for each in json.loads(machine.mused("doctor", "--only", "service", "--json"))
    }
    assert found["system service"]["level"] == found["journal"]["level"] == "ok"
    assert found["system service"]["found"].startswith(f"active (running), {SAYS}, never")
    assert "watchdog 4s" in found["system service"]["found"]
    assert "system service start" not in found
    install = ("service", "install", "--system", "--drop-in", "cpu-only")
    other = machine.run("cat", "/etc/mused/mused.toml").replace("/mused.sock", "/other.sock")
    machine.write("/etc/mused/other.toml", other)
    machine.mused("--config", "/etc/mused/other.toml", *install)
    assert "every part lives" in machine.mused("service", "status", "--system")
    before = machine.show("MainPID")
    machine.mused(*install)
    assert machine.show("MainPID") not in ("0", before)
    assert "mused-cpu-only.conf" in machine.show("DropInPaths")
    assert "sound.conf" in machine.show("DropInPaths")  # somebody's own
    refused = machine.run("/usr/bin/setpriv", "--reuid", "1", "/opt/mused/bin/mused", "service",
                          "install", "--system", check=False)  # fmt: skip
    assert "needs root" in refused


def test_it_stops_in_time_and_paints_on_afterwards(machine: Any) -> None:
    machine.start(steps=5000)
    machine.mused("ask", "generate a red boat")
    machine.until(lambda: "ckpt" in machine.run("ls", "/var/lib/mused/work", check=False))
    machine.signal("STOP", machine.worker())
    machine.run("systemctl", "stop", "mused")
    assert machine.show("Result") == "success"
    began, ended = (
        int(machine.show(key))
        for key in ("ActiveExitTimestampMonotonic", "InactiveEnterTimestampMonotonic")
    )
    assert ended - began < 5e6, machine.run(
        "journalctl", "-u", "mused", "-o", "short-precise", "-n", "30"
    )
    assert machine.run("ls", "/run/mused", check=False).endswith("No such file or directory")
    machine.run("systemctl", "start", "mused")
    machine.until(lambda: machine.job()["status"] == "running")
    assert machine.job()["attempts"] == 1
    machine.mused("queue", "cancel", str(machine.job()["id"]))


def test_a_bad_configuration_fails_at_once_and_says_why(machine: Any) -> None:
    machine.start()
    machine.run("systemctl", "stop", "mused")
    machine.write("/etc/mused/mused.toml", "[hearing]\nenable = false\n")
    machine.run("systemctl", "start", "mused", check=False)
    machine.until(lambda: machine.show("ActiveState") == "failed", 20)
    assert (machine.show("NRestarts"), machine.show("ExecMainStatus")) == ("0", "78")
    words = "unknown key 'hearing.enable', did you mean 'enabled'?"
    assert words in machine.show("StatusText")
    assert words in machine.run("systemctl", "status", "mused", check=False)
    shown = machine.mused("service", "status", "--system", check=False)
    assert "failed" in shown


def test_a_crash_loop_ends_in_failed_and_says_why(machine: Any) -> None:
    machine.start()
    machine.run("systemctl", "stop", "mused")
    in_the_way = json.dumps("/var/lib/mused/lock")
    machine.write("/etc/mused/mused.toml", f"[control]\nsocket = {in_the_way}\n")
    machine.run("systemctl", "start", "mused", check=False)
    machine.until(lambda: machine.show("ActiveState") == "failed", 60)
    assert machine.show("NRestarts") == "4"  # five starts
    assert "is in the way of the control socket" in machine.show("StatusText")
    ours = [line for line in machine.log().splitlines() if line.startswith("Error: ")]
    assert "/var/lib/mused/lock is in the way of the control socket" in ours[-1]
