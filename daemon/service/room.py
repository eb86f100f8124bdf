"""A virtual room: a private, headless PulseAudio with one microphone and one speaker.

No sound card, no D-Bus, no root. What is spoken into the room reaches programs that run with its
environment through their default microphone; what they play can be recorded.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from mused.daemon.errors import HearingError

MICROPHONE = "mic"
SPEAKER = "speaker"
SPEAKER_RATE = 22050  # what espeak-ng renders at
_FEED = "mic_feed"
_XDG = ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")  # where the server would leave its own files
_TOOLS = ("pulseaudio", "pactl", "paplay", "parec", "setpriv")
_START_TIMEOUT = 10.0
_END_TIMEOUT = 5.0
_ON_ITS_WAY = 0.3  # seconds of latency between what was played and what is recorded
_WAV_HEADER = 44

# Without norewinds a newly opened stream stutters for seconds and burns a core.
_SCRIPT = """\
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=mic_feed norewinds=1 rate=16000 channels=1 format=s16le
load-module module-null-sink sink_name=speaker norewinds=1 rate=22050 channels=1 format=s16le
load-module module-remap-source {microphone}
set-default-sink speaker
set-default-source mic
"""
_MICROPHONE = "master=mic_feed.monitor source_name=mic rate=16000 channels=1 format=s16le"
# With no other device defined, ALSA programs cannot reach a real sound card by mistake.
_ALSA = """\
pcm.pulse { type pulse }
ctl.pulse { type pulse }
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


class Room:
    """Open it with ``with Room() as room:``. Raises HearingError where PulseAudio is missing."""

    def __init__(self) -> None:
        missing = [tool for tool in _TOOLS if _which(tool) is None]
        if missing:
            raise HearingError(
                f"the virtual room needs {', '.join(missing)}: run `make setup` in a checkout, or "
                "install pulseaudio, pulseaudio-utils, libasound2-plugins and util-linux"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="mused-room-")
        self.folder = Path(self._folder.name)
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead a program into the room."""
        runtime = str(self.folder)
        return {
            "PULSE_SERVER": f"unix:{self.folder / 'native'}",
            "PULSE_RUNTIME_PATH": runtime,
            "PULSE_COOKIE": str(self.folder / "cookie"),
            "ALSA_CONFIG_PATH": str(self.folder / "alsa.conf"),
        }

    def __enter__(self) -> "Room":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        """Start the sound server; returns once it answers. It dies with the calling thread."""
        script = self.folder / "room.pa"
        socket = self.folder / "native"
        (self.folder / "alsa.conf").write_text(_ALSA)
        script.write_text(_SCRIPT.format(socket=socket, microphone=_MICROPHONE))
        switches = "--daemonize=no --exit-idle-time=-1 --use-pid-file=no --disable-shm=yes"
        # A server whose room was killed would stay for ever.
        mortal = ("setpriv", "--pdeathsig", "KILL")
        command = [*mortal, str(_which("pulseaudio")), "-n", "-F", str(script), *switches.split()]
        with (self.folder / "pulseaudio.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*command, "--realtime=no", "--high-priority=no"],
                env={**self._own_environment(), **dict.fromkeys(_XDG, str(self.folder))},
                stdout=log,
                stderr=log,
            )
        self._await_answer(self._server)

    def _await_answer(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline and server.poll() is None:
            if MICROPHONE in self.pactl("list", "short", "sources", check=False):
                return
            time.sleep(0.02)
        log = (self.folder / "pulseaudio.log").read_text(errors="replace")
        self.stop()
        raise HearingError(f"the room's PulseAudio does not start: {log[-500:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the sound server, as a crash of it would."""
        if self._server is not None:
            self._server.send_signal(how)
            _end(self._server)
            self._server = None

    def pactl(self, *arguments: str, check: bool = True) -> str:
        """Tell the sound server, or ask it; returns what it answers, without the last line's end.

        Raises CalledProcessError where it refuses.
        """
        done = subprocess.run(
            ["pactl", *arguments],
            env=self._own_environment(),
            check=check,
            timeout=10,
            capture_output=True,
            text=True,
        )
        return done.stdout.rstrip()

    def speak(self, wav: Path) -> None:
        """Play a WAV file into the microphone; returns when it was played."""
        command = ["paplay", f"--device={_FEED}", str(wav)]
        subprocess.run(command, env=self._own_environment(), check=True, timeout=120)

    @contextmanager
    def speaking(self, wav: Path) -> Iterator[None]:
        """While the context is open a WAV file, which is long enough, goes into the microphone."""
        command = ["paplay", f"--device={_FEED}", str(wav)]
        player = subprocess.Popen(command, env=self._own_environment())
        try:
            deadline = time.monotonic() + _START_TIMEOUT
            while not self.pactl("list", "short", "sink-inputs"):
                if time.monotonic() > deadline:
                    raise HearingError("the room's player does not start")
                time.sleep(0.02)
            time.sleep(_ON_ITS_WAY)
            yield
        finally:
            _end(player)

    @contextmanager
    def recording(self, wav: Path) -> Iterator[None]:
        """Record the speaker into a WAV file (mono, 16 bit) while the context is open."""
        wav.unlink(missing_ok=True)
        command = ["parec", f"--device={SPEAKER}.monitor", "--file-format=wav", "--latency-msec=20"]
        recorder = subprocess.Popen(
            [*command, f"--rate={SPEAKER_RATE}", "--channels=1", "--format=s16le", str(wav)],
            env=self._own_environment(),
        )
        try:
            _await_growth(wav)
            yield
            time.sleep(_ON_ITS_WAY)
        finally:
            _end(recorder)

    def unplug(self) -> None:
        """Take the microphone away while programs listen to it."""
        self.pactl("unload-module", "module-remap-source")

    def replug(self) -> None:
        """Bring the microphone back."""
        self.pactl("load-module", "module-remap-source", *_MICROPHONE.split())
        self.pactl("set-default-source", MICROPHONE)

    def suspend(self) -> None:
        """Make the microphone deliver nothing, without telling anyone."""
        self.pactl("suspend-source", MICROPHONE, "1")

    def resume(self) -> None:
        """Make a suspended microphone deliver again."""
        self.pactl("suspend-source", MICROPHONE, "0")

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Let the sound server hang while the context is open: nobody gets an answer from it."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send_signal(signal.SIGCONT)

    def _own_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def _which(tool: str) -> str | None:
    """Where a program is, be it in our virtual environment, whether or not that is activated."""
    return shutil.which(tool) or shutil.which(tool, path=f"{sys.prefix}/bin")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_END_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_growth(wav: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not wav.exists() or wav.stat().st_size <= _WAV_HEADER:
        if time.monotonic() > deadline:
            raise HearingError("the room's recorder does not start")
        time.sleep(0.02)
