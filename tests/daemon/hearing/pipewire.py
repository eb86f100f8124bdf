"""A virtual room whose sound server is PipeWire, as most desktops have it by now."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from mused.daemon.service.room import MICROPHONE, Room

_TOOLS = ("dbus-run-session", "pipewire", "wireplumber", "pipewire-pulse")
_PLUGIN = Path("/usr/share/alsa/alsa.conf.d/50-pipewire.conf")
_START_TIMEOUT = 20.0
_SERVER = "pipewire & sleep 0.5; wireplumber & sleep 0.5; pipewire-pulse & wait"
_OBJECTS = (
    "module-null-sink sink_name=mic_feed rate=16000 channels=1",
    "module-null-sink sink_name=speaker rate=22050 channels=1",
    "module-remap-source master=mic_feed.monitor source_name=mic rate=16000 channels=1",
)
# No real device: of WirePlumber 0.4, then of 0.5.
_MONITORS = {
    "main.lua.d/60-none.lua": "alsa_monitor.enabled = false\n"
    "v4l2_monitor.enabled = false\nlibcamera_monitor.enabled = false\n",
    "bluetooth.lua.d/60-none.lua": "bluez_monitor.enabled = false\n",
    "wireplumber.conf.d/none.conf": "wireplumber.profiles = { main = { monitor.alsa = disabled, "
    "monitor.bluez = disabled, monitor.v4l2 = disabled, monitor.libcamera = disabled } }\n",
}
_WAYS = {"pulse": "pulse", "pipewire": "pipewire", "default": "pipewire"}


class PipeWireRoom(Room):
    """A room like the others; skips the test where PipeWire is not installed.

    `ways`: the devices that ALSA has, of "pulse", "pipewire" and "default".
    """

    def __init__(self, ways: tuple[str, ...] = tuple(_WAYS)) -> None:
        missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
        if not _PLUGIN.exists():
            missing.append("pipewire-alsa")
        if missing:
            pytest.skip(f"no {', '.join(missing)}")
        super().__init__()
        self._ways = ways

    @property
    def environment(self) -> Mapping[str, str]:
        folder = str(self.folder)
        return {
            **super().environment,
            "XDG_RUNTIME_DIR": folder,
            "XDG_CONFIG_HOME": folder,
            "XDG_STATE_HOME": folder,
        }

    def start(self) -> None:
        alsa = [
            f"{kind}.!{way} {{ type {_WAYS[way]} }}"
            for way in self._ways
            for kind in ("pcm", "ctl")
        ]
        (self.folder / "alsa.conf").write_text("\n".join(alsa))
        for name, words in _MONITORS.items():
            file = self.folder / "wireplumber" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(words)
        with (self.folder / "pipewire.log").open("ab") as log:
            self._server = subprocess.Popen(
                ["dbus-run-session", "sh", "-c", _SERVER],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_TIMEOUT
        while not self.pactl("info", check=False):
            assert time.monotonic() < deadline, (self.folder / "pipewire.log").read_text()
            time.sleep(0.1)
        for each in _OBJECTS:
            self.pactl("load-module", *each.split())
        self.pactl("set-default-sink", "speaker")
        self.pactl("set-default-source", MICROPHONE)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._server is not None:
            os.killpg(self._server.pid, how)
            self._server.wait()
            self._server = None
