"""The packaged units, and how they are fitted to where mused is installed."""

import os
import shlex
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

DropIn = Literal["cpu-only", "nvidia", "amd", "inbox-only"]
DROP_INS: tuple[DropIn, ...] = ("cpu-only", "nvidia", "amd", "inbox-only")

_MARK = "# Written by `mused service install`, and again by the next one: "
_NVIDIA = (Path("/proc/driver/nvidia/version"), Path("/dev/nvidiactl"))
_NOT_FIRST = set("\"'\\$")  # systemd refuses or misreads them in the name of a program
_AMD = Path("/dev/kfd")


def packaged(name: str) -> str:
    """The text of a file in systemd/, from wherever mused is installed."""
    return files("mused").joinpath("systemd", *name.split("/")).read_text(encoding="utf-8")


def own_command() -> tuple[str, ...]:
    """How the running mused was called, as an absolute path that a unit can use."""
    script = Path(sys.argv[0]).absolute()
    if script.name == "mused" and os.access(script, os.X_OK):
        return (str(script),)
    return (sys.executable, "-P", "-m", "mused")


def rendered(name: str, command: Sequence[str], edit: str) -> str:
    """The packaged unit `name`, running `command`; `edit` is how a user changes it."""
    lines = packaged(name).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("ExecStart="))
    program, *arguments = command
    if set(program) & _NOT_FIRST:
        program, arguments = "/usr/bin/env", list(command)
    # Only arguments have their variables filled in, so only theirs need a dollar twice.
    words = [_quoted(program), *(_quoted(each.replace("$", "$$")) for each in arguments)]
    lines[start] = f"ExecStart={' '.join(words)} run"
    return "\n".join([f"{_MARK}change it by `{edit}`.", *lines, ""])


def configuration(text: str) -> Path | None:
    """The configuration file in the command of a unit that is `rendered`, if it names one."""
    starts = (line for line in text.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(next(starts, "").removeprefix("ExecStart="))
    if "--config" not in words:
        return None
    file = words[words.index("--config") + 1]
    return Path(file.replace("%%", "%").replace("$$", "$"))


def is_ours(text: str) -> bool:
    """Whether an installed file was written by us."""
    return text.startswith(_MARK)


def fitting_drop_in() -> DropIn:
    """The one for the GPU that is here."""
    if any(each.exists() for each in _NVIDIA):
        return "nvidia"
    return "amd" if _AMD.exists() else "cpu-only"


def _quoted(argument: str) -> str:
    """One argument of a command line in a unit (systemd.service(5), "COMMAND LINES")."""
    argument = argument.replace("%", "%%")
    if argument and not set(argument) & set(" \t\"'\\$;"):
        return argument
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
