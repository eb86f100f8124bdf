"""Hangs, kills and reloads of the service, and what becomes of its job."""

from typing import Any

PAINTED = "generate a red boat"


def painting(machine: Any, steps: int) -> None:
    """Start with a job that is in hand and has a checkpoint."""
    machine.start(steps)
    machine.mused("ask", PAINTED)
    machine.until(lambda: "ckpt" in machine.run("ls", "/var/lib/mused/work", check=False))


def test_a_hung_daemon_is_restarted_by_the_watchdog(machine: Any) -> None:
    machine.start()
    before = machine.show("MainPID")
    machine.signal("STOP")
    machine.until(lambda: machine.show("NRestarts") == "1")
    machine.until(lambda: machine.show("ActiveState") == "active")
    assert machine.show("MainPID") != before
    assert "Watchdog timeout" in machine.log()


def test_a_killed_worker_is_replaced_and_the_job_done_once(machine: Any) -> None:
    painting(machine, 300)
    machine.signal("KILL", machine.worker())
    machine.until(lambda: machine.job()["status"] == "done", 200)
    assert machine.job()["attempts"] == 2
    assert len(machine.jobs()) == len(machine.pictures()) == 1
    assert machine.show("NRestarts") == "0"


def test_a_killed_daemon_comes_back_and_the_job_is_done_once(machine: Any) -> None:
    painting(machine, 300)
    worker = machine.worker()
    machine.signal("KILL")
    machine.until(lambda: machine.show("NRestarts") == "1")
    assert "No such file" in machine.run("ls", f"/proc/{worker}", check=False)
    machine.until(lambda: machine.job()["status"] == "done", 200)
    assert machine.job()["attempts"] == 1
    assert len(machine.jobs()) == len(machine.pictures()) == 1
    assert "was interrupted and is painted on" in machine.log()


def test_a_reload_applies_a_changed_setting_and_refuses_a_broken_file(machine: Any) -> None:
    machine.start()
    before = machine.show("MainPID")
    file = machine.run("cat", "/etc/mused/mused.toml")
    elsewhere = '\n[folders]\ninbox = "/var/lib/mused/elsewhere"\n'
    machine.write("/etc/mused/mused.toml", file + elsewhere)
    machine.run("systemctl", "reload", "mused")
    machine.until(lambda: "/var/lib/mused/elsewhere" in machine.mused("status", check=False))
    machine.write("/etc/mused/mused.toml", file + "\n[folder]\n")
    machine.run("systemctl", "reload", "mused")
    words = "unknown key 'folder', did you mean 'folders'?"
    machine.until(lambda: words in machine.log())
    machine.until(lambda: machine.show("ActiveState") == "active")
    machine.write("/etc/mused/mused.toml", file + elsewhere)
    assert "/var/lib/mused/elsewhere" in machine.mused("status")
    assert machine.show("MainPID") == before


def test_without_a_microphone_it_is_ready_and_stays_up(machine: Any) -> None:
    drop_in = "/etc/systemd/system/mused.service.d/z-deaf.conf"
    machine.write(drop_in, "[Service]\nEnvironment=PULSE_SERVER=unix:/nowhere\n")
    machine.run("systemctl", "daemon-reload")
    try:
        machine.start()
        machine.until(lambda: "no microphone, retrying" in machine.show("StatusText"), 20)
        fed = machine.show("WatchdogTimestampMonotonic")
        machine.until(lambda: int(machine.show("WatchdogTimestampMonotonic")) > int(fed) + 10e6)
        assert (machine.show("NRestarts"), machine.show("ActiveState")) == ("0", "active")
    finally:
        machine.run("rm", drop_in)
        machine.run("systemctl", "daemon-reload")
