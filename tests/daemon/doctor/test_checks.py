"""The doctor as a whole, on this machine and with something wrong."""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mused.daemon.commands import main
from mused.daemon.config import Config
from mused.daemon.doctor import checks, packages, painter, speech
from mused.daemon.doctor.check import Check, ChildError, in_child

Make = Callable[..., Config]
Named = Callable[[list[Check]], dict[str, Check]]

INBOX_ONLY = """
state = "{home}/state"
hearing = {{ enabled = false }}
speaking = {{ sink = "none" }}
painting = {{ vqgan = "{home}/vqgan", width = 64, height = 64 }}
folders = {{ inbox = "{home}/inbox", gallery = "{home}/gallery" }}
control = {{ socket = "{home}/mused.sock" }}
"""


def examine(file: Path, *options: str) -> tuple[int, dict[str, dict[str, str]]]:
    arguments = ["--config", str(file), "doctor", "--json", *options]
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, {each["name"]: each for each in json.loads(done.stdout)}


def test_an_inbox_only_machine_with_broken_weights(tmp_path: Path) -> None:
    (tmp_path / "vqgan").write_bytes(b"these are no weights")
    file = tmp_path / "mused.toml"
    file.write_text(INBOX_ONLY.format(home=tmp_path))
    began = time.monotonic()
    code, found = examine(file)
    assert time.monotonic() - began < 60  # 8 s on an idle machine of two cores
    assert list(found) == [
        "configuration", "Python", "packages", "text", "clock", "open files", "PortAudio",
        "microphone", "speaker", "voice", "speech model", "torch", "vqgan", "clip", "sketch",
        "skills", "inbox", "gallery", "state", "control socket", "inotify", "database jobs",
        "database gallery", "service", "daemon",
    ]  # fmt: skip
    assert code == 1
    assert {name for name, each in found.items() if each["level"] == "failure"} == {"vqgan"}
    assert str(tmp_path / "vqgan") in found["vqgan"]["found"]
    assert "mused train vqgan" in found["vqgan"]["next_step"]
    assert "not running" in found["daemon"]["found"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mused.toml", "vqgan"]


def test_two_steps_are_painted(config: Make, named: Named) -> None:
    found = named(painter.painter(config(painting={"width": 64, "height": 64})))
    assert {each.level for each in found.values()} == {"ok"}
    assert "64 x 64" in found["painting"].found
    assert "a step" in found["painting"].found
    assert "GB of memory" in found["painting"].found
    assert "sha256 " in found["vqgan"].found


def test_a_broken_configuration_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    file.write_text("[hearing]\nwake_phrase = 'jarvis'\n")
    code, found = examine(file, "--only", "machine")
    assert code == 1
    assert list(found) == ["configuration", "text", "clock", "open files"]
    assert "did you mean 'wake_phrases'?" in found["configuration"]["found"]
    file.write_text("this is no TOML")
    assert str(file) in examine(file, "--only", "machine")[1]["configuration"]["found"]
    file.unlink()
    code, found = examine(file, "--only", "machine")
    assert (code, found["configuration"]["level"]) == (1, "failure")


def test_what_is_skipped_is_not_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    file.write_text(INBOX_ONLY.format(home=tmp_path))
    skipped = [name for name in checks.CHECKS if name not in ("inotify", "machine")]
    options = [word for name in skipped for word in ("--skip", name)]
    code, found = examine(file, *options)
    assert code == 0
    assert list(found) == ["configuration", "text", "clock", "open files", "inotify"]


def test_every_check_is_described_and_a_wrong_name_is_told_the_right_one() -> None:
    assert list(checks.ABOUT) == list(checks.CHECKS)
    help_text = CliRunner().invoke(main, ["doctor", "--help"]).output
    assert all(f"  {name:<13} {about}" in help_text for name, about in checks.ABOUT.items())
    for wrong, right in (
        ("microphone", "sound"),
        ("voise", "voice"),
        ("GPU", "machine or painter"),
    ):
        done = CliRunner().invoke(main, ["doctor", "--only", wrong])
        assert done.exit_code == 2
        assert f"Did you mean {right}?" in done.output
    for nothing in ("x-ray", "or", ""):
        done = CliRunner().invoke(main, ["doctor", "--skip", nothing])
        assert f"no check {nothing!r}. They are: packages, machine, sound," in done.output


def test_no_torch(config: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (check,) = painter.painter(config())
    assert (check.level, check.next_step) == ("failure", "run `make setup`")


def test_a_drafter_that_cannot_draft(config: Make, named: Named, tmp_path: Path) -> None:
    file = tmp_path / "drafter.safetensors"
    file.write_text("{}")
    small = {"width": 16, "height": 16, "devices": ["cpu"]}
    found = named(painter.painter(config(painting={"start": "draft", "drafter": file, **small})))
    assert (found["draft"].level, str(file) in found["draft"].found) == ("failure", True)
    assert "start = 'sketch'" in found["draft"].next_step
    assert "painting" not in found


TOO_LITTLE = """
import resource, sys
sys.modules["skia"] = None
import torch._dynamo  # the optimiser's first step does: half imported it would stay broken
from mused.art import trial
(line,) = [each for each in open("/proc/self/status") if each.startswith("VmSize")]
room = (int(line.split()[1]) << 10) + (150 << 20)
resource.setrlimit(resource.RLIMIT_AS, (room, room))
trial.main()
"""


def test_a_picture_too_large_for_the_memory(
    config: Make, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing skia, which this start does not need, must not hide it."""
    monkeypatch.setattr(painter, "_SCRIPT", TOO_LITTLE)
    painting = {"start": "noise", "width": 2048, "height": 2048, "devices": ["cpu"]}
    found = named(painter.painter(config(painting=painting)))
    assert found["sketch"].level == "ok"
    assert found["painting"].level == "failure"
    assert "memory" in found["painting"].found
    assert "smaller" in found["painting"].next_step


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="there is a GPU")
def test_a_device_that_is_not_there(config: Make, named: Named) -> None:
    found = named(painter.painter(config(painting={"devices": ["0"]})))
    assert "torch sees no GPU" in found["painting"].found
    assert "devices = ['cpu']" in found["painting"].next_step


@pytest.mark.parametrize(
    ("script", "words", "step"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9", "dmesg"),
        ("import time; time.sleep(60)", "no answer within 1 s", "disk of the weights"),
        ("raise ImportError('no libtorch')", "no libtorch", "make setup"),
    ],
)
def test_a_trial_without_an_answer(
    config: Make, monkeypatch: pytest.MonkeyPatch, script: str, words: str, step: str
) -> None:
    monkeypatch.setattr(painter, "_SCRIPT", script)
    monkeypatch.setattr(painter, "PATIENCE", 1.0 if "sleep" in script else 60.0)
    (check,) = painter.painter(config())
    assert (check.level, words in check.found) == ("failure", True)
    assert step in check.next_step


def test_nothing_is_tried_beside_a_daemon_that_paints(
    household: Callable[..., Any], config: Make, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = household(painting={"steps": 5000})
    home.start()
    monkeypatch.setattr(painter, "_SCRIPT", "print('{}')")  # it would be a KeyError to try
    beside = config(control={"socket": home.home / "run" / "mused.sock"})
    home.client.submit("a red boat")
    home.event("job.progress")
    (check,) = painter.painter(beside)
    assert (check.level, "paints just now" in check.found) == ("ok", True)
    home.client.cancel(1)
    home.event("job.cancelled")
    with pytest.raises(KeyError):
        painter.painter(beside)


def test_a_missing_package(named: Named, config: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = ["click>=8.1", "no-such_package>=3; python_version > '3'", "torch; extra == 'art'"]
    monkeypatch.setattr(metadata, "requires", lambda name: needed)
    found = named(packages.packages(config()))
    assert found["packages"].level == "failure"
    assert found["packages"].next_step == "pip install no-such_package"


STRANGERS = """
import json
from dataclasses import asdict
from mused.daemon.config import Config
from mused.daemon.doctor.packages import packages
print(json.dumps([asdict(each) for each in packages(Config())]))
"""


def test_packages_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "clip.py").write_text("def copy(text): ...")  # as PyPI's clip 0.2 has it
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd" / "__init__.py").touch()
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(
        [sys.executable, "-c", STRANGERS], env=environment, capture_output=True, check=True
    )
    found = {each["name"]: each for each in json.loads(done.stdout)}
    assert found["package clip"]["level"] == "failure"
    assert "clip-anytorch" in found["package clip"]["next_step"]
    assert found["package systemd"]["level"] == "warning"
    assert not {"package clip", "package systemd"} & {
        each.name for each in packages.packages(Config())
    }


def test_the_speech_model(config: Make, named: Named, tmp_path: Path) -> None:
    found = named(speech.speech_model(config()))
    assert (found["speech model"].level, found["vocabulary"].level) == ("warning", "ok")
    assert "synthetic voices only" in found["speech model"].found
    hearing: dict[str, Any] = {"wake_phrases": ["computer", "hey xyzzy"]}
    found = named(speech.speech_model(config(hearing=hearing)))
    assert found["vocabulary"].found.startswith("the model does not know xyzzy of the wake")
    found = named(speech.speech_model(config(hearing={"stop_phrases": ["basta xyzzy"]})))
    assert "of the stop phrase" in found["vocabulary"].found
    assert "stop_phrases" in found["vocabulary"].next_step
    found = named(speech.speech_model(config(hearing={"stop_phrases": ["stopp"]})))
    assert "(it knows stop or " in found["vocabulary"].next_step
    found = named(speech.speech_model(config(hearing={"model": tmp_path / "nowhere"})))
    assert found["speech model"].level == "failure"
    assert found["speech model"].found.startswith(f"there is no Vosk model at {tmp_path}")


def test_a_speech_model_without_a_word_for_unknown_speech(
    config: Make, named: Named, spelled: Callable[..., Path]
) -> None:
    hearing = {"model": spelled({"[unk]": "silence"})}
    found = named(speech.speech_model(config(hearing=hearing)))
    assert found["vocabulary"].level == "warning"
    assert "any speech may be taken for the wake phrase" in found["vocabulary"].found


def test_models_are_proposed(
    config: Make, named: Named, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    found = named(speech.speech_model(config()))
    assert "mused models pull vosk-small-en-us" in found["speech model"].next_step
    found = named(speech.speech_model(config(hearing={"model": "vosk-small-en-us"})))
    assert "vosk-small-en-us is not installed: mused models pull" in found["speech model"].found
    (check,) = painter.painter(config(painting={"clip": "clip-vit-b32"}))
    assert check.found == "the model clip-vit-b32 is not installed"
    assert check.next_step == "mused models pull clip-vit-b32"


def test_a_skill_that_fails_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "mused.toml"
    file.write_text("[skills.clok]\n[skills.help]\nenabled = false\n")
    _, found = examine(file, "--only", "skills")
    assert found["skill clok"]["level"] == "warning"
    assert "did you mean 'clock'?" in found["skill clok"]["found"]
    assert found["skills"]["found"] == "clock, generate, mute, progress, stop"


def test_a_check_that_crashes_is_a_finding(config: Make) -> None:
    def bad(config: Config) -> list[Check]:
        raise ZeroDivisionError("oops")

    told: list[tuple[str, ...]] = []
    some = {"bad": bad, "inotify": checks.CHECKS["inotify"]}
    first, second = checks.run_checks(config(), some, lambda busy: told.append(tuple(busy)))
    assert (first.name, first.level) == ("bad", "failure")
    assert "ZeroDivisionError: oops" in first.found
    assert second.name == "inotify"
    assert (told[0], told[-1]) == (("bad", "inotify"), ())


def test_a_check_that_is_stuck_on_a_dead_mount_is_a_finding(config: Make, dead_mount: Path) -> None:
    stuck = {name: checks.CHECKS[name] for name in ("folders", "state", "inotify")}
    settings = config(folders={"gallery": dead_mount / "gallery"})
    begun = time.monotonic()
    found = {each.name: each for each in checks.run_checks(settings, stuck, limit=lambda _: 3.0)}
    assert time.monotonic() - begun < 15
    assert found["folders"].found == "no answer within 3 s: is it a dead mount?"
    assert found["state"].level == found["folders"].level == "failure"
    assert found["inotify"].level == "ok"


@pytest.mark.parametrize(
    ("script", "words", "seconds"),
    [
        ("import os; os.abort()", "killed by signal 6$", 60),
        ("import os; os.kill(os.getpid(), 9)", "killed by signal 9, as where memory", 60),
        ("print('no JSON')", "it answered 'no JSON'", 60),
        ("raise ValueError('too bad')", "ValueError: too bad", 60),
        ("pass", "no reason given", 60),
        ("import time; time.sleep(60)", "no answer within 1 s", 1),
    ],
)
def test_a_child_that_fails(script: str, words: str, seconds: float) -> None:
    with pytest.raises(ChildError, match=words):
        in_child(script, timeout=seconds)


def test_a_child_that_prints_before_it_answers() -> None:
    script = "import sys; print('ALSA lib noise'); print(sys.argv[1])"
    assert in_child(script, {"a": [1, None]}, timeout=20) == {"a": [1, None]}
