"""The daemon that is killed: its folders, its lives, and every process that belongs to it."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from mused.daemon.errors import ControlError
from mused.daemon.events import Event
from mused.daemon.web.client import Client

MARK = "MUSED_CHAOS"
"""An environment variable that children inherit: it finds them even when they are orphans."""
GRACE = 2.0  # seconds a child may outlive its daemon
PATIENCE = 60.0  # seconds until a daemon that does not answer is given up
KINDS = {b"mused.art.worker": "worker", b"mused.daemon.speaking.render": "synthesizer"}
CONFIG: Mapping[str, Mapping[str, object]] = {
    "hearing": {"enabled": False},
    # Workers are killed far more often here than any job should survive in earnest.
    "painting": {"width": 64, "height": 64, "steps": 12, "attempts": 10},
}


@dataclass
class Life:
    """One process of the daemon, from its start to its end."""

    number: int
    process: "subprocess.Popen[bytes]"
    begun: float
    listener: Thread


class House:
    """Starts the daemon, kills it or its children, and looks for what it left running."""

    def __init__(self, home: Path, on_event: Callable[[Event], None]) -> None:
        self.home = home
        self.inbox, self.gallery, self.said = home / "inbox", home / "gallery", home / "said"
        self.state, self.temporary = home / "state", home / "tmp"
        self.client = Client(home / "run" / "mused.sock")
        self.restarts: list[float] = []
        """Seconds from a start to the first answer."""
        self.orphans: list[str] = []
        self.lives = 0
        self.life: Life | None = None
        self._on_event = on_event
        self._mark = secrets.token_hex(8)
        self._dead: list[tuple[int, float]] = []
        for folder in (self.inbox / "done", self.gallery, self.said, self.temporary):
            folder.mkdir(parents=True)
        (self.state / "work").mkdir(parents=True)
        self._write_config()

    def _write_config(self) -> None:
        sections: dict[str, Mapping[str, object]] = {
            **CONFIG,
            "speaking": {"sink": str(self.said)},
            "folders": {"inbox": str(self.inbox), "gallery": str(self.gallery)},
            "control": {"socket": str(self.home / "run" / "mused.sock")},
        }
        lines = [f"state = {json.dumps(str(self.state))}"]
        for section, values in sections.items():
            lines += [f"[{section}]", *(f"{k} = {json.dumps(v)}" for k, v in values.items())]
        (self.home / "mused.toml").write_text("\n".join(lines))

    def start(self) -> None:
        """Begin a life; returns at once."""
        assert self.life is None
        self.lives += 1
        with (self.home / "daemon.log").open("ab") as log:
            log.write(f"--- life {self.lives}\n".encode())
            log.flush()
            process = subprocess.Popen(
                [sys.executable, "-m", "mused", "-c", str(self.home / "mused.toml"), "run", "-v"],
                stdin=subprocess.DEVNULL,
                stderr=log,
                env={
                    **os.environ,
                    MARK: f"{self._mark}-{self.lives}",
                    "TMPDIR": str(self.temporary),
                },
            )
        listener = Thread(target=self._listen, args=(process,), daemon=True)
        self.life = Life(self.lives, process, time.monotonic(), listener)
        listener.start()

    def await_answer(self) -> None:
        """Until the daemon answers. Raises RuntimeError when it ended by itself or never does."""
        assert self.life is not None
        while True:
            with suppress(ControlError):
                self.client.status()
                self.restarts.append(time.monotonic() - self.life.begun)
                return
            code = self.life.process.poll()
            if code is not None:
                raise RuntimeError(f"the daemon ended by itself with {code}: see daemon.log")
            if time.monotonic() - self.life.begun > PATIENCE:
                raise RuntimeError(f"the daemon does not answer within {PATIENCE:g} s")
            time.sleep(0.01)

    def kill(self, target: str) -> bool:
        """Send SIGKILL to ``daemon``, ``worker``, ``synthesizer`` or ``both``; False if absent.

        ``stop`` sends SIGTERM to the daemon, and raises RuntimeError where it ends otherwise than
        it should;
        ``both`` is the worker and then, at once, its daemon.
        """
        if target == "stop":
            if (code := self.stop()) != 0:
                raise RuntimeError(f"the daemon ended with {code} when asked to: see daemon.log")
            return True
        if target != "daemon" and not self._kill_children("worker" if target == "both" else target):
            return False
        if target in ("daemon", "both"):
            self._end(signal.SIGKILL)
        return True

    def stop(self) -> int:
        """Ask the daemon to end and return its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self.life is not None
        life, self.life = self.life, None
        if (code := life.process.poll()) is not None:
            raise RuntimeError(f"the daemon ended by itself with {code}: see daemon.log")
        life.process.send_signal(number)
        code = life.process.wait(30)
        self._dead.append((life.number, time.monotonic() + GRACE))
        life.listener.join(10)
        return code

    def _kill_children(self, kind: str) -> int:
        assert self.life is not None
        killed = 0
        for pid, life in self._family().items():
            if life == self.life.number and pid != self.life.process.pid and _kind(pid) == kind:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        return killed

    def look_for_orphans(self) -> None:
        """Note, and end, processes whose daemon has been dead for longer than GRACE."""
        due = {number for number, when in self._dead if when <= time.monotonic()}
        if not due:
            return
        self._dead = [each for each in self._dead if each[0] not in due]
        for pid, life in self._family().items():
            if life in due:
                self.orphans.append(f"{_kind(pid)} {pid} of life {life}")
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def clean_up(self) -> None:
        """End everything that still runs, in whatever state it is."""
        for pid in self._family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.life is not None:
            self.life.process.wait()
            self.life = None

    def _family(self) -> dict[int, int]:
        """Every living process of this house, with the number of its life."""
        found = {}
        mark = f"{MARK}={self._mark}-".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                environment = (folder / "environ").read_bytes()
                if mark in environment:
                    number = environment.partition(mark)[2].partition(b"\0")[0]
                    found[int(folder.name)] = int(number)
        return found

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        """Hand on the events of one life, from its first moment to its last."""
        while process.poll() is None:
            with suppress(ControlError):
                for event in self.client.events():
                    self._on_event(event)
            time.sleep(0.01)


def _kind(pid: int) -> str:
    with suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return next((KINDS[word] for word in command if word in KINDS), "process")
    return "process"
