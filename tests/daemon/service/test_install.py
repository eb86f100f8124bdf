"""What `mused service` writes and runs, with real files; a real systemd is in tests/systemd."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mused.daemon.errors import ServiceError
from mused.daemon.service import unit
from mused.daemon.service.install import Scope, check, check_installation, installation, removal
from mused.daemon.service.steps import Remove, Run, Step, Write, take

COMMAND = ("/opt/mused/bin/mused",)
HAS_SYSTEMD = Path("/run/systemd/system").is_dir()


def mused(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    return subprocess.run(
        [sys.executable, "-m", "mused", *arguments],
        capture_output=True, text=True, env=environment, check=False, timeout=60,
    )  # fmt: skip


def commands(steps: list[Step]) -> list[str]:
    return [" ".join(step.command) for step in steps if isinstance(step, Run)]


@pytest.mark.parametrize("options", [[], ["--system"], ["--system", "--drop-in", "nvidia"]])
def test_a_dry_run_shows_all_and_changes_nothing(options: list[str], tmp_path: Path) -> None:
    shown = mused("service", "install", "--dry-run", *options, home=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert f"ExecStart={sys.executable} -P -m mused run" in shown.stdout
    assert "enable mused.service" in shown.stdout
    assert ("char-nvidia*" in shown.stdout) == bool(options)
    assert list(tmp_path.iterdir()) == []
    assert mused("service", "uninstall", "--dry-run", *options[:1], home=tmp_path).returncode == 0


@pytest.mark.skipif(HAS_SYSTEMD, reason="systemd runs here")
def test_without_systemd_every_command_says_so(tmp_path: Path) -> None:
    for command in ("install", "uninstall", "status", "logs"):
        refused = mused("service", command, home=tmp_path)
        assert refused.returncode == 1
        assert "systemd" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    assert mused("service", "install", "--drop-in", "amd", home=tmp_path).returncode == 2
    assert mused("service", "install", "--system", "--linger", home=tmp_path).returncode == 2


def test_the_configuration_that_was_named_is_the_services(tmp_path: Path) -> None:
    file = tmp_path / "my mused.toml"
    shown = mused("-c", str(file), "service", "install", "--dry-run", home=tmp_path)
    assert f'-m mused --config "{file}" run' in shown.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("special", ["", '"', "\\", "'", "$HOME"])
def test_systemd_understands_any_path(special: str, tmp_path: Path) -> None:
    program = tmp_path / "a b" / f"schön 50%{special}" / "mused"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    written = tmp_path / "mused.service"
    for argument in ("/tmp/m.toml", "/tmp/m m.toml", "/tmp/$HOME/50%.toml"):
        command = (str(program), "--config", argument)
        written.write_text(unit.rendered("system/mused.service", command, "systemctl edit mused"))
        assert unit.configuration(written.read_text()) == Path(argument)
        verified = subprocess.run(
            ["systemd-analyze", "verify", written],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert (verified.returncode, verified.stderr) == (0, "")
    lines = written.read_text().splitlines()
    [start] = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    assert start.startswith("/usr/bin/env ") == bool(special)


def test_every_packaged_file_is_found() -> None:
    names = ["system/mused.service", "system/mused.sysusers.conf", "user/mused.service"]
    for name in [*names, *(f"drop-ins/{each}.conf" for each in unit.DROP_INS)]:
        assert unit.packaged(name).startswith("#")


def test_the_order_of_things() -> None:
    steps = list(installation(Scope(system=True), COMMAND, "amd", linger=False))
    assert commands(steps) == [
        "systemd-sysusers /etc/sysusers.d/mused.conf",
        "systemctl daemon-reload",
        "systemctl enable mused.service",
        "systemctl restart mused.service",
    ]
    folder = Path("/etc/systemd/system/mused.service.d")
    assert {step.path.name for step in steps if isinstance(step, Remove)} == {
        "mused-cpu-only.conf", "mused-nvidia.conf", "mused-inbox-only.conf"
    }  # fmt: skip
    assert folder / "mused-amd.conf" in [s.path for s in steps if isinstance(s, Write)]
    user = list(installation(Scope(system=False), COMMAND, None, linger=True))
    assert any(each.startswith("loginctl enable-linger ") for each in commands(user))
    assert not any("loginctl" in each for each in commands(list(removal(Scope(system=False)))))


def test_files_are_written_once_and_what_others_wrote_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "etc" / "mused.service"
    configuration = Write(tmp_path / "mused.toml", "ours", keep=True)
    text = unit.rendered("system/mused.service", COMMAND, "systemctl edit mused")
    said: list[str] = []
    steps = [Write(place, text), configuration]
    take(steps, said.append, dry_run=False)
    assert stat.S_IMODE(place.stat().st_mode) == 0o644
    assert said == [f"write {place}", f"write {configuration.path}"]
    take(steps, said.append, dry_run=False)
    assert len(said) == 2
    configuration.path.write_text("theirs")
    place.write_text("[Service]\nExecStart=/theirs\n")
    take(steps, said.append, dry_run=False)
    assert configuration.path.read_text() == "theirs"
    assert place.read_text() == text
    assert place.with_name("mused.service.old").read_text() == "[Service]\nExecStart=/theirs\n"
    take([Write(place, text + "# newer\n"), Remove(place), Remove(place)], said.append,
         dry_run=False)  # fmt: skip
    assert place.with_name("mused.service.old").read_text() == "[Service]\nExecStart=/theirs\n"
    assert not place.exists()


def test_a_command_that_fails_ends_it_in_its_own_words(tmp_path: Path) -> None:
    said: list[str] = []
    failing = ("sh", "-c", "echo no such unit >&2; exit 3")
    after = Write(tmp_path / "after", "")
    take([Run(failing, "a try", needed=False)], said.append, dry_run=False)
    assert said[-1] == "    (not done: no such unit)"
    with pytest.raises(ServiceError, match="no such unit"):
        take([Run(failing, "needed"), after], said.append, dry_run=False)
    with pytest.raises(ServiceError, match="No such file"):
        take([Run(("no-such-program",), "needed"), after], said.append, dry_run=False)
    assert not after.path.exists()


def test_where_the_system_service_cannot_look_it_is_not_installed() -> None:
    with pytest.raises(ServiceError, match=r"/home/ann/venv/bin/mused lies where .* /opt/mused"):
        check_installation(Scope(system=True), ("/home/ann/venv/bin/mused",))


def test_the_other_service_is_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = Scope(system=False).unit
    place.parent.mkdir(parents=True)
    place.touch()
    with pytest.raises(ServiceError, match="`mused service uninstall` removes it"):
        check_installation(Scope(system=True), COMMAND)


@pytest.mark.skipif(HAS_SYSTEMD, reason="systemd runs here")
def test_no_systemd_is_said() -> None:
    with pytest.raises(ServiceError, match="systemd does not run on this machine"):
        check(Scope(system=False))
