"""Where the demo takes place: a running daemon with a microphone and a speaker of its own.

A private sound server where PulseAudio can run; otherwise sound goes in through standard input
and comes out as WAV files.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mused.daemon.errors import ControlError, HearingError
from mused.daemon.hearing.audio import FRAME_BYTES, FRAME_SECONDS
from mused.daemon.hearing.source import WavSource
from mused.daemon.service.room import Room
from mused.daemon.web.client import Client

MORTAL = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
"""The daemon ends with the demo also where that is killed."""
START_TIMEOUT = 30.0  # seconds
STOP_TIMEOUT = 10.0
LOG_TAIL = 2000  # characters of the daemon's log shown when it does not start


@dataclass(frozen=True)
class Stage:
    """A running daemon, and what leads to its ear and from its mouth."""

    client: Client
    speak: Callable[[Path], None]
    """Says a WAV file to the daemon; returns when it was said."""
    recordings: Callable[[], list[Path]]
    """What the daemon said so far, as WAV files."""
    sound: str
    """How sound travels here, in words."""


@contextmanager
def open_stage(home: Path, out: Path) -> Iterator[Stage]:
    """A stage with its state in `home`, its picture and recordings in `out`.

    Raises ControlError when the daemon does not start.
    """
    with ExitStack() as stack:
        try:
            room = stack.enter_context(Room())
        except HearingError as error:
            yield stack.enter_context(_with_files(home, out, str(error)))
        else:
            yield stack.enter_context(_in_room(room, home, out))


@contextmanager
def _in_room(room: Room, home: Path, out: Path) -> Iterator[Stage]:
    heard = out / "announced.wav"
    heard.unlink(missing_ok=True)
    with room.recording(heard), _daemon(home, out, {}, {}, room.environment) as (client, _):
        yield Stage(client, room.speak, lambda: [heard], "a private sound server")


@contextmanager
def _with_files(home: Path, out: Path, reason: str) -> Iterator[Stage]:
    said = out / "announced"
    said.mkdir(exist_ok=True)
    for old in said.glob("*.wav"):
        old.unlink()
    daemon = _daemon(home, out, {"source": "stdin"}, {"sink": str(said)}, {})
    with daemon as (client, process), _pipe_microphone(process) as speak:
        sound = f"pipes and files, because {reason}"
        yield Stage(client, speak, lambda: sorted(said.glob("*.wav")), sound)


@contextmanager
def _daemon(
    home: Path,
    out: Path,
    hearing: Mapping[str, str],
    speaking: Mapping[str, str],
    environment: Mapping[str, str],
) -> Iterator[tuple[Client, subprocess.Popen[bytes]]]:
    """Run ``mused run`` in a process of its own until the context closes."""
    file, log = home / "mused.toml", home / "daemon.log"
    socket = home / "run" / "mused.sock"
    file.write_text(
        _toml("", {"state": str(home / "state")})
        + _toml("hearing", hearing)
        + _toml("speaking", speaking)
        + _toml("folders", {"inbox": str(home / "inbox"), "gallery": str(out)})
        + _toml("control", {"socket": str(socket)}),
        encoding="utf-8",
    )
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*MORTAL, sys.executable, "-P", "-m", "mused", "--config", str(file), "run"],
            stdin=subprocess.PIPE,
            stdout=errors,
            stderr=errors,
            env={**os.environ, **environment},
        )
    try:
        client = Client(socket)
        # A microphone has sound before anybody speaks; a pipe stays empty until we fill it.
        _await_start(client, process, log, "starting" if "source" in hearing else "ok")
        yield client, process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT)
        process.kill()
        process.communicate()


def _toml(section: str, values: Mapping[str, str]) -> str:
    # JSON's strings are TOML's as well.
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([f"[{section}]" if section else "", *lines, ""])


def _await_start(client: Client, process: subprocess.Popen[bytes], log: Path, state: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(ControlError):
            if client.status()["hearing"]["state"] == state:
                return
        time.sleep(0.1)
    tail = log.read_text(errors="replace")[-LOG_TAIL:]
    raise ControlError(f"the daemon does not start:\n{tail}")


@contextmanager
def _pipe_microphone(process: subprocess.Popen[bytes]) -> Iterator[Callable[[Path], None]]:
    """A microphone made of a pipe: silence at the speed of real sound, until something is said."""
    blocks: list[bytes] = []
    said, done = threading.Event(), threading.Event()

    def pump() -> None:
        assert process.stdin is not None
        due = time.monotonic()
        try:
            while not done.is_set():
                process.stdin.write(blocks.pop(0) if blocks else bytes(FRAME_BYTES))
                process.stdin.flush()
                if not blocks:
                    said.set()
                due += FRAME_SECONDS
                time.sleep(max(0.0, due - time.monotonic()))
        except BrokenPipeError:
            said.set()  # the daemon has ended; whoever waits for its events will notice

    def speak(wav: Path) -> None:
        blocks.extend(block for block in WavSource(wav).blocks() if isinstance(block, bytes))
        said.clear()
        said.wait(len(blocks) * FRAME_SECONDS + STOP_TIMEOUT)

    pumping = threading.Thread(target=pump, name="microphone", daemon=True)
    pumping.start()
    try:
        yield speak
    finally:
        done.set()
        pumping.join()
