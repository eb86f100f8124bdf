"""Installs mused as a service: what has to be written and run, as plain steps."""

import os
import pwd
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import platformdirs

from mused.daemon.errors import ServiceError
from mused.daemon.service.steps import Remove, Run, Step, Write, answer
from mused.daemon.service.unit import DROP_INS, DropIn, packaged, rendered

UNIT = "mused.service"
CONFIGURATION = Path("/etc/mused/mused.toml")
SYSUSERS = Path("/etc/sysusers.d/mused.conf")
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))  # by the system unit's ProtectHome=

_SOCKET = '[control]\nsocket = "/run/mused/mused.sock"\n'
_SILENT = "\n[hearing]\nenabled = false\n\n[speaking]\nenabled = false\n"


@dataclass(frozen=True)
class Scope:
    """The service of the machine, or that of one user."""

    system: bool

    @property
    def systemctl(self) -> tuple[str, ...]:
        """The command that speaks to its systemd."""
        return ("systemctl",) if self.system else ("systemctl", "--user")

    @property
    def unit(self) -> Path:
        """Where its unit lies."""
        if self.system:
            return Path("/etc/systemd/system") / UNIT
        return platformdirs.user_config_path("systemd") / "user" / UNIT

    @property
    def option(self) -> str:
        """What a `mused service` command needs to mean it."""
        return " --system" if self.system else ""

    def drop_in(self, name: str) -> Path:
        """Where the drop-in of that name lies; a user's own override.conf comes after it."""
        return self.unit.with_name(f"{UNIT}.d") / f"mused-{name}.conf"


def installation(
    scope: Scope, command: Sequence[str], drop_in: DropIn | None, *, linger: bool
) -> Iterator[Step]:
    """The steps that make `command` a service; repeating them does no harm."""
    edit = f"{'sudo ' if scope.system else ''}{' '.join(scope.systemctl)} edit mused"
    if scope.system:
        yield Write(SYSUSERS, packaged("system/mused.sysusers.conf"))
        yield Run(("systemd-sysusers", str(SYSUSERS)), "makes the user mused")
        silent = _SILENT if drop_in == "inbox-only" else ""
        yield Write(CONFIGURATION, _SOCKET + silent, keep=True)
    place = "system" if scope.system else "user"
    yield Write(scope.unit, rendered(f"{place}/{UNIT}", command, edit))
    for name in DROP_INS:
        path = scope.drop_in(name)
        if name == drop_in:
            yield Write(path, packaged(f"drop-ins/{name}.conf"))
        else:
            yield Remove(path)
    yield Run((*scope.systemctl, "daemon-reload"), "tells systemd")
    yield Run((*scope.systemctl, "enable", UNIT), "starts it with the machine or the login")
    if linger:
        user = pwd.getpwuid(os.getuid()).pw_name
        why = "keeps it running when nobody is logged in"
        yield Run(("loginctl", "enable-linger", user), why, needed=False)
    yield Run((*scope.systemctl, "restart", UNIT), "starts it, and waits until it is ready")


def removal(scope: Scope) -> Iterator[Step]:
    """The steps that take the service away and leave its data and a user's own drop-ins."""
    yield Run((*scope.systemctl, "disable", "--now", UNIT), "stops it", needed=False)
    yield Remove(scope.unit)
    for name in DROP_INS:
        yield Remove(scope.drop_in(name))
    if scope.system:
        yield Remove(SYSUSERS)
    yield Run((*scope.systemctl, "daemon-reload"), "tells systemd")
    yield Run((*scope.systemctl, "reset-failed", UNIT), "forgets its failures", needed=False)


def check_systemd() -> None:
    """Raise ServiceError where systemd does not run."""
    if not Path("/run/systemd/system").is_dir():
        raise ServiceError(
            "systemd does not run on this machine: let what starts your services call `mused run`"
        )


def check(scope: Scope) -> None:
    """Raise ServiceError where `scope` has no systemd, or this user has no say in it."""
    check_systemd()
    if scope.system and os.geteuid() != 0:
        raise ServiceError("the system service needs root: use sudo")
    if not scope.system and os.geteuid() == 0:
        raise ServiceError(
            "root has no sound server: call this as the user who has one, without sudo, or take "
            "the system service with --system"
        )
    if not scope.system and answer(("systemctl", "--user", "show-environment")) is None:
        raise ServiceError(
            "this user has no systemd of its own at the moment: log in as the user (su and sudo "
            "make no session; `machinectl shell USER@` and ssh do)"
        )


def check_installation(scope: Scope, command: Sequence[str]) -> None:
    """Raise ServiceError where `command` could not work as the service `scope`."""
    other = Scope(not scope.system)
    if other.unit.exists():
        raise ServiceError(
            f"the other service is installed already ({other.unit}), and two would fight for the "
            f"microphone: `mused service uninstall{other.option}` removes it"
        )
    if not scope.system:
        return
    program = Path(command[0])
    places = [program, program.resolve(), Path(sys.prefix), Path(sys.base_prefix)]
    places += [Path(str(files("mused"))), *(Path(each) for each in command if each[0] == "/")]
    for place in places:
        if any(place.is_relative_to(folder) for folder in HIDDEN):
            raise ServiceError(
                f"{place} lies where the system service cannot look (ProtectHome=): install mused "
                "into /opt/mused with the system's Python, as systemd/README.md says, and call "
                "/opt/mused/bin/mused service install --system"
            )
