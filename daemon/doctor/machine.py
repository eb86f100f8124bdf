"""Checks of the machine and this user on it: text, time, limits, rights to devices."""

import getpass
import grp
import os
import pwd
import resource
import sys
import time
from pathlib import Path

from mused.daemon.config import Config
from mused.daemon.doctor.check import Check
from mused.daemon.service.limits import FEWEST_FILES, USUAL_FILES

ENOUGH_FILES = 256
LONG_AGO = 1_700_000_000  # seconds since the epoch; before mused was written
_SOUND = "/dev/snd/*"
_GPU = ("/dev/dri/renderD*", "/dev/kfd", "/dev/nvidia[0-9]*", "/dev/nvidiactl")


def machine(config: Config) -> list[Check]:
    """What the surroundings of a process decide."""
    return [_text(), _clock(), _open_files(), *_devices(config)]


def _text() -> Check:
    files = sys.getfilesystemencoding()
    names = " ".join(
        f"{name}={os.environ[name]}" for name in ("LC_ALL", "LANG") if name in os.environ
    )
    if files.replace("-", "").lower() != "utf8":
        step = "set LANG to a UTF-8 locale, C.UTF-8 is everywhere; or PYTHONUTF8=1"
        return Check("text", "warning", f"file names are taken for {files} ({names})", step)
    return Check("text", "ok", f"UTF-8{f' ({names})' if names else ''}")


def _clock() -> Check:
    now = time.strftime("%Y-%m-%d %H:%M:%S %Z (UTC%z)")
    if time.time() < LONG_AGO:
        step = "set it, or wait for the network's time: pictures are named by it"
        return Check("clock", "warning", f"{now} was long ago", step)
    return Check("clock", "ok", now)


def _open_files() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = USUAL_FILES if hard == resource.RLIM_INFINITY else hard  # the daemon takes them all
    if most >= ENOUGH_FILES:
        return Check("open files", "ok", f"{soft} are allowed, {most} at most")
    found = f"only {most} are allowed"
    step = (
        f"`{getpass.getuser()} hard nofile {USUAL_FILES}` in /etc/security/limits.conf and a new "
        f"login, or LimitNOFILE={USUAL_FILES} in a unit; only root can"
    )
    return Check("open files", "failure" if most < FEWEST_FILES else "warning", found, step)


def _devices(config: Config) -> list[Check]:
    """Device files that are here but not for this user."""
    found = []
    if sound := _shut(_SOUND):
        # With a sound server of the user's own nobody needs them.
        speaks = config.hearing.enabled or config.speaking.enabled
        if speaks and not _has_sound_server():
            found.append(_not_for_us("sound card", sound))
    if gpu := [each for pattern in _GPU for each in _shut(pattern)]:
        found.append(_not_for_us("GPU", gpu))
    return found


def _shut(pattern: str) -> list[Path]:
    there = Path("/").glob(pattern.lstrip("/"))
    return sorted(
        each for each in there if each.is_char_device() and not os.access(each, os.R_OK | os.W_OK)
    )


def _has_sound_server() -> bool:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    server = os.environ.get("PULSE_SERVER")
    return bool(server) or any((runtime / each).exists() for each in ("pulse/native", "pipewire-0"))


def _not_for_us(kind: str, devices: list[Path]) -> Check:
    status = devices[0].stat()
    user = getpass.getuser()
    try:
        group = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        group = str(status.st_gid)
    found = f"{devices[0]} is there, but not for {user}"
    step = f"sudo usermod -aG {group} {user}, then log in again"
    if status.st_mode & 0o060 != 0o060 or group == pwd.getpwuid(0).pw_name:
        step = f"see who may use it: ls -l {devices[0]}"
    return Check(kind, "warning", found, step)
