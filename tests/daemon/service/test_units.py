"""The units, judged by systemd's own tools."""

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mused.daemon.service.asked import STOP_WITHIN
from mused.daemon.service.unit import DROP_INS

UNITS = Path(__file__).parents[3] / "systemd"
SYSTEM, USER = UNITS / "system" / "mused.service", UNITS / "user" / "mused.service"

needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (apt install systemd)"
)


def analyze(*arguments: str | Path, runtime: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "SYSTEMD_COLORS": "0"}
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True, text=True, env=environment, check=False, timeout=30,
    )  # fmt: skip


def settings(unit: Path) -> dict[str, list[str]]:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # keys keep their case
    parser.read_string(unit.read_text())
    assert parser.sections() == ["Unit", "Service", "Install"]
    found: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@needs_systemd_analyze
@pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])
def test_systemd_finds_no_fault(unit: Path, tmp_path: Path) -> None:
    # Where the program will lie is the installation's business; here any program does.
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", unit.read_text())
    copy = tmp_path / "mused.service"
    copy.write_text(text)
    options = ["--user"] if unit == USER else []
    verified = analyze(*options, "verify", copy, runtime=tmp_path)
    # Unknown keys are only warnings, so silence is what counts.
    assert (verified.returncode, verified.stderr) == (0, "")
    copy.write_text(text.replace("[Service]", "[Service]\nNoSuchKey=yes"))
    assert "NoSuchKey" in analyze(*options, "verify", copy, runtime=tmp_path).stderr


@needs_systemd_analyze
def test_the_system_unit_is_locked_up(tmp_path: Path) -> None:
    arguments = ("security", "--offline=true", "--threshold=15")
    judged = analyze(*arguments, SYSTEM, runtime=tmp_path)
    assert judged.returncode == 0, judged.stdout
    loose = tmp_path / "mused.service"
    loose.write_text(SYSTEM.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert analyze(*arguments, loose, runtime=tmp_path).returncode != 0


@needs_systemd_analyze
@pytest.mark.parametrize("drop_in", DROP_INS)
def test_each_drop_in_is_understood_and_opens_nothing(drop_in: str, tmp_path: Path) -> None:
    copy = tmp_path / "mused.service"
    program = f"ExecStart={shutil.which('true')}"
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", program, SYSTEM.read_text()))
    folder = tmp_path / "mused.service.d"
    folder.mkdir()
    shutil.copy(UNITS / "drop-ins" / f"{drop_in}.conf", folder)
    verified = analyze("verify", copy, runtime=tmp_path)
    assert (verified.returncode, verified.stderr) == (0, "")
    arguments = ("security", "--offline=true", "--threshold=15")
    judged = analyze(*arguments, copy, runtime=tmp_path)
    assert judged.returncode == 0, judged.stdout
    # That it was read at all: this opens everything.
    (folder / "z.conf").write_text("[Service]\nPrivateNetwork=no\nCapabilityBoundingSet=~\n")
    assert analyze(*arguments, copy, runtime=tmp_path).returncode != 0


def test_each_drop_in_names_the_devices_of_its_machine() -> None:
    texts = {each: (UNITS / "drop-ins" / f"{each}.conf").read_text() for each in DROP_INS}
    assert {path.stem for path in (UNITS / "drop-ins").iterdir()} == set(DROP_INS)
    allowed = {name: re.findall(r"DeviceAllow=(char-\S+)", text) for name, text in texts.items()}
    assert allowed == {
        "cpu-only": ["char-alsa"],
        "nvidia": ["char-alsa", "char-nvidia*"],
        "amd": ["char-alsa", "char-drm", "char-kfd"],
        "inbox-only": [],
    }
    assert all("\nDeviceAllow=\n" in text for text in texts.values())


@pytest.mark.parametrize("unit", [SYSTEM, USER], ids=["system", "user"])
def test_what_both_units_rely_on(unit: Path) -> None:
    found = settings(unit)
    assert found["Type"] == ["notify"]
    assert found["ExecStart"][0].endswith("/bin/mused run")
    assert float(found["WatchdogSec"][0]) >= 10
    assert float(found["TimeoutStopSec"][0]) > STOP_WITHIN
    assert found["RestartPreventExitStatus"] == [str(os.EX_CONFIG)]
    # What was heard last must not lie in a core file.
    assert found["LimitCORE"] == ["0"]
    assert found["RestrictAddressFamilies"] == ["AF_UNIX"]
    # An out-of-memory painter must not take the daemon down, and these two break mused.
    assert found["OOMPolicy"] == ["continue"]
    assert not {"MemoryDenyWriteExecute", "PrivateDevices"} & found.keys()


def test_only_the_user_unit_waits_for_a_sound_server() -> None:
    after = settings(USER)["After"][0].split()
    assert {"pipewire-pulse.socket", "pulseaudio.socket"} <= set(after)
    assert "pipewire" not in SYSTEM.read_text()


def test_the_system_unit_and_its_user_agree() -> None:
    lines = (UNITS / "system" / "mused.sysusers.conf").read_text().splitlines()
    kind, name, *_, home = next(line for line in lines if line.startswith("u")).split()
    found = settings(SYSTEM)
    assert (kind, [name], [name]) == ("u", found["User"], found["Group"])
    assert home == f"/var/lib/{found['StateDirectory'][0]}"


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="needs systemd-sysusers")
@pytest.mark.skipif(os.getuid() != 0, reason="systemd-sysusers asks for root even for a dry root")
def test_the_user_is_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    source = UNITS / "system" / "mused.sysusers.conf"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", source], check=True, timeout=30)
    assert re.search(r"^mused:.*:/var/lib/mused:", (tmp_path / "etc/passwd").read_text(), re.M)
    assert re.search(r"^render:", (tmp_path / "etc/group").read_text(), re.M)
