"""The doctor, on this machine and on machines with something wrong."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Config
from mused.daemon.service import check_machine, check_painter, check_sound, doctor
from mused.daemon.service.check import Check, in_child
from mused.daemon.service.room import Room


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Config]:
    """A configuration with all folders in `tmp_path`, and sections of one's own."""

    def make(**sections: dict[str, Any]) -> Config:
        folders = {"inbox": tmp_path / "inbox", "gallery": tmp_path / "gallery"}
        values: dict[str, Any] = {
            "folders": folders,
            "state": tmp_path / "state",
            "control": {"socket": tmp_path / "mused.sock"},
            **sections,
        }
        return Config.model_validate(values)

    return make


def named(checks: list[Check]) -> dict[str, Check]:
    assert len({each.name for each in checks}) == len(checks)
    assert all(bool(each.next_step) for each in checks if each.level == "failure")
    return {each.name: each for each in checks}


def test_an_inbox_only_machine(config: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "vqgan").write_bytes(b"these are no weights")
    found = named(
        doctor.run_checks(
            config(
                hearing={"enabled": False},
                speaking={"sink": "none"},
                painting={"vqgan": tmp_path / "vqgan"},
            )
        )
    )
    expected = [
        "Python", "packages", "PortAudio", "microphone", "speaker", "voice", "speech model",
        "torch", "vqgan", "clip", "sketch", "skills", "inbox", "gallery", "state", "control socket",
        "inotify", "service", "daemon",
    ]  # fmt: skip
    assert list(found) == expected
    failures = {name for name, check in found.items() if check.level == "failure"}
    assert failures == {"vqgan"}
    assert str(tmp_path / "vqgan") in found["vqgan"].found
    assert "not running" in found["daemon"].found
    assert json.loads(json.dumps([asdict(each) for each in found.values()]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vqgan"]


def test_sound_in_a_room(
    room: Room, config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    found = named(check_sound.sound_devices(config()))
    assert {check.level for check in found.values()} == {"ok"}
    assert "pulse" in found["microphone"].found
    found = named(check_sound.sound_devices(config(hearing={"device": "Blue Yeti"})))
    assert found["microphone"].level == "failure"
    assert "none is called 'Blue Yeti'" in found["microphone"].found
    assert "pulse" in found["microphone"].next_step
    assert found["speaker"].level == "ok"


def test_a_machine_without_sound(
    room: Room, config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in room.environment.items():
        monkeypatch.setenv(name, value)
    room.stop()
    found = named(check_sound.sound_devices(config()))
    assert {found[name].level for name in ("microphone", "speaker")} == {"failure"}
    assert "[hearing] enabled = false" in found["microphone"].next_step
    quiet = config(hearing={"source": "stdin"}, speaking={"sink": tmp_path})
    assert {each.level for each in check_sound.sound_devices(quiet)} == {"ok"}


def test_an_unusable_portaudio(
    config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "alsa.conf").write_text("# nothing is defined\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "alsa.conf"))
    (check,) = check_sound.sound_devices(config())
    assert (check.name, check.level) == ("PortAudio", "failure")
    (check,) = check_sound.sound_devices(
        config(hearing={"enabled": False}, speaking={"enabled": False})
    )
    assert check.level == "ok"


def test_a_phrase_is_rendered(config: Callable[..., Config]) -> None:
    (check,) = check_sound.voice(config())
    assert check.level == "ok"
    assert check.found.startswith("rendered ")


def test_the_bundled_speech_model(config: Callable[..., Config]) -> None:
    found = named(check_sound.speech_model(config(hearing={"source": "stdin"})))
    assert found["speech model"].level == "ok"
    assert found["vocabulary"].level == "ok"
    strange = config(hearing={"wake_phrases": ("hey zyzzyva",)})
    found = named(check_sound.speech_model(strange))
    assert found["speech model"].level == "warning"
    assert "synthetic voices only" in found["speech model"].found
    assert found["vocabulary"].level == "failure"
    assert "zyzzyva" in found["vocabulary"].found


def test_no_speech_model(config: Callable[..., Config], tmp_path: Path) -> None:
    (check,) = check_sound.speech_model(config(hearing={"model": tmp_path / "nowhere"}))
    assert check.level == "failure"
    assert check.found.startswith(f"there is no Vosk model at {tmp_path / 'nowhere'}")


def test_no_torch(config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (check,) = check_painter.painter(config())
    assert (check.level, check.next_step) == ("failure", "run `make setup`")


def test_a_missing_package(config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch) -> None:
    needed = ["click>=8.1", "no-such_package>=3; python_version > '3'", "torch; extra == 'art'"]
    monkeypatch.setattr(metadata, "requires", lambda name: needed)
    found = named(check_machine.packages(config()))
    assert found["packages"].level == "failure"
    assert found["packages"].next_step == "pip install no-such_package"


def test_a_file_where_a_folder_belongs(config: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "gallery").touch()
    (tmp_path / "state").mkdir()
    found = named(check_machine.folders(config()))
    assert found["gallery"].found == f"{tmp_path / 'gallery'} is a file"
    assert found["inbox"].found.endswith("will be made")
    assert found["state"].found.endswith("GB free")


def test_a_folder_that_may_not_be_written(
    config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.getuid() == 0:
        readable = Path("/sys")  # read-only even for root
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != readable)
    else:
        readable = Path("/usr")
    folders = {"inbox": readable / "inbox", "gallery": readable / "gallery"}
    found = named(check_machine.folders(config(folders=folders)))
    assert found["inbox"].found == f"{readable} is not writable"


@pytest.mark.parametrize(
    ("free", "level"), [(50_000_000, "failure"), (500_000_000, "warning"), (10**10, "ok")]
)
def test_a_full_disk(
    config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    found = named(check_machine.folders(config()))
    assert found["gallery"].level == level
    assert found["control socket"].level == "ok"


EXHAUSTED = """
import os, resource
from mused.daemon.config import Config
from mused.daemon.service import check_machine
config = Config()
taken = [os.open("/", os.O_RDONLY) for _ in range(5)]
resource.setrlimit(resource.RLIMIT_NOFILE, (taken[-1] + 1, taken[-1] + 1))
(check,) = check_machine.inotify(config)
print(check.level, check.found)
"""


def test_no_further_inotify_instance() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EXHAUSTED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "failure no further instance: Too many open files\n"


def test_a_skill_that_fails_is_shown(config: Callable[..., Config]) -> None:
    found = named(check_machine.skills(config(skills={"clok": {}, "help": {"enabled": False}})))
    assert found["skill clok"].level == "warning"
    assert "did you mean 'clock'?" in found["skill clok"].found
    assert found["skills"].found == "clock, generate, progress, stop"


def test_a_check_that_crashes_is_a_finding(
    config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad_check(config: Config) -> list[Check]:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(doctor, "CHECKS", (bad_check, check_machine.inotify))
    first, second = doctor.run_checks(config())
    assert (first.name, first.level) == ("bad check", "failure")
    assert "ZeroDivisionError: oops" in first.found
    assert second.name == "inotify"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import os; os.abort()", "killed by signal 6"),
        ("raise ValueError('too bad')", "ValueError: too bad"),
        ("pass", "no reason given"),
        ("import time; time.sleep(60)", "no answer within 1 s"),
    ],
)
def test_a_child_that_fails(script: str, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        in_child(script, timeout=1)


def test_a_child_that_prints_before_it_answers() -> None:
    script = "import sys; print('ALSA lib noise'); print(sys.argv[1])"
    assert in_child(script, {"a": [1, None]}, timeout=20) == {"a": [1, None]}


def test_a_stale_socket_is_not_a_daemon(config: Callable[..., Config], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "mused.sock"))
    (check,) = check_machine.daemon(config())
    assert "not running" in check.found
