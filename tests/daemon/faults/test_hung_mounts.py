"""Folders in a mount whose server is gone: the voice goes on, and a stop is a stop."""

import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.errors import ControlError

Start = Callable[..., Any]
IN_TIME = 5.0  # seconds
# The daemon, whose command follows, with seconds instead of a minute until a silence is told.
IMPATIENT = """
import sys
from mused.daemon import health
from mused.daemon.commands import main
health.PATIENCE = 3.0
sys.argv[1:] = sys.argv[4:]
main()
"""


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """What systemd hears, and the environment it gives a service that it watches."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(address))
        heard.settimeout(20)
        yield heard, {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "1500000"}


def hear(heard: socket.socket, wanted: str) -> None:
    while wanted not in heard.recv(4096).decode():
        pass


def seconds_to_stop(home: Any) -> float:
    begun = time.monotonic()
    home.process.send_signal(signal.SIGTERM)
    assert home.process.wait(20) == 0, home.log
    return time.monotonic() - begun


@pytest.mark.parametrize("folder", ["inbox", "gallery"])
def test_a_dead_folder_is_told_and_takes_nothing_else_down(
    folder: str, household: Start, dead_mount: Any, systemd: tuple[socket.socket, dict[str, str]]
) -> None:
    heard, environment = systemd
    home = household(environment=environment, prefix=(sys.executable, "-c", IMPATIENT))
    home.sections["folders"][folder] = str(dead_mount.folder)
    dead_mount.mount()
    home.start()
    hear(heard, "READY=1")
    hear(heard, f"STATUS=no sign of life from: {folder}")
    hear(heard, "WATCHDOG=1")
    assert f"no sign of life from: {folder}\n" in home.log  # and of no restart
    assert home.client.ask("what time is it").understood
    home.wait_for((home.home / "said" / "001.wav").exists)
    dead_mount.lose()
    hear(heard, "STATUS=not listening")
    assert seconds_to_stop(home) < IN_TIME


def test_stopping_while_a_folder_hangs(household: Start, dead_mount: Any) -> None:
    home = household()
    home.sections["folders"]["inbox"] = str(dead_mount.folder)
    dead_mount.mount()
    home.start()
    assert seconds_to_stop(home) < IN_TIME
    assert "Traceback" not in home.log


def test_stopping_with_a_loop_that_hangs_where_no_signal_reaches_it(
    household: Start, dead_mount: Any
) -> None:
    home = household()
    home.start()
    file = home.home / "mused.toml"
    dead_mount.mount()
    file.rename(home.home / "kept.toml")
    file.symlink_to(dead_mount.folder / "mused.toml")
    home.process.send_signal(signal.SIGHUP)  # it is read in the loop
    state = Path(f"/proc/{home.process.pid}/stat")
    home.wait_for(lambda: state.read_text().rpartition(")")[2].split()[0] == "D", 10)
    assert seconds_to_stop(home) < IN_TIME


def is_loading(home: Any) -> bool:
    """Whether the parts of after the reload answer: before it hearing was switched off."""
    with suppress(ControlError):  # in between nobody listens at the socket
        return "switched off" not in home.client.status()["hearing"]["reason"]
    return False


@pytest.mark.parametrize("reload", [False, True])
def test_stopping_while_the_speech_model_still_loads(
    reload: bool, household: Start, dead_mount: Any
) -> None:
    home = household({"enabled": reload is False, "source": "stdin"}, {"steps": 5000})
    home.sections["hearing"]["model"] = str(dead_mount.folder)
    dead_mount.mount()
    home.start(("starting", "off"))
    if reload:
        file = home.home / "mused.toml"
        file.write_text(file.read_text().replace("enabled = false", "enabled = true"))
        home.process.send_signal(signal.SIGHUP)
        home.wait_for(lambda: is_loading(home))
    home.client.submit("a red boat")
    home.wait_for(lambda: home.client.job(1)["status"] == "running")
    assert seconds_to_stop(home) < IN_TIME
    assert "main: stopping" in home.log
    dead_mount.lose()
    home.start()
    job = home.client.job(1)
    assert "the daemon stopped" in [each["reason"] for each in job["history"]]
    assert "interrupted" not in home.log
