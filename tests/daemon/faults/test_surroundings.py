"""Odd surroundings of the daemon: locale, paths, umask, missing variables, closed streams."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mused.art.picture import read_recipe

Start = Callable[..., Any]

NO_UTF_8 = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shell(script: str) -> tuple[str, ...]:
    """A prefix that runs `script` and then becomes the daemon."""
    return ("sh", "-c", f'{script}; exec "$@"', "sh")


def paints_what_is_dropped(home: Any, name: str = "boat.txt") -> Path:
    (home.inbox / name).write_text("a red boat\n", encoding="utf-8")
    event = home.event("picture")
    assert event.data["prompt"] == "a red boat"
    return Path(event.data["picture"])


def test_no_utf_8_but_umlauts(household: Start) -> None:
    home = household(environment=NO_UTF_8)
    home.start()
    (home.inbox / "Hügel bei Nacht.txt").write_text("ein Hügel und 丘\n", encoding="utf-8")
    picture = Path(home.event("picture").data["picture"])
    assert read_recipe(picture).prompt == "ein Hügel und 丘"
    assert home.event("speech.ended", 20).data["outcome"] == "said"
    assert (home.inbox / "done" / "Hügel bei Nacht.txt").exists()
    (home.inbox / "böse.toml").write_text('promt = "ö"\n', encoding="utf-8")
    assert home.event("inbox.refused", 20).data["file"].startswith("b")
    note = (home.inbox / "failed" / "böse.toml.error.txt").read_text(encoding="utf-8")
    assert "böse.toml" in note
    picture.rename(picture.with_name("Mein schönstes Bild.png"))
    reply = home.client.ask("generate a blue böat")
    assert reply.understood
    assert home.event("picture").data["prompt"] == "a blue böat"
    assert "Traceback" not in home.log
    assert home.stop() == 0


def test_a_space_and_umlauts(household: Start, tmp_path: Path) -> None:
    folder = tmp_path / "Jörg's Haus"
    folder.mkdir()
    home = household(home=folder)
    home.start()
    assert paints_what_is_dropped(home).parent.is_relative_to(folder / "gallery")
    home.event("speech.ended", 20)
    assert list((folder / "said").glob("*.wav"))
    assert home.stop() == 0


def test_a_path_too_long_for_the_socket_is_told(household: Start, tmp_path: Path) -> None:
    folder = tmp_path / ("l" * 60) / ("ü" * 30)
    folder.mkdir(parents=True)
    home = household(home=folder)
    with pytest.raises(AssertionError):
        home.start()
    assert "[control] socket" in home.log
    assert "107 bytes" in home.log
    assert "Traceback" not in home.log
    asked = run_mused(["--config", str(folder / "mused.toml"), "status"], {})
    assert "[control] socket" in asked.stderr


@pytest.mark.parametrize("umask", ["077", "000"])
def test_what_is_kept_is_private(household: Start, tmp_path: Path, umask: str) -> None:
    home = household(prefix=shell(f"umask {umask}"))
    home.start()
    picture = paints_what_is_dropped(home)
    for path in (tmp_path / "state", tmp_path / "run" / "mused.sock"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert picture.exists()
    assert home.stop() == 0


def run_mused(
    arguments: list[str], environment: Mapping[str, str], without: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if name not in without}
    return subprocess.run(
        [sys.executable, "-m", "mused", *arguments],
        env={**surroundings, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_home_and_no_runtime_folder() -> None:
    done = run_mused(["config"], {}, ("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME"))
    assert done.returncode == 0, done.stderr
    socket = re.search(r'^socket = "(.+)"$', done.stdout, re.MULTILINE)
    assert socket is not None
    assert socket[1].endswith("/mused/run/mused.sock")
    assert not socket[1].startswith(("/run/user", "/tmp"))


def test_a_daemon_without_home_and_runtime_folder(household: Start) -> None:
    home = household(prefix=("env", "-u", "HOME", "-u", "XDG_RUNTIME_DIR", "-u", "PATH"))
    home.start()
    paints_what_is_dropped(home)
    home.event("speech.ended", 20)
    assert home.stop() == 0


def test_no_temporary_folder(household: Start, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    home = household(environment={"TMPDIR": nowhere, "TMP": nowhere, "TEMP": nowhere})
    home.start()
    paints_what_is_dropped(home)
    assert home.event("speech.ended", 20).data["outcome"] == "said"
    assert home.stop() == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can hide /tmp from a process")
def test_a_read_only_temporary_folder(household: Start, tmp_path: Path, disk: Any) -> None:
    empty = disk("64k", name="locked")
    # In namespaces of its own, which end with it.
    script = f"mount --bind {empty} /var/tmp && mount -o remount,bind,ro /var/tmp"
    environment = {"TMPDIR": "/var/tmp"}
    home = household(prefix=("unshare", "--mount", *shell(script)), environment=environment)
    home.start()
    paints_what_is_dropped(home)
    assert home.event("speech.ended", 20).data["outcome"] == "said"
    assert home.stop() == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(household: Start, closed: str) -> None:
    home = household(prefix=shell(f"exec {closed}"))
    home.start()
    picture = paints_what_is_dropped(home)
    assert home.event("speech.ended", 20).data["outcome"] == "said"
    assert read_recipe(picture).prompt == "a red boat"
    database = (home.home / "state" / "jobs.sqlite").read_bytes()
    assert database.startswith(b"SQLite format 3")
    assert home.stop() == 0
