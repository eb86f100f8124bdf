"""Checks of mused as a systemd service: installed, enabled, alive, and outliving the login."""

import getpass
import subprocess
from collections.abc import Mapping
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check, Level
from mused.daemon.service.journal import JOURNAL

UNIT = "mused.service"
BOOTED = Path("/run/systemd/system")  # sd_booted(3)
PATIENCE = 5.0  # seconds
RESTLESS = 3  # restarts
_LINGER = Path("/var/lib/systemd/linger")
_WANTED = (
    "LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "NRestarts", "DropInPaths",
    "WatchdogUSec", "NeedDaemonReload", "StatusText",
)  # fmt: skip

Unit = Mapping[str, str]


def service(config: Config) -> list[Check]:
    """How systemd sees mused; with no service, that is well too."""
    if not BOOTED.is_dir():
        return [Check("service", "ok", "systemd does not run here; `mused run` does")]
    units = {"system": _ask(), "user": _ask("--user")}
    installed = {kind: unit for kind, unit in units.items() if unit.get("LoadState") == "loaded"}
    if not installed:
        words = "not installed: `mused run` works in the foreground, `mused service install` always"
        return [Check("service", "ok", words)]
    found = [each for kind, unit in installed.items() for each in judged(kind, unit)]
    if len(installed) == 2:
        step = "remove one: the second finds the microphone busy"
        found.append(Check("services", "warning", "a user's and a system service", step))
    if "user" in installed and not (_LINGER / getpass.getuser()).exists():
        step = "`loginctl enable-linger` keeps it running without a login"
        found.append(Check("lingering", "warning", "it ends with the last login", step))
    return [*found, _journal()]


def _ask(*options: str) -> Unit:
    """What `systemctl show` says of the unit; nothing where it cannot be asked."""
    command = ["systemctl", *options, "show", "-p", ",".join(_WANTED), UNIT]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    lines = done.stdout.decode(errors="replace").splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def judged(kind: str, unit: Unit) -> list[Check]:
    """Findings about an installed unit: one of its state, one for each oddity."""
    option = " --user" if kind == "user" else ""
    found = [_state(kind, unit, option)]
    if unit.get("UnitFileState") not in ("enabled", "static", "alias", "linked"):
        words = "it does not start with the machine"
        step = f"systemctl{option} enable mused"
        found.append(Check(f"{kind} service start", "warning", words, step))
    if unit.get("NeedDaemonReload") == "yes":
        words = "its files were changed after they were read"
        step = f"systemctl{option} daemon-reload, then restart it"
        found.append(Check(f"{kind} service files", "warning", words, step))
    return found


def _state(kind: str, unit: Unit, option: str) -> Check:
    active, restarts = unit.get("ActiveState", "unknown"), int(unit.get("NRestarts") or 0)
    words = [f"{active} ({unit.get('SubState', '?')})"]
    if unit.get("StatusText"):
        words.append(unit["StatusText"])
    words.append(f"restarted {restarts} times" if restarts else "never restarted")
    if unit.get("Result", "success") != "success":
        words.append(f"last result: {unit['Result']}")
    watchdog = unit.get("WatchdogUSec", "infinity")
    words.append("no watchdog" if watchdog in ("infinity", "0") else f"watchdog {watchdog}")
    if unit.get("DropInPaths"):
        words.append(f"drop-ins: {unit['DropInPaths']}")
    level: Level = "ok"
    step = ""
    if active == "failed" or restarts > RESTLESS:
        level = "failure" if active == "failed" else "warning"
        step = f"journalctl{option} -u mused -n 50 has the reason"
    elif active != "active":
        level, step = "warning", f"systemctl{option} start mused"
    return Check(f"{kind} service", level, ", ".join(words), step)


def _journal() -> Check:
    if JOURNAL.is_socket():
        return Check("journal", "ok", "journald listens")
    step = "systemctl start systemd-journald.socket; until then logs go to standard error"
    return Check("journal", "warning", "journald does not listen", step)
