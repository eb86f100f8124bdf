"""What a sound server, PulseAudio or PipeWire in its place, has to record from and to play to.

`pactl` tells it. Programs reach the server as one device of ALSA, "pulse" or "pipewire", so that
PortAudio's list lacks what the server itself offers: an echo-cancelled source, a headset. A
stream is led to it by the environment, which libpulse (`man pulseaudio`) and PipeWire's plug-in
for ALSA read when they connect.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["source", "sink"]
"""Something to record from; something to play to."""
WAYS = ("pulse", "pipewire")
"""Devices of ALSA that lead to the server, whichever the default one is."""
PATIENCE = 10.0  # seconds for an answer
_VARIABLES: dict[Kind, str] = {"source": "PULSE_SOURCE", "sink": "PULSE_SINK"}
_PIPEWIRE = "PIPEWIRE_NODE"  # for either
_PROCESS = "application.process.id"
_MONITOR = ".monitor"  # how the name of what a speaker plays ends
_LIBRARIES = ("libpulse", "libpipewire")
_SAMPLES = re.compile(r"(?P<channels>\d+)ch (?P<rate>\d+)Hz")


@dataclass(frozen=True)
class Port:
    """A source or a sink, as the server knows it."""

    kind: Kind
    index: int
    name: str
    description: str
    """What the desktop's sound settings call it."""
    channels: int
    rate: int
    """Samples a second."""

    @property
    def is_monitor(self) -> bool:
        """Whether it is what a speaker plays."""
        return self.name.endswith(_MONITOR)


def ports(kind: Kind) -> list[Port]:
    """All of the server; none where that cannot be known."""
    return [_port(kind, each) for each in _listed(f"{kind}s")]


def named(kind: Kind, part: str) -> Port | None:
    """The first one of whose name or description this is a part, microphones before monitors."""
    found = [
        each
        for each in ports(kind)
        if any(part.lower() in words.lower() for words in (each.name, each.description))
    ]
    return min(found, key=lambda each: each.is_monitor, default=None)


def recorded() -> Port | None:
    """What the youngest stream of this process records; None where that cannot be known."""
    streams = _listed("source-outputs")
    if all(_PROCESS in each["properties"] for each in streams):
        clients = {}
    else:  # a stream of PipeWire's own has a client that tells
        clients = {str(each["index"]): each["properties"] for each in _listed("clients")}
    ours = [
        each["source"]
        for each in streams
        if str(os.getpid()) in _processes(each["properties"], clients.get(str(each["client"]), {}))
    ]
    return next((each for each in ports("source") if ours and each.index == ours[-1]), None)


def chosen(kind: Kind) -> str | None:
    """The name that the environment leads new streams to, if it does."""
    return os.environ.get(_VARIABLES[kind])


@contextmanager
def leading_to(port: Port | None) -> Iterator[None]:
    """Have streams that are opened meanwhile go there; None: where they would go anyway.

    Not by `os.environ`, which children get, the player of a microphone's process as well.
    """
    if port is None:
        yield
        return
    variables = (_VARIABLES[port.kind], _PIPEWIRE)
    for each in variables:
        os.putenv(each, port.name)
    try:
        yield
    finally:
        for each in variables:
            if each in os.environ:
                os.putenv(each, os.environ[each])
            else:
                os.unsetenv(each)


def is_within_reach() -> bool:
    """Whether to ask pactl, which would start a server that nothing else uses."""
    loaded = Path("/proc/self/maps").read_text(errors="replace")
    return any(each in loaded for each in _LIBRARIES) and all(
        map(shutil.which, ("pactl", "setpriv"))
    )


def environment() -> dict[str, str]:
    """That of a pactl whose words and figures we know."""
    return {**os.environ, "LC_ALL": "C"}


def _processes(*properties: dict[str, str]) -> list[str | None]:
    return [each.get(_PROCESS) for each in properties]


def _port(kind: Kind, told: dict[str, Any]) -> Port:
    samples = _SAMPLES.search(told.get("sample_specification") or "")
    channels, rate = map(int, samples.groups()) if samples else (0, 0)
    description = told.get("description") or ""
    return Port(kind, told["index"], told["name"], description, channels, rate)


def _listed(what: str) -> list[dict[str, Any]]:
    try:
        done = subprocess.run(
            ["pactl", "--format=json", "list", what],
            check=True,
            timeout=PATIENCE,
            capture_output=True,
            env=environment(),
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return []  # an old pactl knows no JSON
    return found
