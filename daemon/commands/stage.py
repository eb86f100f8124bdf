"""Where the demo takes place: a running daemon with a microphone and a speaker of its own.

A private sound server where PulseAudio can run; otherwise sound goes in through standard input
and comes out as WAV files.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mused.daemon.errors import ControlError, HearingError
from mused.daemon.hearing.source import WavSource
from mused.daemon.service.room import Room
from mused.daemon.web.client import Client

START_TIMEOUT = 30.0  # seconds
LOG_TAIL = 2000  # characters of the daemon's log shown when it does not start
SILENCE = bytes(640)  # 20 ms


@dataclass(frozen=True)
class Stage:
    """A daemon that runs, and what leads to its ear and from its mouth."""

    client: Client
    gallery: Path
    speak: Callable[[Path], None]
    """Says a WAV file to the daemon; returns when it was said."""
    announced: Callable[[], list[Path]]
    """The recordings of what the daemon said, once it has been quiet for a moment."""
    kind: str


@contextmanager
def open_stage(home: Path, out: Path) -> Iterator[Stage]:
    """A stage with its files in `home`, its picture and recordings in `out`.

    Raises HearingError or ControlError when the daemon does not start.
    """
    try:
        room = Room()
    except HearingError as error:
        with _plain_stage(home, out, str(error)) as stage:
            yield stage
        return
    with room, _room_stage(room, home, out) as stage:
        yield stage


@contextmanager
def _room_stage(room: Room, home: Path, out: Path) -> Iterator[Stage]:
    recording = out / "announced.wav"
    recording.unlink(missing_ok=True)
    settings = {"hearing": {}, "speaking": {"sink": "speaker"}}
    with ExitStack() as stack:
        stack.enter_context(room.recording(recording))
        client, _ = stack.enter_context(_daemon(home, out, settings, room.environment))
        yield Stage(client, out, room.speak, lambda: [recording], "a private sound server")


@contextmanager
def _plain_stage(home: Path, out: Path, reason: str) -> Iterator[Stage]:
    folder = out / "announced"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.wav"):
        old.unlink()
    settings = {"hearing": {"source": "stdin"}, "speaking": {"sink": str(folder)}}
    with _daemon(home, out, settings, {}) as (client, pipe):
        with _microphone(pipe) as speak:
            yield Stage(
                client, out, speak, lambda: sorted(folder.glob("*.wav")), f"WAV files ({reason})"
            )
