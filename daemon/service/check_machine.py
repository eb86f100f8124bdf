"""Checks of the machine: packages, folders, disk, inotify, systemd, and mused itself."""

import ctypes
import getpass
import os
import platform
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.errors import ControlError
from mused.daemon.service.check import Check, Level
from mused.daemon.web.client import Client
from mused.skills.registry import Status, load_skills

_LITTLE = 1_000_000_000  # bytes free below which pictures and frames may soon not fit
_NONE = 100_000_000
_LINGER = Path("/var/lib/systemd/linger")
_INOTIFY = Path("/proc/sys/fs/inotify")


def packages(config: Config) -> list[Check]:
    """Python and what mused needs of it."""
    needed = [each for each in metadata.requires("mused") or () if "extra ==" not in each]
    names = [match[0] for each in needed if (match := re.match(r"[\w.-]+", each))]
    missing = [name for name in names if not _is_installed(name)]
    python = Check(
        "Python", "ok", f"{platform.python_version()}, mused {metadata.version('mused')}"
    )
    if missing:
        step = f"pip install {' '.join(missing)}"
        return [python, Check("packages", "failure", f"missing: {', '.join(missing)}", step)]
    return [python, Check("packages", "ok", f"all {len(names)} are installed")]


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def folders(config: Config) -> list[Check]:
    """Every folder can be written or made, and there is room in it."""
    wanted = {
        "inbox": config.folders.inbox,
        "gallery": config.folders.gallery,
        "state": config.state,
        "control socket": config.control.socket.parent,
    }
    return [_folder(name, folder) for name, folder in wanted.items()]


def _folder(name: str, folder: Path) -> Check:
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not existing.is_dir():
        return Check(name, "failure", f"{existing} is a file", f"move it, or set another {name}")
    if not os.access(existing, os.W_OK | os.X_OK):
        step = f"give {getpass.getuser()} the right to write there, or set another {name}"
        return Check(name, "failure", f"{existing} is not writable", step)
    free = shutil.disk_usage(existing).free
    found = f"{folder}, {free / 1e9:.1f} GB free"
    if free < _LITTLE and name != "control socket":
        level: Level = "failure" if free < _NONE else "warning"
        return Check(name, level, found, "free some space")
    return Check(name, "ok", found if folder.exists() else f"{found}, will be made")


def inotify(config: Config) -> list[Check]:
    """The kernel lets one more program watch a folder."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        words = os.strerror(ctypes.get_errno())
        step = "sudo sysctl fs.inotify.max_user_instances=512"
        return [Check("inotify", "failure", f"no further instance: {words}", step)]
    try:
        if libc.inotify_add_watch(descriptor, b"/", 0x100) < 0:
            words = os.strerror(ctypes.get_errno())
            step = "sudo sysctl fs.inotify.max_user_watches=524288"
            return [Check("inotify", "failure", f"no further watch: {words}", step)]
    finally:
        os.close(descriptor)
    limits = {name: _INOTIFY / name for name in ("max_user_instances", "max_user_watches")}
    found = ", ".join(f"{name} {file.read_text().strip()}" for name, file in limits.items())
    return [Check("inotify", "ok", found)]


def systemd(config: Config) -> list[Check]:
    """Whether mused is a service, and one that outlives the login."""
    if not Path("/run/systemd/system").is_dir():
        return [Check("service", "ok", "systemd does not run here; `mused run` does")]
    if _unit("is-enabled") in ("enabled", "static", "alias"):
        return [Check("service", "ok", f"system service, {_unit('is-active')}")]
    if _unit("is-enabled", "--user") != "enabled":
        found = "not installed; `mused run` works in the foreground"
        return [Check("service", "ok", found)]
    found = f"user service, {_unit('is-active', '--user')}"
    if not (_LINGER / getpass.getuser()).exists():
        step = "`loginctl enable-linger` keeps it running without a login"
        return [Check("service", "warning", f"{found}, ends with the last login", step)]
    return [Check("service", "ok", f"{found}, lingering")]


def _unit(question: str, *options: str) -> str:
    command = ["systemctl", *options, question, "mused.service"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"


def skills(config: Config) -> list[Check]:
    """Every skill loads, unless it is switched off."""
    entries = load_skills(config.skills).entries
    bad = [each for each in entries if each.status not in (Status.OK, Status.DISABLED)]
    working = ", ".join(each.name for each in entries if each.status == Status.OK)
    return [
        *(Check(f"skill {each.name}", "warning", f"{each.status}: {each.reason}") for each in bad),
        Check("skills", "ok" if working else "failure", working or "none works"),
    ]


def daemon(config: Config) -> list[Check]:
    """Whether it runs."""
    try:
        version = Client(config.control.socket, patience=5).status()["version"]
    except ControlError as error:
        return [Check("daemon", "ok", str(error))]
    return [Check("daemon", "ok", f"running, version {version}")]
