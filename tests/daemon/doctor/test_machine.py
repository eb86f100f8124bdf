"""The doctor looks at disks, limits, databases and systemd, with something really wrong."""

import getpass
import os
import resource
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mused.daemon.config import Config
from mused.daemon.doctor import daemon, folders, service, state
from mused.daemon.doctor.check import Check
from mused.daemon.jobs.queue import JobQueue

Make = Callable[..., Config]
Named = Callable[[list[Check]], dict[str, Check]]
Disk = Callable[..., Path]


def contents(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_folders_that_will_be_made(config: Make, named: Named, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    found = named(folders.folders(config()))
    assert {each.level for each in found.values()} <= {"ok", "warning"}
    assert found["inbox"].found.endswith("will be made")
    assert "GB free" in found["state"].found
    assert contents(tmp_path) == [tmp_path / "state"]


def test_a_file_where_a_folder_belongs(config: Make, named: Named, tmp_path: Path) -> None:
    (tmp_path / "gallery").touch()
    found = named(folders.folders(config()))
    assert found["gallery"].found == f"{tmp_path / 'gallery'} is a file"


def test_a_full_disk(config: Make, named: Named, disk: Disk) -> None:
    tiny = disk("1m")
    found = named(folders.folders(config(folders={"gallery": tiny})))
    assert found["gallery"].level == "failure"
    assert "0.0 GB free, tmpfs" in found["gallery"].found
    (tiny / "filling").write_bytes(bytes(1 << 20))
    found = named(folders.folders(config(folders={"gallery": tiny})))
    assert found["gallery"].found == f"{tiny} is not writable: No space left on device"
    assert found["gallery"].next_step == "free some space"
    assert contents(tiny) == [tiny / "filling"]


def test_a_disk_of_few_files(config: Make, named: Named, disk: Disk) -> None:
    found = named(folders.folders(config(folders={"gallery": disk("2g", "nr_inodes=50")})))
    assert "only 49 further files fit" in found["gallery"].found


def test_a_read_only_disk(config: Make, named: Named, disk: Disk) -> None:
    locked = disk("1m")
    subprocess.run(["mount", "-o", "remount,ro", str(locked)], check=True)
    found = named(folders.folders(config(state=locked / "state")))
    assert found["state"].found == f"{locked} is not writable: Read-only file system"
    assert "mount it writable" in found["state"].next_step


FOR_NOBODY = """
import os, sys
from mused.daemon.config import Config
from mused.daemon.doctor.folders import folders
os.setuid(65534)
found = folders(Config.model_validate({"state": sys.argv[1] + "/state"}))
print(*(f"{each.level} {each.found}" for each in found if each.name == "state"))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o755)
    everybodys = Path(tempfile.gettempdir())
    for parent in private.parents:
        if everybodys in parent.parents:
            parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", FOR_NOBODY, str(private)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"failure {private} is not writable: Permission denied\n"


def test_an_inbox_of_two_disks(config: Make, named: Named, disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "done").symlink_to(disk("1m"))
    found = named(folders.folders(config()))
    assert "another file system" in found["inbox parts"].found


def test_a_path_too_long_for_a_socket(config: Make, named: Named, tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 60) / "mused.sock"
    found = named(folders.folders(config(control={"socket": path})))
    assert "107 bytes" in found["control socket"].found
    assert "[control] socket" in found["control socket"].next_step


LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")


NO_INSTANCE = """
from mused.daemon.config import Config
from mused.daemon.doctor.folders import inotify
(check,) = inotify(Config())
print(check.level, check.found, check.next_step, sep="\\n")
"""


def test_inotify_instances_used_up(config: Make) -> None:
    # For a user of a namespace of its own; everybody else keeps theirs.
    script = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"'
    alone = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"]
    if subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no namespace of a user's own can be made here")
    done = subprocess.run(
        [*alone, sys.executable, "-c", NO_INSTANCE], capture_output=True, text=True, check=True
    )
    limit = int(LIMIT.read_text())
    level, found, step = done.stdout.splitlines()
    assert level == "failure"
    assert found.startswith(f"no further instance: Too many open files; the limit is {limit}")
    assert step == f"sudo sysctl fs.inotify.max_user_instances={max(512, 2 * limit)}"
    (check,) = folders.inotify(config())
    assert check.found.endswith("watches in use")


FEW_FILES = """
import os, resource
from mused.daemon.config import Config
from mused.daemon.doctor import folders, machine
config = Config()
taken = [os.open("/", os.O_RDONLY) for _ in range(5)]
resource.setrlimit(resource.RLIMIT_NOFILE, (taken[-1] + 1, taken[-1] + 1))
try:
    folders.inotify(config)
except OSError as error:
    print(error.strerror)
os.close(taken.pop())
(files,) = [each for each in machine.machine(config) if each.name == "open files"]
print(files.level, files.next_step)
"""


def test_few_open_files() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FEW_FILES], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first == "Too many open files"
    assert second.startswith(f"failure `{getpass.getuser()} hard nofile 1024` in /etc/security")
    assert second.endswith("or LimitNOFILE=1024 in a unit; only root can")
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 100


def test_the_job_database(config: Make, named: Named, tmp_path: Path) -> None:
    found = named(state.state(config()))
    assert found["database jobs"].found.endswith("will be made")
    queue = JobQueue(tmp_path / "state" / "jobs.sqlite")
    job = queue.add("a", "a red boat", {}, "cli")
    queue.add("b", "a blue boat", {}, "cli")
    queue.fail(job, "no paint")
    beside = named(state.state(config()))["database jobs"]  # a daemon has it open
    assert (beside.level, beside.found.endswith("1 failed, 1 queued")) == ("ok", True)
    queue.close()
    before = {path: path.read_bytes() for path in contents(tmp_path / "state")}
    assert named(state.state(config()))["database jobs"].found.endswith("1 failed, 1 queued")
    assert {path: path.read_bytes() for path in contents(tmp_path / "state")} == before


@pytest.mark.parametrize("place", [0, 4096])
def test_a_damaged_job_database(config: Make, named: Named, tmp_path: Path, place: int) -> None:
    path = tmp_path / "state" / "jobs.sqlite"
    queue = JobQueue(path)
    queue.add("a", "a red boat", {}, "cli")
    queue.close()
    content = bytearray(path.read_bytes())
    content[place : place + 500] = b"\xff" * 500
    path.write_bytes(content)
    (path.parent / "jobs.sqlite.corrupt-20260101-000000").touch()
    found = named(state.state(config()))
    assert found["database jobs"].level == "failure"
    assert "is damaged" in found["database jobs"].found
    assert "corrupt-2026" in found["damaged databases"].found
    assert path.read_bytes() == content


def test_what_a_crash_has_left(config: Make, named: Named, tmp_path: Path) -> None:
    gallery = tmp_path / "gal lery"
    gallery.mkdir()
    settings = config(folders={"gallery": gallery})
    new = gallery / ".new.part"
    new.touch()
    assert "unfinished files" not in named(state.state(settings))
    old = [gallery / f".{number}.part" for number in range(5)]
    for each in old:
        each.touch()
        os.utime(each, (time.time() - 7200,) * 2)
    found = named(state.state(settings))["unfinished files"]
    shown = ", ".join(map(str, old[:3]))
    assert (found.level, found.found) == ("warning", f"left by a crash: {shown} and 2 more")
    command = shlex.split(found.next_step.removeprefix("delete them: "))
    subprocess.run(command, check=True)
    assert contents(gallery) == [new]


def test_a_stale_socket_is_not_a_daemon(config: Make, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "mused.sock"))
    (check,) = daemon.daemon(config())
    assert (check.level, "not running" in check.found) == ("ok", True)


def test_a_daemon_that_does_not_answer(
    config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "PATIENCE", 0.5)
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(tmp_path / "mused.sock"))
        hung.listen()
        (check,) = daemon.daemon(config())
    assert (check.level, check.found) == ("failure", "mused did not answer within 0.5 s")


def test_a_running_daemon(household: Callable[..., Any], config: Make, tmp_path: Path) -> None:
    home = household()
    home.start()
    settings = config(control={"socket": tmp_path / "run" / "mused.sock"})
    (check,) = daemon.daemon(settings)
    assert (check.level, check.found.startswith("running, version ")) == ("ok", True)
    home.client.mute(on=True)
    _, muted = daemon.daemon(settings)
    assert (muted.name, muted.level, muted.next_step) == ("muted", "warning", "`mused unmute`")
    home.client.mute(on=False)
    assert daemon.daemon(settings) == [check]


RUNNING = {
    "LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active",
    "SubState": "running", "Result": "success", "NRestarts": "0", "DropInPaths": "",
    "WatchdogUSec": "30s", "NeedDaemonReload": "no", "StatusText": "hearing: ok",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "levels", "words"),
    [
        ({}, ["ok"], "active (running), hearing: ok, never restarted, watchdog 30s"),
        ({"ActiveState": "failed", "Result": "exit-code", "NRestarts": "5"}, ["failure"],
         "restarted 5 times, last result: exit-code"),
        ({"NRestarts": "9"}, ["warning"], "restarted 9 times"),
        ({"ActiveState": "inactive", "UnitFileState": "disabled"}, ["warning"] * 2, "inactive"),
        ({"NeedDaemonReload": "yes"}, ["ok", "warning"], "active"),
        ({"DropInPaths": "/etc/systemd/system/mused.service.d/gpu.conf"}, ["ok"], "gpu.conf"),
        ({"WatchdogUSec": "infinity"}, ["ok"], "no watchdog"),
    ],
)  # fmt: skip
def test_what_systemd_says(
    named: Named, change: dict[str, str], levels: list[str], words: str
) -> None:
    """What `systemctl show` of systemd 252 prints; a real one is asked in tests/systemd."""
    found = named(service.judged("user", {**RUNNING, **change}))
    assert [each.level for each in found.values()] == levels
    assert words in found["user service"].found
    assert all("--user" in each.next_step for each in found.values() if each.level != "ok")
