"""A household: a real daemon in a process of its own, with folders of its own."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from mused.daemon.errors import ControlError
from mused.daemon.events import Event
from mused.daemon.hearing.model import BUNDLED
from mused.daemon.web.client import Client

# A run of tests that is killed leaves no daemon behind; one under nohup ignores no SIGHUP.
MORTAL = ("env", "--default-signal=HUP", "setpriv", "--pdeathsig", "KILL")
QUICK = {"width": 64, "height": 64, "steps": 12}


@dataclass
class Household:
    """Starts, kills and questions the daemon; one at a time."""

    home: Path
    sections: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    """A command that starts the daemon in surroundings of its own, as ``env -u HOME`` does."""
    process: subprocess.Popen[bytes] | None = None
    events: Queue[Event] = field(default_factory=Queue)

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def gallery(self) -> Path:
        return self.home / "gallery"

    @property
    def log(self) -> str:
        return (self.home / "daemon.log").read_text(errors="replace")

    @property
    def client(self) -> Client:
        return Client(self.home / "run" / "mused.sock")

    def start(self, hearing: Collection[str] = ("ok", "off")) -> None:
        """Start, and wait until it answers and its hearing is in one of these states."""
        file = self.home / "mused.toml"
        lines = [f"state = {json.dumps(str(self.home / 'state'))}"]
        for section, values in self.sections.items():
            lines += [f"[{section}]", *(f"{k} = {json.dumps(v)}" for k, v in values.items())]
        file.write_text("\n".join(lines))
        with (self.home / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *MORTAL,
                    *self.prefix,
                    sys.executable,
                    "-m",
                    "mused",
                    "--config",
                    str(file),
                    "run",
                ],
                stdin=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,  # as a service: with no terminal
            )
        self.wait_for(lambda: self._answers(hearing), 20)
        stream = self.client.events()
        events = self.events = Queue()  # those of an earlier life are gone

        def pump() -> None:
            with suppress(ControlError):
                for event in stream:
                    events.put(event)

        Thread(target=pump, daemon=True).start()

    def _answers(self, hearing: Collection[str]) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        with suppress(ControlError):
            state = self.client.status()["hearing"]["state"]
            return state in hearing
        return False

    def wait_for(self, condition: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def event(self, kind: str, seconds: float = 60) -> Event:
        """The next event of a kind; all before it are dropped."""
        deadline = time.monotonic() + seconds
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if event.kind == kind:
                return event

    def child(self, module: str) -> int | None:
        """The daemon's child that runs `module`, if there is one."""
        assert self.process is not None
        for each in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
                is_ours = int(parent) == self.process.pid
                if is_ours and module.encode() in (each / "cmdline").read_bytes():
                    return int(each.name)
        return None

    def worker(self) -> int | None:
        """The process that paints, if there is one."""
        return self.child("mused.art.worker")

    @contextmanager
    def held_in_mid_painting(self) -> Iterator[None]:
        """From a job's first progress on its painter stands still while the context is open.

        So that a quick machine is not done before what is tested has happened.
        """
        self.event("job.progress")
        worker = self.worker()
        assert worker is not None
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@pytest.fixture
def household(tmp_path: Path) -> Iterator[Callable[..., Household]]:
    """Makes one household; its daemon is stopped at the end."""
    made: list[Household] = []

    def make(
        hearing: Mapping[str, Any] | None = None,
        painting: Mapping[str, Any] | None = None,
        speaking: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        home: Path = tmp_path,
        prefix: Sequence[str] = (),
    ) -> Household:
        sections = {
            "hearing": hearing or {"enabled": False},
            "painting": {**QUICK, **(painting or {})},
            "speaking": speaking or {"sink": str(home / "said")},
            "folders": {"inbox": str(home / "inbox"), "gallery": str(home / "gallery")},
            "control": {"socket": str(home / "run" / "mused.sock")},
        }
        made.append(Household(home, sections, environment or {}, prefix))
        return made[-1]

    yield make
    for each in made:
        if each.process is not None and each.process.poll() is None:
            each.process.kill()
            each.process.wait()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts small real disks (tmpfs); they are gone at the end."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a disk")
    mounted: list[Path] = []

    def mount(size: str, *options: str, name: str = "disk") -> Path:
        place = tmp_path / name
        place.mkdir()
        wanted = ",".join([f"size={size}", *options])
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", wanted, "tmpfs", str(place)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@dataclass
class DeadMount:
    """A file system whose server never answers (FUSE, whose device nobody reads)."""

    folder: Path
    device: int | None = None

    def mount(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0".encode()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"dead", os.fsencode(self.folder), b"fuse", 0, options):
            reason = os.strerror(ctypes.get_errno())
            self.lose()
            pytest.skip(f"no dead file system can be mounted here: {reason}")

    def lose(self) -> None:
        """Whoever hangs in it gets an error, and the folder below is there again."""
        if self.device is not None:
            os.close(self.device)
            self.device = None
            subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


@pytest.fixture
def dead_mount(tmp_path: Path) -> Iterator[DeadMount]:
    """Not yet mounted; nothing of it is left at the end."""
    if os.getuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("only root can mount a file system, and FUSE is needed")
    dead = DeadMount(tmp_path / "dead")
    yield dead
    dead.lose()


@pytest.fixture
def spelled(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Copies the bundled model with some words spelled otherwise: they sound as before."""

    def copy(spelling: Mapping[str, str]) -> Path:
        folder = Path(shutil.copytree(BUNDLED, tmp_path / "model"))
        words = folder / "graph" / "words.txt"
        lines = [line.split() for line in words.read_text().splitlines()]
        assert spelling.keys() <= {word for word, _ in lines}
        words.write_text("".join(f"{spelling.get(word, word)} {at}\n" for word, at in lines))
        return folder

    return copy
